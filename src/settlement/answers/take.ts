import { openSync, readSync, closeSync } from 'node:fs';
import type { Pool } from 'pg';
import { GatewayError } from '../../ops/errors.ts';
import { xmlStart } from '../../ops/xml-text.ts';
import { transaction } from '../../ops/database.ts';
import { assertStill, fileHash, recordTaken, refuseFaults, unlessTaken } from '../files/taken.ts';
import { readStatement, type StatementReader } from './camt053.ts';
import { readAnswerCsv } from './csv.ts';
import type { AnswerReader, AnswerStatus } from './model.ts';
import { readPain002 } from './pain002.ts';
import { createAnswerLines, keepBlocked, stageAnswers } from './stage.ts';
import { keepStatements, resolveStatements, stageStatements } from './statement.ts';
import { readUnits } from '../../ledger/index.ts';
import type { MoneyUnit } from '../../field/money-unit.ts';
import { sqlIn } from '../../ops/sql.ts';

const sql = sqlIn(new URL('./sql/', import.meta.url));

/** What a bank's answer changed. */
export interface AnswerIntake {
  readonly kind: string;
  /** All of it was taken before: nothing changed. */
  readonly repeated: boolean;
  readonly orders: Readonly<Record<AnswerStatus, { count: number; rials: bigint }>>;
  /** What it holds that is about no order of ours, and waits for a person (leftovers.ts). */
  readonly leftovers: number;
}

/** Takes a bank's answer in (pain.002, CSV, camt.053): whole, in one transaction, or not at all.
 *  @throws GatewayError `file.refused` with every fault, `file.conflict`, `file.unknown`, `file.changed` */
export async function takeAnswers(pool: Pool, path: string, name: string): Promise<AnswerIntake> {
  const reader = openAnswers(path, name, (await readUnits(pool)).ever());
  const sha256 = await fileHash(path);
  const repeated = { kind: reader.kind, repeated: true, orders: noOrders(), leftovers: 0 };
  return unlessTaken<AnswerIntake>(pool, sha256, repeated, () => apply(pool, reader, { path, name, sha256 }));
}

function apply(
  pool: Pool,
  reader: AnswerReader | StatementReader,
  { path, name, sha256 }: { path: string; name: string; sha256: string },
): Promise<AnswerIntake> {
  return transaction(pool, async (db) => {
    await createAnswerLines(db);
    const statement = reader.kind === 'camt.053';
    const staged = statement ? { lines: await stageStatements(db, reader) } : await stageAnswers(db, reader);
    await assertStill(path, sha256);
    refuseFaults(name, reader.faults.list);
    const resolved = statement ? await resolveStatements(db, name) : undefined;
    refuseFaults(name, resolved?.faults ?? []);
    const faults = await db.query<{ line: number; reason: string }>(sql('faults'), [
      statement,
      'messageId' in staged ? (staged.messageId ?? null) : null,
    ]);
    refuseFaults(
      name,
      faults.rows.map((row) => ({ ...row, column: 1 })),
    );
    // Statements have names of their own: a file of them has none but its bytes.
    const identity = statement ? `${resolved?.fresh[0] ?? 'nothing new'} #${sha256.slice(0, 16)}` : reader.identity();
    await recordTaken(db, { sha256, kind: reader.kind, identity, name, lines: staged.lines });
    const leftovers = statement ? await keepStatements(db, sha256) : await keepBlocked(db, sha256);
    const applied = await db.query<{ status: AnswerStatus; orders: number; rials: string }>(sql('apply'));
    const orders = noOrders();
    for (const row of applied.rows) orders[row.status] = { count: row.orders, rials: BigInt(row.rials) };
    return { kind: reader.kind, repeated: resolved?.fresh.length === 0, orders, leftovers };
  });
}

function noOrders(): Record<AnswerStatus, { count: number; rials: bigint }> {
  const none = { count: 0, rials: 0n };
  return { paid: none, accepted: none, returned: none };
}

/** Which of the three it is, by its name and first bytes. */
function openAnswers(path: string, name: string, units: readonly MoneyUnit[]): AnswerReader | StatementReader {
  if (name.toLowerCase().endsWith('.csv')) return readAnswerCsv(path, name);
  const buffer = Buffer.alloc(4_096);
  const file = openSync(path, 'r');
  const length = readSync(file, buffer);
  closeSync(file);
  const { text: start, fault } = xmlStart(buffer.subarray(0, length));
  if (start.includes('CstmrPmtStsRpt')) return readPain002(path, units);
  if (start.includes('BkToCstmrStmt')) return readStatement(path, undefined, units);
  if (start === '' && fault !== undefined) refuseFaults(name, [{ line: 1, column: 1, reason: fault.message }]);
  throw new GatewayError('file.unknown', `${name} is not pain.002, camt.053 or .csv: nothing of it was taken.`);
}
