import { Type, type Static } from 'typebox';
import { isDay } from '../../field/jalali.ts';
import { GatewayError } from '../../ops/errors.ts';
import { parseRules, refusal } from '../../ops/rules-file.ts';

/** The rules of settlement as people write them: each a row that holds from a day on (docs/settlement.md, Rules). */

const strict = { additionalProperties: false } as const;
const MOST = 1_000;
const Day = Type.String({ pattern: '^20\\d{2}-(0[1-9]|1[0-2])-(0[1-9]|[12]\\d|3[01])$', description: 'ISO day' });
const Time = Type.String({ pattern: '^([01]\\d|2[0-3]):[0-5]\\d$', description: 'HH:MM in Tehran' });
const Psp = Type.String({ pattern: '^[A-Za-z0-9_.-]{1,40}$' });
const rials = (minimum: number) => Type.Integer({ minimum, maximum: 999_999_999_999_999 });
const days = (minimum: number, maximum: number) => Type.Integer({ minimum, maximum });

/** What the programme pays and takes, by business day. */
const Terms = Type.Object(
  {
    from: Day,
    settleCardPart: Type.Boolean({ default: false }),
    minPayoutRials: Type.Integer({ minimum: 1, maximum: 999_999_999_999_999, default: 1 }),
    feeFixedRials: Type.Integer({ minimum: 0, maximum: 999_999_999_999_999, default: 0 }),
    feeBasisPoints: Type.Integer({ minimum: 0, maximum: 10_000, default: 0 }),
    owingAlarmDays: Type.Integer({ minimum: 0, maximum: 400, default: 7 }),
  },
  strict,
);

/** Which keys must agree, rule by rule, by settlement date. */
const MATCH_KEYS = ['rrn', 'terminal', 'amount', 'stan', 'local-date', 'trace', 'merchant'];
const Matching = Type.Object(
  {
    from: Day,
    rules: Type.Array(Type.Array(Type.String({ enum: MATCH_KEYS }), { minItems: 1, maxItems: 7, uniqueItems: true }), {
      minItems: 1,
      maxItems: 20,
    }),
  },
  strict,
);

const Breaks = Type.Object(
  {
    from: Day,
    lookbackDays: days(1, 60),
    lateDays: days(0, 60),
    toleranceDays: days(0, 60),
    alarmDays: days(0, 400),
  },
  strict,
);

/** For which profiles a PSP answers; `*`: for all. */
const Acquirer = Type.Object(
  {
    psp: Psp,
    from: Day,
    profiles: Type.Array(Type.String({ pattern: '^(\\*|[a-z0-9][a-z0-9_-]{0,39})$' }), {
      minItems: 1,
      maxItems: 100,
      uniqueItems: true,
    }),
  },
  strict,
);

const PayaCycles = Type.Object(
  {
    from: Day,
    business: Type.Array(Time, { minItems: 1, maxItems: 48, uniqueItems: true }),
    holiday: Type.Array(Time, { maxItems: 48, uniqueItems: true }),
  },
  strict,
);

const RailLimit = Type.Object(
  {
    rail: Type.Union([Type.Literal('PAYA'), Type.Literal('SATNA')]),
    from: Day,
    minRials: rials(1),
    maxRials: Type.Optional(rials(1)),
    cutOff: Type.Optional(Time),
  },
  strict,
);

const Holiday = Type.Object(
  { day: Day, name: Type.String({ minLength: 2, maxLength: 100 }), estimated: Type.Boolean({ default: false }) },
  strict,
);

const Weekend = Type.Object(
  {
    calendar: Type.Union([Type.Literal('bank'), Type.Literal('office')]),
    from: Day,
    weekdays: Type.Array(Type.Integer({ minimum: 1, maximum: 7, description: 'ISO: Friday is 5' }), {
      maxItems: 6,
      uniqueItems: true,
    }),
  },
  strict,
);

const UnitName = Type.String({ pattern: '^[a-z][a-z0-9-]{1,19}$' });

