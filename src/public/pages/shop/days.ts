import type { FastifyInstance, FastifyReply } from 'fastify';
import { addDays, readDay } from '../../../field/jalali.ts';
import { monthOf, readPeriod, type Period } from '../../../field/period.ts';
import { GatewayError } from '../../../ops/errors.ts';
import {
  followed,
  portionsOfSales,
  readPay,
  type Portion,
  type ShopLine,
  type ShopPay,
} from '../../../settlement/shop/index.ts';
import type { Door } from '../../door.ts';
import { html, type Html } from '../../html.ts';
import { comma, dayOf, ltr, t, type Language, type Text } from '../../language.ts';
import { noonOf, portionOf } from './clock.ts';
import { colourOf, STAGE } from './clock-words.ts';
import { shopPage } from './frame.ts';
import { amountOf, moneyOf, unitName } from './money.ts';
import { visit, type Visit } from './own.ts';
import { dayList, openDay } from './overview.ts';
import { tendersOf } from './tenders.ts';
import { monthName, timeOf } from './words.ts';

/** `/shop/<merchant>/days`: a month of days, and each day with its pay clock. */
export function dayRoutes(server: FastifyInstance, door: Door): void {
  server.get<{ Querystring: { of?: unknown } }>('/shop/:merchant/days', (request, reply) =>
    visit(door, request, reply, (here) => monthPage(here, request.query.of)),
  );
  server.get<{ Params: { day: string }; Querystring: { page?: unknown } }>(
    '/shop/:merchant/days/:day',
    (request, reply) => visit(door, request, reply, (here) => dayPage(here, request.params.day, request.query.page)),
  );
}

async function monthPage(here: Visit, of: unknown): Promise<FastifyReply> {
  const { language, shop, now, base, read } = here;
  const kind = language === 'fa' ? 'jalali-month' : 'gregorian-month';
  const asked = typeof of === 'string' ? readPeriod(of) : undefined;
  const month: Period = asked ?? monthOf(await openDay(here), kind);
  const pay = await read((db) => readPay(db, shop.merchant, month.from, month.to, now));
  const turn = (day: string, text: Text): Html =>
    html`<a class="button second" href="${base}/days?of=${monthOf(day, kind).name}">${t(language, text)}</a>`; // prettier-ignore
  const body = html`${pay.days.length === 0 ? html`<p>${t(language, { fa: 'در این ماه روز کاری نبوده است.', en: 'There was no business day in this month.' })}</p>` : dayList(here, pay.days.toReversed(), pay.byDay)}
    <div class="actions">${turn(addDays(month.from, -1), { fa: 'ماه پیش', en: 'Month before' })} ${turn(addDays(month.to, 1), { fa: 'ماه بعد', en: 'Month after' })}</div>`; // prettier-ignore
  return shopPage(here, '/days', monthName(language, month), body);
}

async function dayPage(here: Visit, given: string, page: unknown): Promise<FastifyReply> {
  const { language, unit, shop, now, base, read } = here;
  const day = readDay(given);
  if (day === undefined) throw new GatewayError('public.unknown', 'Not a day.');
  const pay = await read((db) => readPay(db, shop.merchant, day, day, now));
  const [found] = pay.days;
  const title = dayOf(language, noonOf(day));
  if (found === undefined) {
    const none = t(language, {
      fa: 'این روز هنوز آغاز نشده یا روز کاری سامانه نبوده است.',
      en: 'This day has not begun, or was no business day.',
    });
    return shopPage(here, '/days', title, html`<p>${none}</p>`);
  }
  const drawing = { language, unit, byDay: pay.byDay, base };
  const row = (text: Text, rials: bigint): Html => html`<dt>${t(language, text)}</dt><dd>${moneyOf(language, unit, rials)}</dd>`; // prettier-ignore
  const fee: Text = found.feeIsFinal
    ? { fa: 'کارمزد', en: 'Fees' }
    : { fa: 'کارمزد (پیش‌بینی)', en: 'Fees (foretold)' };
  const body = html`${tendersOf(language, unit, found.sum)}
    <h2>${t(language, { fa: 'واریز این روز', en: 'Pay-out of this day' })}</h2>
    <dl class="facts">
      ${row({ fa: 'سهم تسویهٔ ما', en: 'Settled by us' }, found.moved)} ${row(fee, -found.fee)}
      ${!found.feeIsFinal && Object.entries(found.sum.tableFees).map(([name, rials]) => html`<dt>${t(language, { fa: 'از آن، جدول کارمزد', en: 'Of it, by the table' })} ${ltr(name)}</dt><dd>${moneyOf(language, unit, -rials)}</dd>`)}
      ${found.carriedIn !== 0n && row({ fa: 'مانده از روزهای پیش', en: 'From earlier days' }, found.carriedIn)}
      ${found.remainder !== 0n && row({ fa: 'خرده‌ای که به حساب خرده‌های شما رفت', en: 'Below one unit, to your account of remainders' }, -found.remainder)}
      ${row({ fa: 'جمع واریز', en: 'To be paid' }, found.net)}
    </dl>
    ${found.portions.map((portion) => portionOf(drawing, portion))}
    ${found.corrections.length > 0 && html`<h3>${t(language, { fa: 'اصلاح پس از رسیدگی', en: 'Corrections' })}</h3>${found.corrections.map((portion) => portionOf(drawing, portion))}`}
    <h2>${t(language, { fa: 'ریز تراکنش‌ها', en: 'Transactions' })}</h2>
    ${lineTable(here, pay, found.portions, typeof page === 'string' ? Number(page) : 0)}`; // prettier-ignore
  return shopPage(here, '/days', title, body);
}

