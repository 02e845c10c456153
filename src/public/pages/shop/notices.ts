import type { FastifyInstance, FastifyReply } from 'fastify';
import { transaction } from '../../../ops/database.ts';
import { GatewayError } from '../../../ops/errors.ts';
import { appeal, disputesOf, noticePapers, noticesOf, respond, type Notice } from '../../../shops/index.ts';
import type { Door } from '../../door.ts';
import { fieldOf, type FieldFault } from '../../fields.ts';
import { html, type Html } from '../../html.ts';
import { comma, ltr, momentOf, t, type Text } from '../../language.ts';
import { shopPage } from './frame.ts';
import { moneyOf } from './money.ts';
import { noticePapersPlace } from './notice-papers.ts';
import { visit, type Visit } from './own.ts';

/** `/shop/<merchant>/notices`: what the shop is told, its answer, the decision, its appeal; and the sales that are held. */
export function noticeRoutes(server: FastifyInstance, door: Door): void {
  server.get('/shop/:merchant/notices', (request, reply) => visit(door, request, reply, (here) => noticesPage(here)));
  server.post<{ Params: { id: string } }>('/shop/:merchant/notices/:id', (request, reply) =>
    visit(door, request, reply, (here) => say(here, request.params.id)),
  );
}

async function ownNotices({ door, owner, shop, now }: Visit): Promise<Notice[]> {
  return (await noticesOf(door.pool(), owner.mobile, now)).filter(({ merchant }) => merchant === shop.merchant);
}

async function say(here: Visit, id: string): Promise<FastifyReply> {
  const { door, request, reply, owner, now, base, language } = here;
  const notice = (await ownNotices(here)).find((each) => each.id === id);
  if (notice === undefined) throw new GatewayError('public.unknown', 'There is no such notice of this shop.');
  const form = door.form(request);
  const text = form.get('text').trim();
  try {
    // what the page offered: an answer that comes late is no appeal
    const act = form.get('act') === 'appeal' ? appeal : respond;
    await transaction(door.pool(), (db) => act(db, { id, text }, owner, now));
  } catch (error) {
    const code = error instanceof GatewayError ? error.code : '';
    if (code === 'shops.refused') return noticesPage(here, { missed: true });
    if (code !== 'shops.text') throw error;
    const short: Text = {
      fa: 'بنویسید چه شده است؛ ۱۰ تا ۱۰۰۰ نویسه.',
      en: 'Say what happened, in 10 to 1,000 characters.',
    };
    return noticesPage(here, { wrong: id, fault: t(language, short) });
  }
  return door.redirect(reply, `${base}/notices`);
}

const SANCTION: Readonly<Record<Notice['sanction'], Text>> = {
  RESTRICTED: { fa: 'محدود شدن فروشگاه', en: 'The shop is restricted' },
  DISQUALIFIED: { fa: 'کنار گذاشته شدن فروشگاه', en: 'The shop is disqualified' },
};
const ON: Readonly<Record<NonNullable<Notice['position']['on']>, Text>> = {
  shop: { fa: 'شما', en: 'you' },
  decider: { fa: 'داور', en: 'who decides' },
  appeal_decider: { fa: 'داور دوم', en: 'who decides the appeal' },
};

const MISSED: Text = {
  fa: 'این اخطار در این میان تغییر کرد و نوشتهٔ شما ثبت نشد. وضعیت تازه در زیر است.',
  en: 'The notice was changed meanwhile, and what you wrote was not kept. It stands below as it is now.',
};

interface Told {
  /** The notice whose text was refused, and why. */
  readonly wrong?: string;
  readonly fault?: string;
  /** It was changed meanwhile. */
  readonly missed?: true;
}

