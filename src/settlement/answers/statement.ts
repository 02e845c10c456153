import type { PoolClient } from 'pg';
import { GatewayError } from '../../ops/errors.ts';
import type { FileFault } from '../files/faults.ts';
import type { StatementReader, StatementRecord } from './camt053.ts';
import { sqlIn } from '../../ops/sql.ts';

const sql = sqlIn(new URL('./sql/', import.meta.url));

const BATCH = 2_000;

/** Puts a file of statements into tables of this transaction, a row for each detail, batch, entry and statement.
 *  @returns how many rows */
export async function stageStatements(db: PoolClient, reader: StatementReader): Promise<number> {
  await db.query(sql('statement-stage'));
  let rows: StatementRecord[] = [];
  let lines = 0;
  for await (const record of reader.records()) {
    lines++;
    if (rows.push(record) < BATCH) continue;
    await insert(db, rows);
    rows = [];
  }
  await insert(db, rows);
  await db.query('analyze statement_lines; analyze statement_entries; analyze statement_batches');
  return lines;
}

const COLUMNS =
  'statement int, entry int, part int, line int, direction text, rials bigint, refs text[], words text[], shown text, reason text';

async function insert(db: PoolClient, records: readonly StatementRecord[]): Promise<void> {
  const of = async (is: StatementRecord['is'], table: string, columns: string): Promise<void> => {
    const rows = records.filter((record) => record.is === is);
    if (rows.length === 0) return;
    const json = JSON.stringify(rows, (_key, value: unknown) => (typeof value === 'bigint' ? String(value) : value));
    const names = columns.replace(/ \S+?(?=,|$)/g, '');
    await db.query(`insert into ${table} (${names}) select * from jsonb_to_recordset($1::jsonb) as r (${columns})`, [
      json,
    ]);
  };
  await of('detail', 'statement_lines', COLUMNS);
  await of('batch', 'statement_batches', `${COLUMNS}, count text`);
  await of('entry', 'statement_entries', `${COLUMNS}, booked boolean, details int, "bookedOn" text`);
  await of('statement', 'statements', 'statement int, line int, account text, identity text, digest text, entries int');
}

/** Finds what is ours in the staged statements, and puts it into `answer_lines`.
 *  @returns the statements that are new, and what cannot be true
 *  @throws GatewayError `file.conflict` when a statement was taken before with other entries */
export async function resolveStatements(
  db: PoolClient,
  name: string,
): Promise<{ fresh: readonly string[]; faults: readonly FileFault[] }> {
  const known = await db.query<{ identity: string; taken: string; same: boolean }>(`
    select s.identity, f.name as taken, b.digest = s.digest as same
      from statements s join bank_statements b using (identity) join taken_files f using (sha256) order by s.statement`);
  const other = known.rows.find((row) => !row.same);
  if (other !== undefined) {
    throw new GatewayError(
      'file.conflict',
      `${name}: the statement "${other.identity}" was taken before with other entries, from ${other.taken}.`,
    );
  }
  const twice = await db.query<FileFault>(`
    select max(line) as line, 1 as column, 'statement "' || identity || '" stands here twice, with other entries' as reason
      from statements group by identity having count(distinct digest) > 1`);
  if (twice.rows.length > 0) return { fresh: [], faults: twice.rows };
  await db.query(sql('statement-fresh'));
  await db.query(sql('statement-name'));
  const faults = await db.query<FileFault>(sql('statement-faults'));
  await db.query(sql('statement-answers'));
  const fresh = await db.query<{ identity: string }>('select identity from statements order by statement');
  return { fresh: fresh.rows.map((row) => row.identity), faults: faults.rows };
}

/** Keeps the statements, and what in them is nobody's: for a person.
 *  @returns how many leftovers there are */
export async function keepStatements(db: PoolClient, sha256: string): Promise<number> {
  await db.query(
    `insert into bank_statements (identity, digest, sha256, entries) select identity, digest, $1, entries from statements`,
    [sha256],
  );
  const { rowCount } = await db.query(sql('statement-leftovers'), [sha256]);
  return rowCount ?? 0;
}
