import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type pg from 'pg';
import type { EmbeddedPostgres } from '../../src/demo/machine/postgres.ts';
import { openTerminalDirectory } from '../../src/merchants/index.ts';
import { systemClock } from '../../src/ops/clock.ts';
import { openClient, openPool, transaction } from '../../src/ops/database.ts';
import { createLog } from '../../src/ops/log.ts';
import { endingsOf } from '../../src/terminals/index.ts';
import {
  approveMinimum,
  approveRelease,
  countsOf,
  endExemption,
  endMinimum,
  exempt,
  listExemptions,
  minimumOf,
  openUpdates,
  proposeMinimum,
  stageRelease,
  tellShops,
  terminalsBelow,
  watchMinimums,
  type Updates,
} from '../../src/updates/index.ts';
import { addActor } from '../support/people.ts';
import { gatewayLogin, temporaryPostgres } from '../support/postgres.ts';

/** Minimum versions on a real database, with the rights of the gateway: whom they reach, when, and what lifts them. */

const DAY = 86_400_000;
const NOW = Date.parse('2026-11-10T08:00:00+03:30');
const FROM = Date.parse('2026-12-20T00:00:00+03:30');
const T = '20000001';
const LINE = 'firmware-acme-px-100';

let server: EmbeddedPostgres;
let owner: pg.Pool;
let pool: pg.Pool;
let people: { id: string; name: string }[];
const releases: string[] = [];

const by = (index: number) => ({ actor: people[index]! });
const act = <R>(work: (db: pg.PoolClient) => Promise<R>) => transaction(pool, work);

beforeAll(async () => {
  server = await temporaryPostgres();
  owner = openPool(server.url, 2);
  owner.on('error', () => undefined);
  pool = openPool(await gatewayLogin(server.url), 4);
  pool.on('error', () => undefined);
  await owner.query(
    `insert into merchants (merchant_id, name, guild, sheba, status, mobile) values ('000000000000001', 'x', 'dairy', 'IR380170000000100000000001', 'approved', '09121234567')`,
  );
  await owner.query(
    `insert into terminals (terminal_id, merchant_id, model, psp) values ($1, '000000000000001', 'PX 100', 'Acme'), ('20000002', '000000000000001', 'PX 200', 'Acme')`,
    [T],
  );
  people = [await addActor(owner, 'engineer-one', ['engineer']), await addActor(owner, 'checker-two', ['checker'])];
  for (const n of [1, 2, 3]) {
    const wanted = { component: 'firmware' as const, profile: '*', psp: 'acme', model: 'px-100', software: `1.${n}` };
    const more = { content: Buffer.from(`app ${n}`), textFa: 'x', textEn: 'x', effectiveFrom: NOW - 60 * DAY };
    const { id } = await stageRelease(pool, { ...wanted, ...more }, by(0), NOW - 60 * DAY);
    await act((db) => approveRelease(db, id, by(1), NOW - 60 * DAY));
    releases.push(id);
  }
});
afterAll(async () => {
  await pool.end();
  await owner.end();
  await server.stop();
});

/** A world in which release 2 is the minimum, rolled out to all, and the terminal says that it has release 1. */
let minimum: string;
beforeEach(async () => {
  await owner.query(
    `truncate update_outdated, update_exemptions, update_minimums, update_rollouts, update_rollout_events, update_devices, terminal_contacts, update_metadata, messages cascade`,
  );
  await owner.query(`update update_releases set published_at = $1, withdrawn_at = null, min_from = 0, effective_until = null`, [new Date(NOW - 50 * DAY)]); // prettier-ignore
  await metadata(NOW + 80 * DAY);
  await rollout(2, 'done');
  await reports(1);
  minimum = (await act((db) => proposeMinimum(db, { releaseId: releases[1]!, from: '2026-12-20', reason: 'a hole' }, by(0), NOW))).id; // prettier-ignore
  await act((db) => approveMinimum(db, minimum, by(1), NOW));
});

async function metadata(ends: number): Promise<void> {
  await owner.query('delete from update_metadata');
  await owner.query(`insert into update_metadata (role, version, expires, bytes, at) values ($1, 1, $2, '', $2)`, [
    LINE,
    new Date(ends),
  ]);
}

async function rollout(n: number, state: string, plan: object = {}): Promise<void> {
  await owner.query(
    `insert into update_rollouts (release_id, plan, state, step_since, proposed_by, proposed_at, released_by, released_at, halted_at)
     values ($1, $2, $3, now(), $4, now(), $5, now(), case when $3 = 'halted' then now() end)`,
    [releases[n - 1], { own: [], ...plan }, state, people[0]!.id, people[1]!.id],
  );
}

