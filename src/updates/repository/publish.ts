import type { Pool, PoolClient } from 'pg';
import { transaction } from '../../ops/database.ts';
import { GatewayError } from '../../ops/errors.ts';
import { audit, type By } from '../../people/index.ts';
import { checkBundle, type Bundle } from './bundle.ts';
import { signOnline } from './online.ts';
import type { OnlineKeys } from './online-keys.ts';
import { lockRepository, noteChange, storeMetadata, trustedMetadata } from './store.ts';

export interface Published {
  /** `root 2`, `menu 7` */
  readonly roles: readonly string[];
  /** Paths of releases that may be rolled out now. */
  readonly releases: readonly string[];
  /** Undefined: the gateway signs it within a second. */
  readonly timestamp: number | undefined;
}

/** Puts a signed bundle in force, whole or not at all.
 *  @param keys undefined: not on this machine
 *  @throws GatewayError see `checkBundle`; `updates.release` where a target is not what two persons approved */
export async function publishBundle(
  pool: Pool,
  bundle: Bundle,
  keys: OnlineKeys | undefined,
  by: By,
  now: number,
): Promise<Published> {
  return transaction(pool, async (db) => {
    await lockRepository(db);
    const trusted = await trustedMetadata(db);
    const { roles } = checkBundle(bundle, trusted, now);
    const done: string[] = [];
    if (bundle.root !== undefined) {
      await storeMetadata(db, 'root', bundle.root, now);
      done.push(`root ${bundle.root.signed.version}`);
    }
    const releases: string[] = [];
    for (const [name, metadata] of Object.entries(bundle.roles)) {
      if (roles[name] === undefined) throw new GatewayError('updates.path', `${name} is delegated by nobody.`);
      releases.push(...(await publishTargets(db, Object.entries(metadata.signed.targets), now)));
      await storeMetadata(db, name, metadata, now);
      done.push(`${name} ${metadata.signed.version}`);
    }
    const timestamp = keys === undefined ? undefined : await signOnline(db, keys, now);
    if (timestamp === undefined) await noteChange(db, now);
    await audit(db, by, { act: 'update.published', object: 'update:metadata', after: { roles: done, releases } });
    return { roles: done, releases, timestamp };
  });
}

type TargetEntry = readonly [
  string,
  { readonly length: number; readonly hashes: { readonly sha256: string; readonly sha512: string } },
];

/** A target that no two persons approved here is not published, whoever signed it. */
async function publishTargets(db: PoolClient, targets: readonly TargetEntry[], now: number): Promise<string[]> {
  const fresh: string[] = [];
  for (const [path, { length, hashes }] of targets) {
    const { rows } = await db.query<{ published: boolean }>(
      `select published_at is not null as published from update_releases
        where path = $1 and sha256 = $2 and sha512 = $3 and length = $4 and approved_at is not null and withdrawn_at is null`,
      [path, hashes.sha256, hashes.sha512, length],
    );
    if (rows[0] === undefined)
      throw new GatewayError(
        'updates.release',
        `${path} is no release that two persons approved here, or it was withdrawn.`,
      );
    if (rows[0].published) continue;
    await db.query('update update_releases set published_at = $2 where path = $1', [path, new Date(now)]);
    fresh.push(path);
  }
  return fresh;
}
