import { createHash, type Hash } from 'node:crypto';
import { Faults } from '../files/faults.ts';
import { xmlRecords, type XmlRecord } from '../files/records.ts';
import { RIAL, type MoneyUnit } from '../../field/money-unit.ts';
import { rialsAt } from './model.ts';
import { referencesOf, shownOf, wordsOf } from './references.ts';

const REPORT = 'Document/BkToCstmrStmt';
const HEADER = `${REPORT}/GrpHdr`;
const STATEMENT = `${REPORT}/Stmt`;
const ENTRY = `${STATEMENT}/Ntry`;
const PART = `${ENTRY}/NtryDtls`;
const DETAIL = `${PART}/TxDtls`;
const REPEATED = ['RmtInf/Ustrd'];

/** What stands in a statement, in the order it is read: a detail before its batch, that before its entry, that before its
 *  statement, so that nothing is kept. Numbers count from 1 through the file. */
export type StatementRecord =
  | ({ readonly is: 'detail' } & Booked)
  | ({ readonly is: 'batch'; readonly count: string | undefined } & Booked)
  | ({ readonly is: 'entry'; readonly booked: boolean; readonly details: number; readonly bookedOn: string } & Booked)
  | ({ readonly is: 'statement' } & Statement);

interface Booked {
  readonly statement: number;
  readonly entry: number;
  /** NtryDtls */
  readonly part: number;
  readonly line: number;
  readonly direction: 'DBIT' | 'CRDT' | undefined;
  /** Whole rials; -1n for an amount that is none. */
  readonly rials: bigint | undefined;
  /** References that may be ours, the likeliest first. */
  readonly refs: readonly string[];
  /** Words of free texts that may be ours. */
  readonly words: readonly string[];
  /** For a person. */
  readonly shown: string;
  readonly reason: string;
}

export interface Statement {
  readonly statement: number;
  readonly line: number;
  readonly account: string;
  /** Account, Id, electronic sequence or page, period. */
  readonly identity: string;
  /** SHA-256 of the entries: what is said, not how it is laid out. */
  readonly digest: string;
  readonly entries: number;
}

export interface StatementReader {
  readonly kind: 'camt.053';
  readonly faults: Faults;
  records(): AsyncGenerator<StatementRecord>;
}

/** Ten times the largest of our files: what a bank books in one file is bounded. */
const MAX_RECORDS = 1_000_000;

/** The bank's statements of our account.
 *  @param most entries and details
 *  Source: ISO 20022 camt.053.001.02 and later, which agree in these elements. */
export function readStatement(path: string, most = MAX_RECORDS, units: readonly MoneyUnit[] = [RIAL]): StatementReader {
  const faults = new Faults();
  async function* records(): AsyncGenerator<StatementRecord> {
    const state = new StatementState(faults, units);
    const wanted = [HEADER, STATEMENT, ENTRY, PART, DETAIL];
    let count = 0;
    for await (const record of xmlRecords(path, wanted, faults, REPEATED)) {
      if (++count > most) faults.add(record.line, record.column, `more than ${most} entries and details`);
      const found = state.take(record);
      if (found !== undefined) yield found;
      if (faults.full || count > most) return;
    }
    if (faults.list.length === 0 && state.statements === 0) faults.add(1, 1, 'this is not camt.053: it has no Stmt/Id');
  }
  return { kind: 'camt.053', faults, records };
}

class StatementState {
  statements = 0;
  readonly #faults: Faults;
  readonly #units: readonly MoneyUnit[];
  #header: XmlRecord | undefined;
  #entry = 1;
  #part = 1;
  /** Of the entry that is being read. */
  #details = 0;
  /** Of the statement that is being read. */
  #entries = 0;
  #digest: Hash = createHash('sha256');

  constructor(faults: Faults, units: readonly MoneyUnit[]) {
    this.#faults = faults;
    this.#units = units;
  }

  take(record: XmlRecord): StatementRecord | undefined {
    if (record.path === HEADER) this.#header = record;
    else if (record.path === STATEMENT) return this.#statement(record);
    else {
      this.#digest.update(JSON.stringify([record.path, ...record.values]));
      if (record.path === DETAIL) return this.#detail(record);
      return record.path === PART ? this.#batch(record) : this.#entryOf(record);
    }
    return undefined;
  }

  #detail(record: XmlRecord): StatementRecord {
    this.#details++;
    const { values } = record;
    const reason = (values.get('RtrInf/Rsn/Cd') ?? values.get('RtrInf/Rsn/Prtry') ?? '').slice(0, 35);
    return {
      is: 'detail',
      ...this.#booked(record, DETAIL_REFERENCES, DETAIL_TEXTS),
      rials: rialsAt(values, AMOUNTS, this.#units),
      reason,
    };
  }