async function reports(n: number | undefined, sha256?: string): Promise<void> {
  await owner.query('delete from update_devices');
  if (n === undefined) return;
  const { rows } = await owner.query<{ sha256: string }>('select sha256 from update_releases where release_id = $1', [releases[n - 1]]); // prettier-ignore
  const firmware = { file: 'x', releaseCounter: n, sha256: sha256 ?? rows[0]?.sha256 ?? 'none', slot: 'A' };
  await owner.query('insert into update_devices (terminal_id, components) values ($1, $2)', [T, { firmware }]);
}

async function says(software: string): Promise<void> {
  await owner.query('insert into terminal_contacts (terminal_id, last_at, software) values ($1, now(), $2)', [
    T,
    software,
  ]);
}

async function spans(now = NOW): Promise<{ from: number; until: number }[]> {
  await watchMinimums(pool, now);
  const { rows } = await owner.query<{ from: Date; until: Date }>(
    `select refused_from as "from", refused_until as "until" from update_outdated where terminal_id = $1`,
    [T],
  );
  return rows.map(({ from, until }) => ({ from: from.getTime(), until: until.getTime() }));
}

const refuse = { from: FROM, until: NOW + 80 * DAY };

describe('a terminal', () => {
  it.each<[string, () => Promise<unknown>, { from: number; until: number }[], string]>([
    ['that is below sells no more from the day on', () => Promise.resolve(), [refuse], 'told'],
    ['that has it sells on', () => reports(2), [], 'enough'],
    ['that has a later one sells on', () => reports(3), [], 'enough'],
    ['that never said what it has sells on', () => reports(undefined), [], 'unknown'],
    ['that says in tag 02 what it has is believed', async () => { await reports(undefined); await says('1.1'); }, [refuse], 'told'],
    ['that got it by hand sells on', () => says('1.2'), [], 'enough'],
    ['whose tag 02 nobody released sells on', async () => { await reports(undefined); await says('9.9'); }, [], 'unknown'],
    ['that runs what we did not release under that number is below', () => reports(2, 'f'.repeat(64)), [refuse], 'told'],
    ['that a later release alone reaches is below', async () => { await end(2); await rollout(3, 'done'); }, [refuse], 'told'],
    ['whose update is still on its way sells on', async () => { await end(2); await rollout(2, 'running'); }, [], 'unreachable'],
    ['whose update was stopped sells on', async () => { await end(2); await rollout(2, 'halted'); }, [], 'unreachable'],
    ['for which a later release was stopped sells on', () => rollout(3, 'halted'), [], 'unreachable'],
    ['whose update was taken back sells on', () => owner.query(`update update_releases set withdrawn_at = now() where release_id = $1`, [releases[1]]), [], 'unreachable'],
    ['that the rollout leaves out sells on', async () => { await end(2); await rollout(2, 'done', { psps: ['Other'] }); }, [], 'unreachable'],
    ['of the test terminals is reached all the same', async () => { await end(2); await rollout(2, 'done', { own: [T], psps: ['Other'] }); }, [refuse], 'told'],
    ['that is too old for the update sells on', () => owner.query(`update update_releases set min_from = 2 where release_id = $1`, [releases[1]]), [], 'unreachable'],
    ['that reaches it by a step in between is below', async () => { await rollout(1, 'done'); await says('1.1'); await reports(undefined); await owner.query(`update update_releases set min_from = 1 where release_id = $1`, [releases[1]]); }, [refuse], 'told'],
    ['sells on when what signs the update has ended', () => metadata(NOW - 1), [], 'unreachable'],
    ['sells on from when what signs the update ends', () => metadata(FROM + DAY), [{ from: FROM, until: FROM + DAY }], 'told'],
    ['sells on when nobody publishes anything any more', () => owner.query('delete from update_metadata'), [], 'unreachable'],
    ['sells until the update that ends can be taken', () => owner.query(`update update_releases set effective_until = $2 where release_id = $1`, [releases[1], new Date(FROM + 2 * DAY)]), [{ from: FROM, until: FROM + 2 * DAY }], 'told'],
    ['sells on when the minimum is ended', () => act((db) => endMinimum(db, minimum, by(0), NOW)), [], 'told'],
  ])('%s', async (_, world, expected, standing) => {
    await world();
    expect(await spans()).toEqual(expected);
    const counts = await countsOf(pool, minimum, NOW);
    if ((await minimumOf(pool, minimum, NOW)).state !== 'ended')
      expect(Object.entries(counts).filter(([, count]) => count > 0)).toEqual([[standing, 1]]);
  }); // prettier-ignore

  const end = (n: number) => owner.query(`update update_rollouts set state = 'ended' where release_id = $1`, [releases[n - 1]]); // prettier-ignore

  it('is told for the whole notice, whenever it is found', async () => {
    await reports(2);
    await spans();
    await reports(1);
    const found = Date.parse('2026-12-19T15:00:00+03:30');
    expect(await spans(found)).toMatchObject([{ from: Date.parse('2027-01-19T00:00:00+03:30') }]);
    expect(await spans(found + 5 * DAY)).toMatchObject([{ from: Date.parse('2027-01-19T00:00:00+03:30') }]);
  });

  it.each<[string, object]>([
    ['itself', { terminal: T }],
    ['its shop', { merchant: '000000000000001' }],
    ['its model', { model: 'px-100' }],
    ['its model of its PSP', { model: 'PX 100', psp: 'Acme' }],
  ])('is exempt until a day: %s', async (_, whom) => {
    const wanted = { ...whom, until: '2027-01-05', reason: 'a new device comes' };
    const { id } = await act((db) => exempt(db, wanted, by(1), NOW));
    expect(await spans()).toMatchObject([{ from: Date.parse('2027-01-05T00:00:00+03:30') }]);
    expect(await countsOf(pool, minimum, NOW)).toMatchObject({ exempt: 1, told: 0 });
    expect((await countsOf(pool, minimum, Date.parse('2027-01-06T00:00:00Z'))).refused).toBe(1);
    expect(await act((db) => endExemption(db, id, by(0), NOW))).toMatchObject({ state: 'ended' });
    expect(await spans()).toEqual([refuse]);
  });

  it('of another PSP or model, or under another minimum, is not', async () => {
    for (const whom of [{ model: 'PX 100', psp: 'Other' }, { model: 'PX 200' }, { terminal: '20000002' }])
      await act((db) => exempt(db, { ...whom, until: '2027-01-05', reason: 'x' }, by(1), NOW));
    expect(await spans()).toEqual([refuse]);
    expect((await listExemptions(pool, { limit: 10, now: NOW + 90 * DAY })).map(({ state }) => state)).toEqual(['over', 'over', 'over']); // prettier-ignore
  });

  it('is listed with what it has', async () => {
    expect(await terminalsBelow(pool, minimum, { limit: 10 }, NOW)).toEqual([
      { terminal: T, merchant: '000000000000001', model: 'PX 100', psp: 'Acme', has: 1, standing: 'told', refusedFrom: '2026-12-19T20:30:00Z' }, // prettier-ignore
    ]);
    expect(await terminalsBelow(pool, minimum, { limit: 10, standing: 'refused' }, FROM)).toHaveLength(1);
    expect(await terminalsBelow(pool, minimum, { limit: 10, standing: 'exempt' }, NOW)).toEqual([]);
  });
});

