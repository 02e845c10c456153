import { openSync, readFileSync, readSync, closeSync } from 'node:fs';
import type { Pool, PoolClient } from 'pg';
import { GatewayError } from '../../ops/errors.ts';
import { xmlStart } from '../../ops/xml-text.ts';
import { transaction } from '../clearing/state.ts';
import { assertStill, fileHash, recordTaken, refuseFaults, unlessTaken } from '../files/taken.ts';
import { readStatement } from './camt053.ts';
import { readAnswerCsv } from './csv.ts';
import type { Answer, AnswerReader, BankAnswer } from './model.ts';
import { readPain002 } from './pain002.ts';

/** What a bank's answer changed. */
export interface AnswerIntake {
  readonly kind: string;
  /** The same file was taken before: nothing changed. */
  readonly repeated: boolean;
  readonly orders: Readonly<Record<BankAnswer['status'], { count: number; rials: bigint }>>;
}

const BATCH = 5_000;

/** Takes a bank's answer in (pain.002, CSV, camt.053): whole, in one transaction, or not at all.
 *  @throws GatewayError `file.refused` with every fault, `file.conflict`, `file.unknown`, `file.changed` */
export async function takeAnswers(pool: Pool, path: string, name: string): Promise<AnswerIntake> {
  const reader = openAnswers(path, name);
  const sha256 = await fileHash(path);
  const repeated = { kind: reader.kind, repeated: true, orders: noOrders() };
  return unlessTaken<AnswerIntake>(pool, sha256, repeated, () => apply(pool, reader, { path, name, sha256 }));
}

function apply(
  pool: Pool,
  reader: AnswerReader,
  { path, name, sha256 }: { path: string; name: string; sha256: string },
): Promise<AnswerIntake> {
  return transaction(pool, async (db) => {
    const lines = await stage(db, reader);
    await assertStill(path, sha256);
    refuseFaults(name, reader.faults.list);
    const statement = reader.kind === 'camt.053';
    const faults = await db.query<{ line: number; reason: string }>(sql('faults'), [statement]);
    refuseFaults(
      name,
      faults.rows.map((row) => ({ ...row, column: 1 })),
    );
    await recordTaken(db, { sha256, kind: reader.kind, identity: reader.identity(), name, lines });
    const applied = await db.query<{ status: BankAnswer['status']; orders: number; rials: string }>(sql('apply'));
    const orders = noOrders();
    for (const row of applied.rows) orders[row.status] = { count: row.orders, rials: BigInt(row.rials) };
    return { kind: reader.kind, repeated: false, orders };
  });
}

function sql(name: string): string {
  return readFileSync(new URL(`./sql/${name}.sql`, import.meta.url), 'utf8');
}

function noOrders(): Record<BankAnswer['status'], { count: number; rials: bigint }> {
  const none = { count: 0, rials: 0n };
  return { paid: none, accepted: none, returned: none };
}

/** Which of the three it is, by its name and first bytes. */
function openAnswers(path: string, name: string): AnswerReader {
  if (name.toLowerCase().endsWith('.csv')) return readAnswerCsv(path, name);
  const buffer = Buffer.alloc(4_096);
  const file = openSync(path, 'r');
  const length = readSync(file, buffer);
  closeSync(file);
  const { text: start, fault } = xmlStart(buffer.subarray(0, length));
  if (start.includes('CstmrPmtStsRpt')) return readPain002(path);
  if (start.includes('BkToCstmrStmt')) return readStatement(path);
  if (start === '' && fault !== undefined) refuseFaults(name, [{ line: 1, column: 1, reason: fault.message }]);
  throw new GatewayError('file.unknown', `${name} is neither pain.002, camt.053 nor .csv: nothing of it was taken.`);
}

/** Puts the answers into a table of this transaction. A word on a whole file goes to those of its orders that are
 *  not named one by one, and not at their end already. */
async function stage(db: PoolClient, reader: AnswerReader): Promise<number> {
  await db.query(
    'create temp table answer_lines (line int, instruction_id text, status text, reason text, rials bigint) on commit drop',
  );
  const groups: Extract<Answer, { of: 'file' }>[] = [];
  let batch: BankAnswer[] = [];
  let lines = 0;
  const flush = async (): Promise<void> => {
    await db.query(
      `insert into answer_lines select * from unnest($1::int[], $2::text[], $3::text[], $4::text[], $5::bigint[])`,
      [
        batch.map((each) => each.line),
        batch.map((each) => each.instructionId),
        batch.map((each) => each.status),
        batch.map((each) => each.reason),
        batch.map((each) => each.rials?.toString()),
      ],
    );
    batch = [];
  };
  for await (const answer of reader.answers()) {
    lines++;
    if (answer.of === 'file') groups.push(answer);
    else if (batch.push(answer) >= BATCH) await flush();
  }
  await flush();
  await db.query('create index on answer_lines (instruction_id); analyze answer_lines');
  for (const { line, messageId, status, reason } of groups) {
    const { rowCount } = await db.query('select 1 from payment_files where message_id = $1', [messageId]);
    if (rowCount === 0) reader.faults.add(line, 1, `no payment file has the MsgId ${messageId.slice(0, 40)}`);
    await db.query(
      `insert into answer_lines select $1, instruction_id, $3, $4 from payment_orders o
        where message_id = $2 and state in ('made', 'sent', 'accepted') and not exists (select 1 from answer_lines a where a.instruction_id = o.instruction_id)`,
      [line, messageId, status, reason],
    );
  }
  return lines;
}
