import { afterAll, expect, test } from '@jest/globals';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { readKbsf } from '../../../src/settlement/acquirer/kbsf.ts';
import type { AcquirerLine } from '../../../src/settlement/acquirer/model.ts';
import type { FileFault } from '../../../src/settlement/files/faults.ts';

const NAME = 'KBSF_SDD_20260321_01_001.txt';
const sample = readFileSync(new URL(`../samples/${NAME}`, import.meta.url), 'utf8');
const folder = mkdtempSync(join(tmpdir(), 'kalabarg-kbsf-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

async function read(content: string | Buffer, name = NAME): Promise<{ lines: AcquirerLine[]; faults: FileFault[] }> {
  const path = join(folder, 'file.txt');
  writeFileSync(path, content);
  const reader = readKbsf(path, name);
  const lines: AcquirerLine[] = [];
  for await (const line of reader.lines()) lines.push(line);
  return { lines, faults: reader.faults.list };
}

/** Gives a changed file the SHA-256 it ought to have, so that only the change is at fault. */
function resealed(content: string): string {
  const body = content.slice(0, content.lastIndexOf('T|'));
  const hash = createHash('sha256').update(body).digest('hex');
  return content.replace(/[0-9a-f]{64}/, hash);
}

test('the sample file is read: two sales and a reversal', async () => {
  const { lines, faults } = await read(sample);
  expect(faults).toEqual([]);
  expect(lines.map((line) => [line.kind, line.rrn, line.voucherRials])).toEqual([
    ['SALE', '608012345678', 1_150_000n],
    ['SALE', '608012345679', 2_250_000n],
    ['REV', '608012345679', 2_250_000n],
  ]);
  expect(lines[0]).toMatchObject({
    localDate: '2026-03-21',
    localTime: '101502',
    stan: '000123',
    totalRials: 1_200_000n,
  });
});

test.each([
  ['|00|SALE|1200000|', '|00|SALE|12x|', 2, 102, 'total may not be "12x"'],
  ['D|1|12345678', 'D|1|1234567', 2, 5, 'terminal may not be "1234567"'],
  ['D|2|', 'D|7|', 3, 3, 'sequence is 7, not 2'],
  ['|1150000|50000|', '|1150000|50001|', 2, 1, 'exceed 1200000'],
  ['|01|001|', '|02|001|', 1, 1, 'the header is that of KBSF_SDD_20260321_02_001.txt'],
  ['T|3|3500000', 'T|3|3500001', 5, 1, 'given as 3 3500001'],
  ['T|3|', 'X|3|', 5, 1, 'a line starts with H, D, F or T'],
  ['|20260321101502|', '|20261321101502|', 2, 30, 'local date and time'],
])('%s → %s is refused with line and column', async (from, to, line, column, reason) => {
  const { faults } = await read(resealed(sample.replace(from, to)));
  expect(faults[0]).toMatchObject({ line, column, reason: expect.stringContaining(reason) as unknown });
});

test('a file cut short, empty, or with lines after its trailer is refused', async () => {
  expect((await read('')).faults[0]?.reason).toContain('no trailer');
  expect((await read(sample.slice(0, -80))).faults.length).toBeGreaterThan(0);
  expect((await read(`${sample}D|4\n`)).faults[0]?.reason).toContain('after the trailer');
});

test('no single changed byte goes unseen', async () => {
  const bytes = Buffer.from(sample);
  await fc.assert(
    fc.asyncProperty(fc.nat(bytes.length - 2), fc.integer({ min: 1, max: 255 }), async (at, flip) => {
      const changed = Buffer.from(bytes);
      changed.writeUInt8(changed.readUInt8(at) ^ flip, at);
      expect((await read(changed)).faults).not.toEqual([]);
    }),
    { numRuns: 300 },
  );
});

test('a line without end is refused, not gathered in memory', async () => {
  expect((await read('D|'.repeat(10_000))).faults[0]?.reason).toContain('longer than');
});

test('at most a hundred faults are listed', async () => {
  const many = resealed(sample.replace('D|1', `${'Z|bad\n'.repeat(500)}D|1`));
  expect((await read(many)).faults).toHaveLength(100);
});
