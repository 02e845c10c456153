import type { FastifyInstance } from 'fastify';
import { digitsOf } from '../../../field/persian.ts';
import { sqlIn } from '../../../ops/sql.ts';
import type { Door } from '../../door.ts';
import { html, type Html } from '../../html.ts';
import { comma, digits, ltr, t, type Language, type Text } from '../../language.ts';
import { GUILDS, guildName } from './guilds.ts';
import { kept } from '../../kept.ts';
import { KEEP_MS, searched, sendKept } from './send.ts';

const sql = sqlIn(new URL('./sql/', import.meta.url));
const ROWS = 50;
/** Shops of one name that can be turned through. */
const MOST_OF_A_NAME = 10_000;
const LONGEST_NAME = 300;

interface Search {
  readonly q: string;
  readonly guild: string;
  readonly post: string;
  readonly place: string;
  /** Where the page before ended: a name, and how many of that name it has shown. No number of a shop is in it. */
  readonly name: string;
  readonly shown: number;
}

interface ListedShop {
  readonly name: string;
  readonly guild: string;
  readonly area: string | null;
  readonly provinceFa: string | null;
  readonly provinceEn: string | null;
  readonly cityFa: string | null;
  readonly cityEn: string | null;
}

/** `/shops`: which shops take the voucher. Name, guild and place: nothing leads from here to an owner. */
export function shopListRoutes(server: FastifyInstance, door: Door): void {
  const read = kept(door.clock, KEEP_MS, async (key: string) => {
    const { q, guild, post, place, name, shown } = JSON.parse(key) as Search;
    const values = [q, guild, post, place, name, shown, ROWS + 1];
    return (await door.pool().query<ListedShop>({ name: 'public-shops', text: sql('shops'), values })).rows;
  });
  server.get<{ Querystring: Readonly<Record<string, unknown>> }>('/shops', async (request, reply) => {
    const search = searchOf(request.query);
    const found = await read(JSON.stringify(search));
    const language = door.languageOf(request);
    const title = t(language, { fa: 'کدام فروشگاه‌ها کالابرگ می‌پذیرند؟', en: 'Which shops take the voucher' });
    const page = () => ({ title, width: 'wide' as const, body: shopsPage(language, title, search, found) });
    return sendKept(door, request, reply, { data: found, page });
  });
}

function searchOf(query: Readonly<Record<string, unknown>>): Search {
  const { guild, post, name, shown } = query;
  const from = typeof name === 'string' && name.length <= LONGEST_NAME && !name.includes('\0') ? name : '';
  const of = typeof shown === 'string' && /^\d{1,4}$/.test(shown) && from !== '' ? Number(shown) : 0;
  return {
    q: searched(query['q']),
    guild: typeof guild === 'string' && Object.hasOwn(GUILDS, guild) ? guild : '',
    post: typeof post === 'string' ? (/^\d{2,5}/.exec(digitsOf(post.slice(0, 20)))?.[0] ?? '') : '',
    place: searched(query['place']),
    name: from,
    shown: Math.min(of, MOST_OF_A_NAME),
  };
}

/** @returns the query of the next page; undefined: this is the last */
function nextOf(search: Search, found: readonly ListedShop[]): string | undefined {
  if (found.length <= ROWS) return undefined;
  const page = found.slice(0, ROWS);
  const name = page.at(-1)?.name ?? '';
  const ofName = page.filter((shop) => shop.name === name).length + (search.name === name ? search.shown : 0);
  return new URLSearchParams({ ...search, name, shown: String(ofName) }).toString();
}

function shopsPage(language: Language, title: string, search: Search, found: readonly ListedShop[]): Html {
  const say = (text: Text): string => t(language, text);
  const next = nextOf(search, found);
  const field = (name: 'q' | 'place' | 'post', label: Text, rest: Html) =>
    html`<div class="field"><label for="${name}">${say(label)}</label><input id="${name}" name="${name}" value="${search[name]}"${rest}></div>`; // prettier-ignore
  return html`<h1>${title}</h1>
    <form method="get" action="/shops" role="search">
    ${field('q', { fa: 'نام فروشگاه', en: 'Name of the shop' }, html` type="search" maxlength="60"`)}
    ${field('place', { fa: 'استان یا شهر', en: 'Province or city (in Persian)' }, html` type="text" maxlength="60"`)}
    ${field('post', { fa: 'چند رقم نخست کد پستی (۲ تا ۵ رقم)', en: 'First digits of the postal code (2 to 5)' }, html` type="text" inputmode="numeric" dir="ltr" maxlength="10"`)}
    <div class="field"><label for="guild">${say({ fa: 'صنف', en: 'Guild' })}</label><select id="guild" name="guild"><option value="">${say({ fa: 'همه', en: 'all' })}</option>${Object.keys(GUILDS).map((guild) => html`<option value="${guild}"${guild === search.guild && html` selected`}>${guildName(language, guild)}</option>`)}</select></div>
    <button>${say({ fa: 'جست‌وجو', en: 'Search' })}</button></form>
    ${found.length === 0 ? html`<p>${say({ fa: 'فروشگاهی پیدا نشد.', en: 'No shop was found.' })}</p>` : html`<div class="scroll"><table>
    <thead><tr><th scope="col">${say({ fa: 'فروشگاه', en: 'Shop' })}</th><th scope="col">${say({ fa: 'صنف', en: 'Guild' })}</th><th scope="col">${say({ fa: 'جا', en: 'Place' })}</th></tr></thead>
    <tbody>${found.slice(0, ROWS).map((shop) => html`<tr><td><bdi>${shop.name}</bdi></td><td>${guildName(language, shop.guild)}</td><td>${placeOf(language, shop)}</td></tr>`)}</tbody></table></div>`}
    ${next !== undefined && html`<p><a href="/shops?${next}" rel="next">${say({ fa: 'بقیهٔ فهرست', en: 'More' })}</a></p>`}
    <p><a href="/goods">${say({ fa: 'کالابرگ چه کالاهایی را می‌خرد؟', en: 'What does the voucher buy?' })}</a></p>`; // prettier-ignore
}

function placeOf(language: Language, shop: ListedShop): Html {
  const names = language === 'fa' ? [shop.provinceFa, shop.cityFa] : [shop.provinceEn, shop.cityEn];
  const place = names.filter((name) => name !== null).join(comma(language));
  if (place !== '') return html`${place}`;
  if (shop.area === null) return html`–`;
  return html`${t(language, { fa: 'کد پستی', en: 'Postal code' })} ${ltr(`${digits(language, shop.area)}…`)}`;
}
