import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type pg from 'pg';
import { systemClock } from '../../src/ops/clock.ts';
import { openPool, transaction } from '../../src/ops/database.ts';
import type { EmbeddedPostgres } from '../../src/demo/machine/postgres.ts';
import { listMessages } from '../../src/messages/index.ts';
import { listAudit, type Actor } from '../../src/people/index.ts';
import { listRegistries } from '../../src/registries/list.ts';
import { openRegistry } from '../../src/registries/registry.ts';
import { declareRegistries, runCheck, type Checks, type Registries } from '../../src/registries/run.ts';
import { simulatedRegistries } from '../../src/registries/simulated.ts';
import { ownerKeys } from '../../src/owners/index.ts';
import { systemRandom } from '../../src/ops/random.ts';
import {
  actOnCase,
  askOwner,
  beginCase,
  checkAgain,
  confirmCase,
  positionOf,
  readCase,
  takeQuestion,
  type CaseRequest,
  type Checked,
  type ItemCode,
  type KeptCase,
} from '../../src/shops/index.ts';
import {
  startRegistrySimulator,
  type RegistryRule,
  type RegistrySimulator,
} from '../../src/simulators/registry/index.ts';
import { confirmByOwner } from '../support/confirm.ts';
import { givePapers } from '../support/papers.ts';
import { addActor } from '../support/people.ts';
import { gatewayLogin, temporaryPostgres } from '../support/postgres.ts';

/** Cases that are checked by the registry simulator over HTTP, with the rights of the gateway's role. */
const MINUTE = 60_000;
let now = Date.UTC(2026, 10, 27, 8);
let server: EmbeddedPostgres;
let pool: pg.Pool;
let simulator: RegistrySimulator;
let registries: Registries;
let clerk: Actor;
let reviewer: Actor;
const CODES: Checked[] = ['mobile', 'sheba', 'guild_licence', 'tax_code', 'address'];

beforeAll(async () => {
  server = await temporaryPostgres();
  pool = openPool(await gatewayLogin(server.url), 8);
  pool.on('error', () => undefined);
  simulator = await startRegistrySimulator({ host: '127.0.0.1', port: 0, clock: systemClock });
  const { registries: described } = simulatedRegistries(simulator.url);
  registries = Object.fromEntries(
    CODES.map((code) => {
      const description = described[code];
      if (description === undefined) throw new Error(code);
      const http = { ...description.http, timeoutMs: 400 };
      return [
        code,
        openRegistry({ ...description, http, firstSeconds: 60, mostSeconds: 600, giveUpHours: 2 }, code, systemClock),
      ];
    }),
  );
  clerk = await addActor(pool, 'clerk', ['clerk']);
  reviewer = await addActor(pool, 'reviewer', ['reviewer']);
});
afterAll(async () => {
  for (const registry of Object.values(registries)) registry.close();
  await simulator.close();
  await pool.end();
  await server.stop();
});

beforeEach(async () => {
  now += 10 * MINUTE;
  await rules();
  await declareRegistries(pool, CODES, now);
  await pool.query(`update shop_cases set withdrawn_at = now() where withdrawn_at is null`);
});

async function rules(...list: RegistryRule[]): Promise<void> {
  const put = await fetch(`${simulator.url}/rules`, {
    method: 'PUT',
    body: JSON.stringify(list),
    headers: { 'content-type': 'application/json' },
  });
  if (!put.ok) throw new Error(await put.text());
}
interface Journal {
  readonly registry: string;
  readonly asked: Record<string, string>;
}
const journal = async (): Promise<Journal[]> => (await (await fetch(`${simulator.url}/journal`)).json()) as Journal[];

const checks = (more: Partial<Checks> = {}): Checks => ({ pool, registries, busy: new Map(), now: () => now, ...more });
/** Until nothing waits. */
async function check(more: Partial<Checks> = {}): Promise<void> {
  while (await runCheck(checks(more)));
}
const act = (kept: KeptCase, what: CaseRequest, actor = clerk): Promise<KeptCase> =>
  transaction(pool, (db) => actOnCase(db, { id: kept.id, seen: kept.version }, what, { actor }, now));

