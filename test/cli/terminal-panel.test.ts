import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startSystem, type System } from '../support/system.ts';

const kalabarg = join(fileURLToPath(new URL('../..', import.meta.url)), 'bin', 'kalabarg.js');
const MENU = 'انتخاب: ';
const AMOUNT = 'مبلغ (ریال): ';
const CARD = 'کارت خانوار';
const PIN = 'رمز: ';
const UP = '\u001b[A';
const CTRL_C = '\u0003';
const CTRL_D = '\u0004';

const SCRIPT = 'script';
/** util-linux: it runs a command in a terminal of its own. */
const hasScript = spawnSync(SCRIPT, ['--version']).status === 0;

let system: System;
beforeAll(async () => {
  system = await startSystem();
});
afterAll(() => system.stop());

type Typing = readonly [prompt: string, typed: string];

/** Sits at the panel in a real terminal: waits for each prompt, then types.
 *  @returns what the screen showed, and how it ended */
function sit(typing: readonly Typing[]): Promise<{ screen: string; status: number | null }> {
  const command = `${process.execPath} ${kalabarg} terminal --terminal 10000004`;
  const child = spawn(SCRIPT, ['-qec', command, '/dev/null'], { env: { ...system.environment, NO_COLOR: '1' } });
  let [screen, seen] = ['', 0];
  const rest = [...typing];
  child.stdout.on('data', (chunk: Buffer) => {
    screen += chunk.toString();
    const at = rest[0] === undefined ? -1 : screen.indexOf(rest[0][0], seen);
    if (at < 0) return;
    const [prompt, typed] = rest.shift()!;
    seen = at + prompt.length;
    // The line editor listens a moment after its prompt is there.
    setTimeout(() => child.stdin.write(typed), 50);
  });
  return new Promise((done) => {
    child.once('exit', (status) => {
      done({ screen, status });
    });
  });
}

(hasScript ? describe : describe.skip)('the panel in a real terminal', () => {
  test('is what kalabarg simulate terminal opens; it never shows a PIN, nor brings one back by the arrow keys', async () => {
    const buy: Typing[] = [
      [MENU, '1\r'],
      [AMOUNT, '1000\r'],
      [CARD, '7\r'],
      [PIN, '1234\r'],
    ];
    const { screen, status } = await sit([...buy, [MENU, `${UP}${UP}\r`], [MENU, '0\r']]);
    expect(screen).toContain('تراکنش موفق');
    expect(screen).toContain('چنین گزینه‌ای نیست'); // the arrow keys gave an empty line
    expect(screen).not.toContain('1234');
    expect(status).toBe(0);
  });

  test.each<[string, Typing[], number]>([
    ['Ctrl-C at the menu', [[MENU, CTRL_C]], 130],
    [
      'Ctrl-C at an amount',
      [
        [MENU, '1\r'],
        [AMOUNT, `12${CTRL_C}`],
      ],
      130,
    ],
    [
      'Ctrl-C while the bank is silent',
      [
        [MENU, '3\r'],
        [AMOUNT, '9000\r'],
        [CARD, '904\r'],
        [PIN, '1234\r'],
        ['\n', CTRL_C],
      ],
      130,
    ],
    [
      'Ctrl-D in the middle',
      [
        [MENU, '1\r'],
        [AMOUNT, CTRL_D],
      ],
      0,
    ],
  ])('is left by %s', async (_, typing, due) => {
    expect((await sit(typing)).status).toBe(due);
  });
});

test('without a terminal it takes lines from a pipe, and ends with them', async () => {
  const child = spawn(process.execPath, [kalabarg, 'simulate', 'terminal'], { env: { ...system.environment } });
  let screen = '';
  child.stdout.on('data', (chunk: Buffer) => (screen += chunk.toString()));
  child.stdin.end('1\n1000\n');
  const status = await new Promise((done) => child.once('exit', done));
  expect([status, screen.split(MENU).length - 1]).toEqual([0, 1]);
  expect(screen).not.toContain('\u001b');
});
