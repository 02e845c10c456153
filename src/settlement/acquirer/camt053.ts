import { isDay } from '../../field/jalali.ts';
import { RIAL, type MoneyUnit, type Units } from '../../field/money-unit.ts';
import { Faults } from '../files/faults.ts';
import { xmlRecords, type XmlRecord } from '../files/records.ts';
import { cardEntry, signedOf } from './camt053-entry.ts';
import { RIALS_ALONE, type AcquirerIdentity, type AcquirerLine, type AcquirerReader } from './model.ts';

const REPORT = 'Document/BkToCstmrStmt';
const STATEMENT = `${REPORT}/Stmt`;
const BALANCE = `${STATEMENT}/Bal`;
const ENTRY = `${STATEMENT}/Ntry`;
const DETAIL = `${ENTRY}/NtryDtls/TxDtls`;

const MOST_DETAILS = 100_000;

/** An acquirer names its statement as it names every file: `SDD-2026-03-21-01-001`. A bank's statement of our own account,
 *  which answers orders, has another Id. */
export const ACQUIRER_STATEMENT = /<(?:\w+:)?Stmt>\s*<(?:\w+:)?Id>\s*[A-Z0-9]{3}-\d{4}-\d{2}-\d{2}-\d{2}-\d{3}\s*</;
const ID = /^([A-Z0-9]{3})-(\d{4}-\d{2}-\d{2})-(\d{2})-(\d{3})$/;

/** The acquirer's statement of the settlement account: each card transaction booked is a line. Opening balance and booked
 *  entries must add up to the closing balance. A fault's line and column are those of the XML. Source: files.md, domain/04. */
export function readCardStatement(path: string, units: Units = RIALS_ALONE): AcquirerReader {
  return new CardStatement(path, units);
}

class CardStatement implements AcquirerReader {
  readonly faults = new Faults();
  readonly #path: string;
  #identity: AcquirerIdentity = { format: 'camt.053', psp: '', settlementDate: '', cycle: '', sequence: '' };
  #statements = 0;
  #lines = 0;
  #booked = 0n;
  readonly #balances = new Map<string, bigint>();
  readonly #units: Units;
  /** That of its first amount; whether it is that of its acquirer and day, its end tells. */
  #unit: MoneyUnit | undefined;

  constructor(path: string, units: Units) {
    this.#path = path;
    this.#units = units;
  }

  identity(): AcquirerIdentity {
    return this.#identity;
  }

  async *lines(): AsyncGenerator<AcquirerLine> {
    let details: XmlRecord[] = [];
    for await (const record of xmlRecords(this.#path, [STATEMENT, BALANCE, ENTRY, DETAIL], this.faults)) {
      if (record.path === DETAIL) {
        // They are judged with their entry, which ends behind them.
        if (details.push(record) <= MOST_DETAILS) continue;
        this.#fault(record, `an Ntry of more than ${MOST_DETAILS} transactions`);
        return;
      }
      if (record.path === BALANCE) this.#balance(record);
      else if (record.path === STATEMENT) this.#statement(record);
      else {
        yield* this.#entry(record, details);
        details = [];
      }
      if (this.faults.full) return;
    }
    if (this.#statements === 0 && this.faults.list.length === 0)
      this.faults.add(1, 1, 'this is not camt.053: it has no Stmt/Id');
  }

  *#entry(entry: XmlRecord, details: readonly XmlRecord[]): Generator<AcquirerLine> {
    // Only what is booked counts: pending and information entries may still go away.
    if ((entry.values.get('Sts/Cd') ?? entry.values.get('Sts') ?? 'BOOK') !== 'BOOK') return;
    const unit = this.#unitOf(entry);
    const rials = signedOf(entry.values, unit);
    if (rials === undefined) {
      this.#fault(entry, `Ntry has no Amt in whole ${unit.alpha} with CdtDbtInd`);
      return;
    }
    this.#booked += rials;
    if (details.length === 0) this.#fault(entry, 'Ntry names no transaction (NtryDtls/TxDtls)');
    let sum = 0n;
    for (const detail of details) {
      const line = cardEntry(entry.values, detail.values, this.#lines + 1, unit);
      sum += signedOf(detail.values, unit, entry.values.get('CdtDbtInd')) ?? 0n;
      this.#lines++;
      if (typeof line === 'string') this.#fault(detail, line);
      else yield line;
    }
    if (details.length > 0 && sum !== rials) this.#fault(entry, `Ntry is ${rials}, its transactions are ${sum}`);
  }

  #balance(record: XmlRecord): void {
    const code = record.values.get('Tp/CdOrPrtry/Cd') ?? '';
    const unit = this.#unitOf(record);
    const rials = signedOf(record.values, unit);
    if (rials === undefined) this.#fault(record, `Bal has no Amt in whole ${unit.alpha} with CdtDbtInd`);
    else if (this.#balances.has(code)) this.#fault(record, `a second Bal ${code.slice(0, 10)}`);
    else this.#balances.set(code, rials);
  }

  #statement(record: XmlRecord): void {
    const id = record.values.get('Id') ?? '';
    const [, psp, day, cycle, sequence] = ID.exec(id) ?? [];
    if (++this.#statements > 1) this.#fault(record, 'a file holds one Stmt');
    else if (psp === undefined || day === undefined || cycle === undefined || sequence === undefined || !isDay(day)) {
      this.#fault(record, `Stmt/Id "${id.slice(0, 40)}" is not PSP-date-cycle-sequence`);
    } else {
      this.#identity = { format: 'camt.053', psp, settlementDate: day, cycle, sequence };
      const { alpha } = this.#units.ofAcquirer(psp, day).unit;
      if (this.#unit !== undefined && this.#unit.alpha !== alpha)
        this.#fault(record, `amounts are in ${this.#unit.alpha}: files of ${psp} are in ${alpha} on that day`);
    }
    const [opening, closing] = [this.#balances.get('OPBD'), this.#balances.get('CLBD')];
    if (opening === undefined || closing === undefined) this.#fault(record, 'Stmt lacks its balances OPBD and CLBD');
    else if (this.faults.list.length === 0 && opening + this.#booked !== closing) {
      this.#fault(record, `${opening} and the entries' ${this.#booked} are not the closing balance, ${closing}`);
    }
  }

  #unitOf({ values }: XmlRecord): MoneyUnit {
    this.#unit ??= this.#units.ever().find(({ alpha }) => alpha === values.get('Amt@Ccy'));
    return this.#unit ?? RIAL;
  }

  #fault({ line, column }: XmlRecord, reason: string): void {
    this.faults.add(line, column, reason);
  }
}
