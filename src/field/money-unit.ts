/** Units of money. The books count rials (`bigint`); at every edge an amount is said in the unit that holds there on that day
 *  (docs/decisions/0088). */

export interface MoneyUnit {
  /** What the rules call it. */
  readonly unit: string;
  /** ISO 4217: three letters, three digits. They are data: those of the rial's successor are not known yet. */
  readonly alpha: string;
  readonly numeric: string;
  /** Decimals of an amount on the wire: DE 4 counts 10^-exponent of the unit. */
  readonly exponent: number;
  /** What one is worth in rials. */
  readonly rials: bigint;
  /** What one step of the wire is worth: `rials` / 10^`exponent`, a whole number. */
  readonly stepRials: bigint;
  readonly nameFa: string;
  readonly nameEn: string;
}

/** The rial of ISO 4217 364: what the books count, and what holds where no row says otherwise. */
export const RIAL: MoneyUnit = unitOf({
  unit: 'rial', alpha: 'IRR', numeric: '364', exponent: 0, rials: 1, nameFa: 'ریال', nameEn: 'rial',
}); // prettier-ignore

/** A row of `units`: what a unit is from a day on, and whether it may be paid with. */
export interface UnitRow {
  readonly unit: string;
  readonly from: string;
  readonly alpha: string;
  readonly numeric: string;
  readonly exponent: number;
  readonly rials: number;
  readonly nameFa: string;
  readonly nameEn: string;
  readonly lawful: boolean;
}

/** From a day on, amounts are said in a unit. */
export interface UseRow {
  readonly from: string;
  readonly in: string;
}

/** All rows, past and to come. */
export interface UnitRows {
  readonly units: readonly UnitRow[];
  /** `*`: every profile without rows of its own. */
  readonly terminalUnits: readonly (UseRow & { readonly profile: string })[];
  readonly paymentUnits: readonly UseRow[];
  readonly bookUnits: readonly UseRow[];
  /** How their settlement files say an amount that is no whole number of steps, of a purchase made in another unit. */
  readonly acquirerUnits: readonly (UseRow & { readonly psp: string; readonly rounding: Rounding })[];
}

export type Rounding = 'down' | 'half-up' | 'up';

/** Which unit holds where on which day. Days are ISO. */
export interface Units {
  /** undefined: this profile has said rials since ever, and will. */
  ofTerminals(profile: string): ((day: string) => MoneyUnit) | undefined;
  ofPayments(day: string): MoneyUnit;
  /** Of the settlement files of a PSP, by settlement date. */
  ofAcquirer(psp: string, day: string): AcquirerUnit;
  /** Below one step of this the books keep nothing for anybody from the day on. */
  ofBooks(day: string): MoneyUnit;
  /** What may be paid with on a day, the oldest first: two in the years side by side. */
  lawful(day: string): readonly MoneyUnit[];
  /** In which units people read amounts of a day: that of the payments first, then what else may be paid with. */
  readonly reading: (day: string) => Reading;
  /** Each unit as its newest row has it: what files may say, whenever they come. */
  ever(): readonly MoneyUnit[];
  /** By its name, as it is on a day. */
  named(unit: string, day: string): MoneyUnit | undefined;
}

export interface AcquirerUnit {
  readonly unit: MoneyUnit;
  readonly rounding: Rounding;
}

/** The unit of an amount, and those beside it. */
export type Reading = readonly [MoneyUnit, ...MoneyUnit[]];

