import { afterAll, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { ipmCodec } from '../../../src/settlement/acquirer/ipm/codec.ts';
import { acquirerFiles, DAY, journalEntry, simulated } from '../support/acquirer-files.ts';

const files = acquirerFiles();
afterAll(() => {
  files.remove();
});

const golden = readFileSync(new URL('../samples/IPM-EBCDIC-BLOCKED_SIM_20260321_01_001.ipm', import.meta.url));
const plain = simulated('ipm');
const codec = ipmCodec('ascii');

/** A file of other messages: `change` gets each message's fields by its number. */
function forged(
  change: (fields: Record<string, string>, number: number) => Record<string, string> | undefined,
): Buffer {
  const parts: Buffer[] = [];
  let number = 0;
  for (let at = 0; plain.readUInt32BE(at) !== 0; at += 4 + plain.readUInt32BE(at)) {
    const message = codec.decode(plain.subarray(at + 4, at + 4 + plain.readUInt32BE(at)));
    const fields = Object.fromEntries(message.fields().map((de) => [String(de), message.get(de) ?? '']));
    const changed = change(fields, ++number);
    if (changed === undefined) continue;
    const { mti = message.mti, ...rest } = changed;
    parts.push(framed(codec.encode({ mti, fields: rest })));
  }
  return Buffer.concat([...parts, Buffer.alloc(4)]);
}

function framed(bytes: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

test('the sample file, EBCDIC in blocks, is read: what it calls itself, and each line', async () => {
  const { lines, faults, identity } = await files.read(golden);
  expect(faults).toEqual([]);
  expect(identity).toEqual({ format: 'IPM', psp: 'SIM', settlementDate: '2026-03-21', cycle: '01', sequence: '001' });
  expect(
    lines.map(({ line, kind, rrn, voucherRials, cardRials }) => [line, kind, rrn, voucherRials, cardRials]),
  ).toEqual([
    [2, 'SALE', '608012000001', 1_150_000n, 50_000n],
    [3, 'SALE', '608012000002', 0n, 50_000n],
    [4, 'ADJ', '608012000003', 0n, 50_000n],
    [5, 'REV', '608012000001', 1_150_000n, 50_000n],
  ]);
  expect(lines[0]).toEqual({
    line: 2,
    kind: 'SALE',
    terminal: '10000001',
    merchant: '000000000000001',
    localDate: '2026-03-21',
    localTime: '101502',
    stan: '000001',
    rrn: '608012000001',
    responseCode: '00',
    totalRials: 1_200_000n,
    voucherRials: 1_150_000n,
    cardRials: 50_000n,
    trace: '',
    sheba: 'IR380170000000100000000001',
    feeRials: 0n,
  });
});

test.each(['ipm', 'ipm-ebcdic', 'ipm-blocked', 'ipm-ebcdic-blocked'] as const)(
  '%s says the same as KBSF of the same day, over block ends and chunk ends',
  async (format) => {
    const many = Array.from({ length: 1_500 }, (_, at) => journalEntry(at + 1));
    const ipm = await files.read(simulated(format, many));
    const kbsf = await files.read(simulated('kbsf', many), 'KBSF_SIM_20260321_01_001.txt');
    expect(ipm.faults).toEqual([]);
    expect(ipm.lines).toHaveLength(1_500);
    expect(ipm.lines.map((line) => ({ ...line, line: 0 }))).toEqual(kbsf.lines.map((line) => ({ ...line, line: 0 })));
  },
);

const change =
  (at: number, fields: Record<string, string>) =>
  (old: Record<string, string>, number: number): Record<string, string> =>
    number === at ? { ...old, ...fields } : old;

test.each([
  ['a terminal with a gap', change(2, { 41: '1000 001' }), '2:75: DE 41 may not be "1000 001"'],
  ['a day that is none', change(2, { 12: '260230101502' }), 'DE 12 "260230101502" is not a date and time'],
  ['another currency', change(3, { 49: '840' }), 'DE 49 may not be "840"'],
  ['a part twice', change(2, { 54: '9841364D000001150000'.repeat(2) }), 'DE 54 is not made of parts'],
  ['parts over the total', change(2, { 4: '000000000100' }), 'DE 54 voucher 1150000 and card 50000 exceed 100'],
  ['a PDS that is cut', change(2, { 48: '0158004SAL' }), 'DE 48 PDS 0158 is longer than what is left'],
  ['a PDS twice', change(2, { 48: '0158004SALE0158004SALE' }), 'DE 48 PDS 0158 comes twice'],
  ['an unknown kind', change(2, { 48: '0158004LOAN' }), 'DE 48 PDS 0158 is none of SALE'],
  ['a number out of turn', change(3, { 71: '00000009' }), 'DE 71 is 00000009, not 3'],
  ['a message of another kind', change(2, { mti: '1740' }), 'MTI is 1740'],
  ['another file id at the end', change(6, { 48: '0301016' + '0'.repeat(16) }), 'PDS 0105 is not the file id'],
  ['a wrong sum', change(2, { 4: '000001200001' }), 'PDS 0301 tells a sum of'],
  ['no header', (old: Record<string, string>, at: number) => (at === 1 ? undefined : old), 'DE 71 is 00000002, not 1'],
  ['no trailer', (old: Record<string, string>, at: number) => (at === 6 ? undefined : old), 'the file has no 1644/695'],
] as const)('%s is refused by record and field', async (_, forge, reason) => {
  const { faults } = await files.read(forged(forge));
  expect(faults.join('\n')).toContain(reason);
});

test.each([
  ['inside a record', plain.subarray(0, 300), 'the file ends inside this record'],
  ['before the end mark', plain.subarray(0, -4), 'the file ends without the length of zero'],
  ['inside a block', golden.subarray(0, -100), 'is cut inside a block of 1014 bytes'],
  ['a block whose end is another', broken(golden, 2 * 1_014 - 1, 0x41), 'block 2 does not end with 40 40'],
  ['bytes after the end', Buffer.concat([plain, Buffer.from('x')]), 'bytes follow the length of zero'],
  [
    'a length beyond all bounds',
    Buffer.concat([plain.subarray(0, -4), Buffer.from('7fffffff', 'hex')]),
    'its length is 2147483647',
  ],
  ['a length too small', Buffer.concat([plain.subarray(0, -4), Buffer.from('00000003', 'hex')]), 'its length is 3'],
  ['a length that cuts a message', broken(plain, 3, (plain[3] ?? 0) - 3), 'DE 71'],
  ['an EBCDIC message among ASCII ones', mixed(), '2:1: mti'],
])('a file that is cut or forged (%s) is refused', async (_, content, reason) => {
  const { faults } = await files.read(content);
  expect(faults.join('\n')).toContain(reason);
});

function broken(content: Buffer, at: number, byte: number): Buffer {
  const copy = Buffer.from(content);
  copy[at] = byte;
  return copy;
}

function mixed(): Buffer {
  const first = 4 + plain.readUInt32BE(0);
  const ebcdic = simulated('ipm-ebcdic', DAY);
  return Buffer.concat([plain.subarray(0, first), ebcdic.subarray(4 + ebcdic.readUInt32BE(0))]);
}

test('any byte changed or cut is refused or read: never an error of another kind', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(plain.length - 1), fc.nat(255), fc.boolean(), async (at, byte, cut) => {
      if (at < 8) return; // what names the format
      const content = cut ? plain.subarray(0, at) : broken(plain, at, byte);
      const { lines, faults } = await files.read(content);
      expect(lines.length === 4 || faults.length > 0).toBe(true);
    }),
    { numRuns: 200 },
  );
});

