import { readdir } from 'node:fs/promises';
import type pg from 'pg';
import { migrate, verifyDays, verifyLedger, type HeadStore } from '../ledger/index.ts';
import { openPool } from '../ops/database.ts';
import { GatewayError, messageOf } from '../ops/errors.ts';
import { openScratch, type ScratchOptions } from './scratch.ts';

export interface BackupCheckOptions extends ScratchOptions {
  /** The database that was backed up; undefined: it is not there, or not asked. */
  readonly live?: pg.Pool;
  /** The second place where heads of journals are kept. */
  readonly heads: HeadStore;
}

export interface BackupVerdict {
  /** Nothing of what follows was wrong. */
  readonly inOrder: boolean;
  /** A sentence each. */
  readonly faults: readonly string[];
  /** When the newest commit was made that the restored database has; null: there is none after the base backup. */
  readonly newestCommit: number | null;
  /** The instant of the newest transaction in it; null: it has none. */
  readonly newestTransaction: number | null;
  /** Heads of journals of closed days that it has. */
  readonly days: number;
  /** What those were held against. */
  readonly comparedWith: readonly ('database' | 'second place')[];
  /** Why the database that was backed up was not asked, where it should have been. */
  readonly notCompared: string | null;
}

/** Restores a backup into a scratch server, recomputes its books as `ledger verify` does, and holds the heads of its journals against those of
 *  the database and of the second place. Neither the backup nor the database is changed.
 *  @throws GatewayError `backup.folder`, `backup.room`, `backup.program`, `backup.restore` */
export async function checkBackup(options: BackupCheckOptions): Promise<BackupVerdict> {
  const scratch = await openScratch(options);
  const pool = openPool(scratch.url, 2);
  pool.on('error', () => undefined); // the server stops while its last connection is on its way out
  try {
    return await look(pool, options);
  } finally {
    await pool.end();
    await scratch.close();
  }
}

async function look(pool: pg.Pool, { live, heads, wal, until }: BackupCheckOptions): Promise<BackupVerdict> {
  const reached = await reachedIn(pool);
  const faults = wal === undefined || until !== undefined ? [] : await walLeftOver(wal, reached);
  await demandBooks(pool);
  await migrate(pool); // a backup of the version before this one: the scratch server may be changed
  for (const { check, count, examples } of await verifyLedger(pool))
    faults.push(`${check}: ${count.toLocaleString('en')} (${examples.join('; ')})`);
  const restored = await headsIn(pool);
  const last = [...restored.keys()].at(-1) ?? '';
  const known = (await heads.days()).filter((day) => day <= last); // later days were closed after what was restored
  faults.push(...(await verifyDays(pool, { ...heads, days: () => Promise.resolve(known) })));
  const compared = live === undefined ? undefined : await differing(restored, live);
  if (Array.isArray(compared)) faults.push(...compared);
  return {
    inOrder: faults.length === 0,
    faults,
    newestCommit: reached.commit,
    newestTransaction: await newestTransaction(pool),
    days: restored.size,
    comparedWith: [
      ...(Array.isArray(compared) ? (['database'] as const) : []),
      ...(known.length > 0 ? (['second place'] as const) : []),
    ],
    notCompared: typeof compared === 'string' ? compared : null,
  };
}

interface Reached {
  /** Where the last record of WAL ends that was replayed; 0n: none was. */
  readonly position: bigint;
  readonly segmentBytes: bigint;
  readonly commit: number | null;
}

async function reachedIn(pool: pg.Pool): Promise<Reached> {
  const { rows } = await pool.query<{ position: string | null; segment: string; commit: string | null }>(
    `select (pg_last_wal_replay_lsn() - '0/0')::text as position, floor(extract(epoch from pg_last_xact_replay_timestamp()) * 1000)::text as commit,
            (select setting from pg_settings where name = 'wal_segment_size') as segment`,
  );
  const [row] = rows;
  return {
    position: BigInt(row?.position ?? 0),
    segmentBytes: BigInt(row?.segment ?? 16_777_216),
    commit: row?.commit == null ? null : Number(row.commit),
  };
}

/** PostgreSQL stops without a word at the first record that it cannot read, as if the archive ended there. It does not, where the archive goes on. */
async function walLeftOver(folder: string, { position, segmentBytes }: Reached): Promise<string[]> {
  const names = await readdir(folder);
  const newest = names.filter((name) => /^[0-9A-F]{24}$/.test(name)).sort().at(-1); // prettier-ignore
  if (newest === undefined) return [`${folder} has no WAL`];
  const begins = BigInt(`0x${newest.slice(8, 16)}`) * 0x1_0000_0000n + BigInt(`0x${newest.slice(16)}`) * segmentBytes;
  if (position >= begins) return [];
  const high = (position / 0x1_0000_0000n).toString(16).toUpperCase();
  const low = (position % 0x1_0000_0000n).toString(16).toUpperCase();
  return [`WAL could be replayed to ${high}/${low} only, and the archive goes on to ${newest}: a file between them is missing or damaged`]; // prettier-ignore
}

async function demandBooks(pool: pg.Pool): Promise<void> {
  const { rows } = await pool.query<{ there: boolean }>(`select to_regclass('journal_exports') is not null as there`);
  if (rows[0]?.there === true) return;
  throw new GatewayError('backup.restore', 'The backup was restored, and its database has no books: name theirs with --database.'); // prettier-ignore
}

async function headsIn(pool: pg.Pool): Promise<Map<string, string>> {
  const { rows } = await pool.query<{ day: string; last: string }>(
    'select business_day::text as day, last_sha256 as last from journal_exports order by business_day',
  );
  return new Map(rows.map(({ day, last }) => [day, last]));
}

/** @returns a sentence for each head that the database has not, or not so; a text alone: it could not be asked, and why */
async function differing(restored: ReadonlyMap<string, string>, live: pg.Pool): Promise<string[] | string> {
  try {
    const there = await headsIn(live);
    return [...restored].flatMap(([day, last]) => {
      const now = there.get(day);
      if (now === last) return [];
      return [`${day}: its head is ${last} in the backup, and ${now ?? 'missing'} in the database`];
    });
  } catch (error) {
    return messageOf(error);
  }
}

async function newestTransaction(pool: pg.Pool): Promise<number | null> {
  const { rows } = await pool.query<{ at: string | null }>(
    'select max(at) as at from transactions where business_day >= (select max(business_day) from transactions) - 1',
  );
  return rows[0]?.at == null ? null : Number(rows[0].at);
}
