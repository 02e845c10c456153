import { createHash } from 'node:crypto';
import type { Pool, PoolClient } from 'pg';
import { transaction } from '../../ops/database.ts';
import { GatewayError } from '../../ops/errors.ts';
import { isoInstant } from '../../ops/sql.ts';
import { audit, type By } from '../../people/index.ts';
import {
  deltaPath,
  makeDelta,
  MOST_DELTA_BYTES,
  readGoodsList,
  readMenu,
  type Component,
  type TargetCustom,
} from '../format/index.ts';
import type { Bundle } from './bundle.ts';
import { jsonOf } from './keys.ts';
import { expiryOf, lineOf, SPEC_VERSION, type Signed, type Target, type Targets } from './metadata.ts';
import { fileOf, lockRepository, storeFile, trustedMetadata, type Db } from './store.ts';

/** Releases: a file of a component, staged by one person and approved by another; then signed offline and published. */

export interface Release {
  readonly id: string;
  readonly component: Component;
  readonly line: string;
  readonly profile: string;
  readonly psp: string | null;
  readonly hardware: readonly string[];
  /** What certification calls a firmware, exactly as the device says it. */
  readonly software: string | null;
  readonly counter: number;
  readonly path: string;
  readonly sha256: string;
  readonly sha512: string;
  readonly length: number;
  readonly minFrom: number;
  readonly deltas: TargetCustom['deltaFrom'];
  readonly effectiveFrom: string;
  readonly effectiveUntil: string | null;
  readonly textFa: string;
  readonly textEn: string;
  readonly stagedBy: string;
  readonly approvedBy: string | null;
  readonly state: 'staged' | 'approved' | 'published' | 'withdrawn';
}

const SELECT = `select r.release_id::text as id, component, line, profile, psp, hardware, software, counter, path, sha256, sha512, length,
  min_from as "minFrom", deltas, ${isoInstant('effective_from')} as "effectiveFrom", ${isoInstant('effective_until')} as "effectiveUntil",
  text_fa as "textFa", text_en as "textEn", s.login as "stagedBy", a.login as "approvedBy",
  case when withdrawn_at is not null then 'withdrawn' when published_at is not null then 'published'
       when approved_at is not null then 'approved' else 'staged' end as state
  from update_releases r join persons s on s.person_id = r.staged_by left join persons a on a.person_id = r.approved_by`;

/** @returns the newest first */
export async function listReleases(
  db: Db,
  { after, limit }: { after?: string | undefined; limit: number },
): Promise<Release[]> {
  const { rows } = await db.query<Release>(
    `${SELECT} where ($1::bigint is null or r.release_id < $1) order by r.release_id desc limit $2`,
    [after ?? null, limit],
  );
  return rows;
}

/** @throws GatewayError `updates.unknown` */
export async function releaseOf(db: Db, id: string): Promise<Release> {
  const { rows } = await db.query<Release>(`${SELECT} where r.release_id = $1`, [id]);
  if (rows[0] === undefined)
    throw new GatewayError('updates.unknown', `There is no release ${id}: kalabarg updates status lists them.`);
  return rows[0];
}

/** Every release that devices may be given. */
export async function liveReleases(db: Db): Promise<Release[]> {
  const { rows } = await db.query<Release>(`${SELECT} where published_at is not null and withdrawn_at is null`);
  return rows;
}

export interface NewRelease {
  readonly component: Component;
  readonly profile: string;
  /** Of firmware. */
  readonly psp?: string | undefined;
  readonly model?: string | undefined;
  readonly hardware?: readonly string[] | undefined;
  /** Of firmware, which needs it: as certification calls it. */
  readonly software?: string | undefined;
  readonly content: Buffer;
  readonly minFrom?: number | undefined;
  readonly effectiveFrom?: number | undefined;
  readonly effectiveUntil?: number | undefined;
  readonly textFa: string;
  readonly textEn: string;
}

/** Deltas are made from so many releases before. */
const DELTAS_FROM = 3;
/** A delta that saves less is not worth its risk. */
const WORTH = 0.7;

/** Stages a release: its counter is one above the highest of its line.
 *  @throws GatewayError `updates.malformed`, `updates.size`, `updates.path`, `updates.software`, `updates.same` */
