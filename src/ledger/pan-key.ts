import { createHmac } from 'node:crypto';
import { join } from 'node:path';
import type pg from 'pg';
import { GatewayError } from '../ops/errors.ts';
import { loadKey, loadOrCreateKey } from '../ops/keyfile.ts';
import { factOf, noteFact } from './installation.ts';

/** The key that PANs and national ids are hashed with, held against what the database knows of it. On a database that has no
 *  cards yet it is made where it is missing, and the database remembers it: whatever comes later must have the same.
 *  @param onMade told of a key that was made
 *  @throws GatewayError `secrets.missing`, `secrets.other`, `keyfile.invalid` */
export async function openPanKey(
  pool: pg.Pool,
  dataDir: string,
  onMade: (file: string) => void = () => undefined,
): Promise<Buffer> {
  const file = join(dataDir, 'secrets', 'pan.key');
  const known = await factOf(pool, 'pan.key');
  const filled = known !== undefined || (await hasHashes(pool));
  const present = loadKey(file);
  if (present === undefined && filled) {
    throw new GatewayError(
      'secrets.missing',
      `${file} is missing, and the database has cards that are hashed with it: no card would be found. Restore it from its backup.`,
    );
  }
  const key = present ?? loadOrCreateKey(file);
  if (present === undefined) onMade(file);
  const mine = checkValueOf(key);
  if ((await noteFact(pool, 'pan.key', mine)) === mine) return key;
  throw new GatewayError(
    'secrets.other',
    `${file} is not the key that this database was filled with: no card would be found. Put the right one there; every copy needs the same.`,
  );
}

/** Why cards of this database would not be found with the key that lies here; undefined: they are. Nothing is made. */
export async function panKeyFault(pool: pg.Pool, dataDir: string): Promise<string | undefined> {
  const file = join(dataDir, 'secrets', 'pan.key');
  const known = await factOf(pool, 'pan.key');
  const key = loadKey(file);
  if (key === undefined) return known === undefined ? undefined : `${file} is missing`;
  return known === undefined || checkValueOf(key) === known ? undefined : `${file} is not the key of this database`;
}

async function hasHashes(pool: pg.Pool): Promise<boolean> {
  const { rows } = await pool.query<{ filled: boolean }>(
    'select exists (select 1 from cards) or exists (select 1 from households where head_hash is not null) as filled',
  );
  return rows[0]?.filled === true;
}

/** Keyed by the key itself, which has 256 random bits: it says whether a key is the same, and nothing else. */
function checkValueOf(key: Buffer): string {
  return createHmac('sha256', key).update('kalabarg check value of pan.key').digest('hex').slice(0, 32);
}
