import type { PoolClient } from 'pg';
import { DECISIONS } from '../ops/function-set.ts';
import type { BasketLine, LineVerdict } from './ledger.ts';
import { reasonOf, type Reason } from './programmes/reasons.ts';

/** What the voucher pays of a line of a purchase that is not made, and why not the rest. */
export interface WhatIfLine extends LineVerdict {
  readonly goods: string;
  /** Of goods.csv; null: it is not there. */
  readonly nameFa: string | null;
  readonly unit: BasketLine['unit'];
  readonly quantity: number;
  readonly amountRials: bigint;
  /** What the customer adds. */
  readonly customerRials: bigint;
  /** Why the voucher does not pay all of it; none where it does. */
  readonly why: readonly Reason[];
  /** What the basket of the programme says of it. */
  readonly item: LineItem | null;
}

interface LineItem {
  readonly programme: string;
  readonly item: string;
  readonly unit: string | null;
  /** Fixed, and what of it the voucher pays; of a piece, or of 1,000 grams or millilitres. */
  readonly priceRials: string | null;
  readonly voucherRials: string | null;
  readonly perPurchase: string | null;
  /** Of the household, and what is used of it before this purchase. */
  readonly entitled: string | null;
  readonly used: string | null;
  /** Other goods of the same item, which share its ration: at most ten. */
  readonly alternatives: readonly { readonly goods: string; readonly nameFa: string }[];
}

/** What is known of a line where a programme's credit pays it: a `ledger_line` of functions/types.sql. */
interface Known {
  readonly place: number;
  readonly programme: string;
  readonly period: string;
  readonly fixed: boolean | null;
  readonly code: string;
  readonly nameFa: string | null;
  readonly item: string | null;
  readonly itemUnit: string | null;
  readonly each: string | null;
  readonly priceRials: string | null;
  readonly voucherRials: string | null;
  readonly perPurchase: string | null;
  readonly capRials: string | null;
  readonly entitled: string | null;
  readonly used: string | null;
  readonly alternatives: LineItem['alternatives'];
}

/** The ledger's own look at lines (functions/shared/basket.sql), for each programme and period of which the household has credit, at most
 *  six periods; with what else is of the same item. */
const KNOWN = `
  with l as (select coalesce(jsonb_agg(jsonb_build_array(good, unit, quantity, rials) order by n), '[]') as list
               from unnest($2::text[], $3::text[], $4::bigint[], $5::bigint[]) with ordinality as t (good, unit, quantity, rials, n)),
       p as (select b.programme_id, b.period, g.baskets -> b.programme_id as basket
               from (select programme_id, period, row_number() over (partition by programme_id order by period desc) as n
                       from buckets where household_id = $1 and valid_from <= $6::date) b
               left join lateral (select baskets from basket_maps where from_day <= $6::date order by from_day desc limit 1) g on true
              where b.n <= 6)
  select k.place::int as place, p.programme_id as programme, p.period, p.basket ->> 'method' = 'fixed' as fixed, k.code, k.name_fa as "nameFa", k.item, k.item_unit as "itemUnit", k.each::text as each,
         k.price_rials::text as "priceRials", k.most_rials::text as "voucherRials", k.per_purchase::text as "perPurchase",
         k.price_cap_rials::text as "capRials", k.entitled::text as entitled, k.used::text as used,
         coalesce((select jsonb_agg(jsonb_build_object('goods', a.code, 'nameFa', a.name_fa) order by a.code)
                     from (select g.code, min(g.name_fa) as name_fa from programme_basket_goods x
                             join goods g on x.code in (g.code, g.category) and g.valid_from <= $6::date and g.valid_to >= $6::date
                            where x.basket_id = (p.basket ->> 'id')::bigint and x.item = k.item and g.code <> k.good
                            group by g.code order by g.code limit 10) a), '[]') as alternatives
    from l cross join p join households h on h.household_id = $1
    left join merchants m on m.merchant_id = $7
   cross join lateral ${DECISIONS}.lines_of(l.list, $1, h.members, m.guild, $6::date, p.programme_id, p.period, p.basket)
         with ordinality as k (programme, period, good, unit, quantity, rials, code, name_fa, price_cap_rials, item, item_unit, each, price_rials,
                               most_rials, per_purchase, by_price, by_quantity, key, by_category, entitled, used, place)
   order by k.place, p.programme_id, p.period desc`;

/** What is known of lines before the purchase is decided. */
export async function knownLines(
  client: PoolClient,
  { household, merchant, day, basket }: { household: string; merchant: string; day: string; basket: readonly BasketLine[] },
): Promise<Known[]> {
  const columns = [
    basket.map(({ goods }) => goods),
    basket.map(({ unit }) => unit),
    basket.map(({ quantity }) => quantity),
    basket.map(({ amountRials }) => amountRials),
  ];
  const { rows } = await client.query<Known>(KNOWN, [household, ...columns, day, merchant]);
  return rows;
} // prettier-ignore

/** @param takes what would pay, the first one first
 *  @param creditLeft after it */
