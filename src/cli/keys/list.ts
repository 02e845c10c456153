import Table from 'cli-table3';
import type pg from 'pg';
import type { KeyRef } from '../../hsm/index.ts';
import { listKeys } from '../../merchants/index.ts';
import { DAY_MS } from '../../ops/clock.ts';

interface TerminalRow {
  readonly terminal_id: string;
  readonly tmk: KeyRef | null;
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

/** Every key with its check value and its age in days.
 *  @param olderDays only keys at least that old: those to be changed */
export async function listAll(pool: pg.Pool, now: number, olderDays: number): Promise<KeySummary[]> {
  const age = (at: Date): number => Math.floor((now - at.getTime()) / DAY_MS);
  const summary = (name: string, { usage, algorithm, bits, kcv }: KeyRef, at: Date): KeySummary => {
    return { name, usage, algorithm, bits, kcv, days: age(at) };
  };
  const own = (await listKeys(pool)).map(({ name, key, createdAt }) => summary(name, key, createdAt));
  const { rows } = await pool.query<TerminalRow>(
    `select terminal_id, tmk, tmk_at, keys -> 'tak' as tak, changed_at from terminal_keys order by terminal_id`,
  );
  const terminals = rows.flatMap(({ terminal_id, tmk, tmk_at, tak, changed_at }) =>
    tmk === null
      ? []
      : [
          {
            ...summary(`terminal:${terminal_id}`, tmk, tmk_at ?? changed_at),
            sessionDays: tak === null ? null : age(changed_at),
          },
        ],
  );
  return [...own, ...terminals].filter(({ days }) => days >= olderDays);
}

export function keyTable(keys: readonly KeySummary[]): string {
  const head = ['key', 'usage', 'algorithm', 'KCV', 'days', 'session keys, days'];
  const table = new Table({ head, style: { head: [], border: [] } });
  for (const { name, usage, algorithm, bits, kcv, days, sessionDays } of keys) {
    const session = sessionDays === undefined ? '' : String(sessionDays ?? 'none');
    table.push([name, usage, `${algorithm}-${bits}`, kcv, days, session]);
  }
  return keys.length === 0 ? 'no keys' : table.toString();
}
