import type { FastifyInstance } from 'fastify';
import { addDays } from '../../../field/jalali.ts';
import { readAccount, readPay, type AccountPart, type DayPay } from '../../../settlement/shop/index.ts';
import type { Door } from '../../door.ts';
import { html, type Html } from '../../html.ts';
import { dayOf, digits, t, type Text } from '../../language.ts';
import { checklistCard } from './checklist.ts';
import { noonOf, portionOf, tagOf } from './clock.ts';
import { shopPage } from './frame.ts';
import { moneyOf } from './money.ts';
import { sql, visit, type Visit } from './own.ts';
import { tendersOf } from './tenders.ts';

const DAYS_SHOWN = 7;

/** `/shop/<merchant>`: today, what the shop is owed and where that is, the last days. */
export function overviewRoutes(server: FastifyInstance, door: Door): void {
  server.get('/shop/:merchant', (request, reply) =>
    visit(door, request, reply, async (here) => {
      const { language, unit, shop, now, base } = here;
      const today = await openDay(here);
      const { pay, account } = await here.read(async (db) => ({
        pay: await readPay(db, shop.merchant, addDays(today, 1 - DAYS_SHOWN), today, now),
        account: await readAccount(db, shop.merchant, now),
      }));
      const drawing = { language, unit, byDay: pay.byDay, base };
      const owed = account.reduce((sum, { portion }) => sum + portion.rials, 0n);
      const sum = pay.days.find(({ day }) => day === today)?.sum;
      const title = dayOf(language, noonOf(today));
      const body = html`${await checklistCard(here)}${sum === undefined || sum.purchases === 0
          ? html`<p>${t(language, { fa: 'امروز هنوز فروشی ثبت نشده است.', en: 'No sale was recorded yet today.' })}</p>`
          : tendersOf(language, unit, sum)}
        <p><a href="${base}/days/${today}">${t(language, { fa: 'ریز فروش امروز', en: 'Today’s sales one by one' })}</a></p>
        <h2>${t(language, { fa: 'طلب شما تا این لحظه', en: 'What you are owed at this moment' })}</h2>
        <p class="figure">${moneyOf(language, unit, owed)}</p>
        ${account.map(({ day, portion }: AccountPart) => html`<h3>${t(language, OF)} ${dayOf(language, noonOf(day))}</h3>${portionOf(drawing, portion)}`)}
        <h2>${t(language, { fa: 'روزهای گذشته', en: 'The last days' })}</h2>
        ${dayList(here, pay.days.toReversed(), pay.byDay)}
        <p><a href="${base}/days">${t(language, { fa: 'همهٔ روزها', en: 'All days' })}</a></p>`; // prettier-ignore
      return shopPage(here, '', title, body);
    }),
  );
}

const OF: Text = { fa: 'فروش', en: 'Sales of' };

/** The business day that is open. */
export async function openDay({ read }: Visit): Promise<string> {
  const { rows } = await read((db) => db.query<{ day: string }>(sql('today')));
  return rows[0]?.day ?? '1970-01-01';
}

export function dayList(
  { language, unit, base }: Visit,
  days: readonly DayPay[],
  byDay: ReadonlyMap<string, DayPay>,
): Html {
  return html`<ul class="days">
    ${days.map((pay) => html`<li><a href="${base}/days/${pay.day}"><span>${dayOf(language, noonOf(pay.day))}<br /><small>${digits(language, pay.sum.purchases)} ${t(language, { fa: 'فروش', en: 'sales' })}</small></span><span>${moneyOf(language, unit, pay.net)}<br />${tagOf(language, pay, byDay)}</span></a></li>\n`)}
  </ul>`; // prettier-ignore
}