describe('a minimum', () => {
  const propose = (changed: object, now = NOW) =>
    act((db) =>
      proposeMinimum(db, { releaseId: releases[1]!, from: '2026-12-20', reason: 'x', ...changed }, by(0), now),
    );

  it.each<[string, object, string]>([
    ['no such release', { releaseId: '999' }, 'updates.unknown'],
    ['no day', { from: '2026-02-30' }, 'updates.minimum'],
    ['too little notice', { from: '2026-12-09' }, 'updates.minimum'],
    ['a day of another year', { from: '2028-01-01' }, 'updates.minimum'],
    ['no reason', { reason: ' ' }, 'updates.minimum'],
  ])('is not proposed: %s', async (_, changed, code) => {
    await expect(propose(changed)).rejects.toMatchObject({ code });
  });

  it('is not proposed of what is not published', async () => {
    await owner.query('update update_releases set published_at = null where release_id = $1', [releases[1]]);
    await expect(propose({})).rejects.toMatchObject({ code: 'updates.minimum' });
  });

  it('takes two persons, its whole notice, and an update that works', async () => {
    const { id } = await propose({ models: ['PX 100'] });
    await expect(act((db) => approveMinimum(db, id, by(0), NOW))).rejects.toMatchObject({
      code: 'updates.same-person',
    });
    await expect(act((db) => approveMinimum(db, id, by(1), FROM - 29 * DAY))).rejects.toMatchObject({ code: 'updates.minimum' }); // prettier-ignore
    await owner.query(`update update_rollouts set state = 'halted', halted_at = now()`);
    await expect(act((db) => approveMinimum(db, id, by(1), NOW))).rejects.toMatchObject({ code: 'updates.minimum' });
    await owner.query(`update update_rollouts set state = 'done', halted_at = null`);
    expect(await act((db) => approveMinimum(db, id, by(1), NOW))).toMatchObject({
      state: 'notice',
      models: ['PX 100'],
    });
    await expect(act((db) => approveMinimum(db, id, by(1), NOW))).rejects.toMatchObject({ code: 'updates.refused' });
    await act((db) => endMinimum(db, id, by(1), NOW));
    await expect(act((db) => endMinimum(db, id, by(1), NOW))).rejects.toMatchObject({ code: 'updates.refused' });
    const { rows } = await owner.query<{ act: string }>(`select act from audit where object = $1 order by seq`, [
      `minimum:${id}`,
    ]);
    expect(rows.map((row) => row.act)).toEqual(['minimum.proposed', 'minimum.approved', 'minimum.ended']);
  });

  it('of other PSPs and models says nothing of this terminal', async () => {
    await act((db) => endMinimum(db, minimum, by(0), NOW));
    for (const changed of [{ psps: ['Other'] }, { models: ['PX 200'] }]) {
      const { id } = await propose(changed);
      await act((db) => approveMinimum(db, id, by(1), NOW));
    }
    expect(await spans()).toEqual([]);
  });

  it('is on the radar', async () => {
    const endings = await endingsOf(pool, { keyDays: 1095, within: 90, now: NOW });
    expect(endings.filter(({ what }) => what === 'minimum-version')).toEqual([
      { what: 'minimum-version', name: T, endsAt: FROM },
    ]);
  });

  it('is told to the shop once, and again a week before', async () => {
    expect(await tellShops(pool, NOW)).toBe(1);
    expect(await tellShops(pool, NOW + DAY)).toBe(0);
    expect(await tellShops(pool, FROM - 6 * DAY)).toBe(1);
    expect(await tellShops(pool, FROM - 5 * DAY)).toBe(0);
    const { rows } = await owner.query<{ mobile: string; body: string }>('select mobile, body from messages');
    expect(rows).toHaveLength(2);
    expect(rows[0]).toMatchObject({ mobile: '09121234567', body: expect.stringContaining('۱۴۰۵/۰۹/۲۹') });
    expect(rows[0]?.body).toContain('۲۰۰۰۰۰۰۱');
  });
});

