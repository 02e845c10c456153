import { isDay } from '../../field/jalali.ts';
import { RIAL, type MoneyUnit, type Units } from '../../field/money-unit.ts';
import { Faults } from '../files/faults.ts';
import { textLines, type TextLine } from '../files/lines.ts';
import {
  RIALS_ALONE,
  stepOf,
  type AcquirerIdentity,
  type AcquirerLine,
  type AcquirerReader,
  type LineKind,
} from './model.ts';

/** KBSF v1, the default settlement file: lines H, D, F, T, fields between `|`. Source: domain/04. */

interface FieldRule {
  readonly name: string;
  readonly pattern: RegExp;
}

const HEADER: readonly FieldRule[] = [
  { name: 'H', pattern: /^H$/ },
  { name: 'format', pattern: /^KBSF$/ },
  { name: 'version', pattern: /^1$/ },
  { name: 'PSP', pattern: /^[A-Z0-9]{3}$/ },
  { name: 'settlement date', pattern: /^\d{8}$/ },
  { name: 'cycle', pattern: /^\d{2}$/ },
  { name: 'sequence', pattern: /^\d{3}$/ },
  { name: 'created', pattern: /^\d{14}$/ },
  { name: 'currency', pattern: /^[A-Z]{3}$/ },
  { name: 'time zone', pattern: /^Asia\/Tehran$/ },
];

const DETAIL: readonly FieldRule[] = [
  { name: 'D', pattern: /^D$/ },
  { name: 'sequence', pattern: /^\d{1,9}$/ },
  { name: 'terminal', pattern: /^[A-Za-z0-9]{8}$/ },
  { name: 'merchant', pattern: /^[A-Za-z0-9]{15}$/ },
  { name: 'local date and time', pattern: /^\d{4}(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])([01]\d|2[0-3])[0-5]\d[0-5]\d$/ },
  { name: 'STAN', pattern: /^\d{6}$/ },
  { name: 'RRN', pattern: /^[A-Za-z0-9]{12}$/ },
  { name: 'MTI', pattern: /^\d{4}$/ },
  { name: 'DE 3', pattern: /^\d{6}$/ },
  { name: 'masked PAN', pattern: /^\d{6}\*{3,9}\d{4}$/ },
  { name: 'DE 39', pattern: /^[A-Za-z0-9]{2}$/ },
  { name: 'kind', pattern: /^(SALE|REV|ADJ|CHB)$/ },
  { name: 'total', pattern: /^\d{1,15}$/ },
  { name: 'voucher credit', pattern: /^\d{1,15}$/ },
  { name: 'card leg', pattern: /^\d{1,15}$/ },
  { name: 'kalabarg trace', pattern: /^\d{0,13}$/ },
  { name: 'settlement date', pattern: /^\d{8}$/ },
  { name: 'Sheba', pattern: /^.{0,34}$/ },
  { name: 'fee', pattern: /^\d{1,15}$/ },
  { name: 'tax', pattern: /^\d{1,15}$/ },
];

const FEE: readonly FieldRule[] = [
  { name: 'F', pattern: /^F$/ },
  { name: 'sequence', pattern: /^\d{1,9}$/ },
  { name: 'terminal', pattern: /^[A-Za-z0-9]{8}$/ },
  { name: 'type', pattern: /^[A-Za-z0-9_-]{1,20}$/ },
  { name: 'amount', pattern: /^-?\d{1,15}$/ },
];

const TRAILER: readonly FieldRule[] = [
  { name: 'T', pattern: /^T$/ },
  { name: 'detail count', pattern: /^\d{1,9}$/ },
  { name: 'sale total', pattern: /^\d{1,18}$/ },
  { name: 'reversal total', pattern: /^\d{1,18}$/ },
  { name: 'net', pattern: /^-?\d{1,18}$/ },
  { name: 'SHA-256', pattern: /^[0-9a-f]{64}$/ },
];

/** @param fileName names the identity a second time; both must agree
 *  @param units amounts count steps of the unit of its PSP on its day */
export function readKbsf(path: string, fileName: string, units: Units = RIALS_ALONE): AcquirerReader {
  return new KbsfReader(path, fileName, units);
}

class KbsfReader implements AcquirerReader {
  readonly faults = new Faults();
  readonly #path: string;
  readonly #fileName: string;
  readonly #units: Units;
  #unit: MoneyUnit = RIAL;
  #identity: AcquirerIdentity | undefined;
  #details = 0;
  #sales = 0n;
  #reversals = 0n;
  #ended = false;

  constructor(path: string, fileName: string, units: Units) {
    this.#path = path;
    this.#fileName = fileName;
    this.#units = units;
  }

  identity(): AcquirerIdentity {
    return this.#identity ?? { format: 'KBSF', psp: '', settlementDate: '', cycle: '', sequence: '' };
  }

