import { expect, test } from '@jest/globals';
import { pino } from 'pino';
import { openRounds, type Finding } from '../../src/health/index.ts';
import { systemClock, type Clock } from '../../src/ops/clock.ts';

/** Rounds before a clock that is moved by hand. */
function rounds(
  examine: () => Promise<readonly Finding[]>,
  sleep: Clock['sleep'] = (ms, stop) => systemClock.sleep(ms, stop),
) {
  let at = 0;
  const clock = { ...systemClock, sleep, now: () => at, monotonic: () => at };
  return {
    look: openRounds({ examine, clock, log: pino({ level: 'silent' }) }),
    later: (ms: number) => {
      at += ms;
    },
  };
}

const DISK: Finding = { check: 'disk', level: 'warning', says: '91 % full' };

test('what is in order, or could not be looked at, is not told', async () => {
  const { look } = rounds(() =>
    Promise.resolve([DISK, { ...DISK, level: 'ok' }, { ...DISK, level: 'unknown' }, { ...DISK, level: 'critical' }]),
  );
  expect((await look()).map(({ level }) => level)).toEqual(['warning', 'critical']);
});

test('who asks often, or many at once, makes no more rounds; a finding keeps its beginning', async () => {
  let looks = 0;
  const { look, later } = rounds(() => {
    looks++;
    return Promise.resolve([{ ...DISK, says: `look ${looks}` }]);
  });
  await Promise.all([look(), look(), look()]);
  later(299_000);
  expect(await look()).toEqual([{ ...DISK, says: 'look 1', since: 0 }]);
  expect(looks).toBe(1);
  later(2_000);
  await look(); // answered with what was known, while it looks again
  expect(looks).toBe(2);
  expect(await look()).toEqual([{ ...DISK, says: 'look 2', since: 0 }]);
});

test('nobody waits for a round that hangs, and it is not begun twice', async () => {
  let looks = 0;
  let go = (): void => undefined;
  const { look } = rounds(
    async () => {
      looks++;
      await new Promise<void>((done) => (go = done));
      return [DISK];
    },
    () => Promise.resolve(), // its patience is over at once
  );
  const first = look();
  const second = look();
  expect(await Promise.all([first, second])).toEqual([[], []]);
  go();
  await new Promise((done) => setImmediate(done));
  expect(await look()).toHaveLength(1);
  expect(looks).toBe(1);
});

test('a round that fails tells what was found before', async () => {
  let broken = false;
  const { look, later } = rounds(() => (broken ? Promise.reject(new Error('no')) : Promise.resolve([DISK])));
  await look();
  broken = true;
  later(400_000);
  await look();
  expect(await look()).toHaveLength(1);
});