describe('the gateway at work', () => {
  let updates: Updates;
  const published = (ends: number) =>
    owner.query(
      `insert into update_metadata (role, version, expires, bytes, at) select r, 7, $1, '{}', now() from unnest(array['root', 'targets', 'snapshot', 'timestamp']) r`,
      [new Date(ends)],
    );

  it('knows at once what a terminal has, by its report', async () => {
    const clock = { ...systemClock, now: () => NOW };
    updates = await openUpdates({
      pool,
      dataDir: '/nonexistent',
      clock,
      log: createLog('silent'),
      onAttack: () => undefined,
    });
    const directory = await openTerminalDirectory(pool, () => openClient(server.url), systemClock);
    try {
      expect((await directory.find(T))?.outdated).toEqual([refuse]);
      const { rows } = await owner.query<{ sha256: string }>('select sha256 from update_releases where release_id = $1', [releases[1]]); // prettier-ignore
      const firmware = {
        file: `firmware/acme/px-100/app-2.bin`,
        releaseCounter: 2,
        sha256: rows[0]!.sha256,
        slot: 'A' as const,
      };
      const report = {
        serial: T,
        counter: 1,
        components: { firmware },
        timestampVersion: 1,
        clock: '2026-11-10T04:30:00Z',
        freeBytes: 1,
        queuedReversals: 0,
      };
      await updates.report(T, { report }, 'wire');
      while ((await directory.find(T))?.outdated !== undefined) await systemClock.sleep(5);
      expect(await spans()).toEqual([]);
    } finally {
      await directory.close();
      await updates.close();
    }
  });

  it.each<[string, (() => Promise<unknown>) | undefined, boolean]>([
    ['nothing was ever published', undefined, false],
    ['all metadata holds', () => published(NOW + DAY), true],
    ['one role has ended', async () => { await published(NOW + DAY); await owner.query(`update update_metadata set expires = $1 where role = 'snapshot'`, [new Date(NOW)]); }, false],
    ['it is frozen', async () => { await published(NOW + DAY); await owner.query(`insert into update_freezes (from_at, until_at, reason, made_by) values ($1, $2, 'x', $3)`, [new Date(NOW - DAY), new Date(NOW + DAY), people[0]!.id]); }, false],
  ])('refuses only while devices can install: %s', async (_, world, expected) => {
    await owner.query('delete from update_freezes');
    await world?.();
    const clock = { ...systemClock, now: () => NOW };
    const opened = await openUpdates({ pool, dataDir: '/nonexistent', clock, log: createLog('silent'), onAttack: () => undefined });
    expect(opened.canInstall(NOW)).toBe(expected);
    expect(opened.canInstall(NOW + 2 * DAY)).toBe(false);
    await opened.close();
  }); // prettier-ignore
});
