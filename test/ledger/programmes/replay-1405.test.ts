import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import type { EmbeddedPostgres } from '../../../src/demo/machine/postgres.ts';
import { readAnnouncements, stepsOf } from '../../../simulation/1405/announcements.ts';
import { replay1405 } from '../../../simulation/1405/run.ts';
import { temporaryPostgres } from '../../support/postgres.ts';

/** The scheme as it happened, lived through by 500 households (of a million: npm run replay:1405). */

let server: EmbeddedPostgres;
let pool: pg.Pool;

beforeAll(async () => {
  server = await temporaryPostgres();
  pool = new pg.Pool({ connectionString: server.url, max: 6 });
  pool.on('error', () => undefined); // the server stops before its last connection is closed
});
afterAll(async () => {
  await pool.end();
  await server.stop();
});

test('what was announced is in order, and each row says what of the product it is', () => {
  const days = readAnnouncements().map(({ announced }) => announced);
  expect(days).toEqual(days.toSorted());
  const rows = readAnnouncements().flatMap(({ rows = [] }) => rows.map((row) => Object.keys(row)));
  expect(rows.every((kinds) => kinds.length === 1)).toBe(true);
  const kinds = ['allocate', 'flags', 'households', 'move', 'programmes', 'status'];
  expect([...new Set(rows.flat())].sort()).toEqual(kinds);
  expect(stepsOf(readAnnouncements()).filter(({ kind }) => kind === 'approve')).toHaveLength(2);
});

test('every household has at each announced date what the model says, and was answered so', async () => {
  const done = await replay1405({ pool, households: 500, purchases: 5, seed: 1405, tell: () => undefined });
  expect({ differences: done.differences, faults: done.faults }).toEqual({ differences: [], faults: [] });
  expect(done.different).toBe(0);
  expect(done.compared).toBeGreaterThan(15);
  expect(done.purchases).toBeGreaterThan(2_000);
  expect(done.refused).toBeGreaterThan(100);
}, 240_000);
