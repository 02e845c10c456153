import { Type, type Static } from 'typebox';
import { instant, object, oneOf, reader, text } from './names.ts';

/** What stands in the files of the components `menu` and `goods`: data, no code. */

/** How an entry of the menu is paid: voucher and the rest by card, voucher and the rest in cash, card alone, nothing. */
export const TENDERS = ['voucher_card', 'voucher_cash', 'card', 'none'] as const;

const Entry = object({
  /** Stable over releases: `subsidised-purchase`. */
  id: Type.String({ pattern: '^[a-z][a-z0-9-]{0,39}$' }),
  labelFa: text(40),
  labelEn: text(40),
  /** DE 3 of wire.md 4: a profile says it in its own words. */
  processingCode: Type.String({ pattern: '^[0-9]{6}$' }),
  tender: oneOf(TENDERS),
  /** Which goods it is for: ordinary and subsidised ones stand apart. */
  goods: oneOf(['subsidised', 'ordinary', 'none']),
  order: Type.Integer({ minimum: 1, maximum: 999 }),
});
export type MenuEntry = Static<typeof Entry>;

const Menu = object({ format: Type.Literal(1), entries: Type.Array(Entry, { minItems: 1, maxItems: 60 }) });
/** File of the component `menu`. */
export type Menu = Static<typeof Menu>;
/** @throws GatewayError `updates.malformed` */
export const readMenu: (value: unknown) => Menu = reader('menu', Menu);

const isoDate = Type.String({ pattern: String.raw`^\d{4}-\d\d-\d\d$` });
const Good = object({
  /** GTIN or goods code, n13 */
  code: Type.String({ pattern: '^[0-9]{13}$' }),
  category: Type.String({ pattern: '^[0-9]{2}$' }),
  nameFa: text(200),
  /** wire.md 5, tag 01: 00 piece, 01 gram, 02 millilitre */
  unit: oneOf(['00', '01', '02']),
  /** Of one piece, or of 1,000 grams or millilitres; null: none. Rials. */
  priceCapRials: Type.Union([Type.String({ pattern: '^[1-9][0-9]{0,14}$' }), Type.Null()]),
  validFrom: isoDate,
  validTo: isoDate,
});
const Goods = object({ format: Type.Literal(1), asOf: instant, goods: Type.Array(Good, { maxItems: 100_000 }) });
/** File of the component `goods`. */
export type GoodsList = Static<typeof Goods>;
/** @throws GatewayError `updates.malformed` */
export const readGoodsList: (value: unknown) => GoodsList = reader('list of goods', Goods);
