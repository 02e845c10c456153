import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadSettings } from '../../src/settlement/settings.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kalabarg-settings-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function given(text: string): void {
  writeFileSync(join(folder, 'settlement.json'), text);
}

test('without a file the day ends at midnight and the bank takes the classic dialect', () => {
  const settings = loadSettings(folder);
  expect([settings.cutOver, settings.bank.name]).toEqual(['00:00', 'ccti-1']);
});

test('what the file says wins, what it leaves out keeps its default', () => {
  given('{"cutOver": "23:30"}');
  const settings = loadSettings(folder);
  expect([settings.cutOver, settings.bank.name]).toEqual(['23:30', 'ccti-1']);
});

test.each([
  ['{"cutOver": "24:00"}', /cutOver: got "24:00"/],
  ['{"cutover": "23:00"}', /cutover: there is no such setting/],
  ['{', /cannot be read/],
])('%s is refused, naming the key', (text, message) => {
  given(text);
  expect(() => loadSettings(folder)).toThrow(message);
});
