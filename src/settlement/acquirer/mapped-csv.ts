import { Type, type Static } from 'typebox';
import { fromJalali, isDay } from '../../field/jalali.ts';
import { rialsOfDecimal, type MoneyUnit, type Units } from '../../field/money-unit.ts';
import { exponentHint } from '../../ops/csv.ts';
import { csvRows } from '../files/csv.ts';
import { Faults } from '../files/faults.ts';
import {
  RIALS_ALONE,
  stepOf,
  type AcquirerIdentity,
  type AcquirerLine,
  type AcquirerReader,
  type LineKind,
} from './model.ts';

const Column = Type.String({ minLength: 1 });

/** How a small PSP's CSV is read: which files, and which column holds what. */
export const CsvMapSchema = Type.Object(
  {
    /** Of the file's name; the groups `date` (yyyymmdd) and, where there is one, `sequence` name the file. */
    files: Type.String({ pattern: '\\(\\?<date>' }),
    psp: Type.String({ pattern: '^[A-Z0-9]{3}$' }),
    separator: Type.String({ default: ',', minLength: 1, maxLength: 1 }),
    /** Of the dates in names and columns. */
    calendar: Type.Union([Type.Literal('gregorian'), Type.Literal('jalali')], { default: 'gregorian' }),
    columns: Type.Object(
      {
        terminal: Column,
        merchant: Column,
        date: Column,
        time: Column,
        stan: Column,
        rrn: Column,
        total: Column,
        voucher: Column,
        kind: Type.Optional(Column),
        card: Type.Optional(Column),
        rc: Type.Optional(Column),
        trace: Type.Optional(Column),
        sheba: Type.Optional(Column),
        fee: Type.Optional(Column),
      },
      { additionalProperties: false },
    ),
    /** What the kind column says, as SALE, REV, ADJ or CHB. Without that column every line is a SALE. */
    kinds: Type.Record(
      Type.String(),
      Type.Union([Type.Literal('SALE'), Type.Literal('REV'), Type.Literal('ADJ'), Type.Literal('CHB')]),
      { default: {} },
    ),
  },
  { additionalProperties: false },
);
export type CsvMap = Static<typeof CsvMapSchema>;

/** @param units amounts are decimals of the unit of its PSP on its day
 *  @returns undefined for a file that is not this map's */
export function readMappedCsv(
  path: string,
  name: string,
  map: CsvMap,
  units: Units = RIALS_ALONE,
): AcquirerReader | undefined {
  const named = new RegExp(`^(?:${map.files})$`).exec(name)?.groups;
  return named === undefined ? undefined : new MappedCsv(path, map, units, named['date'] ?? '', named['sequence'] ?? '1'); // prettier-ignore
}

const PATTERNS = {
  terminal: /^[A-Za-z0-9]{8}$/,
  merchant: /^[A-Za-z0-9]{1,15}$/,
  stan: /^\d{1,6}$/,
  rrn: /^[A-Za-z0-9]{1,12}$/,
  rc: /^[A-Za-z0-9]{0,2}$/,
  trace: /^\d{0,13}$/,
  sheba: /^.{0,34}$/,
} as const;

class MappedCsv implements AcquirerReader {
  readonly faults = new Faults();
  readonly #path: string;
  readonly #map: CsvMap;
  readonly #day: string | undefined;
  readonly #sequence: string;
  readonly #unit: MoneyUnit;

