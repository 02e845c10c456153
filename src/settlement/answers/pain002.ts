import { RIAL, type MoneyUnit } from '../../field/money-unit.ts';
import { Faults } from '../files/faults.ts';
import { xmlRecords, type XmlRecord } from '../files/records.ts';
import { isReference, rialsAt, type Answer, type AnswerReader, type AnswerStatus, type FileAnswer } from './model.ts';
import { statusOf } from './status.ts';

const REPORT = 'Document/CstmrPmtStsRpt';
const HEADER = `${REPORT}/GrpHdr`;
const GROUP = `${REPORT}/OrgnlGrpInfAndSts`;
const BLOCK = `${REPORT}/OrgnlPmtInfAndSts`;
const ORDER = `${BLOCK}/TxInfAndSts`;

/** Our files have one payment block, and this is its PmtInfId (payments/layout.ts). */
const OUR_BLOCK = '1';

/** pain.002: a status for the file (GrpSts), for its payment block (PmtInfSts), for single orders (TxSts), or any of them
 *  together. The one that stands nearest to an order counts; an order that is listed is the exception to its block.
 *  Source: ISO 20022 pain.002.001.03 and later, which agree in these elements. */
export function readPain002(path: string, units: readonly MoneyUnit[] = [RIAL]): AnswerReader {
  const report = new StatusReport(units);
  const { faults } = report;
  async function* answers(): AsyncGenerator<Answer> {
    for await (const record of xmlRecords(path, [HEADER, GROUP, BLOCK, ORDER], faults)) {
      const order = report.take(record);
      if (order !== undefined) yield order;
      if (faults.full) return;
    }
    if (faults.list.length > 0) return;
    const file = report.end();
    if (file !== undefined) yield file;
  }
  return { kind: 'pain.002', faults, answers, identity: () => report.identity };
}

/** A status as it stands in the file. `undefined`: PART or nothing, which leave it to the single orders. */
interface Stated {
  readonly code: string;
  readonly status: AnswerStatus | undefined;
  readonly reason: string;
}

class StatusReport {
  readonly faults = new Faults();
  identity = '';
  #group: XmlRecord | undefined;
  #groupStated: Stated | undefined;
  #block: XmlRecord | undefined;
  #blockStated: Stated | undefined;
  #reports = 0;
  readonly #units: readonly MoneyUnit[];

  constructor(units: readonly MoneyUnit[]) {
    this.#units = units;
  }

  /** @returns what is said of one order */
  take(record: XmlRecord): Answer | undefined {
    if (record.path === HEADER) this.identity = record.values.get('MsgId') ?? '';
    else this.#reports++;
    if (record.path === GROUP) this.#takeGroup(record);
    else if (record.path === BLOCK) this.#takeBlock(record);
    return record.path === ORDER ? this.#order(record) : undefined;
  }

  /** What is said of the whole file, once everything was read. */
  end(): Answer | undefined {
    if (this.identity === '') this.faults.add(1, 1, 'this is not pain.002: it has no GrpHdr/MsgId');
    else if (this.#reports === 0) this.faults.add(1, 1, 'this is not pain.002: it has no report');
    const stated = this.#blockStated ?? this.#groupStated;
    const messageId = this.#group?.values.get('OrgnlMsgId');
    const where = this.#block ?? this.#group;
    if (where === undefined || (stated === undefined && messageId === undefined)) return undefined;
    if (messageId === undefined) {
      this.#fault(where, `${this.#blockStated === undefined ? 'GrpSts' : 'PmtInfSts'} without OrgnlMsgId`);
      return undefined;
    }
    const said = { of: 'file', line: where.line, messageId, reason: stated?.reason ?? '' } as const;
    return { ...said, status: stated?.status, ...this.#totals() };
  }

  #takeGroup(record: XmlRecord): void {
    if (this.#group !== undefined) this.#fault(record, 'a second OrgnlGrpInfAndSts: a report is on one file');
    this.#group = record;
    this.#groupStated = this.#stated(record, 'GrpSts');
  }

  #takeBlock(record: XmlRecord): void {
    const id = record.values.get('OrgnlPmtInfId');
    if (id !== undefined && id !== OUR_BLOCK)
      this.#fault(record, `no payment file has the PmtInfId ${id.slice(0, 40)}: ours is ${OUR_BLOCK}`);
    const stated = this.#stated(record, 'PmtInfSts');
    const before = this.#blockStated;
    if (before !== undefined && stated !== undefined && before.code !== stated.code)
      this.#fault(record, `PmtInfSts is ${stated.code} here, and ${before.code} before`);
    this.#block ??= record;
    this.#blockStated = before ?? stated;
  }

  #order(record: XmlRecord): Answer | undefined {
    const ids = [record.values.get('OrgnlInstrId'), record.values.get('OrgnlEndToEndId')].filter(isReference);
    const [instructionId, otherId] = ids;
    if (instructionId === undefined) {
      this.#fault(record, 'an order status without OrgnlInstrId or OrgnlEndToEndId');
      return undefined;
    }
    const stated = this.#stated(record, 'TxSts');
    if (record.values.get('TxSts') === 'PART') this.#fault(record, 'TxSts may not be "PART"');
    const rials = rialsAt(record.values, ['OrgnlTxRef/Amt/InstdAmt'], this.#units);
    return {
      of: 'order',
      line: record.line,
      instructionId,
      ...(otherId !== undefined && { otherId }),
      status: stated?.status,
      reason: stated?.reason ?? reasonOf(record),
      ...(rials !== undefined && { rials }),
    };
  }

  #stated(record: XmlRecord, element: 'GrpSts' | 'PmtInfSts' | 'TxSts'): Stated | undefined {
    const code = record.values.get(element);
    if (code === undefined) return undefined;
    if (code === 'PART') return { code, status: undefined, reason: '' };
    const meaning = statusOf(code);
    if (meaning === undefined) this.#fault(record, `${element} may not be "${code.slice(0, 10)}"`);
    const blocked = meaning === 'blocked';
    return { code, status: blocked ? 'accepted' : meaning, reason: blocked ? code : reasonOf(record) };
  }

  /** How many orders the bank says the file has, and of how much: it must be ours. */
  #totals(): Pick<FileAnswer, 'count' | 'sumRials'> {
    const at = (name: string): string | undefined => this.#block?.values.get(name) ?? this.#group?.values.get(name);
    const count = at('OrgnlNbOfTxs');
    const sum = at('OrgnlCtrlSum');
    return { ...(count !== undefined && { count }), ...(sum !== undefined && { sumRials: sum }) };
  }

  #fault(record: XmlRecord, reason: string): void {
    this.faults.add(record.line, record.column, reason);
  }
}

function reasonOf(record: XmlRecord): string {
  return (record.values.get('StsRsnInf/Rsn/Cd') ?? record.values.get('StsRsnInf/Rsn/Prtry') ?? '').slice(0, 35);
}
