import type { FastifyInstance } from 'fastify';
import { capabilitiesOf, proofsOf, type Capability, type ItemCode, type ShopCapability } from '../../../shops/index.ts';
import type { Door } from '../../door.ts';
import { html, type Html } from '../../html.ts';
import { dayOf, lengthOf, ltr, momentOf, t, type Language, type Text } from '../../language.ts';
import { shopPage } from './frame.ts';
import { visit } from './own.ts';

/** `/shop/<merchant>/papers`: what the shop may do now and until when, and the papers that this rests on. */
export function paperRoutes(server: FastifyInstance, door: Door): void {
  server.get('/shop/:merchant/papers', (request, reply) =>
    visit(door, request, reply, async (here) => {
      const { language, shop, now } = here;
      const capabilities = await capabilitiesOf(door.pool(), shop.merchant, now);
      const proofs = await proofsOf(door.pool(), shop.merchant);
      const title = t(language, { fa: 'مجوزها و مدارک', en: 'What you may do' });
      const body = html`${capabilities.map((each) => capabilityCard(language, each))}
        <h2>${t(language, { fa: 'مدارک', en: 'Papers' })}</h2>
        ${proofs.length === 0 && html`<p>${t(language, { fa: 'مدارک این فروشگاه پیش از این سامانه بررسی شده است.', en: 'The papers of this shop were checked before this system.' })}</p>`}
        <dl class="facts">${proofs.map(({ code, validUntil }) => html`<dt>${t(language, ITEM[code])}</dt><dd>${endOf(language, validUntil, now)}</dd>`)}
        <dt>${t(language, { fa: 'شبای واریز', en: 'Sheba' })}</dt><dd>${ltr(`${shop.sheba.slice(0, 4)}…${shop.sheba.slice(-4)}`)}</dd></dl>`; // prettier-ignore
      return shopPage(here, '/papers', title, body);
    }),
  );
}

const CAPABILITY: Readonly<Record<Capability, Text>> = {
  voucher_purchase: { fa: 'فروش با کالابرگ', en: 'Sell for vouchers' },
  card_purchase: { fa: 'فروش با کارت', en: 'Sell by card' },
  payout: { fa: 'دریافت واریز', en: 'Be paid' },
  refund: { fa: 'برگشت کالا', en: 'Take goods back' },
  new_terminal: { fa: 'پایانهٔ دیگر', en: 'Have another terminal' },
};

export const ITEM: Readonly<Record<ItemCode, Text>> = {
  guild_licence: { fa: 'پروانهٔ کسب', en: 'Guild licence' },
  owner_identity: { fa: 'هویت مالک', en: 'Owner’s identity' },
  tax_code: { fa: 'کد مالیاتی', en: 'Tax code' },
  sheba: { fa: 'شبا', en: 'Sheba' },
  mobile: { fa: 'شماره همراه', en: 'Mobile' },
  address: { fa: 'نشانی', en: 'Address' },
  terminal: { fa: 'پایانه', en: 'Terminal' },
  terms: { fa: 'پذیرش شرایط', en: 'Terms' },
  relations: { fa: 'نبود منع', en: 'Relations' },
};

const SOON_MS = 14 * 86_400_000;

function endOf(language: Language, validUntil: number | undefined, now: number): Html {
  if (validUntil === undefined) return html`${t(language, { fa: 'بی‌پایان', en: 'Without an end' })}`;
  if (validUntil <= now)
    return html`<span class="tag bad">${t(language, { fa: 'پایان یافت', en: 'Ended' })}</span> ${dayOf(language, validUntil)}`; // prettier-ignore
  const soon = validUntil - now < SOON_MS;
  const left = lengthOf(language, validUntil - now);
  return html`${dayOf(language, validUntil)}
  ${soon && html`<span class="tag wait">${t(language, { fa: `${left} مانده است`, en: `${left} left` })}</span>`}`;
}

function capabilityCard(language: Language, capability: ShopCapability): Html {
  const name = t(language, CAPABILITY[capability.capability]);
  const [colour, word, more] = describe(language, capability);
  return html`<div class="card ${colour}"><p><strong>${name}</strong> <span class="tag ${colour}">${word}</span></p>${more !== '' && html`<p>${more}</p>`}</div>`; // prettier-ignore
}

function describe(language: Language, capability: ShopCapability): ['good' | 'wait' | 'bad', string, string] {
  const word = (text: Text): string => t(language, text);
  if (capability.state === 'allowed') {
    const { until, because } = capability;
    if (until === undefined) return ['good', word({ fa: 'مجاز', en: 'Allowed' }), ''];
    const item = because === undefined ? '' : word(ITEM[because]);
    const end = momentOf(language, until);
    const why = word({
      fa: `تا ${end}؛ پایان ${item}. پیش از آن ${item} تازه را در «تغییر مشخصات» بدهید.`,
      en: `Until ${end}, when this ends: ${item}. Show the new one under “Changes” before that.`,
    });
    return ['good', word({ fa: 'مجاز', en: 'Allowed' }), why];
  }
  if (capability.state !== 'restricted')
    return [
      'wait',
      word(NOT_YET[capability.state]),
      word({ fa: 'پرونده هنوز پایان نیافته است.', en: 'The case has not ended yet.' }),
    ];
  const { reason, remedy, until, since } = capability;
  const why =
    reason.of === 'item'
      ? word({ fa: `${ITEM[reason.item].fa} دیگر معتبر نیست.`, en: `${ITEM[reason.item].en} holds no more.` })
      : reason.of === 'standing'
        ? word(STANDING[reason.standing])
        : word({ fa: 'در فهرست پذیرندگان معلق است.', en: 'Suspended in the list of merchants.' });
  const span = `${word({ fa: 'از', en: 'Since' })} ${momentOf(language, since)}${until === undefined ? '' : ` ${word({ fa: 'تا', en: 'until' })} ${momentOf(language, until)}`}.`;
  return ['bad', word({ fa: 'متوقف', en: 'Stopped' }), `${why} ${span} ${word(REMEDY[remedy])}`];
}

const NOT_YET = {
  off: { fa: 'داده نشده', en: 'Not given' },
  requested: { fa: 'درخواست شده', en: 'Asked for' },
  pending: { fa: 'در بررسی', en: 'Being checked' },
} as const;
const STANDING = {
  ACTIVE: { fa: '', en: '' },
  RESTRICTED: { fa: 'فروشگاه محدود شده است.', en: 'The shop is restricted.' },
  SUSPENDED: { fa: 'فروشگاه معلق است.', en: 'The shop is suspended.' },
  DISQUALIFIED: { fa: 'فروشگاه کنار گذاشته شده است.', en: 'The shop is disqualified.' },
  CLOSED: { fa: 'پذیرندگی پایان یافته است.', en: 'The shop is closed.' },
} as const;
const REMEDY = {
  wait: { fa: 'خودبه‌خود پایان می‌یابد.', en: 'It ends by itself.' },
  appeal: { fa: 'اخطار را بخوانید و پاسخ بدهید یا اعتراض کنید.', en: 'Read the notice; answer it, or appeal.' },
  show_again: { fa: 'مدرک تازه را در «تغییر مشخصات» بدهید.', en: 'Show the new paper under “Changes”.' },
  ask: { fa: 'از پشتیبانی بپرسید.', en: 'Ask support.' },
  none: { fa: '', en: '' },
} as const;