const keys = ownerKeys(Buffer.alloc(32, 7));
let shops = 0;
/** A case that was typed by a clerk, confirmed by its owner and sent. */
async function sent(more: Partial<Record<ItemCode, Record<string, string>>> = {}): Promise<KeptCase> {
  const n = String(++shops).padStart(4, '0');
  let kept = await transaction(pool, (db) =>
    beginCase(db, { name: 'سوپر نمونه', guild: 'supermarket' }, { actor: clerk }, now),
  );
  const values: Partial<Record<ItemCode, Record<string, string>>> = {
    guild_licence: { number: `045112${n}`, issuer: 'اتحادیه', issued: '2024-05-01', ends: '2027-05-01' },
    owner_identity: { nationalId: nationalId(shops), name: 'علی کریمی' },
    tax_code: { code: `123456${n}` },
    sheba: { sheba: sheba(shops) },
    mobile: { number: `0912111${n}` },
    address: { postalCode: `143576${n}`, text: 'تهران، خیابان فاطمی، پلاک ۱' },
    terminal: { wish: 'own', serial: `S-${n}` },
    terms: { version: kept.rules.terms },
    ...more,
  };
  await givePapers(pool, kept.id, now);
  kept = await readCase(pool, kept.id);
  for (const [code, value] of Object.entries(values))
    kept = await act(kept, { kind: 'fill', code: code as ItemCode, value });
  await confirmByOwner(pool, kept.id, now);
  return act(kept, { kind: 'submit' });
}
function nationalId(n: number): string {
  const nine = String(100_000_000 + n);
  const sum = Array.from(nine, (digit, index) => Number(digit) * (10 - index)).reduce((a, b) => a + b) % 11;
  return `${nine}${sum < 2 ? sum : 11 - sum}`;
}
function sheba(n: number): string {
  const bban = `017000000010032420${String(n).padStart(4, '0')}`;
  const check = 98n - (BigInt(`${bban}182700`) % 97n);
  return `IR${String(check).padStart(2, '0')}${bban}`;
}
const again = ({ id }: KeptCase): Promise<KeptCase> => readCase(pool, id);
const stateOf = (kept: KeptCase, code: ItemCode): string | undefined =>
  kept.items.find((item) => item.code === code)?.state;
const itemOf = (kept: KeptCase, code: ItemCode): object | undefined => kept.items.find((item) => item.code === code);

test('a case is checked by itself: what registries confirm is met, the rest is the reviewer’s', async () => {
  await rules({ registry: 'guild_licence', says: 'yes', validUntil: '2026-12-31' });
  let kept = await sent();
  expect(positionOf(kept.facts, now)).toMatchObject({ state: 'SUBMITTED', waiting: { on: 'system' } });
  await check();
  kept = await again(kept);
  expect(CODES.map((code) => stateOf(kept, code))).toEqual(CODES.map(() => 'met'));
  expect(itemOf(kept, 'guild_licence')).toMatchObject({ validUntil: Date.parse('2026-12-31T20:30:00Z') }); // the registry's day, not the typed one
  expect(positionOf(kept.facts, now)).toMatchObject({
    state: 'REVIEW_1',
    waiting: { on: 'reviewer', items: expect.arrayContaining(['owner_identity', 'terminal']) as unknown },
  });
  const asked = (await journal()).filter((each) => each.asked['nationalId'] === nationalId(shops));
  expect(asked.find(({ registry }) => registry === 'sheba')?.asked).toEqual({
    nationalId: nationalId(shops),
    sheba: sheba(shops),
  });
  const [row] = await listAudit(pool, { act: 'case.checked', limit: 1 });
  expect(row).toMatchObject({
    actorId: null,
    object: `case:${kept.id}`,
    after: expect.objectContaining({ verdict: 'yes' }) as unknown,
  });
});

