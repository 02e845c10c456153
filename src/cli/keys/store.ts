import type pg from 'pg';
import type { KeyRef } from '../../hsm/index.ts';
import { findKey, storeKey, injectTmk } from '../../merchants/index.ts';
import { GatewayError } from '../../ops/errors.ts';

/** Where a key is kept: `terminal:10000001` is that terminal's TMK, anything else a name of its own (`zmk:<bank>`). */
export function checkName(name: string): string {
  if (/^terminal:[0-9A-Za-z]{8}$/.test(name)) return name;
  if (/^(?!terminal:)[a-z][a-z0-9:._-]{1,59}$/.test(name)) return name;
  throw new GatewayError(
    'keys.name',
    `${JSON.stringify(name)} is not the name of a key: give terminal:<eight digits>, zmk:<bank>, or small letters and digits.`,
  );
}

/** @throws GatewayError `keys.unknown` */
export async function load(pool: pg.Pool, name: string): Promise<KeyRef> {
  const terminal = terminalOf(checkName(name));
  if (terminal === undefined) {
    const key = await findKey(pool, name);
    if (key !== undefined) return key;
  } else {
    const sql = 'select tmk from terminal_keys where terminal_id = $1';
    const { rows } = await pool.query<{ tmk: KeyRef | null }>(sql, [terminal]);
    if (rows[0]?.tmk != null) return rows[0].tmk;
  }
  throw new GatewayError('keys.unknown', `There is no key ${name} (kalabarg keys list).`);
}

/** Stores a key and who brought it.
 *  @throws GatewayError `keys.unknown` for a terminal that is not there; `keys.usage` for a TMK that can carry no keys */
export async function save(
  pool: pg.Pool,
  name: string,
  key: KeyRef,
  { what, people }: { readonly what: string; readonly people: readonly string[] },
): Promise<void> {
  const terminal = terminalOf(checkName(name));
  if (terminal === undefined) await storeKey(pool, name, key);
  else {
    if (key.usage !== 'K1')
      throw new GatewayError('keys.usage', `A TMK carries key blocks: usage K1, not ${key.usage}.`);
    await demandTerminal(pool, terminal);
    await injectTmk(pool, terminal, key);
  }
  await note(pool, { what, name, kcv: key.kcv, people });
}

/** @throws GatewayError `keys.unknown` */
export async function demandTerminal(pool: pg.Pool, terminal: string): Promise<void> {
  const { rowCount } = await pool.query('select from terminals where terminal_id = $1', [terminal]);
  if (rowCount === 0) throw new GatewayError('keys.unknown', `There is no terminal ${terminal}.`);
}

export async function note(
  pool: pg.Pool,
  entry: { readonly what: string; readonly name: string; readonly kcv: string; readonly people: readonly string[] },
): Promise<void> {
  const { what, name, kcv, people } = entry;
  await pool.query('insert into key_log (what, name, kcv, people) values ($1, $2, $3, $4)', [what, name, kcv, people]);
}

export function terminalOf(name: string): string | undefined {
  return name.startsWith('terminal:') ? name.slice('terminal:'.length) : undefined;
}
