import { Faults } from '../files/faults.ts';
import { xmlRecords, type XmlRecord } from '../files/records.ts';
import { isReference, rialsAt, type Answer, type AnswerReader } from './model.ts';

const STATEMENT = 'Document/BkToCstmrStmt/Stmt';
const ENTRY = `${STATEMENT}/Ntry`;
const DETAIL = `${ENTRY}/NtryDtls/TxDtls`;

/** The bank's statement of our account: a booked debit that names an order says it is paid, a booked credit that names
 *  one says it came back, and the last word of a statement counts. An order is paid and comes back whole: an amount that
 *  stands there must be the order's. Entries that name none of our orders are other people's business, and are passed over. */
export function readStatement(path: string): AnswerReader {
  const faults = new Faults();
  let identity = '';
  async function* answers(): AsyncGenerator<Answer> {
    let details: XmlRecord[] = [];
    for await (const record of xmlRecords(path, [STATEMENT, ENTRY, DETAIL], faults)) {
      if (record.path === DETAIL) details.push(record);
      else if (record.path === ENTRY) {
        yield* entryAnswers(record, details, faults);
        details = [];
      } else identity = record.values.get('Id') ?? '';
      if (faults.full) return;
    }
    if (identity === '' && faults.list.length === 0) faults.add(1, 1, 'this is no camt.053: it has no Stmt/Id');
  }
  return { kind: 'camt.053', faults, answers, identity: () => identity };
}

function* entryAnswers(entry: XmlRecord, details: readonly XmlRecord[], faults: Faults): Generator<Answer> {
  const direction = entry.values.get('CdtDbtInd');
  if (direction !== 'DBIT' && direction !== 'CRDT') faults.add(entry.line, entry.column, 'Ntry has no CdtDbtInd');
  // Only what is booked counts: pending and information entries may still go away.
  else if ((entry.values.get('Sts') ?? entry.values.get('Sts/Cd') ?? 'BOOK') === 'BOOK')
    yield* booked(entry, details, direction);
}

const AMOUNTS = ['Amt', 'AmtDtls/TxAmt/Amt', 'AmtDtls/InstdAmt/Amt'];

function* booked(entry: XmlRecord, details: readonly XmlRecord[], entryDirection: 'DBIT' | 'CRDT'): Generator<Answer> {
  // The one transaction of an entry is of the entry's amount.
  const whole = details.length === 1 ? rialsAt(entry.values, ['Amt']) : undefined;
  for (const { line, values } of details) {
    const id = [values.get('Refs/InstrId'), values.get('Refs/EndToEndId')].find(isReference);
    if (id === undefined) continue;
    const direction = values.get('CdtDbtInd') ?? entryDirection;
    const reason = values.get('RtrInf/Rsn/Cd') ?? values.get('RtrInf/Rsn/Prtry') ?? '';
    const status = direction === 'DBIT' ? 'paid' : 'returned';
    const rials = rialsAt(values, AMOUNTS) ?? whole;
    const said = { of: 'order', line, instructionId: id, status, reason: reason.slice(0, 35) } as const;
    yield rials === undefined ? said : { ...said, rials };
  }
}
