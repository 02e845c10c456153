import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { liveChart, secondLine } from '../../src/load/chart.ts';
import { compareRuns } from '../../src/load/compare.ts';
import { htmlReport } from '../../src/load/html.ts';
import { draw, KINDS, parseMix, seeded } from '../../src/load/mix.ts';
import { histogramOf, parseResult, resultOf, type LoadResult } from '../../src/load/result.ts';
import { runLoad, type Work } from '../../src/load/run.ts';
import { startSystem, type System } from '../support/system.ts';

describe('a mix', () => {
  test('comes as often as its weights say', () => {
    const mix = parseMix('purchase=70, inquiry=20,reversal=10,echo=0');
    const random = seeded(7);
    const counts = new Map<string, number>();
    for (let i = 0; i < 20_000; i++) {
      const kind = draw(mix, random());
      counts.set(kind, (counts.get(kind) ?? 0) + 1);
    }
    expect(counts.get('echo')).toBeUndefined();
    const [purchases, inquiries] = [counts.get('purchase') ?? 0, counts.get('inquiry') ?? 0];
    expect(purchases).toBeGreaterThan(2 * inquiries);
    expect(seeded(7)()).toBe(seeded(7)());
    expect(draw(mix, 0.9999999)).toBe('reversal');
  });

  test.each(['', 'purchase', 'purchase=-1', 'luck=1', 'purchase=0', 'purchase=99999999'])('%j is refused', (text) => {
    expect(() => parseMix(text)).toThrow('--mix');
  });

  test('knows every kind', () => {
    expect(parseMix(KINDS.map((kind) => `${kind}=1`).join())).toHaveLength(KINDS.length);
  });
});

describe('the open model', () => {
  const options = { perSecond: 400, seconds: 1, warmUpSeconds: 0, mix: parseMix('echo=1'), seed: 1, maxOpen: 10_000 };

  test('goes on asking while nothing is answered, and counts from when a request was due', async () => {
    let asked = 0;
    let release: () => void = () => undefined;
    const stall = new Promise<void>((done) => (release = done));
    const work: Work = async () => {
      asked++;
      await stall;
      return '00';
    };
    const running = runLoad(work, options);
    await sleep(1_200);
    expect(asked).toBeGreaterThan(200);
    release();
    const { done, statistics } = await running;
    expect(done).toBe(asked);
    // A closed model would show one slow answer; here most waited for a large part of the stall.
    expect(statistics.all.getValueAtPercentile(50)).toBeGreaterThan(300_000);
  });

  test('what is due beyond the bound is overrun, silence and 96 are failures, declines are answers', async () => {
    const never = new Promise<string>((done) => setTimeout(done, 1_500, '00'));
    const overrun = await runLoad(() => never, { ...options, maxOpen: 5 });
    expect(overrun.statistics.endings.get('overrun')).toBe(overrun.failed);
    // Refused by this process in no time: an overrun run must not look fast.
    expect([overrun.answered, overrun.statistics.all.totalCount]).toEqual([5, 5]);
    expect(overrun.statistics.all.minNonZeroValue).toBeGreaterThan(100_000);
    const endings = ['51', '96', undefined];
    let turn = 0;
    const mixed = await runLoad(() => {
      const ending = endings[turn++ % 3];
      return ending === undefined ? Promise.reject(new Error('no answer')) : Promise.resolve(ending);
    }, options);
    const counts = mixed.statistics.endings;
    expect(mixed.answered).toBe(mixed.done - (counts.get('silence') ?? 0));
    const answered = mixed.statistics.seconds.reduce((sum, second) => sum + second.answered, 0);
    expect(answered).toBe(mixed.answered);
    expect(mixed.failed).toBe((counts.get('96') ?? 0) + (counts.get('silence') ?? 0));
    expect(counts.get('51')).toBeGreaterThan(50);
  });
});

async function small(title: string): Promise<LoadResult> {
  const options = {
    perSecond: 200,
    seconds: 1,
    warmUpSeconds: 0,
    mix: parseMix('echo=1,purchase=1'),
    seed: 1,
    maxOpen: 100,
  };
  return resultOf(await runLoad(() => Promise.resolve('00'), options), title, { rate: 200 }, new Date(0));
}