const PER_PAGE = 50;

const KIND: Readonly<Record<ShopLine['kind'], Text>> = {
  purchase: { fa: 'فروش', en: 'Sale' },
  return: { fa: 'برگشت کالا', en: 'Return' },
  reversal: { fa: 'اصلاحیه', en: 'Reversal' },
  'return-reversal': { fa: 'لغو برگشت', en: 'Return undone' },
};

/** The youngest first; each sale with where its money is. */
function lineTable(here: Visit, { lines, byDay }: ShopPay, portions: readonly Portion[], page: number): Html {
  const { language, request } = here;
  if (lines.length === 0) return html`<p>${t(language, { fa: 'تراکنشی نبود.', en: 'There was none.' })}</p>`;
  const sales = lines.filter(({ kind }) => kind === 'purchase');
  const places = portionsOfSales(sales, portions);
  const first = Number.isSafeInteger(page) && page > 0 ? Math.min(page, Math.ceil(lines.length / PER_PAGE) - 1) : 0;
  const shown = lines.toReversed().slice(first * PER_PAGE, (first + 1) * PER_PAGE);
  const [path = ''] = request.url.split('?');
  return html`<ul class="lines">
      ${shown.map((line) => lineOf(here, line, line.kind === 'purchase' ? places.get(line.id) : undefined, byDay))}
    </ul>
    <div class="actions">
      ${first > 0 && html`<a class="button second" href="${path}?page=${first - 1}">${t(language, { fa: 'تازه‌ترها', en: 'Later ones' })}</a>`}
      ${(first + 1) * PER_PAGE < lines.length && html`<a class="button second" href="${path}?page=${first + 1}">${t(language, { fa: 'پیش‌ترها', en: 'Earlier ones' })}</a>`}
    </div>`; // prettier-ignore
}

function lineOf(
  { language, unit }: Visit,
  line: ShopLine,
  portion: Portion | undefined,
  byDay: ShopPay['byDay'],
): Html {
  const { voucher, card, cash } = line;
  const at = portion === undefined ? undefined : followed(portion, byDay);
  const parts = partsOf(language, unit, { voucher, card, cash });
  return html`<li>
    <p><strong>${moneyOf(language, unit, voucher + card + cash)}</strong> <span>${t(language, KIND[line.kind])}</span> <time>${timeOf(language, line.at)}</time></p>
    <p><small>${parts}<br />${t(language, { fa: 'شمارهٔ مرجع', en: 'RRN' })} ${ltr(line.rrn)} · ${t(language, { fa: 'پایانه', en: 'Terminal' })} ${ltr(line.terminal)} · <span class="whole">${t(language, { fa: 'کارت', en: 'Card' })} ${ltr(`…${line.masked.slice(-4)}`)}</span></small></p>
    ${at !== undefined && html`<p><span class="tag ${colourOf(at)}">${t(language, STAGE[at.stage])}</span></p>`}
    ${line.kind === 'purchase' && line.givenBack > 0n && html`<p><small>${t(language, { fa: 'از این فروش برگشته است:', en: 'Went back of this sale:' })} ${moneyOf(language, unit, line.givenBack)}</small></p>`}
  </li>\n`; // prettier-ignore
}

function partsOf(
  language: Language,
  unit: Visit['unit'],
  parts: Readonly<Record<'voucher' | 'card' | 'cash', bigint>>,
): string {
  const names = {
    voucher: { fa: 'کالابرگ', en: 'voucher' },
    card: { fa: 'کارت', en: 'card' },
    cash: { fa: 'نقد', en: 'cash' },
  };
  const shown = (['voucher', 'card', 'cash'] as const).filter((each) => parts[each] !== 0n);
  const text = shown.map((each) => `${names[each][language]} ${amountOf(language, unit, parts[each])}`);
  return `${text.join(comma(language))} (${unitName(language, unit)})`;
}
