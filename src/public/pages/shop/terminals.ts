import type { FastifyInstance } from 'fastify';
import { addDays } from '../../../field/jalali.ts';
import type { Door } from '../../door.ts';
import { html, type Html } from '../../html.ts';
import { digits, lengthOf, ltr, momentOf, t, type Language, type Text } from '../../language.ts';
import { shopPage } from './frame.ts';
import { sql, visit } from './own.ts';
import { openDay } from './overview.ts';

interface TerminalRow {
  readonly terminal: string;
  readonly status: 'active' | 'disabled';
  readonly blocked: boolean;
  readonly software: string | null;
  readonly masterKeyAt: number | null;
  readonly keysAt: number | null;
  readonly lastAt: number | null;
}

/** How far back a terminal's last sale is looked for. */
const LOOK_BACK_DAYS = 30;

/** `/shop/<merchant>/terminals`: each with its last sale, software, and the ages of its keys. */
export function terminalRoutes(server: FastifyInstance, door: Door): void {
  server.get('/shop/:merchant/terminals', (request, reply) =>
    visit(door, request, reply, async (here) => {
      const { language, shop, now } = here;
      const today = await openDay(here);
      const days = Array.from({ length: LOOK_BACK_DAYS }, (_, n) => addDays(today, -n));
      const { rows } = await here.read((db) => db.query<TerminalRow>(sql('terminals'), [shop.merchant, days]));
      const title = t(language, { fa: 'پایانه‌ها', en: 'Terminals' });
      const none: Text = {
        fa: 'هنوز پایانه‌ای به این فروشگاه داده نشده است.',
        en: 'No terminal was given to this shop yet.',
      };
      const body =
        rows.length === 0
          ? html`<p>${t(language, none)}</p>`
          : html`${rows.map((row) => terminalOf(language, row, now))}`;
      return shopPage(here, '/terminals', title, body);
    }),
  );
}

function terminalOf(language: Language, row: TerminalRow, now: number): Html {
  const works = row.status === 'active' && !row.blocked;
  const state: Text = row.blocked
    ? { fa: 'مسدود؛ با پشتیبانی تماس بگیرید', en: 'Blocked: call support' }
    : works
      ? { fa: 'فعال', en: 'Active' }
      : { fa: 'غیرفعال', en: 'Disabled' };
  const age = (at: number | null, none: Text): string =>
    at === null ? t(language, none) : lengthOf(language, Math.max(0, now - at));
  const noKeys: Text = { fa: 'هنوز کلید ندارد؛ پایانه باید ورود بزند', en: 'None yet: the terminal must sign on' };
  return html`<div class="card ${works ? 'good' : 'bad'}">
    <h2>${ltr(row.terminal)} <span class="tag ${works ? 'good' : 'bad'}">${t(language, state)}</span></h2>
    <dl class="facts">
      <dt>${t(language, { fa: 'آخرین تراکنش', en: 'Last transaction' })}</dt>
      <dd>${row.lastAt === null ? t(language, { fa: `در ${digits('fa', LOOK_BACK_DAYS)} روز گذشته نداشته است`, en: `None in the last ${LOOK_BACK_DAYS} days` }) : momentOf(language, row.lastAt)}</dd>
      <dt>${t(language, { fa: 'نرم‌افزار', en: 'Software' })}</dt><dd>${row.software === null ? t(language, { fa: 'اعلام نشده است', en: 'Not said' }) : ltr(row.software)}</dd>
      <dt>${t(language, { fa: 'عمر کلیدهای نشست', en: 'Age of its session keys' })}</dt><dd>${age(row.keysAt, noKeys)}</dd>
      <dt>${t(language, { fa: 'عمر کلید اصلی', en: 'Age of its master key' })}</dt><dd>${age(row.masterKeyAt, noKeys)}</dd>
    </dl>
  </div>`; // prettier-ignore
}
