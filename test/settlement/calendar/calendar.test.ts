import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import {
  dayVerdict,
  nextBusinessDay,
  nextPayaCycle,
  nextSatnaDay,
  railLimit,
  type CalendarData,
} from '../../../src/settlement/calendar/calendar.ts';
import { loadCalendar, overrideDay } from '../../../src/settlement/calendar/store.ts';
import type { EmbeddedPostgres } from '../../../src/demo/machine/postgres.ts';
import { temporaryPostgres } from '../../support/postgres.ts';

let server: EmbeddedPostgres;
let pool: pg.Pool;
let data: CalendarData;

beforeAll(async () => {
  server = await temporaryPostgres();
  pool = new pg.Pool({ connectionString: server.url });
  pool.on('error', () => undefined); // the server stops before its last connection is closed
  data = await loadCalendar(pool);
});
afterAll(async () => {
  await pool.end();
  await server.stop();
});

test.each([
  ['2026-11-23', false, false],
  ['2026-11-26', false, true], // Thursday: banks work, offices do not
  ['2026-11-27', true, true], // Friday
  ['2026-03-22', true, true], // Nowruz
  ['2026-06-26', true, true], // Ashura and Friday
])('%s: banks closed %s, offices closed %s', (day, bank, office) => {
  expect(dayVerdict(data, 'bank', day).closed).toBe(bank);
  expect(dayVerdict(data, 'office', day).closed).toBe(office);
});

test('a lunar holiday says that it is an estimate, a solar one does not', () => {
  expect(dayVerdict(data, 'bank', '2026-06-25')).toMatchObject({ closed: true, estimated: true });
  expect(dayVerdict(data, 'bank', '2026-06-04')).toMatchObject({ closed: true, estimated: false });
});

test('the newest override of a day counts, and needs a reason and a name', async () => {
  const change = { calendar: 'all', day: '2026-07-14', closed: true, reason: 'heat', actor: 'sara' } as const;
  await overrideDay(pool, change);
  expect(dayVerdict(await loadCalendar(pool), 'bank', '2026-07-14')).toMatchObject({ closed: true, reason: 'heat' });
  await overrideDay(pool, { ...change, calendar: 'bank', closed: false, reason: 'banks open' });
  const after = await loadCalendar(pool);
  expect(dayVerdict(after, 'bank', '2026-07-14').closed).toBe(false);
  expect(dayVerdict(after, 'office', '2026-07-14').closed).toBe(true);
  await expect(overrideDay(pool, { ...change, reason: ' ' })).rejects.toMatchObject({ code: 'calendar.refused' });
  await expect(overrideDay(pool, { ...change, day: '2026-02-30' })).rejects.toMatchObject({ code: 'date.invalid' });
});

test('the Nowruz closure ends on the fifth of Farvardin', () => {
  expect(nextBusinessDay(data, 'bank', '2026-03-19')).toBe('2026-03-25');
});

test.each([
  ['2026-11-23', '00:00', '2026-11-23', '03:45'],
  ['2026-11-23', '03:46', '2026-11-23', '10:45'],
  ['2026-11-23', '18:46', '2026-11-24', '03:45'],
  ['2026-11-27', '03:46', '2026-11-28', '03:45'], // Friday has one cycle
  ['2025-08-02', '09:00', '2025-08-02', '09:45'], // the summer of 1404 had its own times
  ['2026-03-22', '04:00', '2026-03-23', '03:45'],
])('an order ready at %s %s goes with the PAYA cycle of %s %s', (day, time, cycleDay, cycleTime) => {
  expect(nextPayaCycle(data, { day, time })).toEqual({ day: cycleDay, time: cycleTime });
});

test('SATNA waits for a bank business day before its cut-off', () => {
  expect(nextSatnaDay(data, { day: '2026-11-23', time: '13:30' })).toBe('2026-11-23');
  expect(nextSatnaDay(data, { day: '2026-11-26', time: '13:31' })).toBe('2026-11-28');
});

test('limits are those in force on the day', () => {
  expect(railLimit(data, 'PAYA', '2025-05-03')?.maxRials).toBe(1_000_000_000n);
  expect(railLimit(data, 'PAYA', '2025-05-04')?.maxRials).toBe(2_000_000_000n);
});