test.each([
  ['control-ascii.ipm', ['SALE']],
  ['control-cp500-blocked.ipm', 12],
  ['cp500-name.ipm', ['SALE']],
  ['icc.ipm', ['SALE']],
  ['no-de11-arn.ipm', ['SALE']],
  ['rev-in-de48.ipm', ['REV']],
  ['rev-in-de62.ipm', ['REV']],
  ['chb-in-de62.ipm', ['CHB']],
] as const)('the field: %s', async (name, kinds) => {
  const { lines, faults } = await files.read(
    readFileSync(new URL(`../samples/field/ipm-cardutil/${name}`, import.meta.url)),
  );
  expect(faults).toEqual([]);
  if (typeof kinds === 'number') expect(lines).toHaveLength(kinds);
  else expect(lines.map((line) => line.kind)).toEqual(kinds);
});

test('a PDS is read wherever it overflowed to, also when it is cut between two elements', async () => {
  const { lines, faults } = await files.read(
    forged(change(2, { 48: '0158003R', 62: 'EV017', 123: '6026IR3801700000', 125: '00100000000001' })),
  );
  expect(faults).toEqual([]);
  expect(lines[0]).toMatchObject({ kind: 'REV', sheba: 'IR380170000000100000000001' });
});

test('a line without STAN and RRN is told by its ARN; one without either is refused', async () => {
  const without = (arn: Record<string, string>) => (old: Record<string, string>, number: number) =>
    number === 2
      ? { ...Object.fromEntries(Object.entries(old).filter(([de]) => de !== '11' && de !== '37')), ...arn }
      : old;
  const arn = '23051234560260790000001';
  const { lines } = await files.read(forged(without({ 31: arn })));
  expect(lines[0]).toMatchObject({ stan: '', rrn: arn, responseCode: '00' });
  expect((await files.read(forged(without({})))).faults.join()).toContain('DE 37 and DE 31 are missing');
});