describe('what a registry denies goes back to the shop, with the reason', () => {
  test.each([
    ['sheba', 'not_the_owner'],
    ['guild_licence', 'ended'],
    ['guild_licence', 'not_found'],
    ['tax_code', 'inactive'],
    ['tax_code', 'address_differs'],
    ['mobile', 'not_the_owner'],
  ] as const)('%s: %s', async (registry, reason) => {
    await rules({ registry, says: 'no', reason });
    let kept = await sent();
    await check();
    kept = await again(kept);
    expect(itemOf(kept, registry)).toMatchObject({ state: 'failed', reason });
    expect(positionOf(kept.facts, now)).toMatchObject({
      state: 'RETURNED',
      waiting: { on: 'applicant', items: [registry] },
    });
    const [told] = await listMessages(pool, { about: `case:${kept.id}`, limit: 1 });
    expect(told).toMatchObject({
      template: 'case.returned',
      text: expect.stringContaining('برای اصلاح برگشت') as unknown,
    });
  });
  test('a licence of another guild is for a person: the shop cannot mend it', async () => {
    await rules({ registry: 'guild_licence', says: 'no', reason: 'other_guild' });
    let kept = await sent();
    await check();
    kept = await again(kept);
    expect(positionOf(kept.facts, now)).toMatchObject({ state: 'REVIEW_1', waiting: { on: 'reviewer' } });
    expect(itemOf(kept, 'guild_licence')).toMatchObject({ state: 'failed', reason: 'other_guild' });
  });
  test('a registry that says yes of what has ended says no', async () => {
    await rules({ registry: 'guild_licence', says: 'yes', validUntil: '2026-11-26' });
    let kept = await sent();
    await check();
    kept = await again(kept);
    expect(itemOf(kept, 'guild_licence')).toMatchObject({ state: 'failed', reason: 'ended' });
  });
});

describe('what is no answer is unknown, never failed', () => {
  test.each(['silence', 'drip', 'close', 'garbage', 'huge', 'redirect', 'another', 'error'] as const)(
    '%s',
    async (fault) => {
      await rules({ registry: 'sheba', fault });
      let kept = await sent();
      await check();
      kept = await again(kept);
      expect(itemOf(kept, 'sheba')).toMatchObject({ state: 'unknown', nextCheck: now + MINUTE });
      expect(positionOf(kept.facts, now)).toMatchObject({
        state: 'CHECKING',
        waiting: { on: 'registry', items: ['sheba'], until: now + MINUTE },
      });
      const { rows } = await pool.query(
        'select verdict, applied from registry_answers where case_id = $1 and registry = $2',
        [kept.id, 'sheba'],
      );
      expect(rows).toEqual([{ verdict: 'unknown', applied: true }]);
      await rules();
      now += MINUTE;
      await check();
      expect(stateOf(await again(kept), 'sheba')).toBe('met');
    },
  );
  test('it is asked later and later, and after two hours a person decides', async () => {
    await rules({ registry: 'tax_code', says: 'unknown' });
    const kept = await sent();
    const begun = now;
    const at: number[] = [];
    for (; now < begun + 180 * MINUTE; now += MINUTE) {
      const before = (await journal()).filter(({ registry }) => registry === 'tax_code').length;
      await check();
      if ((await journal()).filter(({ registry }) => registry === 'tax_code').length > before)
        at.push((now - begun) / MINUTE);
    }
    expect(at.slice(0, 6)).toEqual([0, 1, 3, 7, 15, 25]);
    expect(at.at(-1)).toBeLessThanOrEqual(120);
    const after = await again(kept);
    expect(itemOf(after, 'tax_code')).toMatchObject({ state: 'unknown', reason: 'not_answered' });
    expect(itemOf(after, 'tax_code')).not.toHaveProperty('nextCheck');
    expect(positionOf(after.facts, now)).toMatchObject({ state: 'REVIEW_1', waiting: { on: 'reviewer' } });
    expect((await listRegistries(pool, now)).find(({ code }) => code === 'tax_code')).toMatchObject({
      asked: true,
      silentSince: expect.any(String) as unknown,
    });
  });
});

test('copies share the work: each question is asked once', async () => {
  const cases = [await sent(), await sent(), await sent()];
  const before = (await journal()).length;
  await Promise.all([check(), check(), check()]);
  await check();
  for (const each of cases) expect(positionOf((await again(each)).facts, now).state).toBe('REVIEW_1');
  expect((await journal()).length - before).toBe(cases.length * CODES.length);
});

