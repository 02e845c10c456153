import { compile, defineSpec, type Codec } from '../../../codec/index.ts';
import { compact } from './kbsf.ts';
import type { SettlementHead, SettlementLine } from './day.ts';

export interface IpmVariant {
  readonly text: 'ascii' | 'ebcdic';
  /** Cut into blocks of 1,014 bytes. */
  readonly blocked: boolean;
}

const DATA_OF_BLOCK = 1_012;
const BLOCK_END = Buffer.from([0x40, 0x40]);
const PADDING = 0x40;

/** ISO 8583:1993 messages, each behind its 4-byte length (big-endian, itself not counted); a length of zero ends the file.
 *  Blocked: after every 1,012 bytes two of 0x40, the last block padded with 0x40.
 *
 *  | message | fields |
 *  | --- | --- |
 *  | 1644, DE 24 697: header | DE 48 PDS 0105: the file's id: 002, yymmdd, PSP in 11, cycle and sequence (n5) · DE 71 |
 *  | 1240, DE 24 200: a line | DE 3 · 4 total · 11 STAN · 12 yymmddhhmmss local · 24 · 37 RRN · 39 action code: 0 and DE 39 · 41 · 42 · 48 PDS · 49 364 · 54 the parts, as in wire.md 7 (98 41 voucher, 00 41 card) · 71 |
 *  | 1644, DE 24 695: trailer | DE 48 PDS 0105, 0301 sum of all DE 4 (n16), 0306 count of all messages (n8) · DE 71 |
 *
 *  PDS of a line: 0025 `R` and yymmdd on a reversal · 0158 the kind: SALE, REV, ADJ · 0170 masked PAN · 0176 the Sheba, where it
 *  is known. A PDS is tag n4, length n3, value. DE 2 is left out: a clear PAN has no business in a file. Source: domain/04;
 *  which PDS hold what beyond 0025, 0105, 0301 and 0306 is this simulator's own choice. */
export function ipm(
  head: SettlementHead,
  lines: readonly SettlementLine[],
  shebaOf: (merchant: string) => string,
  { text, blocked }: IpmVariant,
): Buffer {
  const codec = ipmCodec(text);
  const yymmdd = compact(head.day).slice(2);
  const fileId = pds('0105', `002${yymmdd}${head.psp.padStart(11, '0')}${head.cycle}${head.sequence}`);
  const number = (n: number): string => String(n).padStart(8, '0');
  const records = [codec.encode({ mti: '1644', fields: { 24: '697', 48: fileId, 71: number(1) } })];
  for (const line of lines) {
    const fields = presentment(line, yymmdd, shebaOf(line.merchant));
    records.push(codec.encode({ mti: '1240', fields: { ...fields, 71: number(records.length + 1) } }));
  }
  const sum = lines.reduce((total, line) => total + line.totalRials, 0n);
  const sums = pds('0301', String(sum).padStart(16, '0')) + pds('0306', number(records.length + 1));
  const trailer = { 24: '695', 48: fileId + sums, 71: number(records.length + 1) };
  records.push(codec.encode({ mti: '1644', fields: trailer }));
  const bytes = Buffer.concat([...records.flatMap((record) => [length(record.length), record]), length(0)]);
  return blocked ? intoBlocks(bytes) : bytes;
}

/** Both bitmaps are always there: DE 71 is in every message. */
export function ipmCodec(text: IpmVariant['text']): Codec {
  const encoding = { encoding: text };
  return compile(
    defineSpec(
      {
        extends: 'iso93-ascii',
        name: `ipm-${text}`,
        mti: encoding,
        types: { n: encoding, z: encoding, 'x+n': encoding, text: encoding },
        prefix: encoding,
      },
      `ipm-${text}`,
    ),
  );
}

function presentment(line: SettlementLine, yymmdd: string, sheba: string): Record<number, string> {
  const reversal = line.mti.startsWith('04') ? pds('0025', `R${yymmdd}`) : '';
  const account = sheba === '' ? '' : pds('0176', sheba);
  return {
    3: line.processingCode,
    4: amount(line.totalRials),
    11: line.stan,
    12: compact(line.localDate).slice(2) + line.localTime,
    24: '200',
    37: line.rrn,
    39: `0${line.responseCode}`,
    41: line.terminal,
    42: line.merchant,
    48: reversal + pds('0158', line.kind) + pds('0170', line.maskedPan) + account,
    49: '364',
    54: part('98', line.voucherRials) + part('00', line.cardRials),
  };
}

function part(account: '98' | '00', rials: bigint): string {
  return rials === 0n ? '' : `${account}41364D${amount(rials)}`;
}

function amount(rials: bigint): string {
  return String(rials).padStart(12, '0');
}

function pds(tag: string, value: string): string {
  return `${tag}${String(value.length).padStart(3, '0')}${value}`;
}

function length(bytes: number): Buffer {
  const word = Buffer.alloc(4);
  word.writeUInt32BE(bytes);
  return word;
}

function intoBlocks(bytes: Buffer): Buffer {
  const blocks: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += DATA_OF_BLOCK) {
    const data = Buffer.alloc(DATA_OF_BLOCK, PADDING);
    bytes.copy(data, 0, at, at + DATA_OF_BLOCK);
    blocks.push(data, BLOCK_END);
  }
  return Buffer.concat(blocks);
}
