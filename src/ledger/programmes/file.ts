import { Type, type Static } from 'typebox';
import { GatewayError } from '../../ops/errors.ts';
import { isDay } from '../../field/jalali.ts';
import { GUILDS } from '../guilds.ts';
import { parseRules, refusal } from '../../ops/rules-file.ts';

const Day = Type.String({ pattern: '^20\\d{2}-(0[1-9]|1[0-2])-(0[1-9]|[12]\\d|3[01])$' });
const Rials = Type.Integer({ minimum: 1, maximum: 999_999_999_999_999 });
const Category = Type.String({ pattern: '^\\d{2}$' });
const strict = { additionalProperties: false } as const;

/** The rules of a programme from a day on (table programme_rules); a limit that is not named is none. */
const Rule = Type.Object(
  {
    from: Day,
    pinCheck: Type.Union([Type.Literal('issuer'), Type.Literal('none')], { default: 'issuer' }),
    /** `none` skips the check below this amount of a purchase; unless given, of every amount (wire.md 10). */
    pinCheckFromRials: Type.Optional(Rials),
    minCardRials: Type.Integer({ minimum: 0, maximum: 999_999_999_999_999, default: 0 }),
    /** Whether that is a part of the price, which the shop gets, or a fee, which it does not. */
    minCardAs: Type.Union([Type.Literal('price'), Type.Literal('fee')], { default: 'price' }),
    confirmation: Type.Union([Type.Literal('none'), Type.Literal('required')], { default: 'none' }),
    confirmWithinMs: Type.Integer({ minimum: 1, maximum: 86_400_000, default: 300_000 }),
    maxPurchaseRials: Type.Optional(Rials),
    maxDayRials: Type.Optional(Rials),
    maxDayPurchases: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000 })),
    maxPeriodRials: Type.Optional(Rials),
    minSoftwareVersion: Type.Optional(Type.String({ pattern: '^\\d{1,6}(\\.\\d{1,6}){0,3}$' })),
    carryOver: Type.Boolean({ default: false }),
  },
  strict,
);

/** Who is charged when, and how much a person, from a day on (table programme_charges). Decile 0: not known. Days are of a
 *  Jalali month, up to 29, which every month has; cohort 0 of `all` is everybody. */
const Charge = Type.Object(
  {
    from: Day,
    cohort: Type.Union([Type.Literal('all'), Type.Literal('decile'), Type.Literal('digit')]),
    validMonths: Type.Integer({ minimum: 1, maximum: 12, default: 1 }),
    /** Only households with one of these flags (eligibility.csv); none: every household. */
    requires: Type.Array(Type.String({ pattern: '^[a-z][a-z0-9-]{1,39}$' }), {
      maxItems: 20,
      uniqueItems: true,
      default: [],
    }),
    amounts: Type.Array(
      Type.Object(
        { deciles: cohorts(10), rialsPerPerson: Type.Integer({ minimum: 1, maximum: 1_000_000_000_000 }) },
        strict,
      ),
      { minItems: 1, maxItems: 11 },
    ),
    days: Type.Array(Type.Object({ cohorts: cohorts(10), day: Type.Integer({ minimum: 1, maximum: 29 }) }, strict), {
      minItems: 1,
      maxItems: 11,
    }),
  },
  strict,
);

/** Grams, millilitres or pieces of a category a person in a Jalali month, or (`*`) in every
 *  month that has none of its own (table entitlements). */
const Entitlement = Type.Object(
  {
    period: Type.String({ pattern: '^(\\*|1[34]\\d{2}-(0[1-9]|1[0-2]))$' }),
    category: Category,
    perPerson: Type.Integer({ minimum: 1, maximum: 1_000_000_000 }),
  },
  strict,
);

const Good = Type.String({ pattern: '^\\d{13}$' });
const over = Type.Union([Type.Literal('split'), Type.Literal('refuse')], { default: 'split' });
const Price = Type.Integer({ minimum: 1, maximum: 1_000_000_000_000 });

