import { Type, type Static } from 'typebox';
import { LEAST_SHOPS } from '../../ledger/index.ts';
import { day, format, pageOf, PageQuery } from './schemas.ts';

/** What goods cost, by good, shop and business day (docs/programmes.md). Prices are of a piece, or of 1,000 grams or millilitres. */

const strict = { additionalProperties: false };
const orNull = <T extends Parameters<typeof Type.Union>[0][number]>(type: T) => Type.Union([type, Type.Null()]);
const rials = (description: string) => Type.String({ description: `${description}, whole rials` });

const filter = {
  from: Type.Optional(day('The first business day (default: thirty days before the last)')),
  to: Type.Optional(day('The last one (default: today)')),
  good: Type.Optional(Type.String({ pattern: '^\\d{13}$' })),
  category: Type.Optional(Type.String({ pattern: '^\\d{2}$' })),
  merchant: Type.Optional(Type.String({ pattern: '^[0-9A-Za-z]{15}$' })),
  province: Type.Optional(Type.String({ minLength: 2, maxLength: 60, description: 'Its name, Persian or English' })),
};
export const PriceQuery = Type.Object({ ...filter, ...PageQuery.properties, format }, strict);
export type PriceQuery = Static<typeof PriceQuery>;
export const SpreadQuery = Type.Object(filter, strict);
export type SpreadQuery = Static<typeof SpreadQuery>;

const good = {
  day: day('Business day'),
  good: Type.String(),
  nameFa: Type.String(),
  category: Type.String(),
  unit: Type.String({ description: '00 pieces, 01 grams, 02 millilitres' }),
};
const observation = {
  ...good,
  merchant: Type.String(),
  shop: Type.String(),
  guild: Type.String(),
  provinceFa: orNull(Type.String()),
  provinceEn: orNull(Type.String()),
  lines: Type.Integer({ description: 'Of purchases that stand' }),
  quantity: Type.String(),
  rials: rials('Paid for them'),
  priceRials: rials('The mean by quantity'),
  leastRials: rials('The cheapest line'),
  mostRials: rials('The dearest line'),
};
export const PricePage = pageOf(Type.Object({ ...observation, currency: Type.Literal('IRR') }));
export const PriceSpreads = Type.Object({
  currency: Type.Literal('IRR'),
  items: Type.Array(
    Type.Object({
      ...good,
      provinceFa: orNull(Type.String({ description: 'null: the country; empty: no province is known' })),
      provinceEn: orNull(Type.String()),
      shops: Type.Integer(),
      lines: Type.String(),
      leastRials: rials('The cheapest shop'),
      lowerRials: rials('The lower quartile'),
      medianRials: rials('The median'),
      upperRials: rials('The upper quartile'),
      mostRials: rials('The dearest shop'),
    }),
    { description: 'Each shop counts once; at most 5,000' },
  ),
});
export const PriceOutliers = Type.Object({
  currency: Type.Literal('IRR'),
  items: Type.Array(
    Type.Object({
      ...observation,
      why: Type.Array(Type.String({ enum: ['quartiles', 'fixed-price'] })),
      shops: Type.Integer({ description: `With this good that day; below ${LEAST_SHOPS} quartiles say nothing` }),
      medianRials: rials('Of those shops'),
      fenceRials: rials('Above it a price stands out'),
      fixedRials: orNull(rials('What a basket fixed')),
    }),
    { description: 'The farthest above the median first; at most 500. Nothing follows from it by itself' },
  ),
});
