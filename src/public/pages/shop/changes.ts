import type { FastifyInstance } from 'fastify';
import { transaction } from '../../../ops/database.ts';
import { GatewayError } from '../../../ops/errors.ts';
import { beginChange, type ChangeKind } from '../../../shops/index.ts';
import type { Door } from '../../door.ts';
import { html, type Html } from '../../html.ts';
import { t, type Text } from '../../language.ts';
import { shopPage } from './frame.ts';
import { visit, type Visit } from './own.ts';

const CHANGES: Readonly<Record<ChangeKind, { readonly name: Text; readonly what: Text }>> = {
  sheba: {
    name: { fa: 'تغییر شبا', en: 'Change the Sheba' },
    what: {
      fa: 'پس از تأیید دو نفر، ۷۲ ساعت به شبای پیشین واریز می‌شود و بعد به شبای تازه. به شمارهٔ کنونی شما پیامک می‌رود.',
      en: 'After two people approve, the old Sheba is paid for 72 hours, then the new one. Your present mobile is told.',
    },
  },
  address: {
    name: { fa: 'تغییر نشانی', en: 'Change the address' },
    what: { fa: 'کدپستی و نشانی تازه.', en: 'The new postal code and address.' },
  },
  owner: {
    name: { fa: 'تغییر مالک', en: 'Change the owner' },
    what: { fa: 'هویت، شبا و شماره همراه مالک تازه.', en: 'Identity, Sheba and mobile of the new owner.' },
  },
  terminal: {
    name: { fa: 'پایانهٔ دیگر', en: 'Another terminal' },
    what: { fa: 'درخواست یک پایانهٔ دیگر برای همین فروشگاه.', en: 'Ask for one more terminal of this shop.' },
  },
};

/** `/shop/<merchant>/changes`: a change is a case of its kind; the owner fills it in where applications are filled in. */
export function changeRoutes(server: FastifyInstance, door: Door): void {
  server.get('/shop/:merchant/changes', (request, reply) => visit(door, request, reply, (here) => changesPage(here)));
  server.post('/shop/:merchant/changes', (request, reply) =>
    visit(door, request, reply, async (here) => {
      const { shop, owner, now } = here;
      const kind = door.form(request).get('kind');
      if (!Object.hasOwn(CHANGES, kind)) return changesPage(here);
      const change = { merchantId: shop.merchant, kind: kind as ChangeKind };
      let number: string;
      try {
        ({ number } = await transaction(door.pool(), (db) => beginChange(db, change, owner, now)));
      } catch (error) {
        const refusal = error instanceof GatewayError ? REFUSED[error.code] : undefined;
        if (refusal === undefined) throw error;
        return changesPage(here, refusal);
      }
      return door.redirect(reply, `/apply/${number}`);
    }),
  );
}

const REFUSED: Readonly<Record<string, Text>> = {
  'shops.open': {
    fa: 'پرونده‌ای از همین نوع باز است؛ آن را در «پیگیری پرونده» ادامه دهید یا پس بگیرید.',
    en: 'A case of this kind is open: go on with it under “Your case”, or withdraw it.',
  },
  'shops.refused': {
    fa: 'اکنون پایانهٔ دیگری به این فروشگاه داده نمی‌شود؛ دلیل آن در «مجوزها و مدارک» است.',
    en: 'No other terminal is given to this shop now: “What you may do” says why.',
  },
};

function changesPage(here: Visit, refusal?: Text) {
  const { language, base, door, reply } = here;
  const card = ([kind, { name, what }]: [string, { name: Text; what: Text }]): Html =>
    html`<form class="card" method="post" action="${base}/changes">${door.csrfField(reply)}<input type="hidden" name="kind" value="${kind}" />
      <p><strong>${t(language, name)}</strong><br />${t(language, what)}</p><button class="button second">${t(language, { fa: 'آغاز', en: 'Begin' })}</button></form>`; // prettier-ignore
  const body = html`${refusal !== undefined && html`<div class="card bad" role="alert"><p>${t(language, refusal)} <a href="/case">${t(language, { fa: 'پیگیری پرونده', en: 'Your case' })}</a></p></div>`}
    ${Object.entries(CHANGES).map(card)}`; // prettier-ignore
  return shopPage(here, '/changes', t(language, { fa: 'تغییر مشخصات', en: 'Changes' }), body);
}
