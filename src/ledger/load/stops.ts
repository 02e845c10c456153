import type pg from 'pg';
import type { FieldFault } from './faults.ts';
import type { Kind } from './kinds.ts';

/** A row that suspends a shop or disables a device is obeyed, whatever else is wrong with it: of such a row the status is applied and
 *  nothing else, and what is wrong is told (decision 41). Staging leaves null what it did not take.
 *
 *  @param wrong lines that the database found fault with, beside those
 *  @returns how many were stopped, and faults: of those that are not there, so that there is nothing to stop */
export async function applyStops(
  tx: pg.PoolClient,
  kind: Kind,
  wrong: readonly number[],
): Promise<{ changed: number; faults: FieldFault[] }> {
  const { stop, key, columns } = kind;
  if (stop === undefined) return { changed: 0, faults: [] };
  const named = key[0] ?? '';
  const nulls = Object.keys(columns).map((column) => `s."${column}"`);
  const stops = `s.status = '${stop.status}' and (num_nulls(${nulls.join(', ')}) > 0 or s.line = any ($1::int[]))`;
  const known = `exists (select 1 from ${stop.table} t where t.${stop.by} = s."${named}")`;
  const lines = [...wrong];
  const faults = await tx.query<FieldFault>(
    `select s.line, '${named}' as field, 'is not there to be ${stop.status}: a new one must be right as a whole' as reason
       from staged s where ${stops} and not ${known}`,
    [lines],
  );
  const stopped = await tx.query(
    `update ${stop.table} t set status = '${stop.status}' from staged s
      where ${stops} and t.${stop.by} = s."${named}" and t.${stop.kept} <> '${stop.status}'`,
    [lines],
  );
  await tx.query(`delete from staged s where ${stops}`, [lines]);
  return { changed: stopped.rowCount ?? 0, faults: faults.rows };
}

/** Of what the database found: the lines that stop a shop or device. */
export async function stopLines(
  tx: pg.PoolClient,
  { stop }: Kind,
  faults: readonly FieldFault[],
): Promise<Set<number>> {
  if (stop === undefined || faults.length === 0) return new Set();
  const { rows } = await tx.query<{ line: number }>(
    'select line from staged where status = $1 and line = any ($2::int[])',
    [stop.status, faults.map(({ line }) => line)],
  );
  return new Set(rows.map(({ line }) => line));
}