async function noticesPage(here: Visit, { wrong, fault, missed }: Told = {}): Promise<FastifyReply> {
  const { language, unit, shop, door } = here;
  const notices = await ownNotices(here);
  const held = (await here.read((db) => disputesOf(db, shop.merchant))).filter(
    ({ state }) => state === 'held' || state === 'release_proposed',
  );
  const cards: Html[] = [];
  for (const notice of notices) {
    const papers = noticePapersPlace(here, notice, await noticePapers(door.pool(), notice.id));
    cards.push(noticeCard(here, notice, papers, notice.id === wrong ? fault : undefined));
  }
  const body = html`${missed && html`<div class="card wait" role="alert"><p>${t(language, MISSED)}</p></div>`}${notices.length === 0 && html`<p>${t(language, { fa: 'اخطاری نیست.', en: 'There is no notice.' })}</p>`}
    ${cards}
    ${held.length > 0 && html`<h2>${t(language, { fa: 'فروش‌هایی که در دست بررسی است', en: 'Sales that are disputed' })}</h2>`}
    ${held.map(({ rrn, rials, reason, until }) => html`<div class="card bad"><p><strong>${moneyOf(language, unit, BigInt(rials))}</strong> · ${t(language, { fa: 'شمارهٔ مرجع', en: 'RRN' })} ${ltr(rrn)}</p><p><bdi>${reason}</bdi></p><p>${t(language, { fa: 'فقط همین مبلغ نگه داشته شده است؛ حداکثر تا', en: 'Only this amount is held; at the latest until' })} ${momentOf(language, Date.parse(until))}.</p></div>`)}`; // prettier-ignore
  return shopPage(here, '/notices', t(language, { fa: 'اخطارها و اعتراض', en: 'Notices' }), body, {
    status: missed ? 409 : 200,
    scripts: ['papers.js'],
  });
}

function noticeCard(here: Visit, notice: Notice, papers: Html, fault?: string): Html {
  const { language, base, door, reply } = here;
  const { number, text, rule, ruleVersion, evidence, sanction, response, decision, position } = notice;
  const { on, until, can, upheld } = position;
  const act = can.includes('respond') ? 'respond' : can.includes('appeal') ? 'appeal' : undefined;
  const colour = on === 'shop' ? 'bad' : on === undefined && upheld === false ? 'good' : 'wait';
  const label = t(
    language,
    act === 'appeal' ? { fa: 'اعتراض شما', en: 'Your appeal' } : { fa: 'پاسخ شما', en: 'Your answer' },
  );
  const faults: FieldFault[] = fault === undefined ? [] : [{ name: 'text', label, text: fault }];
  const said = (fa: string, en: string, what: string | null): Html | false =>
    what !== null && html`<p><strong>${t(language, { fa, en })}</strong> <bdi>${what}</bdi></p>`;
  return html`<div class="card ${colour}">
    <p><strong>${t(language, { fa: 'اخطار', en: 'Notice' })} ${ltr(number)}</strong> · ${t(language, SANCTION[sanction])}</p>
    <p><bdi>${text}</bdi></p>
    <p>${t(language, { fa: 'مقرره', en: 'Rule' })} ${ltr(`${rule} ${ruleVersion}`)}${evidence.length > 0 && html` · ${t(language, { fa: 'تراکنش‌ها', en: 'Transactions' })} ${evidence.map((rrn) => html`${ltr(rrn)} `)}`}</p>
    ${said('پاسخ شما:', 'Your answer:', response)} ${said('رأی:', 'Decision:', decision)} ${said('اعتراض شما:', 'Your appeal:', notice.appeal)} ${said('رأی نهایی:', 'Final decision:', notice.final)}
    ${on === undefined ? html`<p>${upheld === true ? t(language, { fa: 'رأی پابرجاست.', en: 'The decision stands.' }) : t(language, { fa: 'اخطار برداشته شد.', en: 'The notice was lifted.' })}</p>` : html`<p>${t(language, { fa: 'منتظر', en: 'Waits on' })} ${t(language, ON[on])}${until !== undefined && html`${comma(language)}${t(language, { fa: 'تا', en: 'until' })} ${momentOf(language, until)}`}.</p>`}
    ${papers}
    ${act !== undefined && html`<form method="post" action="${base}/notices/${notice.id}">${door.csrfField(reply)}<input type="hidden" name="act" value="${act}" />${fieldOf({ name: 'text', label, value: '', faults, type: 'textarea', maxlength: 1000, required: true })}<button class="button">${t(language, { fa: 'فرستادن', en: 'Send' })}</button></form>`}
  </div>`; // prettier-ignore
}