test('a question that a dead copy took is asked by another, after its time', async () => {
  let kept = await sent();
  const taken = await transaction(pool, (db) => takeQuestion(db, ['sheba'], now + 10_000, now));
  expect(taken).toMatchObject({ caseId: kept.id, code: 'sheba' });
  await check();
  kept = await again(kept);
  expect(stateOf(kept, 'sheba')).toBe('verifying');
  now += 10_000;
  await check();
  expect(stateOf(await again(kept), 'sheba')).toBe('met');
});

test('an answer to what was typed before is kept, and changes nothing', async () => {
  await rules(
    { registry: 'sheba', says: 'no', reason: 'not_the_owner', latencyMs: 200 },
    { registry: 'address', says: 'no', reason: 'not_found' },
  );
  let kept = await sent();
  const slow = check(); // sheba's answer is on its way
  for (let i = 0; i < 100 && stateOf(kept, 'sheba') !== 'verifying'; i++) {
    await systemClock.sleep(5);
    kept = await again(kept);
  }
  await pool.query(
    `update shop_items set version = version + 1, state = 'submitted' where case_id = $1 and code = 'sheba'`,
    [kept.id],
  );
  await rules();
  await slow;
  await check();
  expect(stateOf(await again(kept), 'sheba')).toBe('met');
  const { rows } = await pool.query(
    `select version, verdict, applied from registry_answers where case_id = $1 and registry = 'sheba' order by answer_id`,
    [kept.id],
  );
  expect(rows).toEqual([
    { version: 1, verdict: 'no', applied: false },
    { version: 2, verdict: 'yes', applied: true },
  ]);
});

test('an answer for a case that was withdrawn meanwhile changes nothing', async () => {
  const kept = await sent();
  const question = await transaction(pool, (db) => takeQuestion(db, ['mobile'], now + 1_000, now));
  expect(question?.caseId).toBe(kept.id);
  await act(await again(kept), { kind: 'withdraw' });
  now += 2_000;
  await check();
  expect(positionOf((await again(kept)).facts, now).state).toBe('WITHDRAWN');
});

test('the same question again is answered from what was said, unless a person asks again', async () => {
  const cached = Object.fromEntries(
    Object.entries(registries).map(([code, registry]) => [
      code,
      { ...registry, description: { ...registry.description, cacheHours: 24 } },
    ]),
  );
  const asked = async (): Promise<number> => (await journal()).filter(({ registry }) => registry === 'sheba').length;
  const same = { sheba: { sheba: sheba(9_000) }, owner_identity: { nationalId: nationalId(9_000), name: 'ب ب' }, guild_licence: { number: '0459999999', issuer: 'اتحادیه', issued: '2024-05-01', ends: '2027-05-01' }, tax_code: { code: '9999999999' }, mobile: { number: '09129999999' }, address: { postalCode: '1999999999', text: 'تهران' } }; // prettier-ignore
  await sent(same);
  await check({ registries: cached });
  const before = await asked();
  let kept = await sent(same);
  await check({ registries: cached });
  kept = await again(kept);
  expect(stateOf(kept, 'sheba')).toBe('met');
  expect(await asked()).toBe(before);
  await rules({ registry: 'sheba', says: 'no', reason: 'not_the_owner' });
  await transaction(pool, (db) =>
    checkAgain(db, { id: kept.id, seen: kept.version, code: 'sheba' }, { actor: reviewer }, now),
  );
  await check({ registries: cached });
  expect(await asked()).toBe(before + 1);
  expect(itemOf(await again(kept), 'sheba')).toMatchObject({ state: 'failed', reason: 'not_the_owner' });
});

test('a registry that is asked no more leaves what waits for it to a person', async () => {
  const kept = await sent();
  await declareRegistries(pool, ['mobile'], now);
  await check({ registries: { mobile: registries.mobile! } });
  const after = await again(kept);
  expect(CODES.map((code) => stateOf(after, code))).toEqual(['met', 'unknown', 'unknown', 'unknown', 'unknown']);
  expect(positionOf(after.facts, now).state).toBe('REVIEW_1');
});