/** @param given sections that are left out have no rows */
export function unitsOf(given: Pick<UnitRows, 'units'> & Partial<UnitRows>): Units {
  const rows: UnitRows = { terminalUnits: [], paymentUnits: [], bookUnits: [], acquirerUnits: [], ...given };
  const named = (unit: string, day: string): MoneyUnit | undefined => {
    const row = newest(rows.units.filter((each) => each.unit === unit), day); // prettier-ignore
    return row === undefined ? undefined : unitOf(row);
  };
  const used = (uses: readonly UseRow[], day: string): MoneyUnit => {
    const row = newest(uses, day);
    return (row === undefined ? undefined : named(row.in, day)) ?? RIAL;
  };
  const lawful = (day: string): readonly MoneyUnit[] => {
    const names = [...new Set(rows.units.map(({ unit }) => unit))];
    const holding = names.flatMap((unit) => newest(rows.units.filter((row) => row.unit === unit), day) ?? []); // prettier-ignore
    const lawful = holding.filter((row) => row.lawful);
    return lawful.length === 0 ? [RIAL] : lawful.toSorted((a, b) => a.rials - b.rials).map(unitOf);
  };
  return {
    named,
    ofTerminals(profile) {
      const own = rows.terminalUnits.filter((row) => row.profile === profile);
      const uses = own.length > 0 ? own : rows.terminalUnits.filter((row) => row.profile === '*');
      if (uses.length === 0) return undefined;
      const known = new Map<string, MoneyUnit>();
      return (day) => {
        const unit = known.get(day) ?? used(uses, day);
        if (known.size > MOST_DAYS) known.clear();
        known.set(day, unit);
        return unit;
      };
    },
    ofPayments: (day) => used(rows.paymentUnits, day),
    ofAcquirer(psp, day) {
      const own = rows.acquirerUnits.filter((row) => row.psp === psp);
      const row = newest(own.length > 0 ? own : rows.acquirerUnits.filter((each) => each.psp === '*'), day);
      return {
        unit: (row === undefined ? undefined : named(row.in, day)) ?? RIAL,
        rounding: row?.rounding ?? 'half-up',
      };
    },
    reading: (day) => {
      const first = used(rows.paymentUnits, day);
      return [first, ...lawful(day).filter(({ unit }) => unit !== first.unit)];
    },
    ofBooks: (day) => used(rows.bookUnits, day),
    ever() {
      const all = new Map(
        rows.units.toSorted((a, b) => (a.from < b.from ? -1 : 1)).map((row) => [row.unit, unitOf(row)]),
      );
      return [...(all.has(RIAL.unit) ? [] : [RIAL]), ...all.values()];
    },
    lawful,
  };
}

/** Days whose unit is remembered: more than a device's clock may be off. */
const MOST_DAYS = 400;

/** The last row that has begun. */
function newest<Row extends { readonly from: string }>(rows: readonly Row[], day: string): Row | undefined {
  let found: Row | undefined;
  for (const row of rows) if (row.from <= day && (found === undefined || row.from > found.from)) found = row;
  return found;
}

function unitOf(row: Omit<UnitRow, 'from' | 'lawful'>): MoneyUnit {
  const { unit, alpha, numeric, exponent, nameFa, nameEn } = row;
  const rials = BigInt(row.rials);
  return { unit, alpha, numeric, exponent, rials, stepRials: rials / 10n ** BigInt(exponent), nameFa, nameEn };
}

/** Rials as a decimal of a unit, exactly: as many decimals as it takes, at least the unit's own where there are any.
 *  1,234,567 rials of a unit worth 10,000 with exponent 2: `123.4567`; 1,230,000: `123`. */
export function decimalOf(rials: bigint, { rials: worth, exponent }: MoneyUnit): string {
  const size = rials < 0n ? -rials : rials;
  const whole = `${rials < 0n ? '-' : ''}${size / worth}`;
  const rest = size % worth;
  if (rest === 0n) return whole;
  const places = String(worth).length - 1;
  const exact = 10n ** BigInt(places) === worth;
  // A unit that is not worth a power of ten has decimals without end: twelve say a rial apart.
  const digits = exact ? places : 12;
  const text = String((rest * 10n ** BigInt(digits)) / worth).padStart(digits, '0');
  const short = text.replace(/0+$/, '');
  return `${whole}.${short.padEnd(Math.min(exponent, text.length), '0')}`;
}

/** A decimal of a unit as rials; undefined: it is no amount of it, or has decimals that the unit has not. */
export function rialsOfDecimal(text: string, { exponent, stepRials }: MoneyUnit): bigint | undefined {
  const parts = /^(\d{1,15})(?:\.(\d{1,12}))?$/.exec(text);
  if (parts === null) return undefined;
  const [, whole = '', decimals = ''] = parts;
  const needed = decimals.replace(/0+$/, '');
  if (needed.length > exponent) return undefined;
  return BigInt(whole + needed.padEnd(exponent, '0')) * stepRials;
}
