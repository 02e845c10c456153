import { CodecError, type Codec, type Message } from '../../../codec/index.ts';
import { isDay } from '../../../field/jalali.ts';
import { Faults } from '../../files/faults.ts';
import type { MoneyUnit, Units } from '../../../field/money-unit.ts';
import { RIALS_ALONE, type AcquirerIdentity, type AcquirerLine, type AcquirerReader } from '../model.ts';
import { ipmCodec, ipmText, NEEDED, pdsOf, type IpmCodePage } from './codec.ts';
import { presentment } from './presentment.ts';
import { ipmRecords, type IpmRecord } from './records.ts';

const HEADER = '697';
const TRAILER = '695';
/** Addenda and sums that the network adds between: they move no money. */
const PASSED_OVER: readonly (string | undefined)[] = ['680', '685', '688', '696'];

/** An ipm-like file: a 1644/697, a 1240 each line, a 1644/695 with the sum and the count, ASCII or EBCDIC, plain or
 *  blocked. A fault's line is the number of the record, its column the byte in it. Source: files.md, domain/04. */
export function readIpm(path: string, units: Units = RIALS_ALONE, codePage?: IpmCodePage): AcquirerReader {
  return new IpmReader(path, units, codePage);
}

class IpmReader implements AcquirerReader {
  readonly faults = new Faults();
  readonly #path: string;
  readonly #units: Units;
  readonly #codePage: IpmCodePage;
  #codec: Codec | undefined;
  #fileId = '';
  #identity: AcquirerIdentity = { format: 'IPM', psp: '', settlementDate: '', cycle: '', sequence: '' };
  #total = 0n;
  #ended = false;

  constructor(path: string, units: Units, codePage: IpmCodePage = '1047') {
    this.#path = path;
    this.#units = units;
    this.#codePage = codePage;
  }

  identity(): AcquirerIdentity {
    return this.#identity;
  }

  async *lines(): AsyncGenerator<AcquirerLine> {
    let records = 0;
    for await (const record of ipmRecords(this.#path, this.faults)) {
      records = record.number;
      const line = this.#record(record);
      if (line !== undefined) yield line;
      if (this.faults.full) return;
    }
    if (this.faults.list.length === 0 && !this.#ended)
      this.faults.add(records + 1, 1, 'the file has no 1644/695 at its end');
  }

  #record(record: IpmRecord): AcquirerLine | undefined {
    const message = this.#decode(record);
    if (message === undefined) return undefined;
    const found = this.#message(message, record.number);
    if (typeof found !== 'string') return found;
    const de = /^DE (\d+)/.exec(found)?.[1];
    const column = de === undefined ? 1 : (message.offsetOf(Number(de)) ?? 0) + 1;
    this.faults.add(record.number, column, found);
    return undefined;
  }

  /** @returns what is wrong, as a phrase that begins with the element; undefined for a message that is no line */
  #message(message: Message, number: number): AcquirerLine | string | undefined {
    const code = message.get(24);
    if (this.#ended) return `MTI ${message.mti} follows the 1644/695 that ends the file`;
    if (Number(message.get(71)) !== number) return `DE 71 is ${message.get(71) ?? 'not there'}, not ${number}`;
    if (number === 1) return this.#header(message);
    if (message.mti === '1240') {
      const line = presentment(message, number, this.#unitOn(this.#identity.settlementDate), (day) =>
        this.#unitOn(day),
      );
      if (typeof line !== 'string') this.#total += BigInt(message.get(4) ?? '0');
      return line;
    }
    if (message.mti !== '1644') return `MTI is ${message.mti}: a file holds 1240 and 1644`;
    if (code === TRAILER) return this.#trailer(message, number);
    return PASSED_OVER.includes(code) ? undefined : `DE 24 may not be ${code ?? 'left out'} in a 1644`;
  }

  #unitOn(day: string): MoneyUnit {
    return this.#units.ofAcquirer(this.#identity.psp, day).unit;
  }

  #decode({ number, bytes }: IpmRecord): Message | undefined {
    const text = ipmText(bytes);
    if (number === 1 && text !== undefined) this.#codec = ipmCodec(text, this.#codePage);
    try {
      if (this.#codec !== undefined) return this.#codec.tolerate(bytes, NEEDED).message;
      this.faults.add(number, 1, 'the MTI is not a 1xxx MTI in ASCII or EBCDIC');
    } catch (error) {
      if (!(error instanceof CodecError)) throw error;
      const where = /^\d/.test(error.path) ? `DE ${error.path}` : error.path;
      this.faults.add(number, error.offset + 1, `${where}: ${error.reason}`);
    }
    return undefined;
  }

  #header(message: Message): string | undefined {
    if (message.mti !== '1644' || message.get(24) !== HEADER) return 'MTI is not that of a 1644/697, the header';
    const pds = pdsOf(message);
    if (typeof pds === 'string') return `DE 48 ${pds}`;
    const id = pds.get('0105') ?? '';
    const [, yymmdd, psp, cycle, sequence] = /^002(\d{6})0{8}([A-Z0-9]{3})(\d{2})(\d{3})$/.exec(id) ?? [];
    const day = `20${(yymmdd ?? '').replace(/^(\d\d)(\d\d)/, '$1-$2-')}`;
    if (psp === undefined || cycle === undefined || sequence === undefined || !isDay(day)) {
      return 'DE 48 PDS 0105 is not a file id: 002, yymmdd, PSP in 11 with zeros before, cycle, sequence';
    }
    this.#fileId = id;
    this.#identity = { format: 'IPM', psp, settlementDate: day, cycle, sequence };
    return undefined;
  }

  #trailer(message: Message, number: number): string | undefined {
    this.#ended = true;
    const pds = pdsOf(message);
    if (typeof pds === 'string') return `DE 48 ${pds}`;
    if (pds.get('0105') !== this.#fileId) return 'DE 48 PDS 0105 is not the file id of the header';
    if (this.faults.list.length > 0) return undefined; // a line that is at fault is not in the sum
    const [sum, count] = [pds.get('0301') ?? '', pds.get('0306') ?? ''];
    if (!/^\d{16}$/.test(sum) || BigInt(sum) !== this.#total) {
      return `DE 48 PDS 0301 tells a sum of "${sum.slice(0, 16)}", ${this.#total} is found`;
    }
    if (!/^\d{8}$/.test(count) || Number(count) !== number) {
      return `DE 48 PDS 0306 tells "${count.slice(0, 8)}" messages, ${number} are found`;
    }
    return undefined;
  }
}
