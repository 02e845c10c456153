import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import type pg from 'pg';
import type { EmbeddedPostgres } from '../../src/demo/machine/postgres.ts';
import { openPool, transaction } from '../../src/ops/database.ts';
import {
  bucketOf,
  eventsOf,
  endFreeze,
  factsOf,
  haltRollout,
  instructionFor,
  listFreezes,
  listReplacements,
  makeFreeze,
  readFreeze,
  releaseOf,
  newestRollouts,
  withCertification,
  proposeAgain,
  proposeRollout,
  releaseRollout,
  rolloutOf,
  stageRelease,
  approveRelease,
  watchRollouts,
} from '../../src/updates/index.ts';
import { confirmVerdict, proposeVerdict, revokeVerdict } from '../../src/certification/registry/index.ts';
import { addActor } from '../support/people.ts';
import { gatewayLogin, temporaryPostgres } from '../support/postgres.ts';
import { closeDays, merchantOf, openShops, sell, type Sale } from '../signals/support/books.ts';

/** Rollouts on books of real sales: what the machine is told of devices and of closed days. */

const DAY = '2026-11-10';
const SHOP = 1;
const OLD = Array.from({ length: 40 }, (_, at) => String(20_000_001 + at));
const NEW = ['10000001', '10000002', '10000003', '10000004'];
const at = (text: string) => Date.parse(text);

let server: EmbeddedPostgres;
let owner: pg.Pool;
let pool: pg.Pool;
let people: { id: string; name: string }[];
let release: string;
let rollout: string;

beforeAll(async () => {
  server = await temporaryPostgres();
  owner = openPool(server.url, 2);
  owner.on('error', () => undefined);
  pool = openPool(await gatewayLogin(server.url), 4);
  pool.on('error', () => undefined);
  await openShops(owner, [{ shop: SHOP, guild: 'dairy' }]);
  await owner.query(
    `insert into terminals (terminal_id, merchant_id, model) select t, $2, 'PX 100' from unnest($1::text[]) as t`,
    [[...OLD, ...NEW], merchantOf(SHOP)],
  );
  await closeDays(owner, '2026-11-08', 6, new Date(at('2026-11-14T00:00:00Z')));
  await owner.query(`update business_days set closed_at = business_day + interval '1 day' where closed_at is not null`);
  people = [await addActor(owner, 'engineer-one', ['engineer']), await addActor(owner, 'checker-two', ['checker'])];
  const wanted = {
    component: 'params' as const,
    profile: '*',
    content: Buffer.from('{"a":1}'),
    textFa: 'x',
    textEn: 'x',
  };
  release = (await stageRelease(pool, wanted, by(0), at(`${DAY}T00:00:00Z`))).id;
  await transaction(pool, (db) => approveRelease(db, release, by(1), at(`${DAY}T00:00:00Z`)));
  await owner.query('update update_releases set published_at = now()');
});

afterAll(async () => {
  await pool.end();
  await owner.end();
  await server.stop();
});

const by = (index: number) => ({ actor: people[index]! });
/** Midnight in Tehran begins the day. */
const confirm = (terminals: readonly string[], when: string, phase = 'CONFIRMED', had = false) =>
  owner.query(
    `insert into update_outcomes (release_id, terminal_id, phase, at, had, confirmed_at, reason)
     select $1, t, $3, $2, $4, case when $3 = 'CONFIRMED' then $2::timestamptz end, case when $3 = 'CONFIRMED' then null else 'hash' end
       from unnest($5::text[]) as t`,
    [release, new Date(at(when)), phase, had, terminals],
  );

let sold = 1;
async function sales(terminals: readonly string[], each: number, of: Partial<Sale> = {}, day = DAY) {
  const all = terminals.flatMap((terminal, index) =>
    Array.from({ length: each }, (_, n): Sale => ({
      day,
      shop: SHOP,
      terminal,
      household: `H${index}N${n}${sold}`,
      second: 36_000 + n * 60,
      total: 1_000_000,
      ...of,
    })),
  );
  await sell(owner, all, sold * 100_000);
  sold++;
}

