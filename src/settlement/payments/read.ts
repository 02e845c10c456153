import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { SaxesParser } from 'saxes';
import { GatewayError, fileFault } from '../../ops/errors.ts';
import { RIAL, rialsOfDecimal, type MoneyUnit } from '../../field/money-unit.ts';
import { parseRials } from '../../field/rials.ts';

/** What a payment file on disk says, read back by another program path than the one that wrote it. */
export interface PaymentFileSummary {
  readonly messageId: string;
  /** NbOfTxs and CtrlSum of the group header, of the payment block, and counted over the orders. */
  readonly header: Totals;
  readonly block: Totals;
  readonly lines: Totals;
  readonly sha256: string;
  readonly bytes: number;
}

interface Totals {
  readonly count: number;
  readonly sumRials: bigint;
}

export interface ReadOrder {
  readonly instructionId: string;
  readonly endToEndId: string;
  readonly sheba: string;
  readonly name: string;
  readonly amountRials: bigint;
}

const ROOT = 'Document/CstmrCdtTrfInitn';
const ORDER = `${ROOT}/PmtInf/CdtTrfTxInf`;
const MAX_DEPTH = 16;

/** Streams a pain.001-shaped file of any dialect, checking that it is well-formed.
 *  @param onOrder called for each credit transfer, in file order
 *  @param unit in which its amounts must be
 *  @throws GatewayError `payment-file.unreadable` with path and reason */
export async function readPaymentFile(
  path: string,
  onOrder?: (order: ReadOrder) => void,
  unit: MoneyUnit = RIAL,
): Promise<PaymentFileSummary> {
  const hash = createHash('sha256');
  const collector = new Collector(onOrder, unit);
  let bytes = 0;
  try {
    const decoder = new TextDecoder('utf-8', { fatal: true });
    for await (const chunk of createReadStream(path, { highWaterMark: 1 << 18 }) as AsyncIterable<Buffer>) {
      hash.update(chunk);
      bytes += chunk.length;
      collector.write(decoder.decode(chunk, { stream: true }));
    }
    collector.end(decoder.decode());
  } catch (cause) {
    throw new GatewayError('payment-file.unreadable', fileFault(path, 'read', cause), { cause });
  }
  return { ...collector.summary(), sha256: hash.digest('hex'), bytes };
}

class Collector {
  readonly #parser = new SaxesParser();
  readonly #path: string[] = [];
  readonly #values = new Map<string, string>();
  readonly #lines = { count: 0, sumRials: 0n };
  readonly #onOrder: ((order: ReadOrder) => void) | undefined;
  readonly #unit: MoneyUnit;
  #text = '';
  #currency: string | undefined;

  constructor(onOrder: ((order: ReadOrder) => void) | undefined, unit: MoneyUnit) {
    this.#onOrder = onOrder;
    this.#unit = unit;
    this.#parser.on('error', (error) => {
      throw error;
    });
    this.#parser.on('doctype', () => {
      throw new Error('a document type declaration is not allowed');
    });
    this.#parser.on('opentag', (tag) => {
      this.#path.push(tag.name);
      this.#text = '';
      if (tag.name === 'InstdAmt') this.#currency = tag.attributes['Ccy'];
      if (this.#path.length > MAX_DEPTH) throw new Error('elements are nested too deep');
    });
    this.#parser.on('text', (text) => (this.#text += text));
    this.#parser.on('closetag', () => {
      this.#close();
    });
  }

  write(text: string): void {
    this.#parser.write(text);
  }

  end(text: string): void {
    this.#parser.write(text).close();
  }

  #close(): void {
    const path = this.#path.join('/');
    this.#path.pop();
    if (path === ORDER) this.#order();
    else if (this.#text.trim() !== '') this.#values.set(path, this.#text.trim());
    this.#text = '';
  }

  #order(): void {
    const order = {
      instructionId: this.#take(`${ORDER}/PmtId/InstrId`),
      endToEndId: this.#take(`${ORDER}/PmtId/EndToEndId`),
      sheba: this.#take(`${ORDER}/CdtrAcct/Id/IBAN`),
      name: this.#take(`${ORDER}/Cdtr/Nm`),
      amountRials: this.#rials(this.#take(`${ORDER}/Amt/InstdAmt`)),
    };
    if (this.#currency !== this.#unit.alpha)
      throw new Error(`order ${this.#lines.count + 1} is not in ${this.#unit.alpha}`);
    this.#lines.count += 1;
    this.#lines.sumRials += order.amountRials;
    this.#onOrder?.(order);
  }

  /** A value is taken once: an order without its amount must not inherit the one before. */
  #take(path: string): string {
    const value = this.#values.get(path);
    if (value === undefined) throw new Error(`order ${this.#lines.count + 1} has no ${path.slice(ORDER.length + 1)}`);
    this.#values.delete(path);
    return value;
  }

  /** Sums of a file may have 18 digits.
   *  @throws Error for what is no amount of the file's unit */
  #rials(text: string): bigint {
    const rials =
      this.#unit.exponent === 0 && this.#unit.rials === 1n ? parseRials(text, 18) : rialsOfDecimal(text, this.#unit);
    if (rials === undefined) throw new Error(`"${text.slice(0, 40)}" is not a whole number of rials`);
    return rials;
  }

  #totals(prefix: string): Totals {
    return {
      count: Number(whole(this.#values.get(`${prefix}/NbOfTxs`) ?? '')),
      sumRials: this.#rials(this.#values.get(`${prefix}/CtrlSum`) ?? ''),
    };
  }

  summary(): Omit<PaymentFileSummary, 'sha256' | 'bytes'> {
    return {
      messageId: this.#values.get(`${ROOT}/GrpHdr/MsgId`) ?? '',
      header: this.#totals(`${ROOT}/GrpHdr`),
      block: this.#totals(`${ROOT}/PmtInf`),
      lines: { ...this.#lines },
    };
  }
}

/** @throws Error for anything but digits */
function whole(text: string): bigint {
  const number = parseRials(text, 18);
  if (number === undefined) throw new Error(`"${text.slice(0, 40)}" is not a whole number`);
  return number;
}
