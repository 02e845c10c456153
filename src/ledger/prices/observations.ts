import type { Pool } from 'pg';

/** What goods cost: a shop's price of a day is the mean of its lines by quantity. Prices are of a piece, or of 1,000 grams or millilitres. */

export interface PriceFilter {
  /** ISO business days, both counted. */
  readonly from: string;
  readonly to: string;
  readonly good?: string | undefined;
  readonly category?: string | undefined;
  readonly merchant?: string | undefined;
  /** A name of a province, Persian or English. */
  readonly province?: string | undefined;
}

interface Good {
  readonly day: string;
  readonly good: string;
  readonly nameFa: string;
  readonly category: string;
  readonly unit: string;
}

export interface PriceObservation extends Good {
  readonly merchant: string;
  readonly shop: string;
  readonly guild: string;
  readonly provinceFa: string | null;
  readonly provinceEn: string | null;
  readonly lines: number;
  readonly quantity: string;
  readonly rials: string;
  readonly priceRials: string;
  readonly leastRials: string;
  readonly mostRials: string;
}

/** Rows of a filter: $1 from, $2 to, $3 good, $4 category, $5 merchant, $6 province. */
const SEEN = `
  select p.business_day, p.business_day::text as day, p.good, g.name_fa as "nameFa", g.category, p.unit, p.merchant_id as merchant, m.name as shop,
         m.guild, a.province_fa as "provinceFa", a.province_en as "provinceEn", p.lines, p.quantity, p.rials,
         round(p.rials::numeric * case p.unit when '00' then 1 else 1000 end / p.quantity)::bigint as price, p.least_rials, p.most_rials
    from price_days p
    join lateral (select name_fa, category from goods g where g.code = p.good and g.valid_from <= p.business_day
                   order by g.valid_from desc limit 1) g on true
    join merchants m on m.merchant_id = p.merchant_id
    left join lateral (select province_fa, province_en from postal_areas a where a.prefix = left(m.postal_code, length(a.prefix))
                        order by length(a.prefix) desc limit 1) a on true
   where p.business_day between $1 and $2 and ($3::text is null or p.good = $3) and ($4::text is null or g.category = $4)
     and ($5::text is null or p.merchant_id = $5) and ($6::text is null or $6 in (a.province_fa, a.province_en))`;

const values = ({ from, to, good, category, merchant, province }: PriceFilter): unknown[] => [
  from,
  to,
  good ?? null,
  category ?? null,
  merchant ?? null,
  province ?? null,
];

/** Where a page ended. */
export interface PricePlace {
  readonly day: string;
  readonly good: string;
  readonly merchant: string;
  readonly unit: string;
}

/** By day, the newest first, then good, shop and unit. */
export async function listPrices(
  pool: Pool,
  filter: PriceFilter,
  { after, limit }: { readonly after?: PricePlace | undefined; readonly limit: number },
): Promise<PriceObservation[]> {
  const { rows } = await pool.query<PriceObservation>(
    `select day, good, "nameFa", category, unit, merchant, shop, guild, "provinceFa", "provinceEn", lines, quantity::text, rials::text,
            price::text as "priceRials", least_rials::text as "leastRials", most_rials::text as "mostRials"
       from (${SEEN}) s
      where $7::date is null or business_day < $7 or business_day = $7 and (good, merchant, unit) > ($8, $9, $10)
      order by business_day desc, good, merchant, unit limit $11`,
    [
      ...values(filter),
      ...(after === undefined ? [null, null, null, null] : [after.day, after.good, after.merchant, after.unit]),
      limit,
    ],
  );
  return rows;
}

export interface PriceSpread extends Good {
  /** null: of the whole country; an empty name: of shops whose postal code says no province. */
  readonly provinceFa: string | null;
  readonly provinceEn: string | null;
  readonly shops: number;
  readonly lines: string;
  readonly leastRials: string;
  readonly lowerRials: string;
  readonly medianRials: string;
  readonly upperRials: string;
  readonly mostRials: string;
}