describe('a rollout on real books', () => {
  it('begins with two persons', async () => {
    rollout = (
      await transaction(pool, (db) =>
        proposeRollout(db, release, { own: NEW, percents: [1, 100] }, by(0), at('2026-11-09T08:00:00Z')),
      )
    ).id;
    await expect(
      transaction(pool, (db) => releaseRollout(db, rollout, by(0), at('2026-11-09T08:00:00Z'))),
    ).rejects.toMatchObject({ code: 'updates.same-person' });
    await transaction(pool, (db) => releaseRollout(db, rollout, by(1), at('2026-11-09T08:00:00Z')));
    expect(await rolloutOf(pool, rollout)).toMatchObject({ state: 'running', step: 0, releasedBy: 'checker-two' });
  });

  it('says of devices what they said, each once', async () => {
    await confirm(NEW.slice(0, 2), '2026-11-09T20:00:00Z');
    await confirm([NEW[2]!], '2026-11-09T20:00:00Z', 'CONFIRMED', true);
    const facts = async () =>
      (await factsOf(pool, await rolloutOf(pool, rollout), undefined, at('2026-11-11T00:00:00Z'))).devices;
    expect(await facts()).toEqual({ had: 1, confirmed: 2, failed: 0, underWay: 0, waiting: 0, unknown: 1 });
    await owner.query(`insert into update_devices (terminal_id, reported_at) values ($1, '2026-11-10T00:00:00Z')`, [
      NEW[3],
    ]);
    expect(await facts()).toMatchObject({ waiting: 1, unknown: 0 });
    await confirm([NEW[3]!], '2026-11-10T00:00:00Z', 'VERIFIED');
    expect(await facts()).toMatchObject({ underWay: 1, waiting: 0 });
    // two days later it has said no more
    const later = await factsOf(pool, await rolloutOf(pool, rollout), undefined, at('2026-11-13T00:00:00Z'));
    expect(later.devices).toMatchObject({ underWay: 0, unknown: 1 });
  });

  it('compares terminals that have it with those that do not, of one closed day', async () => {
    await sales(NEW.slice(0, 3), 200);
    await sales(OLD, 100);
    await sales(NEW.slice(0, 1), 30, { state: 'declined', second: 50_000 });
    await sales(OLD.slice(0, 2), 30, { state: 'reversed', second: 50_000 });
    await sales(OLD, 1, {}, '2026-11-09');
    await sales(NEW.slice(0, 3), 1, {}, '2026-11-09');
    await owner.query(`insert into update_mac_failures values ($1, $2, 7)`, [OLD[0], DAY]);
    await owner.query(
      `insert into terminal_health_days (terminal_id, day, stan_gaps) values ($1, $3, 9), ($2, $3, 2)`,
      [OLD[0], NEW[0], DAY],
    );
    const [ruled] = await watchRollouts(pool, { now: at('2026-11-11T02:00:00Z'), afterCloseMs: 0 });
    const facts = await factsOf(pool, await rolloutOf(pool, rollout), undefined, at('2026-11-11T02:00:00Z'));
    expect(facts.updated).toMatchObject({
      terminals: 3,
      purchases: 630,
      approved: 600,
      tradedBefore: 3,
      silent: 0,
      gaps: 2,
    });
    expect(facts.control).toMatchObject({
      gaps: 9,
      terminals: 40,
      purchases: 4_060,
      approved: 4_060,
      reversed: 60,
      macFailures: 7,
      tradedBefore: 40,
    });
    expect(ruled?.verdict).toMatchObject({
      kind: 'halt',
      why: [expect.stringContaining('purchases declined: 4.76 %')],
    });
    expect(await rolloutOf(pool, rollout)).toMatchObject({ state: 'halted', haltedBy: 'gateway' });
  });

  it('goes on when two persons say so, with the step that it was in', async () => {
    const now = at('2026-11-11T08:00:00Z');
    const again = await transaction(pool, (db) => proposeAgain(db, rollout, by(1), now));
    expect(again).toMatchObject({ state: 'proposed', step: 0, haltedAt: null });
    await expect(transaction(pool, (db) => releaseRollout(db, rollout, by(1), now))).rejects.toMatchObject({
      code: 'updates.same-person',
    });
    await transaction(pool, (db) => releaseRollout(db, rollout, by(0), now));
  });

  it('widens after a good day, and halts at failures', async () => {
    await sales([...NEW, ...OLD], 20, {}, '2026-11-12');
    const now = at('2026-11-13T02:00:00Z');
    expect(await watchRollouts(pool, { now, afterCloseMs: 0 })).toMatchObject([
      { verdict: { kind: 'advance', step: 1 } },
    ]);
    await confirm(OLD.slice(0, 3), '2026-11-13T03:00:00Z', 'REJECTED');
    // those three are in no bucket of the first per cent: the machine counts the devices of its step alone
    const own = OLD.slice(0, 3).filter((terminal) => bucketOf(release, terminal) < 100);
    const [ruled] = await watchRollouts(pool, { now: now + 3_600_000, afterCloseMs: 0 });
    expect(ruled?.verdict.kind).toBe(own.length === 3 ? 'halt' : 'wait');
    await transaction(pool, (db) => haltRollout(db, rollout, 'a person saw smoke', by(1), now + 7_200_000));
    expect((await eventsOf(pool, rollout)).map(({ what, actor }) => `${what} ${actor}`)).toEqual([
      'proposed engineer-one',
      'released checker-two',
      'halted gateway',
      'proposed checker-two',
      'released engineer-one',
      'advanced gateway',
      'halted checker-two',
    ]);
  });

  it('puts devices in the order that the database puts them in', async () => {
    const serials = Array.from({ length: 200 }, () => randomBytes(8).toString('hex').toUpperCase());
    const { rows } = await pool.query<{ bucket: number }>(
      'select update_bucket($1, s) as bucket from unnest($2::text[]) as s',
      [release, serials],
    );
    expect(rows.map(({ bucket }) => bucket)).toEqual(serials.map((serial) => bucketOf(release, serial)));
  });

  it('lists devices that cannot be updated', async () => {
    await owner.query(
      `insert into device_models (model, becomes, since) values ('PX 100', 'replacement', '2026-01-01') on conflict (model) do update set becomes = excluded.becomes`,
    );
    const found = await listReplacements(pool, { limit: 3 });
    expect(found[0]).toMatchObject({
      terminal: NEW[0],
      merchant: merchantOf(SHOP),
      model: 'PX 100',
      reason: 'replacement',
    });
    expect(found).toHaveLength(3);
  });
});

