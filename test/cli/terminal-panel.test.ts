import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startSystem, type System } from '../support/system.ts';

const kalabarg = join(fileURLToPath(new URL('../..', import.meta.url)), 'bin', 'kalabarg.js');
const MENU = 'انتخاب: ';
const AMOUNT = 'مبلغ (ریال)';
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

/** Types lines into a pipe. */
function pipe(
  lines: readonly string[],
  ...args: readonly string[]
): Promise<{ screen: string; status: number | null }> {
  const child = spawn(process.execPath, [kalabarg, 'simulate', 'terminal', ...args], {
    env: { ...system.environment },
  });
  let screen = '';
  child.stdout.on('data', (chunk: Buffer) => (screen += chunk.toString()));
  child.stdin.end(lines.map((line) => `${line}\n`).join(''));
  return new Promise((done) => {
    child.once('exit', (status) => {
      done({ screen, status });
    });
  });
}

test('without a terminal it takes lines from a pipe, and ends with them', async () => {
  const { screen, status } = await pipe(['1', '1000']);
  expect([status, screen.split(MENU).length - 1]).toEqual([0, 1]);
  expect(screen).not.toContain('\u001b');
});

/** Lines of a slip as a person reads them: one blank for many, no isolates. */
function read(screen: string): string {
  return screen.replace(/[\u2066\u2069]/g, '').replace(/ +/g, ' ');
}

test('the panel sells, takes back once and refuses as its menus say, in Persian', async () => {
  // Buys 12,500,000 from household 210 (Persian digits), takes it back, finds nothing more to take back, asks the credit and the
  // balance, types nonsense, leaves.
  const typed = [
    '۱',
    '۱۲٬۵۰۰٬۰۰۰',
    '210',
    '1234',
    '6',
    '6',
    '4',
    '210',
    '5',
    '212',
    '1234',
    '99',
    '1',
    'abc',
    '8',
    '0',
  ];
  const { screen } = await pipe(typed, 'panel', '--terminal', '10000005');
  const said = read(screen);
  expect(said).toContain('فروشگاه نمونه ۱\nخرید کالابرگ تراکنش موفق\nتاریخ و ساعت ۱۴');
  expect(said).toContain('از اعتبار کالابرگ ۱۰٬۰۰۰٬۰۰۰ ریال');
  expect(said).toContain('از کارت بانکی ۲٬۵۰۰٬۰۰۰ ریال');
  expect(said).toContain('برگشت خرید تراکنش موفق');
  expect(said).toContain('خرید موفقی نیست که بتوان برگرداند');
  expect(said).toContain('اعتبار باقی‌مانده ۱۰٬۰۰۰٬۰۰۰ ریال');
  expect(said).toContain('موجودی قابل برداشت ۵۰٬۰۰۰٬۰۰۰ ریال');
  expect(said).toContain('چنین گزینه‌ای نیست');
  expect(said).toContain('عدد درست نیست');
  expect(said).not.toMatch(/6037990000002\d{3}|۶۰۳۷۹۹۰۰۰۰۰۰۲/);
});

test('a basket is scanned and typed, in English', async () => {
  // A category by its number, then a barcode that no voucher buys, from household 211 at the butcher's.
  const typed = ['1', '*2', '1500g', '900,000', '6260000000017', '', '400000', '', '211', '1234', '2', '*', '0'];
  const { screen } = await pipe(typed, '--language', 'en', '--terminal', '10000011');
  const said = read(screen);
  expect(said).toContain('Total: 1,300,000 IRR');
  expect(said).toContain('2 × 1500 g 900,000 IRR');
  expect(said).toContain('6260000000017 × 1 pc 400,000 IRR\n not an eligible good');
  expect(said).toContain('from the voucher 900,000 IRR\n from the card 400,000 IRR');
  expect(said).toContain('That is not a goods code');
});
