import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readPain002 } from '../../../src/settlement/answers/pain002.ts';
import { reportOn } from '../../../src/simulators/bank/payments/index.ts';
import type { Entry } from '../../../src/simulators/bank/index.ts';
import { ipmCodec } from '../../../src/simulators/bank/settlement/ipm.ts';
import {
  SETTLEMENT_FORMATS,
  settlementFile,
  type SettlementFormat,
} from '../../../src/simulators/bank/settlement/index.ts';
import { readKbsf } from '../../../src/settlement/acquirer/kbsf.ts';
import type { AcquirerLine } from '../../../src/settlement/acquirer/model.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'kalabarg-settlement-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const BASE: Entry = {
  seq: 1,
  at: '2026-11-23T08:00:00.000Z',
  kind: 'purchase',
  mti: '0200',
  processingCode: '000000',
  account: 7,
  maskedPan: '603799******0076',
  terminal: '10000001',
  merchant: '000000000000001',
  stan: '000011',
  transmission: '1123080000',
  localDateTime: '1123113000',
  rrn: '632711000001',
  rc: '00',
  authCode: '123456',
  amountRials: '50000',
  voucherRials: '1150000',
  movedRials: '-50000',
  pin: 'good',
  original: '',
};
const entry = (seq: number, changes: Partial<Entry>): Entry => ({
  ...BASE,
  seq,
  stan: String(seq).padStart(6, '0'),
  ...changes,
});
const nameOf = ({ terminal, stan, transmission }: Entry): string => `${terminal}|${stan}|${transmission}`;

const sale = entry(1, {});
const reversed = entry(2, { rrn: '632711000002' });
const refund = entry(4, {
  kind: 'refund',
  processingCode: '200000',
  movedRials: '20000',
  voucherRials: '0',
  rrn: '632711000004',
});
const JOURNAL: readonly Entry[] = [
  sale,
  reversed,
  entry(3, {
    kind: 'reversal',
    mti: '0421',
    movedRials: '50000',
    voucherRials: '0',
    original: nameOf(reversed),
    rrn: reversed.rrn,
  }),
  refund,
  entry(5, { kind: 'pin-check', mti: '0100', processingCode: '330000', movedRials: '0' }),
  entry(6, { rc: '51', movedRials: '0' }),
  entry(7, { kind: 'adjustment', mti: '', terminal: '', movedRials: '1000' }),
  // 00:10 of the next day in Tehran, of a terminal whose clock is still before midnight
  entry(8, { at: '2026-11-23T20:40:00.000Z', localDateTime: '1123235900', rrn: '632711000008' }),
];
const HEAD = {
  psp: 'SIM',
  day: '2026-11-23',
  cycle: '01',
  sequence: '001',
  createdAt: Date.parse('2026-11-23T21:00:00Z'),
};
const file = (format: SettlementFormat, changes = {}) =>
  settlementFile(JOURNAL, { ...HEAD, format, shebaOf: () => 'IR380170000000100000000001', ...changes });

test('KBSF is read by the gateway without a fault: money that moved that day, and nothing else', async () => {
  const { name, body } = file('kbsf');
  writeFileSync(join(folder, name), body);
  const reader = readKbsf(join(folder, name), name);
  const lines: AcquirerLine[] = [];
  for await (const line of reader.lines()) lines.push(line);
  expect(reader.faults.list).toEqual([]);
  expect(reader.identity()).toMatchObject({ psp: 'SIM', settlementDate: '2026-11-23', cycle: '01', sequence: '001' });
  expect(
    lines.map(({ kind, rrn, stan, totalRials, voucherRials, cardRials }) => [
      kind,
      rrn,
      stan,
      totalRials,
      voucherRials,
      cardRials,
    ]),
  ).toEqual([
    ['SALE', '632711000001', '000001', 1_200_000n, 1_150_000n, 50_000n],
    ['SALE', '632711000002', '000002', 1_200_000n, 1_150_000n, 50_000n],
    ['REV', '632711000002', '000002', 1_200_000n, 1_150_000n, 50_000n],
    ['ADJ', '632711000004', '000004', 20_000n, 0n, 20_000n],
  ]);
});

test('a sale after midnight is in the next day’s file, with the local date of its terminal', () => {
  const text = file('csv', { day: '2026-11-24' }).body.toString();
  expect(
    text
      .split('\n')
      .slice(1, -1)
      .map((row) => row.split(',').slice(1, 8)),
  ).toEqual([['SALE', '10000001', '000000000000001', '2026-11-23', '235900', '000008', '632711000008']]);
});