describe('a result', () => {
  test('is kept and read again with its histogram; what is none is refused', async () => {
    const result = await small('one');
    const again = parseResult(JSON.stringify(result), 'x.json');
    expect(again).toEqual(result);
    expect(histogramOf(again.histogram).totalCount).toBe(result.done);
    expect(() => parseResult('{}', 'x.json')).toThrow('x.json is not a result of kalabarg load');
  });

  test('compared with another says what is worse', async () => {
    const before = await small('before');
    const after = { ...before, perSecond: before.perSecond / 2, percentiles: { ...before.percentiles, '99': 1e6 } };
    expect(compareRuns(before, before, 0.1).some(({ worse }) => worse)).toBe(false);
    expect(
      compareRuns(before, after, 0.1)
        .filter(({ worse }) => worse)
        .map(({ what }) => what),
    ).toEqual(['answers a second', 'p99 ms']);
  });

  test('as a report stands alone, and shows what it is given as text', async () => {
    const html = htmlReport(await small('<script>'), await small('old'));
    expect(html).toMatch(/&lt;script&gt;[^]*<svg[^]*<polyline[^]*Compared with old/);
    expect(html).not.toMatch(/<script|https?:/);
  });

  test('has a live chart', () => {
    const second = { at: 1, due: 10, answered: 9, failed: 1, p50Ms: 1.5, p99Ms: 20 };
    const chart = liveChart([second, { ...second, answered: 4 }], 3, 80);
    expect(chart).toContain('█▄');
    const long = Array.from({ length: 200 }, () => ({ ...second, answered: 12_345, p99Ms: 60_000 }));
    for (const columns of [200, 80, 40, 2]) {
      const lines = liveChart(long, 20_000, columns).split('\n');
      expect([lines.length, Math.max(...lines.map(({ length }) => length)) < columns]).toEqual([3, true]);
    }
    expect(secondLine(second, 3)).toBe('   1 s  due 10  answered 9  failed 1  open 3  p50 1.5 ms  p99 20.0 ms');
  });
});

test('what was due while the process itself was held up is sent all the same', async () => {
  const options = { perSecond: 500, seconds: 1, warmUpSeconds: 0, mix: parseMix('echo=1'), seed: 3, maxOpen: 10_000 };
  const free = await runLoad(() => Promise.resolve('00'), options);
  const running = runLoad(() => Promise.resolve('00'), options);
  await sleep(400);
  for (const until = performance.now() + 900; performance.now() < until;); // garbage collection, a slow disk
  expect((await running).done).toBe(free.done);
});

describe('kalabarg load', () => {
  let system: System;
  beforeAll(async () => {
    system = await startSystem({ KALABARG_GUARD_SCALE: '0' }); // twenty terminals stand for many
  });
  afterAll(() => system.stop());

  test('loads the real gateway with every kind, and compares two runs', async () => {
    const mix = KINDS.map((kind) => `${kind}=1`).join();
    const args = ['--terminals', '60', '--rate', '60/s', '--for', '2s', '--warm-up', '1s', '--mix', mix];
    const kept = join(system.data, 'first.json');
    const first = await system.kalabarg('load', ...args, '--json', kept, '--html', join(system.data, 'first.html'));
    expect([first.stderr, first.status]).toEqual(['', 0]);
    expect(first.stdout).toContain('60 connections');
    const result = parseResult(readFileSync(kept, 'utf8'), kept);
    expect(Object.keys(result.byKind).length).toBeGreaterThan(7);
    // A household may run out of credit and money: that is an answer.
    expect(Object.keys(result.endings).filter((rc) => rc !== '51')).toEqual(['00']);
    expect(readFileSync(join(system.data, 'first.html'), 'utf8')).toContain('<polyline');
    const compared = await system.kalabarg('load', 'compare', kept, kept);
    expect([compared.status, compared.stdout]).toEqual([0, expect.stringContaining('p99.9 ms')]);
  });

  test.each([
    [['--for', 'ever'], '--for ever: give a time'],
    [['--for', '0s'], '--for 0s: give a time'],
    [['--rate', '0/s'], '--rate 0: give a whole number from 1'],
    [['--terminals', '0'], '--terminals 0: give a whole number from 1'],
    [['--terminals', '641'], 'KALABARG_MAX_CONNECTIONS_PER_TERMINAL=33'],
    [['--mix', 'purchase=1,luck=2'], '--mix luck=2: give kind=weight'],
    [['--html', '/nowhere/at/all.html'], 'there is no such file or folder'],
    [['--compare', '/nowhere/at/all.json'], 'there is no such file or folder'],
  ])('refuses %j before it loads anything', async (args, reason) => {
    const { status, stdout, stderr } = await system.kalabarg('load', ...args);
    expect([status, stdout, stderr]).toEqual([1, '', expect.stringContaining(reason)]);
    expect(stderr).not.toContain('    at '); // a stack
  });
});