/** One ration or price over goods that stand in for each other (table programme_basket_items). */
const Item = Type.Object(
  {
    item: Type.String({ pattern: '^[a-z][a-z0-9-]{1,39}$' }),
    nameFa: Type.String({ minLength: 2, maxLength: 60 }),
    /** By code; `each`: what a piece counts for, in the item's unit. */
    goods: Type.Array(
      Type.Object({ good: Good, each: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000 })) }, strict),
      { maxItems: 10_000, default: [] },
    ),
    /** Every good of them that no item names by its code. */
    categories: Type.Array(Category, { maxItems: 100, uniqueItems: true, default: [] }),
    /** 00 pieces, 01 grams, 02 millilitres: of the quantities; prices are of a piece, or of 1,000 of them. */
    unit: Type.Optional(Type.Union([Type.Literal('00'), Type.Literal('01'), Type.Literal('02')])),
    perPerson: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000_000 })),
    perPurchase: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000_000 })),
    priceRials: Type.Optional(Price),
    /** What of the price the voucher pays; the customer adds the rest. Without a price a cap of its own. */
    voucherRials: Type.Optional(Price),
    /** A line above the price, or above the quantity: the customer pays what is above, or the purchase is refused. */
    overPrice: over,
    overQuantity: over,
  },
  strict,
);

/** What goods the credit of a programme pays, from a day on (table programme_baskets). */
const Basket = Type.Object(
  {
    from: Day,
    /** `fixed`: goods of its items alone; `free`: all goods of the scheme, of which items bound some. */
    method: Type.Union([Type.Literal('free'), Type.Literal('fixed')], { default: 'free' }),
    /** A purchase that does not say its goods. */
    withoutList: Type.Union([Type.Literal('pay'), Type.Literal('refuse')], { default: 'pay' }),
    /** Keeps what was bought, for price observations. */
    observePrices: Type.Boolean({ default: false }),
    items: Type.Array(Item, { maxItems: 1_000, default: [] }),
    /** Which goods or categories a guild may sell for this credit; unless given, as everywhere (`guilds` of the file). */
    guilds: Type.Optional(
      Type.Partial(
        Type.Object(
          Object.fromEntries(
            GUILDS.map((guild) => [
              guild,
              Type.Array(Type.String({ pattern: '^(\\d{2}|\\d{13})$' }), { uniqueItems: true, maxItems: 10_000 }),
            ]),
          ),
          strict,
        ),
      ),
    ),
  },
  strict,
);

/** A programme as people write it. */
export const ProgrammeSchema = Type.Object(
  {
    programme: Type.String({ pattern: '^[0-9A-Za-z_-]{1,40}$' }),
    /** Credit that ends on the same day is spent in this order of its programmes, the lowest first (100 unless given). Holds at once. */
    order: Type.Optional(Type.Integer({ minimum: 1, maximum: 999 })),
    rules: Type.Optional(Type.Array(Rule, { maxItems: 1_000 })),
    charges: Type.Optional(Type.Array(Charge, { maxItems: 1_000 })),
    entitlements: Type.Optional(Type.Array(Entitlement, { maxItems: 10_000 })),
    /** Two persons change these (baskets.ts). */
    baskets: Type.Optional(Type.Array(Basket, { maxItems: 1_000 })),
  },
  strict,
);

const File = Type.Object(
  {
    programmes: Type.Array(ProgrammeSchema, { maxItems: 100 }),
    /** What a guild may sell for credit, whole: categories by guild. Holds at once. */
    guilds: Type.Optional(
      Type.Partial(
        Type.Object(
          Object.fromEntries(
            GUILDS.map((guild) => [guild, Type.Array(Category, { uniqueItems: true, maxItems: 100 })]),
          ),
          strict,
        ),
      ),
    ),
  },
  strict,
);

function cohorts(most: number) {
  return Type.Array(Type.Integer({ minimum: 0, maximum: most }), { minItems: 1, maxItems: 11 });
}

export type ProgrammeFile = Static<typeof File>;
export type ProgrammeEntry = Static<typeof ProgrammeSchema>;
export type ChargeRule = Static<typeof Charge>;
export type Basket = Static<typeof Basket>;

/** A programme file, YAML or JSON, as text.
 *  @throws GatewayError `programme.file` with every fault by its path, such as `programmes[0].rules[1].from` */
export function parseProgrammes(text: string): ProgrammeFile {
  const file = parseRules(File, text, refused);
  const faults = disagreements(file);
  if (faults.length > 0) throw refused(faults);
  return file;
}

/** @returns the error `programme.file`: nothing was changed, and why */
export function refused(faults: readonly string[]): GatewayError {
  return new GatewayError('programme.file', refusal(faults));
}

