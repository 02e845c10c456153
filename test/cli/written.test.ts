import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { demandWritable, writeText } from '../../src/cli/files.ts';

const folder = mkdtempSync(join(tmpdir(), 'kalabarg-written-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});
const modeOf = (file: string): number => statSync(file).mode & 0o777;

test('asking whether a file can be written leaves nothing there', () => {
  const file = join(folder, 'key');
  demandWritable(file);
  expect(existsSync(file)).toBe(false);
  writeFileSync(file, 'what was there');
  demandWritable(file);
  expect(readFileSync(file, 'utf8')).toBe('what was there');
});

test.each([0o600, 0o644, 0o666])('a secret that replaces a file of mode %o is for its owner alone', (before) => {
  const file = join(folder, `secret-${before}`);
  writeFileSync(file, 'an old key, longer than the new one');
  chmodSync(file, before);
  demandWritable(file);
  writeText(file, 'a new key', 0o600);
  expect([readFileSync(file, 'utf8'), modeOf(file)]).toEqual(['a new key', 0o600]);
});

test('what is no secret keeps the mode that it has', () => {
  const file = join(folder, 'report');
  writeFileSync(file, '');
  chmodSync(file, 0o640);
  writeText(file, 'figures');
  expect(modeOf(file)).toBe(0o640);
});

test('a device is written and not changed', () => {
  const before = modeOf('/dev/null');
  writeText('/dev/null', 'gone', 0o600);
  expect(modeOf('/dev/null')).toBe(before);
});
