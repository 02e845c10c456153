import type { FastifyInstance } from 'fastify';
import { tehran } from '../../../ops/clock.ts';
import { sqlIn } from '../../../ops/sql.ts';
import type { Door } from '../../door.ts';
import { html, type Html } from '../../html.ts';
import { comma, t, type Language, type Text } from '../../language.ts';
import type { Reading } from '../../../field/money-unit.ts';
import { amountIn, unitsByDay } from '../../units.ts';
import { guildName } from './guilds.ts';
import { kept } from '../../kept.ts';
import { KEEP_MS, searched, sendKept } from './send.ts';

const sql = sqlIn(new URL('./sql/', import.meta.url));
const ROWS = 50;

interface Good {
  readonly code: string;
  readonly name: string;
  readonly category: string;
  readonly unit: '00' | '01' | '02' | null;
  readonly cap: string | null;
  readonly guilds: readonly string[] | null;
}

const OF: Readonly<Record<'00' | '01' | '02', Text>> = {
  '00': { fa: 'هر عدد', en: 'a piece' },
  '01': { fa: 'هر کیلوگرم', en: 'a kilogram' },
  '02': { fa: 'هر لیتر', en: 'a litre' },
};

/** `/goods`: what the voucher buys today, up to which price, and where. */
export function goodsRoutes(server: FastifyInstance, door: Door): void {
  const units = unitsByDay(door);
  const read = kept(door.clock, KEEP_MS, async (key: string) => {
    const [day, search, after] = JSON.parse(key) as [string, string, string];
    const values = [day, search, after, ROWS + 1];
    return (await door.pool().query<Good>({ name: 'public-goods', text: sql('goods'), values })).rows;
  });
  server.get<{ Querystring: { q?: unknown; after?: unknown } }>('/goods', async (request, reply) => {
    const { q, after } = request.query;
    const search = searched(q);
    const from = typeof after === 'string' && /^\d{13}$/.test(after) ? after : '';
    const today = tehran(door.clock.now()).isoDate;
    const found = await read(JSON.stringify([today, search, from]));
    const reading = (await units())(today);
    const language = door.languageOf(request);
    const title = t(language, { fa: 'کالابرگ چه کالاهایی را می‌خرد؟', en: 'What the voucher buys' });
    const page = () => ({
      title,
      width: 'wide' as const,
      body: goodsPage(language, title, { search, found, reading }),
    });
    return sendKept(door, request, reply, { data: [found, reading.map(({ unit }) => unit)], page });
  });
}

interface Found {
  readonly search: string;
  readonly found: readonly Good[];
  readonly reading: Reading;
}

function goodsPage(language: Language, title: string, { search, found, reading }: Found): Html {
  const say = (text: Text): string => t(language, text);
  const shown = found.slice(0, ROWS);
  const next = found.length > ROWS ? shown.at(-1)?.code : undefined;
  return html`<h1>${title}</h1>
    <p>${say({ fa: 'اگر صندوق فروشگاه سبد کالا را بفرستد، هر قلم جدا سنجیده می‌شود: کالای این فهرست تا سقف قیمت با کالابرگ پرداخت می‌شود و بقیه با کارت یا نقد. اگر صندوق سبد نفرستد، همهٔ مبلغ با کالابرگ پرداختنی است.', en: 'Where the till sends the basket, each line is judged: goods of this list are paid by the voucher up to the price cap, the rest by card or cash. Without a basket the whole amount can be paid by the voucher.' })}</p>
    <form method="get" action="/goods" role="search"><div class="field"><label for="q">${say({ fa: 'نام کالا', en: 'Name of the good' })}</label>
    <input type="search" id="q" name="q" maxlength="60" value="${search}"></div><button>${say({ fa: 'جست‌وجو', en: 'Search' })}</button></form>
    ${shown.length === 0 ? html`<p>${say({ fa: 'کالایی پیدا نشد.', en: 'No good was found.' })}</p>` : html`<div class="scroll"><table>
    <thead><tr><th scope="col">${say({ fa: 'کالا', en: 'Good' })}</th><th scope="col">${say({ fa: 'سقف قیمت', en: 'Price cap' })}</th><th scope="col">${say({ fa: 'کجا', en: 'Where' })}</th></tr></thead>
    <tbody>${shown.map((good) => html`<tr><td>${good.name}</td><td>${capOf(language, good, reading)}</td><td>${(good.guilds ?? []).map((guild) => guildName(language, guild)).join(comma(language))}</td></tr>`)}</tbody></table></div>`}
    ${next !== undefined && html`<p><a href="/goods?${new URLSearchParams({ q: search, after: next }).toString()}" rel="next">${say({ fa: 'بقیهٔ فهرست', en: 'More' })}</a></p>`}
    <p><a href="/shops">${say({ fa: 'کدام فروشگاه‌ها کالابرگ می‌پذیرند؟', en: 'Which shops take the voucher?' })}</a></p>`; // prettier-ignore
}

function capOf(language: Language, { cap, unit }: Good, reading: Reading): string {
  if (cap === null) return t(language, { fa: 'بدون سقف', en: 'no cap' });
  const amount = amountIn(language, reading, BigInt(cap));
  const of = unit === null ? { fa: 'هر عدد، کیلوگرم یا لیتر', en: 'a piece, kilogram or litre' } : OF[unit];
  return language === 'fa' ? `${of.fa} ${amount}` : `${amount} ${of.en}`;
}
