import type pg from 'pg';
import type { Hsm, KeyRef } from '../hsm/index.ts';

/** Stores a terminal's master key; its session keys, made under the one before, go.  */
export async function injectTmk(pool: pg.Pool, terminal: string, tmk: KeyRef): Promise<void> {
  await pool.query(
    `insert into terminal_keys (terminal_id, tmk, tmk_at) values ($1, $2, now())
     on conflict (terminal_id) do update
       set tmk = excluded.tmk, tmk_at = now(), keys = null, previous = null, previous_until = 0, changed_at = now()`,
    [terminal, tmk],
  );
}

/** Gives every terminal of the list that has no TMK yet the one it names. Terminals that share a clear TMK share its token. */
export async function injectDemoTmks(
  pool: pg.Pool,
  hsm: Hsm,
  terminals: readonly { terminal: string; algorithm: 'TDES' | 'AES'; tmk: Buffer }[],
): Promise<void> {
  const { rows } = await pool.query<{ terminal_id: string }>(
    'select terminal_id from terminal_keys where tmk is not null',
  );
  const known = new Set(rows.map((row) => row.terminal_id));
  const formed = new Map<string, KeyRef>();
  for (const { terminal, algorithm, tmk } of terminals) {
    if (known.has(terminal)) continue;
    const name = algorithm + tmk.toString('hex');
    const components = [tmk, Buffer.alloc(tmk.length)];
    const key = formed.get(name) ?? (await hsm.formKey({ usage: 'K1', algorithm, bits: 128 }, components));
    formed.set(name, key);
    await injectTmk(pool, terminal, key);
  }
}