export async function stageRelease(
  pool: Pool,
  wanted: NewRelease,
  by: By & { actor: { id: string } },
  now: number,
): Promise<Release> {
  demandContent(wanted);
  return transaction(pool, async (db) => {
    await lockRepository(db);
    const { component, profile, psp, model, content } = wanted;
    const line = lineOf(component, psp, model);
    const before = await releasesBefore(db, line.name, component, profile);
    const sha256 = await storeFile(db, content);
    if (before[0]?.sha256 === sha256)
      throw new GatewayError(
        'updates.same',
        `Nothing is new: release ${before[0].counter} of ${line.name} for ${profile} has the same content.`,
      );
    const counter = (before[0]?.counter ?? 0) + 1;
    const folder = line.paths[0]?.slice(0, -1) ?? '';
    const name =
      component === 'firmware' ? `app-${counter}.bin` : `${profile === '*' ? 'all' : profile}-${counter}.json`;
    const path = folder + name;
    const deltas = await makeDeltas(db, before.slice(0, DELTAS_FROM), content, path);
    await db.query('insert into update_paths (path, sha256) values ($1, $2)', [path, sha256]);
    const { rows } = await db.query<{ id: string }>(
      `insert into update_releases (component, line, profile, psp, hardware, counter, path, sha256, sha512, length, min_from, deltas,
         effective_from, effective_until, text_fa, text_en, staged_by, staged_at, software)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19) returning release_id::text as id`,
      [
        ...[component, line.name, profile, psp ?? null, wanted.hardware ?? [model ?? '*'], counter, path, sha256],
        ...[
          createHash('sha512').update(content).digest('hex'),
          content.length,
          wanted.minFrom ?? 0,
          JSON.stringify(deltas),
        ],
        new Date(wanted.effectiveFrom ?? now),
        wanted.effectiveUntil === undefined ? null : new Date(wanted.effectiveUntil),
        ...[wanted.textFa, wanted.textEn, by.actor.id],
        new Date(now),
        wanted.software ?? null,
      ],
    );
    const id = rows[0]?.id ?? '';
    await audit(db, by, { act: 'update.staged', object: `update:${id}`, after: { path, sha256, counter } });
    return releaseOf(db, id);
  });
}

interface Before {
  readonly counter: number;
  readonly sha256: string;
}

async function releasesBefore(db: PoolClient, line: string, component: string, profile: string): Promise<Before[]> {
  const { rows } = await db.query<Before>(
    'select counter, sha256 from update_releases where line = $1 and component = $2 and profile = $3 order by counter desc limit 10',
    [line, component, profile],
  );
  return rows;
}

async function makeDeltas(
  db: PoolClient,
  before: readonly Before[],
  content: Buffer,
  path: string,
): Promise<TargetCustom['deltaFrom']> {
  const made: TargetCustom['deltaFrom'] = [];
  for (const { counter, sha256 } of before) {
    const old = await fileOf(db, sha256);
    if (old === undefined || old.length > MOST_DELTA_BYTES) continue;
    const delta = makeDelta(old, content);
    if (delta.length > WORTH * content.length) continue;
    const at = deltaPath(path, counter);
    const hash = await storeFile(db, delta);
    await db.query('insert into update_paths (path, sha256) values ($1, $2)', [at, hash]);
    made.push({ counter, sha256: hash, path: at, length: delta.length });
  }
  return made;
}

/** A menu that is no menu must not come to where it is signed. */
function demandContent({ component, content, psp, model, profile, software }: NewRelease): void {
  const word = /^[a-z0-9][a-z0-9_-]{0,39}$/;
  if (
    component === 'firmware'
      ? !/^[a-z0-9][a-z0-9_]{0,39}$/.test(psp ?? '') || !word.test(model ?? '')
      : psp !== undefined || model !== undefined
  )
    throw new GatewayError(
      'updates.path',
      'Firmware, and nothing else, is for a PSP and a model: small letters, digits and _; the model - too.',
    );
  if (component === 'firmware' ? !/^[!-~]{1,40}$/.test(software ?? '') : software !== undefined)
    throw new GatewayError(
      'updates.software',
      'Firmware, and nothing else, says its software (--software): 1 to 40 characters without spaces, as the device and its certification say it.',
    );
  if (profile !== '*' && !word.test(profile))
    throw new GatewayError('updates.path', `"${profile}" is no name of a profile.`);
  if (component === 'menu') readMenu(jsonOf(content.toString('utf8'), 'menu'));
  if (component === 'goods') readGoodsList(jsonOf(content.toString('utf8'), 'list of goods'));
  if (component === 'params') jsonOf(content.toString('utf8'), 'file of parameters');
}

