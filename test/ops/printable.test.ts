import { expect, jest, test } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { guardTerminal } from '../../src/cli/terminal-guard.ts';
import { CodecError, defineSpec, describe as pictureOf, compile, loadSpec } from '../../src/codec/index.ts';
import { GatewayError } from '../../src/ops/errors.ts';
import { inline, printable, withoutControls } from '../../src/ops/printable.ts';
import { Faults } from '../../src/settlement/files/faults.ts';
import { refuseFaults } from '../../src/settlement/files/taken.ts';
import { readAnswerCsv } from '../../src/settlement/answers/csv.ts';
import { checkSpec } from '../../src/spec-tools/check/index.ts';

/** What a terminal would obey: an escape that sets its title, a C1 control, NUL, BEL, and what overwrites a line. */
const EVIL = '\u001b]0;pwned\u0007\u009b31m\u0000\rok';
const SHOWN = '\\u001b]0;pwned\\u0007\\u009b31m\\u0000\\u000dok';
// eslint-disable-next-line no-control-regex -- control characters are what it must not hold
const OBEYED = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/;

test('hidden characters are shown, lines and tabs stay, and none of a name begins a line', () => {
  expect(printable(`a\n\t${EVIL}\u202e`)).toBe(`a\n\t${SHOWN}\\u202e`);
  expect(inline(`a\nb\t`)).toBe('a\\nb\\t');
  expect(withoutControls(`\u2068پنیر\u2069${EVIL}`)).toBe(`\u2068پنیر\u2069${SHOWN}`);
  expect(printable('نیم\u200cفاصله')).toBe('نیم\u200cفاصله');
});

test.each<[what: string, error: () => Error]>([
  ['an error of the gateway', () => new GatewayError('a.b', EVIL)],
  ['an error of the codec', () => new CodecError('spec', EVIL, 0, EVIL)],
])('%s holds no control of what it quotes', (_, error) => {
  expect(error().message).not.toMatch(OBEYED);
  expect(error().message).toContain(SHOWN);
});

test('faults of a refused file hold none, and none of them begins a line of its own', () => {
  const faults = new Faults();
  faults.add(1, 1, `status may not be "${EVIL}\nforged.csv:1:1: all is well"`);
  expect(faults.list[0]?.reason).toBe(`status may not be "${SHOWN}\\nforged.csv:1:1: all is well"`);
  const refused = (): void => {
    refuseFaults(`x\n${EVIL}.csv`, faults.list);
  };
  expect(refused).toThrow(/^x\\n/);
  expect(refused).not.toThrow(OBEYED);
});

test('a bank answer with escapes in its fields is refused without them', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'kalabarg-evil-'));
  writeFileSync(join(folder, 'x.csv'), `end_to_end_id,status,reason\n"${EVIL}",ACSC,\n1,"${EVIL}",\n`);
  const reader = readAnswerCsv(join(folder, 'x.csv'), 'x.csv');
  const answers = reader.answers();
  while ((await answers.next()).done !== true);
  expect(reader.faults.list).toHaveLength(2);
  for (const { reason } of reader.faults.list) expect(reason).not.toMatch(OBEYED);
  rmSync(folder, { recursive: true });
});

test('keys and values of a dialect are quoted without them', () => {
  expect(() => defineSpec({ name: 'x', mti: { encoding: EVIL } })).toThrow(SHOWN);
  expect(() => defineSpec({ name: 'x', [EVIL]: 1 })).not.toThrow(OBEYED);
  const folder = mkdtempSync(join(tmpdir(), 'kalabarg-evil-'));
  writeFileSync(join(folder, 'x.json'), JSON.stringify({ name: 'x', [EVIL]: 1 }));
  const print = jest.fn();
  const printer = { log: print, error: print, warn: print };
  guardTerminal(printer);
  for (const { path, reason } of checkSpec(join(folder, 'x.json')).findings) printer.log(`${path}: ${reason}`);
  for (const [text] of print.mock.calls) expect(text).not.toMatch(OBEYED);
  rmSync(folder, { recursive: true });
});

test('what a command prints is guarded; pictures keep their isolates', () => {
  const print = jest.fn();
  const printer = { log: print, error: print, warn: print };
  guardTerminal(printer);
  printer.log(EVIL, 7);
  printer.error(`kalabarg: ${EVIL}`);
  const picture = pictureOf(
    compile(loadSpec('kalabarg-pos')).decode(
      Buffer.from('08008220000000000000040000000000000011230419070001230301', 'hex'),
    ),
  );
  printer.warn(picture);
  expect(print.mock.calls).toEqual([[SHOWN, 7], [`kalabarg: ${SHOWN}`], [picture]]);
});
