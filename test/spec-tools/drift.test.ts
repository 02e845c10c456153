import { expect, test } from '@jest/globals';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compile, loadSpec } from '../../src/codec/index.ts';
import { kalabarg } from '../support/command.ts';

const folder = mkdtempSync(join(tmpdir(), 'kalabarg-drift-'));
const codec = compile(loadSpec('kalabarg-pos'));
const message = { 3: '179800', 4: '000012500000', 7: '1123041907', 11: '000124', 12: '074907', 13: '1123', 22: '051' };

function capture(name: string, frames: readonly Buffer[]): string {
  const file = join(folder, `${name}.hex`);
  writeFileSync(file, frames.map((frame) => `${frame.toString('hex')}\n`).join(''));
  return file;
}

test('kalabarg spec drift names tags that the dialect does not know, and elements that nobody sends', async () => {
  const own = join(folder, 'own.json');
  const rules = { '020': { mandatory: [3, 4, 11, 41] } };
  writeFileSync(own, JSON.stringify({ name: 'own', extends: 'kalabarg-pos', presence: rules }));
  const frame = codec.encode({ mti: '0200', fields: { ...message, 48: { '01': 'basket', '77': 'new' } } });
  const { out, status } = await kalabarg('spec', 'drift', capture('unknown', [frame, frame]), '--spec', own);
  expect(out).toContain('2 messages against own');
  expect(out).toMatch(/in traffic, not in the dialect:\n {2}48\.77 \(2\)/);
  expect(out).toMatch(/demanded, and never sent:\n {2}.*41/);
  expect(status).toBe(2);
});

test('kalabarg spec drift is silent where traffic is as described', async () => {
  const own = join(folder, 'exact.json');
  const fields = { 11: { name: 'STAN', format: 'n6' }, 70: { name: 'Code', format: 'n3' } };
  writeFileSync(own, JSON.stringify({ name: 'exact', fields, presence: { '080': { mandatory: [11, 70] } } }));
  const frame = compile(loadSpec(own)).encode({ mti: '0800', fields: { 11: '000001', 70: '301' } });
  const { out, status } = await kalabarg('spec', 'drift', capture('exact', [frame]), '--spec', own);
  expect([out, status]).toEqual(['1 message against exact', 0]);
});