describe('firmware, certification and freezes', () => {
  const now = at('2026-11-13T02:00:00Z');
  const [OWN, OTHER, THIRD] = ['30000001', '30000002', '30000003'];
  let firmware: string;
  let its: string;

  const ruling = async (when = now) =>
    (await watchRollouts(pool, { now: when, afterCloseMs: 0 })).find((each) => each.rollout === its)?.verdict;
  const certify = (model: string, software: string, verdict: 'passed' | 'failed' = 'passed') =>
    transaction(pool, async (db) => {
      const what = { vendor: 'Acme', model, software, profile: 'native', verdict, reason: 'seen in the laboratory' };
      const { id } = await proposeVerdict(db, what, by(0), now);
      await confirmVerdict(db, id, by(1), now);
      return id;
    });
  const act = <T>(work: (db: pg.PoolClient) => Promise<T>) => transaction(pool, work);

  beforeAll(async () => {
    await owner.query(
      `insert into terminals (terminal_id, merchant_id, psp, model) values ($1, $4, 'Acme', 'PX 900'), ($2, $4, 'Acme', 'PX 500'), ($3, $4, 'Acme', 'PX 600')`,
      [OWN, OTHER, THIRD, merchantOf(SHOP)],
    );
    const wanted = {
      ...{ component: 'firmware' as const, profile: '*', psp: 'acme', model: 'px-500' },
      ...{ hardware: ['px-500', 'PX 600', 'px-900'], content: Buffer.from('ELF'), textFa: 'x', textEn: 'x' },
    };
    await expect(stageRelease(pool, wanted, by(0), now)).rejects.toMatchObject({ code: 'updates.software' });
    await expect(stageRelease(pool, { ...wanted, software: 'two words' }, by(0), now)).rejects.toMatchObject({
      code: 'updates.software',
    });
    firmware = (await stageRelease(pool, { ...wanted, software: '1.4.0' }, by(0), now)).id;
    await act((db) => approveRelease(db, firmware, by(1), now));
    await owner.query('update update_releases set published_at = now() where release_id = $1', [firmware]);
    its = await act(async (db) => {
      const plan = { own: [OWN], percents: [50, 100], ownPurchases: 0 };
      const { id } = await proposeRollout(db, firmware, plan, by(0), at('2026-11-09T08:00:00Z'));
      await releaseRollout(db, id, by(1), at('2026-11-09T08:00:00Z')); // own terminals need no verdict
      return id;
    });
    await owner.query(
      `insert into update_outcomes (release_id, terminal_id, phase, at, confirmed_at) values ($1, $2, 'CONFIRMED', $3, $3)`,
      [firmware, OWN, new Date(at('2026-11-09T20:00:00Z'))],
    );
  });

  it('takes no step beyond own terminals without a verdict on each model and profile', async () => {
    expect(await ruling()).toMatchObject({
      kind: 'wait',
      why: [
        expect.stringContaining('software 1.4.0 on PX 500 in native is not certified: kalabarg certify'),
        expect.stringContaining('software 1.4.0 on PX 600 in native is not certified'),
      ],
    });
    await certify('px-500', '1.4.0'); // one model, however it is written
    await certify('PX 600', '1.4.1');
    await certify('PX 600', '1.4.0', 'failed');
    expect(await ruling()).toMatchObject({ kind: 'wait', why: [expect.stringContaining('failed its certification')] });
  });

  it('tells who approves it whether it is certified; other components need no verdict', async () => {
    const shown = async () =>
      withCertification(pool, [await releaseOf(pool, firmware), await releaseOf(pool, release)]);
    expect(await shown()).toMatchObject([
      { certified: false, software: '1.4.0', uncertified: expect.arrayContaining([expect.stringContaining('PX 600')]) },
      { certified: null, software: null, uncertified: [] },
    ]);
    await certify('PX 600', '1.4.0');
    expect(await shown()).toMatchObject([{ certified: false, uncertified: [expect.stringContaining('PX 900')] }, {}]);
    const { subjects } = await factsOf(pool, await rolloutOf(pool, its), undefined, now);
    expect(subjects.map(({ model, verdict }) => [model, verdict])).toEqual([
      ['PX 500', 'passed'],
      ['PX 600', 'passed'],
    ]);
  });

  it.each<[string, string, string, string]>([
    ['ends before it begins', '2026-11-15T00:00:00Z', '2026-11-14T00:00:00Z', 'a move'],
    ['is empty', '2026-11-15T00:00:00Z', '2026-11-15T00:00:00Z', 'a move'],
    ['is over', '2026-11-01T00:00:00Z', '2026-11-13T02:00:00Z', 'a move'],
    ['lasts for ever', '2026-11-15T00:00:00Z', '2206-11-15T00:00:00Z', 'a move'],
    ['has no reason', '2026-11-15T00:00:00Z', '2026-11-16T00:00:00Z', '  '],
    ['has a book as its reason', '2026-11-15T00:00:00Z', '2026-11-16T00:00:00Z', 'x'.repeat(301)],
  ])('takes no freeze that %s', async (_, from, until, reason) => {
    const wanted = { from: at(from), until: at(until), reason };
    await expect(act((db) => makeFreeze(db, wanted, by(1), now))).rejects.toMatchObject({ code: 'updates.freeze' });
  });

  it('takes no step and offers nothing to install on a day that people froze', async () => {
    const make = (from: string, until: string, reason: string) =>
      act((db) => makeFreeze(db, { from: at(from), until: at(until), reason }, by(1), now));
    const [first, second] = [
      await make('2026-11-13T00:00:00Z', '2026-11-15T00:00:00Z', 'a move'),
      await make('2026-11-14T00:00:00Z', '2026-11-17T00:00:00Z', 'a new bank'),
    ];
    const coming = await make('2026-12-01T00:00:00Z', '2026-12-02T00:00:00Z', 'a test');
    expect([first.state, coming.state]).toEqual(['now', 'coming']);
    expect(await ruling()).toEqual({ kind: 'wait', why: ['frozen until 2026-11-17T00:00:00Z: a new bank'] });
    const device = {
      ...{ terminal: OWN, serial: OWN, profile: 'native', psp: 'Acme', model: 'PX 900' },
      ...{ province: null, installed: {} },
    };
    const offered = async () => {
      const freeze = await readFreeze(pool, now);
      const told = instructionFor(device, [await releaseOf(pool, firmware)], await newestRollouts(pool), {
        now,
        freeze,
      });
      return told.components.firmware?.notBefore;
    };
    expect(await offered()).toBe('2026-11-17T00:00:00Z');
    await act((db) => endFreeze(db, second.id, by(0), now));
    expect(await offered()).toBe('2026-11-15T00:00:00Z');
    await act((db) => endFreeze(db, first.id, by(0), now));
    expect(await offered()).toBe('2026-11-13T02:00:00Z');
    await expect(act((db) => endFreeze(db, first.id, by(0), now))).rejects.toMatchObject({ code: 'updates.refused' });
    await expect(act((db) => endFreeze(db, coming.id, by(0), at('2026-12-03T00:00:00Z')))).rejects.toMatchObject({
      code: 'updates.refused',
    });
    await expect(act((db) => endFreeze(db, '99', by(0), now))).rejects.toMatchObject({ code: 'updates.unknown' });
    const listed = await listFreezes(pool, { limit: 10, now: at('2026-12-03T00:00:00Z') });
    expect(listed.map(({ reason, state, madeBy }) => [reason, state, madeBy])).toEqual([
      ['a test', 'over', 'checker-two'],
      ['a new bank', 'ended', 'checker-two'],
      ['a move', 'ended', 'checker-two'],
    ]);
    const { rows } = await owner.query<{ act: string }>(`select act from audit where object = $1 order by seq`, [
      `freeze:${first.id}`,
    ]);
    expect(rows.map(({ act: done }) => done)).toEqual(['freeze.made', 'freeze.ended']);
  });

  it('goes on once it is certified and thawed, and not after a halt when a verdict was taken back', async () => {
    expect(await ruling()).toEqual({ kind: 'advance', step: 1 });
    await act((db) => haltRollout(db, its, 'a person saw smoke', by(1), now));
    const failed = await certify('PX 500', '1.4.0', 'failed');
    await act((db) => proposeAgain(db, its, by(0), now));
    await expect(act((db) => releaseRollout(db, its, by(1), now))).rejects.toMatchObject({
      code: 'updates.uncertified',
      message: expect.stringContaining('PX 500'),
    });
    await act((db) => revokeVerdict(db, { id: failed, reason: 'the wrong device' }, by(0), now));
    expect(await act((db) => releaseRollout(db, its, by(1), now))).toMatchObject({ state: 'running', step: 1 });
  });
});