export function explainedLines(
  basket: readonly BasketLine[],
  verdicts: readonly LineVerdict[],
  known: readonly Known[],
  { takes, creditLeft }: { takes: readonly Pick<Known, 'programme' | 'period'>[]; creditLeft: bigint },
): WhatIfLine[] {
  const rank = (one: Known): number => {
    const at = takes.findIndex(({ programme, period }) => programme === one.programme && period === one.period);
    return at < 0 ? takes.length : at;
  };
  return basket.flatMap((line, index) => {
    const verdict = verdicts[index];
    if (verdict === undefined) return [];
    const all = known.filter(({ place }) => place === index + 1).toSorted((a, b) => rank(a) - rank(b));
    // the programme that knows it speaks for it: what a fixed basket does not know, another may pay
    const of = all.find(({ code }) => code === '00') ?? all[0];
    const { goods, unit, quantity, amountRials } = line;
    return [
      {
        ...{ goods, unit, quantity, amountRials, ...verdict },
        nameFa: of?.nameFa ?? null,
        customerRials: amountRials - verdict.voucherRials,
        why: whyOf(line, verdict, of, creditLeft).map(reasonOf),
        item: of === undefined ? null : itemOf(of),
      },
    ];
  });
}

/** Of a purchase that is declined because of its goods, or since no credit pays any of them: what would be said of each line. */
export function refusedLines(basket: readonly BasketLine[], known: readonly Known[], reason: string): WhatIfLine[] {
  if (reason !== 'credit.none' && !/^goods\.(?:price|quantity)$/.test(reason)) return [];
  const verdicts = basket.map((line, index): LineVerdict => {
    const of = known.find(({ place, code }) => place === index + 1 && code === '00') ?? known.find(({ place }) => place === index + 1); // prettier-ignore
    if (of === undefined) return { verdict: '01', voucherRials: 0n };
    const limits = limitsOf(line, of);
    const quantity = limits.some((code) => code.startsWith('line.quantity'));
    const verdict = of.code === '00' ? (quantity ? '03' : limits.length > 0 ? '02' : '00') : (of.code as '01' | '04');
    return { verdict, voucherRials: 0n };
  });
  // what could be paid is not: no credit is left, or another good stops it
  const creditLeft = reason === 'credit.none' ? 0n : 1n;
  return explainedLines(basket, verdicts, known, { takes: [], creditLeft }).map((line) => {
    const other = reason !== 'credit.none' && (line.verdict === '00' || line.why.length === 0);
    return other ? { ...line, why: [reasonOf('line.refused')] } : line;
  });
}

function itemOf({ item, programme, itemUnit: unit, ...known }: Known): LineItem | null {
  if (item === null) return null;
  const { priceRials, voucherRials, perPurchase, entitled, used, alternatives } = known;
  return { programme, item, unit, priceRials, voucherRials, perPurchase, entitled, used, alternatives };
}

function whyOf(line: BasketLine, { verdict, voucherRials }: LineVerdict, of: Known | undefined, creditLeft: bigint): string[] {
  if (voucherRials === line.amountRials) return [];
  if (verdict === '01') return [of?.nameFa == null ? 'line.unknown' : of.item === null && of.fixed === true ? 'line.not-in-basket' : 'line.unit'];
  if (verdict === '04') return ['line.guild'];
  const limits = of === undefined ? [] : limitsOf(line, of);
  // what is left over is less than one step of the unit, or the card part's
  const spent = creditLeft === 0n && (verdict === '00' || voucherRials > 0n) ? ['line.credit'] : [];
  if (verdict === '00') return spent.length > 0 ? spent : ['line.card-part'];
  const named = limits.filter((code) => (verdict === '03' ? true : !code.startsWith('line.quantity')));
  return [...(named.length > 0 ? named : [verdict === '03' ? 'line.quantity' : 'line.price']), ...spent];
} // prettier-ignore

/** Each bound that the line is above. */
function limitsOf({ unit, quantity, amountRials }: BasketLine, of: Known): string[] {
  const measured = BigInt(quantity) * (unit === '00' && of.each !== null ? BigInt(of.each) : 1n);
  const worth = (rials: string, count: bigint, by: string | null): bigint => (BigInt(rials) * count) / (by === '00' ? 1n : 1_000n);
  const price = of.priceRials === null ? undefined : worth(of.priceRials, measured, of.itemUnit);
  const most = of.voucherRials === null ? undefined : worth(of.voucherRials, measured, of.itemUnit);
  const found: string[] = [];
  if (of.capRials !== null && amountRials > worth(of.capRials, BigInt(quantity), unit)) found.push('line.price');
  if (price !== undefined && amountRials > price) found.push('line.fixed-price');
  if (most !== undefined && amountRials > most && (price === undefined || most < price)) found.push(price === undefined ? 'line.price' : 'line.customer-part');
  if (of.perPurchase !== null && measured > BigInt(of.perPurchase)) found.push('line.quantity-of-purchase');
  if (of.entitled !== null && measured > BigInt(of.entitled) - BigInt(of.used ?? 0)) found.push('line.quantity');
  return [...new Set(found)];
} // prettier-ignore
