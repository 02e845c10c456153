import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type pg from 'pg';
import { openPool, transaction } from '../../src/ops/database.ts';
import type { EmbeddedPostgres } from '../../src/demo/machine/postgres.ts';
import { listMessages } from '../../src/messages/index.ts';
import type { Actor } from '../../src/people/index.ts';
import { remindApplicants } from '../../src/shops/case/reminders.ts';
import { actOnCase, beginCase, type KeptCase } from '../../src/shops/index.ts';
import { addActor } from '../support/people.ts';
import { gatewayLogin, temporaryPostgres } from '../support/postgres.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** 11:30 in Tehran. */
const NOW = Date.UTC(2026, 10, 27, 8);
let server: EmbeddedPostgres;
let pool: pg.Pool;
let clerk: Actor;
beforeAll(async () => {
  server = await temporaryPostgres();
  pool = openPool(await gatewayLogin(server.url), 4);
  pool.on('error', () => undefined);
  clerk = await addActor(pool, 'clerk', ['clerk']);
});
afterAll(async () => {
  await pool.end();
  await server.stop();
});

/** A draft of 30 days whose mobile is known. */
async function draft(number: string): Promise<KeptCase> {
  const by = { actor: clerk };
  return transaction(pool, async (db) => {
    const { id, version } = await beginCase(db, { name: 'سوپر نمونه', guild: 'dairy' }, by, NOW);
    return actOnCase(db, { id, seen: version }, { kind: 'fill', code: 'mobile', value: { number } }, by, NOW);
  });
}
const toldTo = async (mobile: string): Promise<string[]> =>
  (await listMessages(pool, { mobile, limit: 20 })).map(({ template }) => template);

test('a draft is reminded of 7, 3 and 1 days before it lapses, each once, on however many copies', async () => {
  await draft('09121230001');
  const told: number[] = [];
  for (let at = NOW; at < NOW + 31 * DAY; at += 6 * HOUR) {
    const all = await Promise.all([remindApplicants(pool, at), remindApplicants(pool, at)]);
    for (const each of all) if (each > 0) told.push(Math.ceil((NOW + 30 * DAY - at) / DAY));
  }
  expect(told).toEqual([7, 3, 1]);
  const lines = await listMessages(pool, { mobile: '09121230001', limit: 20 });
  expect(lines.map(({ template }) => template)).toEqual(['case.lapses', 'case.lapses', 'case.lapses']);
  expect(lines[0]?.text).toMatch(/منتظر شماست: .*پروانهٔ کسب.*۱۴۰۵\/۱۰\/۰۶/s);
});

test('nobody is woken, and a copy that was away sends one reminder, not three', async () => {
  const kept = await draft('09121230002');
  const night = kept.facts.due - 2 * DAY + 16 * HOUR; // 03:30 in Tehran
  expect(await remindApplicants(pool, night)).toBe(0);
  expect(await remindApplicants(pool, night + 6 * HOUR)).toBeGreaterThan(0);
  expect(await toldTo('09121230002')).toEqual(['case.lapses']);
});

test('what was withdrawn, and whoever has no mobile yet, is not reminded', async () => {
  const kept = await draft('09121230003');
  await transaction(pool, (db) =>
    actOnCase(db, { id: kept.id, seen: kept.version }, { kind: 'withdraw' }, { actor: clerk }, NOW),
  );
  await transaction(pool, (db) => beginCase(db, { name: 'بی‌شماره', guild: 'dairy' }, { actor: clerk }, NOW));
  await remindApplicants(pool, kept.facts.due - 12 * HOUR);
  expect(await toldTo('09121230003')).toEqual([]);
});