/** What a schema cannot say: days that do not exist, and things named twice. */
function disagreements({ programmes }: ProgrammeFile): string[] {
  const faults = twice(programmes.map(({ programme }, i) => [programme, `programmes[${i}].programme`]));
  for (const [p, { rules = [], charges = [], entitlements = [], baskets = [] }] of programmes.entries()) {
    const at = `programmes[${p}]`;
    faults.push(...datesOf(rules, `${at}.rules`), ...datesOf(charges, `${at}.charges`));
    faults.push(...datesOf(baskets, `${at}.baskets`));
    for (const [b, basket] of baskets.entries()) faults.push(...basketFaults(basket, `${at}.baskets[${b}]`));
    const rows = entitlements.map(({ period, category }, i): Named => [
      `${period} ${category}`,
      `${at}.entitlements[${i}]`,
    ]);
    faults.push(...twice(rows));
    for (const [c, charge] of charges.entries()) faults.push(...chargeFaults(charge, `${at}.charges[${c}]`));
  }
  return faults;
}

type Named = readonly [name: string, path: string];

function datesOf(rows: readonly { from: string }[], path: string): string[] {
  const named = rows.map(({ from }, i): Named => [from, `${path}[${i}].from`]);
  const noDay = named.filter(([from]) => !isDay(from));
  return [...noDay.map(([from, at]) => `${at}: there is no day ${from}`), ...twice(named)];
}

function chargeFaults({ cohort, amounts, days }: ChargeRule, at: string): string[] {
  const highest = { all: 0, digit: 9, decile: 10 }[cohort];
  const named = days.flatMap((row, i) => row.cohorts.map((n): Named => [String(n), `${at}.days[${i}].cohorts`]));
  const deciles = amounts.flatMap((row, i) =>
    row.deciles.map((n): Named => [String(n), `${at}.amounts[${i}].deciles`]),
  );
  const beyond = named.filter(([n]) => Number(n) > highest).map(([n, path]) => `${path}: ${cohort} has no cohort ${n}`);
  return [...beyond, ...twice(named), ...twice(deciles)];
}

/** Items named twice, a good in two items, and items of which nothing can be said or measured. */
function basketFaults({ method, items }: Basket, at: string): string[] {
  const path = (i: number): string => `${at}.items[${i}]`;
  const named = items.map(({ item }, i): Named => [item, `${path(i)}.item`]);
  const goods = items.flatMap(({ goods: own }, i) => own.map(({ good }, g): Named => [good, `${path(i)}.goods[${g}]`]));
  const categories = items.flatMap((row, i) => row.categories.map((c): Named => [c, `${path(i)}.categories`]));
  const faults = [...twice(named), ...twice(goods), ...twice(categories)];
  if (method === 'fixed' && items.length === 0) faults.push(`${at}.items: a fixed basket has items`);
  for (const [i, row] of items.entries()) {
    const { unit, perPerson, perPurchase, priceRials, voucherRials, overPrice, overQuantity } = row;
    const says = (what: string): number => faults.push(`${path(i)}: ${row.item} ${what}`);
    const quantity = perPerson ?? perPurchase;
    if (row.goods.length + row.categories.length === 0) says('names no goods and no category');
    if (unit === undefined && (quantity ?? priceRials ?? voucherRials) !== undefined)
      says('needs the unit of its numbers');
    if (unit === undefined && row.goods.some(({ each }) => each !== undefined))
      says('needs a unit for what a piece counts');
    if (unit === '00' && row.goods.some(({ each }) => each !== undefined)) says('counts pieces: a piece is one');
    if (voucherRials !== undefined && priceRials !== undefined && voucherRials > priceRials)
      says(`would have the voucher pay ${voucherRials} of a price of ${priceRials}`);
    if (overPrice === 'refuse' && priceRials === undefined) says('refuses above a price, and has none');
    if (overQuantity === 'refuse' && quantity === undefined) says('refuses above a quantity, and has none');
  }
  return faults;
}

function twice(rows: readonly Named[]): string[] {
  const seen = new Set<string>();
  return rows.flatMap(([name, path]) => {
    if (seen.has(name)) return [`${path}: ${name} comes twice`];
    seen.add(name);
    return [];
  });
}
