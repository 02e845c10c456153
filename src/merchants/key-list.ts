import type pg from 'pg';
import type { KeyRef } from '../hsm/index.ts';
import { DAY_MS } from '../ops/clock.ts';
import { listKeys } from './hsm-keys.ts';

interface TerminalRow {
  readonly terminal_id: string;
  readonly tmk: KeyRef;
  readonly tmk_at: Date | null;
  readonly tak: KeyRef | null;
  readonly changed_at: Date;
}

/** A key without its token. */
export interface KeySummary {
  readonly name: string;
  readonly usage: string;
  readonly algorithm: string;
  readonly bits: number;
  readonly kcv: string;
  readonly days: number;
  /** Of a terminal: the age of its session keys; null where it has none. */
  readonly sessionDays?: number | null;
}

function ageOf(at: Date, now: number): number {
  return Math.floor((now - at.getTime()) / DAY_MS);
}

function summaryOf(name: string, { usage, algorithm, bits, kcv }: KeyRef, days: number): KeySummary {
  return { name, usage, algorithm, bits, kcv, days };
}

/** Every key with its check value and its age in days.
 *  @param olderDays only keys at least that old: those to be changed */
export async function keysByAge(pool: pg.Pool, now: number, olderDays: number): Promise<KeySummary[]> {
  const all = [...(await sharedKeys(pool, now)), ...(await terminalKeys(pool, now, {}))];
  return all.filter(({ days }) => days >= olderDays);
}

/** Keys that are shared with others than terminals: the bank, vendors, other HSMs. */
export async function sharedKeys(pool: pg.Pool, now: number): Promise<KeySummary[]> {
  return (await listKeys(pool)).map(({ name, key, createdAt }) => summaryOf(name, key, ageOf(createdAt, now)));
}

/** Master keys of terminals with the age of their session keys, by terminal.
 *  @param after a terminal's id; `limit` left out: all of them */
export async function terminalKeys(
  pool: pg.Pool,
  now: number,
  { after = '', limit }: { readonly after?: string | undefined; readonly limit?: number },
): Promise<KeySummary[]> {
  const { rows } = await pool.query<TerminalRow>(
    `select terminal_id, tmk, tmk_at, keys -> 'tak' as tak, changed_at from terminal_keys
      where tmk is not null and terminal_id > $1 order by terminal_id limit $2`,
    [after, limit ?? null],
  );
  return rows.map(({ terminal_id: terminal, tmk, tmk_at: since, tak, changed_at: changed }) => ({
    ...summaryOf(`terminal:${terminal}`, tmk, ageOf(since ?? changed, now)),
    sessionDays: tak === null ? null : ageOf(changed, now),
  }));
}

export interface KeyAct {
  readonly id: string;
  readonly at: Date;
  readonly what: string;
  readonly name: string;
  readonly kcv: string;
  readonly people: readonly string[];
}

/** Who did what with keys, the newest first.
 *  @param before an id: older acts */
export async function keyActs(
  pool: pg.Pool,
  { before, limit }: { readonly before?: string | undefined; readonly limit: number },
): Promise<KeyAct[]> {
  const { rows } = await pool.query<KeyAct>(
    `select id::text, at, what, name, kcv, people from key_log where $1::bigint is null or id < $1 order by id desc limit $2`,
    [before ?? null, limit],
  );
  return rows;
}

export interface KeyScheme {
  readonly scheme: string | null;
  readonly terminals: number;
  readonly withoutKey: number;
  readonly oldestDays: number | null;
  readonly overdue: number;
}

/** How many terminals keep to which key scheme, and how old their master keys are.
 *  @param keyDays how long a key may serve */
export async function keysByScheme(pool: pg.Pool, now: number, keyDays: number): Promise<KeyScheme[]> {
  const { rows } = await pool.query<KeyScheme>(
    `select t.key_scheme as scheme, count(*)::int as terminals, count(*) filter (where k.tmk is null)::int as "withoutKey",
            max(floor(extract(epoch from $1::timestamptz - coalesce(k.tmk_at, k.changed_at)) / 86400)) filter (where k.tmk is not null)::int as "oldestDays",
            count(*) filter (where k.tmk is not null and coalesce(k.tmk_at, k.changed_at) < $1::timestamptz - make_interval(days => $2))::int as overdue
       from terminals t left join terminal_keys k using (terminal_id) where t.ended is null
      group by 1 order by 1 nulls first`,
    [new Date(now), keyDays],
  );
  return rows;
}
