import { expect, test } from '@jest/globals';
import { startDuties } from '../../src/gateway/duties.ts';
import type { Log } from '../../src/ops/log.ts';
import { Parts } from '../../src/ops/parts.ts';
import { simulatedClock } from '../support/simulated-clock.ts';

const SECOND = 1_000;

function started(duties: Parameters<typeof startDuties>[0]) {
  const clock = simulatedClock();
  const parts = new Parts();
  const told: string[] = [];
  const log = {
    error: ({ error }: { error: string }, line: string) => {
      told.push(`${line}: ${error}`);
    },
  } as unknown as Log;
  startDuties(duties, { clock, log, parts });
  return { clock, parts, told };
}

test('each duty runs at its beat until the stop, one at once where it says so', async () => {
  const runs: string[] = [];
  const duty = (name: string, everyMs: number) => ({
    name,
    everyMs,
    work: () => Promise.resolve(runs.push(name)),
    failed: 'x',
  });
  const { clock, parts } = started([duty('short', SECOND), { ...duty('long', 3 * SECOND), first: 'now' }]);
  await clock.advance(3 * SECOND);
  expect(runs).toEqual(['long', 'short', 'short', 'long', 'short']);
  await parts.close();
  await clock.advance(60 * SECOND);
  expect(runs).toHaveLength(5);
  expect(clock.waiting).toBe(0);
});

test('a duty that fails is told each time and leaves the others alone; one that is told once, until it succeeded', async () => {
  const faults = ['away', 'away', undefined, 'away', 'full'];
  const failing = () => {
    const left = [...faults];
    return async (): Promise<void> => {
      const fault = left.shift();
      if (fault !== undefined) return Promise.reject(new Error(fault));
    };
  };
  let others = 0;
  const { clock, told } = started([
    { name: 'a', everyMs: SECOND, work: failing(), failed: 'a failed' },
    { name: 'b', everyMs: SECOND, work: failing(), failed: 'b failed', toldOnce: true },
    { name: 'c', everyMs: SECOND, work: () => Promise.resolve(others++), failed: 'c failed' },
  ]);
  await clock.advance(5 * SECOND);
  const of = (name: string): string[] => told.filter((line) => line.startsWith(name));
  expect(of('a')).toEqual(['a failed: away', 'a failed: away', 'a failed: away', 'a failed: full']);
  expect(of('b')).toEqual(['b failed: away', 'b failed: away', 'b failed: full']);
  expect(others).toBe(5);
});