  async *lines(): AsyncGenerator<AcquirerLine> {
    for await (const line of textLines(this.#path, this.faults)) {
      if (this.faults.full) return;
      const fields = line.text.split('|');
      if (this.#ended) this.faults.add(line.number, 1, 'a line after the trailer');
      else if (line.number === 1) this.#header(line, fields);
      else if (fields[0] === 'D') {
        const detail = this.#detail(line, fields);
        if (detail !== undefined) yield detail;
      } else if (fields[0] === 'F') this.#check(line, fields, FEE);
      else if (fields[0] === 'T') this.#trailer(line, fields);
      else this.faults.add(line.number, 1, `a line starts with H, D, F or T, not "${line.text.slice(0, 10)}"`);
    }
    if (!this.#ended && !this.faults.full) this.faults.add(this.#details + 2, 1, 'the file has no trailer');
  }

  /** Checks each field; names the first that is wrong, with its column. */
  #check(line: TextLine, fields: readonly string[], rules: readonly FieldRule[]): boolean {
    if (fields.length !== rules.length) {
      this.faults.add(line.number, 1, `has ${fields.length} fields, not ${rules.length}`);
      return false;
    }
    let column = 1;
    for (const [index, rule] of rules.entries()) {
      const value = fields[index] ?? '';
      if (!rule.pattern.test(value)) {
        this.faults.add(line.number, column, `${rule.name} may not be "${value.slice(0, 40)}"`);
        return false;
      }
      column += value.length + 1;
    }
    return true;
  }

  #header(line: TextLine, fields: readonly string[]): void {
    if (!this.#check(line, fields, HEADER)) return;
    const [, , , psp = '', date = '', cycle = '', sequence = '', , currency = ''] = fields;
    this.#unit = this.#units.ofAcquirer(psp, isoDate(date)).unit;
    if (currency !== this.#unit.alpha) {
      const column = fields.slice(0, 8).join('|').length + 2;
      this.faults.add(
        line.number,
        column,
        `currency may not be "${currency}": files of ${psp} are in ${this.#unit.alpha} on that day`,
      );
    }
    const expected = `KBSF_${psp}_${date}_${cycle}_${sequence}.txt`;
    if (this.#fileName !== expected) {
      this.faults.add(line.number, 1, `the header is that of ${expected}, the name is ${this.#fileName}`);
    }
    if (!isDay(isoDate(date))) this.faults.add(line.number, 1, `settlement date ${date} is not a day`);
    this.#identity = { format: 'KBSF', psp, settlementDate: isoDate(date), cycle, sequence };
  }

  #detail(line: TextLine, fields: readonly string[]): AcquirerLine | undefined {
    this.#details++;
    if (!this.#check(line, fields, DETAIL)) return undefined;
    const at = (index: number): string => fields[index] ?? '';
    if (Number(at(1)) !== this.#details) this.faults.add(line.number, 3, `sequence is ${at(1)}, not ${this.#details}`);
    const kind = at(11) as LineKind;
    const [total, voucher, card] = [BigInt(at(12)), BigInt(at(13)), BigInt(at(14))];
    if (voucher + card > total) this.faults.add(line.number, 1, `voucher ${voucher} and card ${card} exceed ${total}`);
    if (!isDay(isoDate(at(4).slice(0, 8))))
      this.faults.add(line.number, 1, `local date ${at(4).slice(0, 8)} is not a day`);
    if (isoDate(at(16)) !== this.identity().settlementDate) {
      this.faults.add(line.number, 1, `settlement date ${at(16)} is not the file's`);
    }
    const step = this.#unit.stepRials;
    if (kind === 'SALE') this.#sales += total;
    else if (kind === 'REV') this.#reversals += total;
    return {
      line: line.number,
      kind,
      terminal: at(2),
      merchant: at(3),
      localDate: isoDate(at(4).slice(0, 8)),
      localTime: at(4).slice(8),
      stan: at(5),
      rrn: at(6),
      responseCode: at(10),
      totalRials: total * step,
      voucherRials: voucher * step,
      cardRials: card * step,
      trace: at(15),
      sheba: at(17),
      feeRials: BigInt(at(18)) * step,
      ...stepOf(this.#unit),
    };
  }

  #trailer(line: TextLine, fields: readonly string[]): void {
    this.#ended = true;
    if (!this.#check(line, fields, TRAILER)) return;
    const [, count = '', sales = '', reversals = '', net = '', sha256 = ''] = fields;
    const told = `${Number(count)} ${BigInt(sales)} ${BigInt(reversals)} ${BigInt(net)}`;
    const found = `${this.#details} ${this.#sales} ${this.#reversals} ${this.#sales - this.#reversals}`;
    if (told !== found) {
      this.faults.add(line.number, 1, `count, sales, reversals and net are given as ${told}, and found as ${found}`);
    }
    if (sha256 !== line.hashBefore()) this.faults.add(line.number, 1, 'the SHA-256 of the lines before is another');
  }
}

function isoDate(compact: string): string {
  return `${compact.slice(0, 4)}-${compact.slice(4, 6)}-${compact.slice(6, 8)}`;
}
