import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { startSystem, type System } from '../support/system.ts';

const folder = fileURLToPath(new URL('../../examples/', import.meta.url));

let system: System;
beforeAll(async () => {
  system = await startSystem();
});
afterAll(() => system.stop());

function example(name: string): Promise<{ status: number; stdout: string; stderr: string }> {
  return new Promise((done) => {
    execFile(process.execPath, [folder + name], { env: { ...system.environment } }, (error, stdout, stderr) => {
      done({ status: error === null ? 0 : 1, stdout, stderr });
    });
  });
}

const EXAMPLES: [string, RegExp][] = [
  [
    'decode-frame.mjs',
    /603799\*{6}0071[^]*DE 4 is 000002500000, tag 02 of DE 48 is v1\.2\nafter the change DE 4 is 000000900000\na frame cut short: 49 at byte \d+/,
  ],
  ['own-dialect.mjs', /^zone 021, lane A001\n\{"mti":"0800"/],
  [
    'hsm.mjs',
    /^TMK check value 08D7B4; the key block begins B0\d{3}P0TB?[^]*the bank reads the PIN: 1234\nthe MAC holds: true\n$/,
  ],
  ['purchase.mjs', /APPROVED[^]*from the voucher: 2500000 rials; MAC good: true\nreversed: RC 00\n$/],
  ['replay.mjs', /: 3 requests, no differences/],
  [
    'bank-with-faults.mjs',
    /^sign-on: RC 00; a purchase before keys were exchanged: RC 76\npurchase 000004: RC 61\npurchase 000005: RC 55\nhousehold 7 has 50000000 rials\n$/,
  ],
];

test.each(EXAMPLES)('examples/%s does what it says', async (name, says) => {
  const { status, stdout, stderr } = await example(name);
  expect([stderr, status]).toEqual(['', 0]);
  expect(stdout).toMatch(says);
});

test('every example is tested', () => {
  const scripts = readdirSync(folder).filter((name) => name.endsWith('.mjs'));
  expect(scripts.sort()).toEqual(EXAMPLES.map(([name]) => name).sort());
});