test('a silent registry keeps no other from being asked', async () => {
  for (let i = 0; i < 4; i++) await sent();
  let release = (): void => undefined;
  const released = new Promise<void>((done) => (release = done));
  const silent = {
    ...registries.sheba!,
    ask: () => released.then(() => ({ verdict: 'unknown' as const, why: 'silent' })),
  };
  const order: string[] = [];
  const onSaid = (registry: string): void => {
    order.push(registry);
    if (order.length === 16) release(); // every other question of the four cases
  };
  const one = checks({ registries: { ...registries, sheba: silent }, onSaid });
  const worker = async (): Promise<void> => {
    while (await runCheck(one));
  };
  await Promise.all([worker(), worker(), worker(), worker(), worker(), worker()]);
  expect(order.slice(0, 16)).not.toContain('sheba');
});

describe('what only the owner can say', () => {
  test('no reviewer accepts it instead, and nobody waives consent', async () => {
    let kept = await transaction(pool, (db) => beginCase(db, { name: 'سوپر', guild: 'dairy' }, { actor: clerk }, now));
    await givePapers(pool, kept.id, now);
    kept = await readCase(pool, kept.id);
    const n = String(++shops).padStart(4, '0');
    const values: Partial<Record<ItemCode, Record<string, string>>> = {
      guild_licence: { number: `045112${n}`, issuer: 'اتحادیه', issued: '2024-05-01', ends: '2027-05-01' },
      owner_identity: { nationalId: nationalId(shops), name: 'علی کریمی' },
      tax_code: { code: `123456${n}` },
      sheba: { sheba: sheba(shops) },
      mobile: { number: `0912111${n}` },
      address: { postalCode: `143576${n}`, text: 'تهران، خیابان فاطمی' },
      terminal: { wish: 'own', serial: `S-${n}` },
      terms: { version: kept.rules.terms },
    };
    for (const [code, value] of Object.entries(values))
      kept = await act(kept, { kind: 'fill', code: code as ItemCode, value });
    kept = await act(kept, { kind: 'submit' });
    expect(itemOf(kept, 'mobile')).toMatchObject({ state: 'failed', reason: 'not_confirmed' });
    expect(itemOf(kept, 'terms')).toMatchObject({ state: 'failed', reason: 'not_confirmed' });
    await check();
    kept = await again(kept);
    expect(positionOf(kept.facts, now)).toMatchObject({
      state: 'RETURNED',
      waiting: { on: 'applicant', items: expect.arrayContaining(['mobile', 'terms']) as unknown },
    });
    for (const code of ['mobile', 'terms'] as const)
      await expect(act(kept, { kind: 'judge', code, event: 'accept' }, reviewer)).rejects.toMatchObject({
        code: 'shops.refused',
      });
    await expect(
      act(kept, { kind: 'judge', code: 'terms', event: 'waive', reason: 'other' }, reviewer),
    ).rejects.toMatchObject({ code: 'shops.refused' });

    const random = systemRandom;
    const { challenge } = await transaction(pool, (db) =>
      askOwner(db, kept.id, { by: { actor: clerk }, keys, random }, now),
    );
    const [line] = await listMessages(pool, { about: `case:${kept.id}`, limit: 1 }, { key: keys.messages, now });
    const code = /\d{6}/.exec(line?.text ?? '')?.[0] ?? '';
    const confirm = (typed: string): Promise<KeptCase | undefined> =>
      transaction(pool, (db) => confirmCase(db, kept.id, { challenge, code: typed, keys }, { actor: clerk }, now));
    expect(await confirm(String((Number(code) + 1) % 1_000_000).padStart(6, '0'))).toBeUndefined();
    expect(stateOf((await confirm(code)) ?? kept, 'terms')).toBe('met');
    await check();
    kept = await again(kept);
    expect(stateOf(kept, 'mobile')).toBe('met');
    expect(positionOf(kept.facts, now).state).toBe('REVIEW_1');
  });
});