  /** @returns undefined for details that are not said to be a batch */
  #batch(record: XmlRecord): StatementRecord | undefined {
    const { values } = record;
    const found = {
      ...this.#booked(record, BATCH_REFERENCES, []),
      rials: rialsAt(values, ['Btch/TtlAmt'], this.#units),
      reason: '',
    };
    this.#part++;
    if (!values.has('Btch/MsgId') && !values.has('Btch/PmtInfId')) return undefined;
    const direction = directionOf(values.get('Btch/CdtDbtInd'));
    return { is: 'batch', ...found, direction, count: values.get('Btch/NbOfTxs') };
  }

  #entryOf(record: XmlRecord): StatementRecord | undefined {
    const { values } = record;
    const booked = this.#booked(record, ENTRY_REFERENCES, ENTRY_TEXTS);
    const details = this.#details;
    if (booked.direction === undefined) this.#fault(record, 'Ntry has no CdtDbtInd');
    this.#entry++;
    this.#part++;
    this.#entries++;
    this.#details = 0;
    return {
      is: 'entry',
      ...booked,
      rials: rialsAt(values, ['Amt'], this.#units),
      reason: (values.get('RtrInf/Rsn/Cd') ?? '').slice(0, 35),
      // Only what is booked counts: pending and information entries may still go away.
      booked: (values.get('Sts') ?? values.get('Sts/Cd') ?? 'BOOK') === 'BOOK',
      details,
      bookedOn: (values.get('BookgDt/Dt') ?? values.get('BookgDt/DtTm') ?? '').slice(0, 10),
    };
  }

  #booked(
    { values, line }: XmlRecord,
    references: readonly string[],
    texts: readonly string[],
  ): Omit<Booked, 'rials' | 'reason'> {
    return {
      statement: this.statements + 1,
      entry: this.#entry,
      part: this.#part,
      line,
      direction: directionOf(values.get('CdtDbtInd')),
      refs: referencesOf(values, references),
      words: wordsOf(values, texts),
      shown: shownOf(values, [...references, ...SHOWN, ...texts]),
    };
  }

  #statement(record: XmlRecord): StatementRecord | undefined {
    const { values, line } = record;
    const id = values.get('Id');
    if (id === undefined) this.#fault(record, 'Stmt has no Id');
    const header = this.#header?.values;
    const account = values.get('Acct/Id/IBAN') ?? values.get('Acct/Id/Othr/Id') ?? '';
    const page = values.get('StmtPgntn/PgNb') ?? header?.get('MsgPgntn/PgNb') ?? '1';
    const sequence = values.get('ElctrncSeqNb') ?? values.get('LglSeqNb') ?? '-';
    const parts = [account || '-', id ?? '', `${sequence}/${page}`, periodOf(values, header)];
    const found = {
      is: 'statement' as const,
      statement: ++this.statements,
      line,
      account,
      identity: parts.map((part) => part.slice(0, 80)).join(' '),
      digest: this.#digest.digest('hex'),
      entries: this.#entries,
    };
    this.#digest = createHash('sha256');
    this.#entries = 0;
    return found;
  }

  #fault(record: XmlRecord, reason: string): void {
    this.#faults.add(record.line, record.column, reason);
  }
}

type Values = ReadonlyMap<string, string>;

/** The days of a statement; where it does not say, the day of its first balance, or on which it was made. */
function periodOf(values: Values, header: Values | undefined): string {
  const from = values.get('FrToDt/FrDtTm') ?? values.get('FrToDt/FrDt');
  const to = values.get('FrToDt/ToDtTm') ?? values.get('FrToDt/ToDt');
  if (from !== undefined || to !== undefined) return `${from ?? ''}..${to ?? ''}`;
  const balance = values.get('Bal/Dt/Dt') ?? values.get('Bal/Dt/DtTm');
  return (balance ?? values.get('CreDtTm') ?? header?.get('CreDtTm') ?? '').slice(0, 10);
}

function directionOf(text: string | undefined): 'DBIT' | 'CRDT' | undefined {
  return text === 'DBIT' || text === 'CRDT' ? text : undefined;
}

const AMOUNTS = ['Amt', 'AmtDtls/TxAmt/Amt', 'AmtDtls/InstdAmt/Amt'];
const DETAIL_REFERENCES = ['InstrId', 'EndToEndId', 'TxId', 'PmtInfId', 'MsgId', 'ClrSysRef', 'Prtry/Ref'].map(
  (name) => `Refs/${name}`,
);
const DETAIL_TEXTS = ['RmtInf/Ustrd', 'RmtInf/Strd/CdtrRefInf/Ref', 'AddtlTxInf'];
const BATCH_REFERENCES = ['Btch/MsgId', 'Btch/PmtInfId'];
const ENTRY_REFERENCES = ['NtryRef'];
const ENTRY_TEXTS = ['AddtlNtryInf'];
const SHOWN = ['Refs/AcctSvcrRef', 'AcctSvcrRef'];