/** The second person.
 *  @throws GatewayError `updates.unknown`, `updates.same-person`, `updates.refused` */
export async function approveRelease(
  db: PoolClient,
  id: string,
  by: By & { actor: { id: string } },
  now: number,
): Promise<Release> {
  const before = await releaseOf(db, id);
  const { rowCount } = await db.query(
    `update update_releases set approved_by = $2, approved_at = $3
      where release_id = $1 and staged_by <> $2 and approved_at is null and withdrawn_at is null`,
    [id, by.actor.id, new Date(now)],
  );
  if (rowCount === 0)
    throw before.state === 'staged'
      ? new GatewayError('updates.same-person', `${by.actor.name} staged release ${id}: another person approves it.`)
      : new GatewayError('updates.refused', `Release ${id} is ${before.state} already.`);
  await audit(db, by, {
    act: 'update.approved',
    object: `update:${id}`,
    after: { path: before.path, sha256: before.sha256 },
  });
  return releaseOf(db, id);
}

/** It comes into no new bundle any more, and no device is told to take it; those that have it keep it. */
export async function withdrawRelease(db: PoolClient, id: string, by: By, now: number): Promise<Release> {
  await releaseOf(db, id);
  const open = await db.query(`select from update_rollouts where release_id = $1 and state in ('running', 'halted')`, [
    id,
  ]);
  if (open.rowCount !== 0) throw new GatewayError('updates.refused', `Release ${id} has a rollout: end it first.`);
  await db.query('update update_releases set withdrawn_at = coalesce(withdrawn_at, $2) where release_id = $1', [
    id,
    new Date(now),
  ]);
  await audit(db, by, { act: 'update.withdrawn', object: `update:${id}` });
  return releaseOf(db, id);
}

/** What is to be signed now: every role with releases that are approved and not published, or withdrawn since.
 *  @param renew every role again, with a new end
 *  @throws GatewayError `updates.none`, `updates.line` */
export async function bundleOf(db: Db, { renew = false, now }: { renew?: boolean; now: number }): Promise<Bundle> {
  const trusted = await trustedMetadata(db);
  if (trusted.root === undefined)
    throw new GatewayError('updates.none', 'There is no root yet: publish the bundle of kalabarg updates init first.');
  const { rows } = await db.query<Release>(
    `${SELECT} where approved_at is not null and withdrawn_at is null order by r.release_id`,
  );
  const roles: Record<string, Signed<Targets>> = {};
  for (const name of new Set(rows.map(({ line }) => line)))
    if (trusted.roles[name] === undefined)
      throw new GatewayError(
        'updates.line',
        `No key may sign for ${name} yet: kalabarg updates rekey --role ${name} --add <public key>.`,
      );
  for (const [name, before] of Object.entries(trusted.roles)) {
    const targets = Object.fromEntries(
      rows.filter(({ line }) => line === name).map((each) => [each.path, targetOf(each)]),
    );
    const same =
      JSON.stringify(Object.keys(targets).sort()) === JSON.stringify(Object.keys(before.signed.targets).sort());
    if (same && !renew) continue;
    const body = {
      ...before.signed,
      spec_version: SPEC_VERSION,
      version: before.signed.version + 1,
      expires: expiryOf('targets', now),
      targets,
    };
    roles[name] = { signed: body, signatures: [] };
  }
  if (Object.keys(roles).length === 0)
    throw new GatewayError(
      'updates.none',
      'Nothing waits to be signed: stage a release and have it approved, or renew what ends (--renew).',
    );
  return { trusted, roles };
}

function targetOf(release: Release): Target {
  const custom: TargetCustom = {
    component: release.component,
    profile: release.profile,
    hardwareIds: [...release.hardware],
    releaseCounter: release.counter,
    minFrom: release.minFrom,
    deltaFrom: release.deltas,
    effectiveFrom: release.effectiveFrom,
    ...(release.effectiveUntil === null ? {} : { effectiveUntil: release.effectiveUntil }),
    textFa: release.textFa,
    textEn: release.textEn,
    approvals: [release.stagedBy, release.approvedBy ?? ''],
  };
  return { length: release.length, hashes: { sha256: release.sha256, sha512: release.sha512 }, custom };
}