/** Quartiles over the prices of shops, each shop once, by good and day: of the country, and of each province. At most 5,000 rows. */
export async function priceSpreads(pool: Pool, filter: PriceFilter): Promise<PriceSpread[]> {
  const { rows } = await pool.query<PriceSpread>(
    `select day, good, min("nameFa") as "nameFa", min(category) as category, unit,
            case grouping(s."provinceFa") when 0 then coalesce(s."provinceFa", '') end as "provinceFa",
            case grouping(s."provinceFa") when 0 then coalesce(min(s."provinceEn"), '') end as "provinceEn",
            count(*)::int as shops, sum(lines)::text as lines, min(price)::text as "leastRials",
            percentile_disc(0.25) within group (order by price)::text as "lowerRials",
            percentile_disc(0.5) within group (order by price)::text as "medianRials",
            percentile_disc(0.75) within group (order by price)::text as "upperRials", max(price)::text as "mostRials"
       from (${SEEN}) s
      group by grouping sets ((day, good, unit), (day, good, unit, s."provinceFa"))
      order by day desc, good, unit, grouping(s."provinceFa") desc, "provinceFa" limit 5000`,
    values(filter),
  );
  return rows;
}

export interface PriceOutlier extends PriceObservation {
  /** `quartiles`: above the upper quartile by more than 1.5 times their distance; `fixed-price`: above what a basket fixed. */
  readonly why: readonly ('quartiles' | 'fixed-price')[];
  /** Of shops of the whole country, that day. */
  readonly shops: number;
  readonly medianRials: string;
  readonly fenceRials: string;
  readonly fixedRials: string | null;
}

/** Of fewer shops nothing is said by quartiles. */
export const LEAST_SHOPS = 8;

/** Shops whose price of a good on a day stands out, the farthest above the median first, with what they are compared with. Nothing follows
 *  from it: a person looks (docs/decisions/0058). At most 500. */
export async function priceOutliers(pool: Pool, filter: PriceFilter): Promise<PriceOutlier[]> {
  const { rows } = await pool.query<PriceOutlier>(
    `with seen as (${SEEN}),
     country as (
       select p.business_day, p.good, p.unit, count(*)::int as shops,
              percentile_disc(0.25) within group (order by x.price) as lower, percentile_disc(0.5) within group (order by x.price) as median,
              percentile_disc(0.75) within group (order by x.price) as upper
         from price_days p
        cross join lateral (select round(p.rials::numeric * case p.unit when '00' then 1 else 1000 end / p.quantity)::bigint as price) x
        where p.business_day between $1 and $2 and (p.good, p.unit) in (select good, unit from seen) group by 1, 2, 3)
     select s.day, s.good, s."nameFa", s.category, s.unit, s.merchant, s.shop, s.guild, s."provinceFa", s."provinceEn", s.lines,
            s.quantity::text, s.rials::text, s.price::text as "priceRials", s.least_rials::text as "leastRials", s.most_rials::text as "mostRials",
            array_remove(array[case when f.by_quartiles then 'quartiles' end, case when s.price > x.fixed then 'fixed-price' end], null) as why,
            c.shops, c.median::text as "medianRials", f.fence::text as "fenceRials", x.fixed::text as "fixedRials"
       from seen s join country c using (business_day, good, unit)
      cross join lateral (select c.upper + (c.upper - c.lower) * 3 / 2 as fence) u
      cross join lateral (select u.fence, c.shops >= ${LEAST_SHOPS} and s.price > u.fence as by_quartiles) f
       left join lateral (
         -- the dearest that any basket of that day fixes for this good in this unit
         select max(case when i.unit = s.unit then i.price_rials
                         else i.price_rials * g.each / case i.unit when '00' then 1 else 1000 end end) as fixed
           from (select distinct on (programme_id) basket_id from programme_baskets where valid_from <= s.business_day
                  order by programme_id, valid_from desc) b
           join programme_basket_goods g on g.basket_id = b.basket_id and g.code in (s.good, s.category)
           join programme_basket_items i on i.basket_id = b.basket_id and i.item = g.item
          where i.unit = s.unit or s.unit = '00' and g.each is not null) x on true
      where f.by_quartiles or s.price > x.fixed
      order by s.price::numeric / greatest(c.median, 1) desc, s.day, s.good, s.merchant limit 500`,
    values(filter),
  );
  return rows;
}
