import { describe, expect, test } from '@jest/globals';
import { getEventListeners } from 'node:events';
import { atMost, systemClock } from '../../src/ops/clock.ts';
import { systemRandom } from '../../src/ops/random.ts';
import { repeat } from '../../src/ops/repeat.ts';
import { simulatedClock } from '../support/simulated-clock.ts';

const quiet = { onError: () => undefined };

describe('every', () => {
  test.each([
    ['no time', 0, [100, 200, 300, 400, 500]],
    ['a part of the interval', 60, [100, 200, 300, 400, 500]],
    ['the whole interval', 100, [100, 300, 500]],
    ['two and a half intervals', 250, [100, 400]],
  ])('begins its runs on the beat, where one takes %s', async (_, tookMs, begun) => {
    const clock = simulatedClock();
    const starts: number[] = [];
    const loop = clock.every(
      100,
      async () => {
        starts.push(clock.monotonic());
        await clock.sleep(tookMs);
      },
      quiet,
    );
    await clock.advance(550);
    expect(starts).toEqual(begun);
    void loop.stop();
  });

  test('does not drift, and repeats no beat, where timers fire early or late', async () => {
    const clock = simulatedClock();
    const starts: number[] = [];
    const offs = [-0.6, 0.4, 30, -0.9, 0, 99];
    const inexact = (ms: number, work: () => void) => clock.after(ms + (offs[starts.length % offs.length] ?? 0), work);
    const loop = repeat({ ...clock, after: inexact }, 100, () => void starts.push(clock.monotonic()), quiet);
    await clock.advance(59_950);
    expect(starts).toHaveLength(599);
    expect(starts.map((at) => Math.floor((at + 0.95) / 100))).toEqual(starts.map((_, index) => index + 1));
    void loop.stop();
  });

  test('goes by what has passed, whatever is done to the time of day', async () => {
    const clock = simulatedClock(Date.parse('2026-11-23T20:29:59Z'));
    const starts: number[] = [];
    const loop = clock.every(1_000, () => void starts.push(clock.monotonic()), quiet);
    await clock.advance(1_500);
    clock.setBy(-86_400_000);
    await clock.advance(1_000);
    clock.setBy(10 * 86_400_000);
    await clock.advance(1_000);
    expect(starts).toEqual([1_000, 2_000, 3_000]);
    void loop.stop();
  });

  test('tells of each failure and goes on, also where the telling fails', async () => {
    const clock = simulatedClock();
    const told: unknown[] = [];
    let runs = 0;
    const work = (): Promise<void> | void => {
      runs++;
      if (runs === 1) throw new Error('at once');
      if (runs === 2) return Promise.reject(new Error('later'));
    };
    const onError = (error: unknown): void => {
      told.push((error as Error).message);
      throw new Error('nobody listens');
    };
    const loop = clock.every(10, work, { onError });
    await clock.advance(45);
    expect([runs, told]).toEqual([4, ['at once', 'later']]);
    void loop.stop();
  });

  test('first: "now" does not wait for the first beat', async () => {
    const clock = simulatedClock();
    const starts: number[] = [];
    const loop = clock.every(100, () => void starts.push(clock.monotonic()), { ...quiet, first: 'now' });
    await clock.advance(150);
    expect(starts).toEqual([0, 100]);
    void loop.stop();
  });

  test('stop waits for the run under way, tells it to end, and leaves no timer', async () => {
    const clock = simulatedClock();
    let told = false;
    let ended = false;
    const loop = clock.every(
      100,
      async (stopping) => {
        await clock.sleep(10_000, stopping);
        told = stopping.aborted;
        await clock.sleep(50);
        ended = true;
      },
      quiet,
    );
    await clock.advance(100);
    let stopped = false;
    const stopping = loop.stop().then(() => (stopped = true));
    await clock.advance(49);
    expect([told, ended, stopped]).toEqual([true, false, false]);
    await clock.advance(1);
    await stopping;
    await loop.stop();
    expect([ended, clock.waiting]).toEqual([true, 0]);
  });

  test('stop before the first run lets none begin', async () => {
    const clock = simulatedClock();
    let runs = 0;
    const work = (): void => {
      runs++;
    };
    await clock.every(100, work, quiet).stop();
    await clock.advance(1_000);
    expect([runs, clock.waiting]).toEqual([0, 0]);
  });

  test.each([0, -1, NaN])('an interval of %d ms is refused', (ms) => {
    expect(() => simulatedClock().every(ms, () => undefined, quiet)).toThrow(RangeError);
  });
});

describe('sleep', () => {
  test('resolves at its time, and leaves nothing on the signal', async () => {
    const clock = simulatedClock();
    const { signal } = new AbortController();
    const slept = clock.sleep(100, signal).then(() => clock.monotonic());
    await clock.advance(500);
    expect([await slept, getEventListeners(signal, 'abort')]).toEqual([100, []]);
  });

  test('an abort ends it at once and takes its timer away; after one it does not begin', async () => {
    const clock = simulatedClock();
    const abort = new AbortController();
    const slept = clock.sleep(100, abort.signal);
    abort.abort();
    await slept;
    await clock.sleep(100, abort.signal);
    expect([clock.monotonic(), clock.waiting]).toEqual([0, 0]);
  });
});

describe('atMost', () => {
  test.each([
    ['work that ends in time', 40, 40],
    ['its limit, where work takes longer', 1_000, 100],
  ])('waits for %s', async (_, tookMs, waitedMs) => {
    const clock = simulatedClock();
    const waited = atMost(clock, 100, clock.sleep(tookMs)).then(() => clock.monotonic());
    await clock.advance(2_000);
    expect([await waited, clock.waiting]).toEqual([waitedMs, 0]);
  });

  test('gives on what the work throws, and takes its timer away', async () => {
    const clock = simulatedClock();
    await expect(atMost(clock, 100, Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(clock.waiting).toBe(0);
  });
});

describe("the machine's", () => {
  test('clock calls once, in the order of time, and not what was cancelled', async () => {
    const called: string[] = [];
    const before = systemClock.monotonic();
    systemClock.after(20, () => called.push('later'));
    systemClock.after(1, () => called.push('sooner'));
    systemClock.cancel(systemClock.after(1, () => called.push('cancelled')));
    systemClock.cancel(undefined);
    systemClock.soon(() => called.push('soon'));
    await systemClock.sleep(40);
    // where `soon` stands among timers whose time has come, Node.js leaves open
    expect(called.filter((name) => name !== 'soon')).toEqual(['sooner', 'later']);
    expect(called.filter((name) => name === 'soon')).toEqual(['soon']);
    expect(systemClock.monotonic()).toBeGreaterThan(before);
  });

  test('chance gives both ends of a range and nothing beyond, and as many bytes as were asked for', () => {
    const drawn = new Set(Array.from({ length: 200 }, () => systemRandom.between(4, 6)));
    expect([...drawn].sort()).toEqual([4, 5, 6]);
    expect(systemRandom.bytes(33)).toHaveLength(33);
    expect(Math.floor(systemRandom.fraction())).toBe(0);
  });
});
