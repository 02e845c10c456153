import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { jsonLine, parseJsonl } from '../../src/capture/index.ts';
import { compile, loadSpec } from '../../src/codec/index.ts';
import { replay } from '../../src/replay/index.ts';
import { cardOf, startSystem, type System } from '../support/system.ts';

let system: System;
let folder: string;
/** A recorded conversation of this very gateway. */
let capture: string;

beforeAll(async () => {
  system = await startSystem();
  folder = system.data;
  await system.kalabarg('capture', 'start', '--terminal', '10000001', '--terminal', '10000021');
  const device = await system.terminal('10000001');
  const bought = await device.financial('179898', 1_500_000n, cardOf(7));
  await device.exchange(bought.request);
  await device.reverse(bought.request, '17');
  await device.financial('179800', 2_000_000n, cardOf(902));
  await device.financial('379800', 0n, cardOf(907, null));
  const quote = await device.financial('379800', 1_000n, cardOf(7, null), { 48: { '15': '1' } });
  await device.financial('179898', 1_000n, cardOf(7), { 48: { '14': quote.message.get('48.14')! } });
  const kept = await device.financial('179898', 900_000n, cardOf(8));
  await device.financial('279800', 900_000n, cardOf(8), { 48: { '10': kept.message.get(37)! } });
  await device.exchange(kept.request.with({ 4: '000000000001' }));
  const early = device.prepareFinancial('179898', 5_000n, cardOf(9));
  await device.reverse(early, '68');
  await device.exchange(early);
  await (await system.terminal('10000021')).financial('179800', 1_000n, cardOf(8));
  capture = join(folder, 'day.jsonl');
  copyFileSync((await system.kalabarg('capture', 'stop')).stdout.trim(), capture);
});
afterAll(() => system.stop());

test('a recorded conversation replays against a fresh gateway without a difference', async () => {
  const fresh = await startSystem();
  try {
    {
      const { stdout, stderr, status } = await fresh.kalabarg(
        'replay',
        capture,
        '--speed',
        'max',
        '--junit',
        join(folder, 'junit.xml'),
      );
      expect(stderr + stdout).toContain('no differences');
      expect(status).toBe(0);
    }
    const xml = readFileSync(join(folder, 'junit.xml'), 'utf8');
    expect(xml).toMatch(/<testsuite name=".*day.jsonl" tests="17" failures="0" errors="0"/);
  } finally {
    await fresh.stop();
  }
});

describe('a difference', () => {
  /** The capture of one purchase whose answer was, as the file says, a credit left of one rial more. */
  function changed(): string {
    const frames = parseJsonl(readFileSync(capture, 'utf8'), capture);
    const codec = compile(loadSpec('kalabarg-pos'));
    const file = join(folder, 'changed.jsonl');
    const at = frames.findIndex(
      ({ from, body, dialect }) => from === 'gateway' && dialect === 'kalabarg-pos' && codec.decode(body).has(54),
    );
    const answer = codec.decode(frames[at]!.body);
    const de54 = answer.get(54)!;
    const left = String(BigInt(de54.slice(-12)) + 1n).padStart(12, '0');
    const body = answer.with({ 54: de54.slice(0, -12) + left }).encode();
    const until = frames.slice(0, at + 1).map((frame, index) => (index === at ? { ...frame, body } : frame));
    writeFileSync(
      file,
      until
        .filter(({ dialect }) => dialect === 'kalabarg-pos')
        .map(jsonLine)
        .join(''),
    );
    return file;
  }
  let fresh: System;
  beforeAll(async () => {
    fresh = await startSystem();
  });
  afterAll(() => fresh.stop());

  test('is told by field, as it was and as it is; the exit status says so', async () => {
    const { stdout, status } = await fresh.kalabarg('replay', changed(), '--junit', join(folder, 'junit.xml'));
    expect(status).toBe(2);
    const lines = stdout.split('\n').filter((line) => line.includes(': was '));
    expect(lines).toEqual([
      expect.stringMatching(
        /^ {4}54 +.*: was "9841364D0000015000009802364C\d{12}", is "9841364D0000015000009802364C\d{12}"$/,
      ),
    ]);
    expect(readFileSync(join(folder, 'junit.xml'), 'utf8')).toMatch(
      /failures="1"[^]*<failure message="1 differences: 54">/,
    );
  });

  test('is no difference where it is ignored', async () => {
    const { stdout } = await fresh.kalabarg('replay', changed(), '--ignore', '54');
    expect(stdout).toContain('no differences');
  });

  test('goes into the golden file with --update, and nothing else changes', async () => {
    const file = changed();
    const before = parseJsonl(readFileSync(file, 'utf8'), file);
    const golden = join(folder, 'golden.jsonl');
    await fresh.kalabarg('replay', file, '--golden', golden);
    const after = parseJsonl(readFileSync(golden, 'utf8'), golden);
    const differing = after.filter((frame, index) => !frame.body.equals(before[index]!.body));
    expect([after.length, differing.length]).toEqual([before.length, 1]);
    const codec = compile(loadSpec('kalabarg-pos'));
    const [was, is] = [codec.decode(before.at(-1)!.body), codec.decode(after.at(-1)!.body)];
    expect(is.fields().filter((de) => is.get(de) !== was.get(de))).toEqual([54, 64]);
  });
});

test.each([
  [['--to', 'nowhere'], 'give host:port'],
  [['--speed', 'fast'], 'give 1x, 10x, max, or 200/s'],
  [['--rewrite', 'stan,luck'], 'give some of stan'],
  [['--to', '127.0.0.1:9'], 'No gateway answers on 127.0.0.1:9'],
])('replay %j is refused with what to do', async (args, reason) => {
  const { status, stderr } = await system.kalabarg('replay', capture, ...args);
  expect([status, stderr]).toEqual([1, expect.stringContaining(reason)]);
});

test('a captured fault becomes a test with one command, and the helper throws its diff until the answer is right', async () => {
  const tests = join(folder, 'tests');
  const made = await system.kalabarg(
    'capture',
    'to-test',
    capture,
    '--name',
    'a-day',
    '--folder',
    tests,
    '--connection',
    '10000001#',
  );
  expect([made.stderr, made.status]).toEqual(['', 0]);
  expect(readFileSync(join(tests, 'a-day.test.mjs'), 'utf8')).toContain("replay('a-day.jsonl')");
  const again = await system.kalabarg('capture', 'to-test', capture, '--name', 'a-day', '--folder', tests);
  expect(again.stderr).toContain('exists already');
  const file = join(tests, 'a-day.jsonl');
  const to = { host: '127.0.0.1', port: Number(system.environment['KALABARG_TERMINAL_PORT']), data: system.data };
  const spent = await replay(file, { to }).catch((error: unknown) => (error as Error).message); // its households have spent by now
  const first = typeof spent === 'string' ? spent : '';
  await replay(file, { to, update: true });
  const quiet = await replay(file, { to, ignore: ['54', '39', '38', '48', 'mac'] });
  expect([quiet.different, first === '' || first.includes(': was ')]).toEqual([0, true]);
});
