import { Faults } from '../files/faults.ts';
import { xmlRecords, type XmlRecord } from '../files/records.ts';
import { rialsAt, statusOf, type Answer, type AnswerReader } from './model.ts';

const REPORT = 'Document/CstmrPmtStsRpt';
const HEADER = `${REPORT}/GrpHdr`;
const GROUP = `${REPORT}/OrgnlGrpInfAndSts`;
const ORDER = `${REPORT}/OrgnlPmtInfAndSts/TxInfAndSts`;

/** pain.002.001.03: a status for the file, for single orders, or both; the single word wins. */
export function readPain002(path: string): AnswerReader {
  const faults = new Faults();
  let identity = '';
  async function* answers(): AsyncGenerator<Answer> {
    let reports = 0;
    for await (const record of xmlRecords(path, [HEADER, GROUP, ORDER], faults)) {
      if (record.path === HEADER) identity = record.values.get('MsgId') ?? '';
      else reports++;
      const answer = answerOf(record, faults);
      if (answer !== undefined) yield answer;
      if (faults.full) return;
    }
    if (faults.list.length > 0) return;
    if (identity === '') faults.add(1, 1, 'this is no pain.002: it has no GrpHdr/MsgId');
    if (reports === 0) faults.add(1, 1, 'this is no pain.002: it reports on nothing');
  }
  return { kind: 'pain.002', faults, answers, identity: () => identity };
}

function answerOf(record: XmlRecord, faults: Faults): Answer | undefined {
  if (record.path === GROUP) return groupAnswer(record, faults);
  return record.path === ORDER ? orderAnswer(record, faults) : undefined;
}

function groupAnswer(record: XmlRecord, faults: Faults): Answer | undefined {
  const code = record.values.get('GrpSts');
  // PART, and no status at all, leave it to the single orders.
  if (code === undefined || code === 'PART') return undefined;
  const status = statusOf(code);
  const messageId = record.values.get('OrgnlMsgId');
  if (messageId === undefined) {
    fault(record, faults, 'a group status without OrgnlMsgId');
    return;
  }
  if (status === undefined) {
    fault(record, faults, `GrpSts may not be "${code.slice(0, 10)}"`);
    return;
  }
  return { of: 'file', line: record.line, messageId, status, reason: reasonOf(record) };
}

function orderAnswer(record: XmlRecord, faults: Faults): Answer | undefined {
  const code = record.values.get('TxSts') ?? '';
  const status = statusOf(code);
  const id = orderId(record.values.get('OrgnlInstrId'), record.values.get('OrgnlEndToEndId'));
  if (id === undefined) {
    fault(record, faults, 'an order status without OrgnlInstrId or OrgnlEndToEndId');
    return;
  }
  if (status === undefined) {
    fault(record, faults, `TxSts may not be "${code.slice(0, 10)}"`);
    return;
  }
  const rials = rialsAt(record.values, ['OrgnlTxRef/Amt/InstdAmt']);
  const said = { of: 'order', line: record.line, instructionId: id, status, reason: reasonOf(record) } as const;
  return rials === undefined ? said : { ...said, rials };
}

/** Empty ids are the literal EMPTY (domain/03). */
export function orderId(...ids: readonly (string | undefined)[]): string | undefined {
  return ids.find((id) => id !== undefined && id !== '' && id !== 'EMPTY' && id !== 'NOTPROVIDED');
}

function reasonOf(record: XmlRecord): string {
  return (record.values.get('StsRsnInf/Rsn/Cd') ?? record.values.get('StsRsnInf/Rsn/Prtry') ?? '').slice(0, 35);
}

function fault(record: XmlRecord, faults: Faults, reason: string): undefined {
  faults.add(record.line, record.column, reason);
  return undefined;
}