/** A unit of money: what it is from a day on (docs/decisions/0088). */
const Unit = Type.Object(
  {
    unit: UnitName,
    from: Day,
    alpha: Type.String({ pattern: '^[A-Z]{3}$', description: 'ISO 4217' }),
    numeric: Type.String({ pattern: '^[0-9]{3}$', description: 'ISO 4217' }),
    exponent: Type.Integer({ minimum: 0, maximum: 4, description: 'decimals of an amount on the wire' }),
    rials: Type.Integer({ minimum: 1, maximum: 1_000_000_000, description: 'what one is worth' }),
    nameFa: Type.String({ minLength: 2, maxLength: 40 }),
    nameEn: Type.String({ minLength: 2, maxLength: 40 }),
    lawful: Type.Boolean({ default: true, description: 'whether it may be paid with' }),
  },
  strict,
);

/** In which unit terminals of a profile say amounts; `*`: every profile without rows of its own. */
const TerminalUnit = Type.Object(
  { profile: Type.String({ pattern: '^(\\*|[a-z0-9][a-z0-9_-]{0,39})$' }), from: Day, in: UnitName },
  strict,
);
const UnitUse = Type.Object({ from: Day, in: UnitName }, strict);

/** In which unit the settlement files of a PSP say amounts; `*`: of every PSP without rows of its own. */
const AcquirerUnit = Type.Object(
  {
    psp: Type.String({ pattern: '^(\\*|[A-Za-z0-9_.-]{1,40})$' }),
    from: Day,
    in: UnitName,
    rounding: Type.Union([Type.Literal('down'), Type.Literal('half-up'), Type.Literal('up')], { default: 'half-up' }),
  },
  strict,
);

/** How much of a purchase the customer pays by card (docs/decisions/0094). Nothing of both amounts: there is no such part any more. */
const CardPart = Type.Object(
  {
    programme: Type.String({ pattern: '^[0-9A-Za-z_-]{1,40}$' }),
    from: Day,
    kind: Type.Union([Type.Literal('price'), Type.Literal('fee')]),
    rials: Type.Integer({ minimum: 0, maximum: 999_999_999_999_999, default: 0 }),
    perMillion: Type.Integer({ minimum: 0, maximum: 1_000_000, default: 0, description: 'of the purchase' }),
    purchasesFromRials: Type.Integer({ minimum: 0, maximum: 999_999_999_999_999, default: 0 }),
    mostRials: Type.Optional(rials(1)),
    payee: Type.Optional(Type.String({ minLength: 2, maxLength: 80 })),
    account: Type.Optional(Type.String({ minLength: 2, maxLength: 80 })),
  },
  strict,
);

/** A fee of each purchase, by bands of an amount (docs/decisions/0089). No bands: it is taken no more. */
const FeeTable = Type.Object(
  {
    fee: Type.String({ pattern: '^[a-z][a-z0-9-]{1,39}$' }),
    from: Day,
    of: Type.Union([Type.Literal('card'), Type.Literal('voucher'), Type.Literal('total')]),
    bands: Type.Array(
      Type.Object(
        {
          below: Type.Optional(rials(1)),
          rials: Type.Optional(rials(0)),
          perMillion: Type.Optional(Type.Integer({ minimum: 0, maximum: 1_000_000 })),
          most: Type.Optional(rials(0)),
        },
        strict,
      ),
      { maxItems: 20 },
    ),
    exempt: Type.Array(Type.String({ pattern: '^[a-z][a-z-]{1,39}$' }), { maxItems: 20, uniqueItems: true }),
    payee: Type.String({ minLength: 2, maxLength: 80 }),
    account: Type.String({ minLength: 2, maxLength: 80 }),
  },
  strict,
);

const many = <Row extends Parameters<typeof Type.Array>[0]>(row: Row) =>
  Type.Optional(Type.Array(row, { maxItems: MOST }));

/** A section that is left out is left alone. */
export const RulesFileSchema = Type.Object(
  {
    terms: many(Terms),
    matching: many(Matching),
    breaks: many(Breaks),
    acquirers: many(Acquirer),
    payaCycles: many(PayaCycles),
    railLimits: many(RailLimit),
    holidays: many(Holiday),
    weekends: many(Weekend),
    units: many(Unit),
    terminalUnits: many(TerminalUnit),
    paymentUnits: many(UnitUse),
    bookUnits: many(UnitUse),
    acquirerUnits: many(AcquirerUnit),
    feeTables: many(FeeTable),
    cardParts: many(CardPart),
  },
  strict,
);
export type RulesFile = Static<typeof RulesFileSchema>;

