import Table from 'cli-table3';
import type pg from 'pg';
import type { KeyRef } from '../../hsm/index.ts';
import { listKeys } from '../../merchants/index.ts';

const DAY_MS = 86_400_000;

interface TerminalRow {
  readonly terminal_id: string;
  readonly tmk: KeyRef | null;
  readonly tmk_at: Date | null;
  readonly tak: KeyRef | null;
  readonly changed_at: Date;
}

/** Every key with its check value and its age in days.
 *  @param olderDays only keys at least that old: those to be changed */
export async function keyTable(pool: pg.Pool, now: number, olderDays: number): Promise<string> {
  const head = ['key', 'usage', 'algorithm', 'KCV', 'days', 'session keys, days'];
  const table = new Table({ head, style: { head: [], border: [] } });
  const old = (days: number): boolean => days >= olderDays;
  const push = (name: string, key: KeyRef, at: Date, session: string): void => {
    const days = Math.floor((now - at.getTime()) / DAY_MS);
    if (old(days)) table.push([name, key.usage, `${key.algorithm}-${key.bits}`, key.kcv, days, session]);
  };
  for (const { name, key, createdAt } of await listKeys(pool)) push(name, key, createdAt, '');
  const { rows } = await pool.query<TerminalRow>(
    `select terminal_id, tmk, tmk_at, keys -> 'tak' as tak, changed_at from terminal_keys order by terminal_id`,
  );
  for (const { terminal_id, tmk, tmk_at, tak, changed_at } of rows) {
    const session = tak === null ? 'none' : String(Math.floor((now - changed_at.getTime()) / DAY_MS));
    if (tmk !== null) push(`terminal:${terminal_id}`, tmk, tmk_at ?? changed_at, session);
  }
  return table.length === 0 ? 'no keys' : table.toString();
}
