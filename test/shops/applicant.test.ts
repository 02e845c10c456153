import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type pg from 'pg';
import type { EmbeddedPostgres } from '../../src/demo/machine/postgres.ts';
import { openPool, transaction } from '../../src/ops/database.ts';
import { listAudit } from '../../src/people/index.ts';
import { actOnOwnCase, beginOwnCase, measuredSteps, ownCase, ownCases, positionOf } from '../../src/shops/index.ts';
import { gatewayLogin, temporaryPostgres } from '../support/postgres.ts';

const NOW = Date.parse('2026-11-21T08:00:00Z'); // rules 1405-1: before there were papers
const HASAN = { mobile: '09121234567', session: '1' };
const OTHER = { mobile: '09127654321', session: '2' };
let server: EmbeddedPostgres;
let owner: pg.Pool;
let pool: pg.Pool;

beforeAll(async () => {
  server = await temporaryPostgres();
  owner = openPool(server.url, 2);
  owner.on('error', () => undefined); // the server stops before its last connection is closed
  pool = openPool(await gatewayLogin(server.url), 6);
  pool.on('error', () => undefined); // the server stops before its last connection is closed
});
afterAll(async () => {
  await Promise.all([pool.end(), owner.end()]);
  await server.stop();
});

let forms = 0;
const begin = (key = `form-${String(forms++).padStart(16, '0')}`, who = HASAN, now = NOW) =>
  transaction(pool, (db) => beginOwnCase(db, { name: 'سوپرمارکت امید', guild: 'supermarket', key }, who, now));
const act = (number: string, seen: number, what: Parameters<typeof actOnOwnCase>[2], who = HASAN, now = NOW) =>
  transaction(pool, (db) => actOnOwnCase(db, { number, seen }, what, who, now));

const VALUES = {
  guild_licence: { number: '0123456789', issuer: 'اتاق اصناف تهران', issued: '۱۴۰۴/۱/۱', ends: '1408/01/01' },
  owner_identity: { nationalId: '0084575948', name: 'حسن رضایی' },
  tax_code: { code: '1234567890' },
  sheba: { sheba: 'IR710560000000100324200001' },
  address: { postalCode: '1458976543', text: 'تهران، خیابان آزادی، پلاک ۱' },
  terminal: { wish: 'new' },
  terms: { version: '1405-1' },
} as const;

async function filled(who = HASAN, now = NOW) {
  let kept = await begin(undefined, who, now);
  for (const [code, value] of Object.entries(VALUES))
    kept = await act(kept.number, kept.version, { kind: 'fill', code: code as 'terms', value }, who, now);
  return kept;
}

test('an applicant types a case of their own: the proved mobile counts, and each field says who typed it', async () => {
  const kept = await filled();
  expect(kept.facts.clerk).toBeUndefined();
  expect(kept.items.find(({ code }) => code === 'guild_licence')?.value).toMatchObject({
    issued: '2025-03-21',
    ends: '2029-03-20',
  });
  const sent = await act(kept.number, kept.version, { kind: 'submit' });
  expect(sent.items.find(({ code }) => code === 'mobile')).toMatchObject({
    state: 'met',
    source: 'owner',
    value: { number: HASAN.mobile },
  });
  expect(sent.items.filter(({ source }) => source === 'owner')).toHaveLength(8);
  const typed = await owner.query(
    `select by_person, by_owner from shop_item_history where case_id = $1 and event = 'submit' group by 1, 2`,
    [kept.id],
  );
  expect(typed.rows).toEqual([{ by_person: null, by_owner: HASAN.mobile }]);
  const [last] = await listAudit(pool, { object: `case:${kept.id}`, limit: 1 });
  expect(last).toMatchObject({ act: 'case.submitted', actor: 'owner 0912***4567', actorId: null });
});

test('nobody else finds it, reads it or acts on it', async () => {
  const kept = await begin();
  await expect(ownCase(pool, kept.number, OTHER)).rejects.toMatchObject({ code: 'shops.unknown' });
  await expect(act(kept.number, kept.version, { kind: 'withdraw' }, OTHER)).rejects.toMatchObject({
    code: 'shops.unknown',
  });
  expect(await ownCases(pool, OTHER)).toEqual([]);
  expect((await ownCases(pool, HASAN)).map(({ number }) => number)).toContain(kept.number);
});

test('a form that is sent twice does one thing, also at the same moment', async () => {
  const [one, two] = await Promise.all([begin('the-same-form-0001'), begin('the-same-form-0001')]);
  expect(two.number).toBe(one.number);
  const fill = { kind: 'fill', code: 'tax_code', value: { code: '1234567890' } } as const;
  const both = await Promise.all([act(one.number, one.version, fill), act(one.number, one.version, fill)]);
  expect(both.map(({ version }) => version)).toEqual([one.version + 1, one.version + 1]);
  const kept = await filled();
  const sent = await Promise.all([1, 2].map(() => act(kept.number, kept.version, { kind: 'submit' })));
  expect(new Set(sent.map(({ version }) => version)).size).toBe(1);
  const gone = await Promise.all([1, 2].map(() => act(one.number, one.version + 1, { kind: 'withdraw' })));
  expect(gone.map(({ facts }) => positionOf(facts, NOW).state)).toEqual(['WITHDRAWN', 'WITHDRAWN']);
});

test('another tab that typed something else is told, and nothing is overwritten', async () => {
  const kept = await begin();
  await act(kept.number, kept.version, { kind: 'fill', code: 'tax_code', value: { code: '1234567890' } });
  const later = { kind: 'fill', code: 'tax_code', value: { code: '1111111111' } } as const;
  await expect(act(kept.number, kept.version, later)).rejects.toMatchObject({ code: 'shops.stale' });
  const stands = await ownCase(pool, kept.number, HASAN);
  expect(stands.items.find(({ code }) => code === 'tax_code')?.value).toEqual({ code: '1234567890' });
});

test('a mobile has ten unfinished cases at most', async () => {
  const who = { mobile: '09350000001', session: '3' };
  for (let i = 0; i < 10; i++) await begin(undefined, who);
  await expect(begin(undefined, who)).rejects.toMatchObject({ code: 'shops.many' });
});

test('how long a step takes is measured from five cases on', async () => {
  const then = Date.parse('2026-08-01T08:00:00Z'); // long before the cases above
  expect(await measuredSteps(pool, then + 86_400_000)).toEqual({});
  for (let i = 1; i <= 5; i++) {
    const who = { mobile: `0936000000${i}`, session: `m${i}` };
    const kept = await filled(who, then);
    await act(kept.number, kept.version, { kind: 'submit' }, who, then + i * 3_600_000);
  }
  expect(await measuredSteps(pool, then + 86_400_000)).toEqual({
    filled: { cases: 5, median: 3 * 3_600_000, most: expect.any(Number) },
  });
});

test('the database refuses a mobile that is none, and a role at work cannot write lists of devices', async () => {
  await expect(owner.query(`update shop_cases set applicant_mobile = '0912'`)).rejects.toThrow(
    'applicant_mobile_shape',
  );
  await expect(pool.query(`insert into device_models values ('X', 'update', now())`)).rejects.toThrow(
    'permission denied',
  );
});