export const SECTIONS = [
  'terms',
  'matching',
  'breaks',
  'acquirers',
  'payaCycles',
  'railLimits',
  'holidays',
  'weekends',
  'units',
  'terminalUnits',
  'paymentUnits',
  'bookUnits',
  'acquirerUnits',
  'feeTables',
  'cardParts',
] as const satisfies readonly (keyof RulesFile)[];
export type Section = (typeof SECTIONS)[number];

export type RuleRow = Readonly<Record<string, unknown>>;

/** The rows of a section as the file has them; undefined: it leaves the section alone. */
export function rowsIn(file: RulesFile, section: Section): readonly RuleRow[] | undefined {
  return file[section];
}

/** The day from which a row holds. */
export function dayOf(row: RuleRow): string {
  return text(row['from']) || text(row['day']);
}

/** Whose a row is, where a section has several of a day: a PSP, a rail, a calendar, a unit, a profile, a fee, a programme. */
export function whoseOf(row: RuleRow): string {
  return (
    text(row['fee']) ||
    text(row['psp']) ||
    text(row['rail']) ||
    text(row['calendar']) ||
    text(row['unit']) ||
    text(row['profile']) ||
    text(row['programme'])
  );
}

/** What names a row within its section. */
export function keyOf(row: RuleRow): string {
  const holiday = row['day'] === undefined ? '' : text(row['name']);
  return [whoseOf(row), dayOf(row), holiday].filter((part) => part !== '').join(' ');
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** @param text YAML or JSON
 *  @throws GatewayError `rules.file` with every fault by its path, such as `terms[1].from` */
export function parseRulesFile(text: string): RulesFile {
  const file = parseRules(RulesFileSchema, text, refused);
  demandSense(file);
  return file;
}

/** What a schema cannot say: days that do not exist, rows named twice, limits that nothing fits.
 *  @throws GatewayError `rules.file` */
export function demandSense(file: RulesFile): void {
  const faults: string[] = [];
  for (const section of SECTIONS) {
    const seen = new Set<string>();
    for (const [place, row] of (rowsIn(file, section) ?? []).entries()) {
      const at = `${section}[${place}]`;
      if (!isDay(dayOf(row))) faults.push(`${at}: there is no day ${dayOf(row)}`);
      if (seen.has(keyOf(row))) faults.push(`${at}: ${keyOf(row)} comes twice`);
      seen.add(keyOf(row));
    }
  }
  for (const [place, { minRials, maxRials }] of (file.railLimits ?? []).entries())
    if (maxRials !== undefined && maxRials < minRials)
      faults.push(`railLimits[${place}]: no order is both above ${minRials} and below ${maxRials} rials`);
  for (const [place, { bands }] of (file.feeTables ?? []).entries())
    for (const [at, { below }] of bands.entries()) {
      const before = bands[at - 1]?.below ?? 0;
      const isLast = at === bands.length - 1;
      if (isLast ? below !== undefined : below === undefined || below <= before)
        faults.push(`feeTables[${place}].bands[${at}]: bands rise by "below", and the last has none`);
    }
  for (const [place, row] of (file.cardParts ?? []).entries())
    faults.push(...cardPartFaults(row).map((why) => `cardParts[${place}]: ${why}`));
  for (const [place, { profiles }] of (file.acquirers ?? []).entries())
    if (profiles.includes('*') && profiles.length > 1)
      faults.push(`acquirers[${place}].profiles: "*" stands for all, alone`);
  if (faults.length > 0) throw refused(faults);
}

function cardPartFaults({ kind, rials: fixed, perMillion, mostRials, payee, account }: Static<typeof CardPart>): string[] {
  const faults: string[] = [];
  const isFee = kind === 'fee' && fixed + perMillion > 0;
  if (isFee && (payee === undefined || account === undefined)) faults.push('a fee has a payee and an account');
  if (!isFee && (payee !== undefined || account !== undefined))
    faults.push('what is part of the price is the shop\'s: only a fee has a payee and an account');
  if (mostRials !== undefined && fixed > mostRials) faults.push(`${fixed} rials are above the lawful maximum of ${mostRials}`);
  return faults;
} // prettier-ignore

/** @returns the error `rules.file`: nothing was changed, and why */
export function refused(faults: readonly string[]): GatewayError {
  return new GatewayError('rules.file', refusal(faults));
}
