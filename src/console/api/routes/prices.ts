import type { FastifyInstance } from 'fastify';
import { addDays } from '../../../field/jalali.ts';
import {
  listPrices,
  priceOutliers,
  priceSpreads,
  type PriceFilter,
  type PriceObservation,
  type PricePlace,
} from '../../../ledger/index.ts';
import { tehran } from '../../../ops/clock.ts';
import type { Api } from '../api.ts';
import { cursorAfter, idAfter } from '../change.ts';
import { isFile, money, sendExport, text, type Column } from '../export.ts';
import { PriceOutliers, PricePage, PriceQuery, PriceSpreads, SpreadQuery } from '../price-schemas.ts';

const tags = ['prices'];
const reading = { permission: 'shops:read' as const };
const IRR = { currency: 'IRR' as const };
const DAYS = 30;

const COLUMNS: readonly Column<PriceObservation>[] = [
  text('day', 'روز کاری', 'Business day'),
  text('good', 'کد کالا', 'Good', 16),
  text('nameFa', 'نام کالا', 'Name', 30),
  text('category', 'گروه', 'Category'),
  text('unit', 'واحد', 'Unit'),
  text('merchant', 'پذیرنده', 'Merchant', 18),
  text('shop', 'فروشگاه', 'Shop', 30),
  text('guild', 'صنف', 'Guild'),
  text('provinceFa', 'استان', 'Province'),
  text('lines', 'تعداد ردیف', 'Lines'),
  text('quantity', 'مقدار', 'Quantity'),
  money('rials', 'مبلغ', 'Rials'),
  money('priceRials', 'بهای میانگین', 'Mean price'),
  money('leastRials', 'ارزان‌ترین', 'Cheapest'),
  money('mostRials', 'گران‌ترین', 'Dearest'),
];

/** What goods cost, added up from the lines of purchases after the day's close (docs/programmes.md). It acts on nothing. */
export function priceRoutes(server: FastifyInstance, api: Api): void {
  const filterOf = ({ from, to, good, category, merchant, province }: SpreadQuery): PriceFilter => {
    const last = to ?? tehran(api.people().clock.now()).isoDate;
    return { from: from ?? addDays(last, -DAYS), to: last, good, category, merchant, province };
  };
  server.get<{ Querystring: PriceQuery }>(
    '/price-observations',
    { config: reading, schema: { summary: 'What goods cost, by day, good and shop, the newest first', tags, querystring: PriceQuery, response: { 200: PricePage } } }, // prettier-ignore
    async (request, reply) => {
      const { cursor, limit, format, ...query } = request.query;
      const { pool } = api.people();
      const page = async (after: PricePlace | undefined, most: number) => {
        const found = await listPrices(pool, filterOf(query), { after, limit: most + 1 });
        const rows = found.slice(0, most);
        return { rows, next: found.length > most ? rows.at(-1) : undefined };
      };
      if (isFile(format))
        return sendExport(api, request, reply, format, { name: 'price-observations', columns: COLUMNS, page });
      const { rows, next } = await page(placeAfter(cursor), limit);
      return { items: rows.map((each) => ({ ...each, ...IRR })), next: next === undefined ? null : cursorOf(next) };
    },
  );
  server.get<{ Querystring: SpreadQuery }>(
    '/price-observations/quartiles',
    { config: reading, schema: { summary: 'Median and quartiles over shops, by good and day, of the country and its provinces', tags, querystring: SpreadQuery, response: { 200: PriceSpreads } } }, // prettier-ignore
    async ({ query }) => ({ ...IRR, items: await priceSpreads(api.people().pool, filterOf(query)) }),
  );
  server.get<{ Querystring: SpreadQuery }>(
    '/price-observations/outliers',
    { config: reading, schema: { summary: 'Shops whose prices stand out, with what they are compared with', tags, querystring: SpreadQuery, response: { 200: PriceOutliers } } }, // prettier-ignore
    async ({ query }) => ({ ...IRR, items: await priceOutliers(api.people().pool, filterOf(query)) }),
  );
}

const PLACE = '\\d{4}-\\d{2}-\\d{2} \\d{13} [0-9A-Za-z]{15} \\d{2}';

function cursorOf({ day, good, merchant, unit }: PricePlace): string {
  return cursorAfter([day, good, merchant, unit].join(' '));
}

function placeAfter(cursor: string | undefined): PricePlace | undefined {
  const [day, good, merchant, unit] = idAfter(cursor, PLACE)?.split(' ') ?? [];
  if (day === undefined || good === undefined || merchant === undefined || unit === undefined) return undefined;
  return { day, good, merchant, unit };
}