test('CSV and KBSF tell the same lines', () => {
  const rows = file('csv').body.toString().split('\n').slice(1, -1);
  const details = file('kbsf')
    .body.toString()
    .split('\n')
    .filter((line) => line.startsWith('D'));
  expect(rows.map((row) => row.split(',')[7])).toEqual(details.map((line) => line.split('|')[6]));
});

test('camt.053 credits sales, debits what was given back, and ends at the sum of its entries', () => {
  const text = file('camt053').body.toString();
  const entries = [
    ...text.matchAll(/<Ntry>.*?<Amt Ccy="IRR">(\d+)<\/Amt><CdtDbtInd>(\w+)<\/CdtDbtInd>(<RvslInd>true)?/g),
  ];
  expect(entries.map(([, rials, direction, reversal]) => [rials, direction, reversal !== undefined])).toEqual([
    ['50000', 'CRDT', false],
    ['50000', 'CRDT', false],
    ['50000', 'DBIT', true],
    ['20000', 'DBIT', false],
  ]);
  expect(text).toContain('<Cd>CLBD</Cd></CdOrPrtry></Tp><Amt Ccy="IRR">30000</Amt><CdtDbtInd>CRDT</CdtDbtInd>');
});

function unblocked(bytes: Buffer): Buffer {
  expect(bytes.length % 1_014).toBe(0);
  const data: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += 1_014) {
    expect(bytes.subarray(at + 1_012, at + 1_014).toString('hex')).toBe('4040');
    data.push(bytes.subarray(at, at + 1_012));
  }
  return Buffer.concat(data);
}

test.each([
  ['ipm', 'ascii'],
  ['ipm-ebcdic', 'ebcdic'],
  ['ipm-blocked', 'ascii'],
  ['ipm-ebcdic-blocked', 'ebcdic'],
] as const)('%s holds header, presentments and trailer, and its sums hold', (format, text) => {
  const { body } = file(format);
  const bytes = format.endsWith('blocked') ? unblocked(body) : body;
  const codec = ipmCodec(text);
  const messages = [];
  let at = 0;
  for (let length = bytes.readUInt32BE(at); length > 0; length = bytes.readUInt32BE(at)) {
    messages.push(codec.decode(bytes.subarray(at + 4, at + 4 + length)));
    at += 4 + length;
  }
  expect(messages.map((message) => `${message.mti}/${message.get(24) ?? ''}`)).toEqual([
    '1644/697',
    ...Array<string>(4).fill('1240/200'),
    '1644/695',
  ]);
  expect(messages.map((message) => Number(message.get(71)))).toEqual([1, 2, 3, 4, 5, 6]);
  expect(messages[1]?.get(54)).toBe('9841364D000001150000' + '0041364D000000050000');
  expect(messages[3]?.get(48)).toContain('0025007R261123');
  expect(messages[5]?.get(48)).toContain(`0301016${String(3_620_000).padStart(16, '0')}` + '030600800000006');
});

test('no file holds a clear PAN', () => {
  for (const format of SETTLEMENT_FORMATS) expect(file(format).body.toString('latin1')).not.toMatch(/603799\d{10}/);
});

test('an identity that could not be a file’s is refused', () => {
  expect(() => file('kbsf', { psp: '../' })).toThrow('psp may not be');
  expect(() => file('kbsf', { day: 'today' })).toThrow('day may not be');
});

test('a payment file is answered order by order, as our own reader of pain.002 takes it', async () => {
  const file = '<GrpHdr><MsgId>IR380170000000100000000001000000001</MsgId></GrpHdr>' + ['14050907000001', '14050907000002'].map((id) => `<PmtId><InstrId>${id}</InstrId><EndToEndId>EMPTY</EndToEndId></PmtId>`).join(''); // prettier-ignore
  const report = reportOn(file, new Map([['14050907000002', 'AC04']]), Date.parse('2026-11-28T02:00:00Z'));
  expect(report).toMatchObject({ name: 'ANSWER70000000100000000001000000001.xml', credited: 1, returned: 1 });
  const path = join(folder, report.name);
  writeFileSync(path, report.text);
  const reader = readPain002(path);
  const said = [];
  for await (const answer of reader.answers()) said.push(answer);
  expect(reader.faults.list).toEqual([]);
  expect(said).toMatchObject([
    { of: 'order', instructionId: '14050907000001', status: 'paid', reason: '' },
    { of: 'order', instructionId: '14050907000002', status: 'returned', reason: 'AC04' },
    { of: 'file', messageId: 'IR380170000000100000000001000000001' },
  ]);
  expect(() => reportOn('<Document/>', new Map(), 0)).toThrow('no payment file');
});