  constructor(path: string, map: CsvMap, units: Units, date: string, sequence: string) {
    this.#path = path;
    this.#map = map;
    this.#sequence = sequence;
    this.#day = this.#isoDate(date);
    this.#unit = units.ofAcquirer(map.psp, this.#day ?? '').unit;
    if (this.#day === undefined) this.faults.add(1, 1, `the date in the file's name is none: ${date.slice(0, 20)}`);
  }

  identity(): AcquirerIdentity {
    const { psp } = this.#map;
    return { format: `CSV ${psp}`, psp, settlementDate: this.#day ?? '', cycle: '01', sequence: this.#sequence };
  }

  async *lines(): AsyncGenerator<AcquirerLine> {
    const { columns, separator } = this.#map;
    for await (const { line, values } of csvRows(this.#path, Object.values(columns), this.faults, separator)) {
      const found = this.#line(line, values);
      if (found !== undefined) yield found;
    }
  }

  #line(line: number, values: Readonly<Record<string, string>>): AcquirerLine | undefined {
    const at = (name: keyof CsvMap['columns']): string => latin(values[this.#map.columns[name] ?? ''] ?? '').trim();
    const refuse = (name: keyof CsvMap['columns']): void => {
      this.faults.add(line, 1, `${this.#map.columns[name] ?? name} may not be "${at(name).slice(0, 40)}"${exponentHint(at(name))}`); // prettier-ignore
    };
    for (const [name, pattern] of Object.entries(PATTERNS) as [keyof typeof PATTERNS, RegExp][])
      if (!pattern.test(at(name))) {
        refuse(name);
        return undefined;
      }
    const amounts = { total: 0n, voucher: 0n, card: 0n, fee: 0n };
    for (const name of ['total', 'voucher', 'card', 'fee'] as const) {
      const text = at(name);
      const rials = text === '' && (name === 'card' || name === 'fee') ? 0n : rialsOfDecimal(text, this.#unit);
      if (rials === undefined) {
        refuse(name);
        return undefined;
      }
      amounts[name] = rials;
    }
    const kind = this.#map.columns.kind === undefined ? 'SALE' : this.#kind(at('kind'));
    const localDate = this.#isoDate(at('date'));
    const localTime = at('time').replaceAll(':', '');
    const { total, voucher, card } = amounts;
    if (kind === undefined) this.faults.add(line, 1, `no kind is known as "${at('kind').slice(0, 40)}"`);
    else if (localDate === undefined) this.faults.add(line, 1, `"${at('date').slice(0, 40)}" is not a date`);
    else if (!/^([01]\d|2[0-3])[0-5]\d([0-5]\d)?$/.test(localTime)) this.faults.add(line, 1, 'the time is none');
    else if (voucher + card > total) this.faults.add(line, 1, `voucher ${voucher} and card ${card} exceed ${total}`);
    else return this.#asLine({ line, kind, localDate, localTime: localTime.padEnd(6, '0') }, amounts, at);
    return undefined;
  }

  #asLine(
    known: { line: number; kind: LineKind; localDate: string; localTime: string },
    { total, voucher, card, fee }: Readonly<Record<'total' | 'voucher' | 'card' | 'fee', bigint>>,
    at: (name: keyof CsvMap['columns']) => string,
  ): AcquirerLine {
    return {
      ...known,
      terminal: at('terminal'),
      merchant: at('merchant').padStart(15, '0'),
      stan: at('stan').padStart(6, '0'),
      rrn: at('rrn').padStart(12, '0'),
      responseCode: at('rc') === '' ? '00' : at('rc').padStart(2, '0'),
      totalRials: total,
      voucherRials: voucher,
      cardRials: card,
      trace: at('trace'),
      sheba: at('sheba'),
      feeRials: fee,
      ...stepOf(this.#unit),
    };
  }

  /** Only what the map itself says: a file may hold any word, `constructor` too. */
  #kind(word: string): LineKind | undefined {
    return Object.hasOwn(this.#map.kinds, word) ? this.#map.kinds[word] : undefined;
  }

  /** `20260321`, `2026-03-21`, `2026/03/21`, or so in Jalali. */
  #isoDate(text: string): string | undefined {
    const match = /^(\d{4})[-/]?(\d{2})[-/]?(\d{2})$/.exec(text);
    if (match === null) return undefined;
    const date = `${match[1] ?? ''}-${match[2] ?? ''}-${match[3] ?? ''}`;
    if (this.#map.calendar === 'jalali') return fromJalali(date);
    return isDay(date) ? date : undefined;
  }
}

/** Persian and Arabic digits as Latin ones. */
function latin(text: string): string {
  return text.replace(/[۰-۹٠-٩]/g, (digit) => String((digit.codePointAt(0) ?? 0) & 0xf));
}
