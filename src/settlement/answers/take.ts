import { openSync, readFileSync, readSync, closeSync } from 'node:fs';
import type { Pool } from 'pg';
import { GatewayError } from '../../ops/errors.ts';
import { xmlStart } from '../../ops/xml-text.ts';
import { transaction } from '../clearing/state.ts';
import { assertStill, fileHash, recordTaken, refuseFaults, unlessTaken } from '../files/taken.ts';
import { readStatement } from './camt053.ts';
import { readAnswerCsv } from './csv.ts';
import type { AnswerReader, AnswerStatus } from './model.ts';
import { readPain002 } from './pain002.ts';
import { stageAnswers } from './stage.ts';

/** What a bank's answer changed. */
export interface AnswerIntake {
  readonly kind: string;
  /** The same file was taken before: nothing changed. */
  readonly repeated: boolean;
  readonly orders: Readonly<Record<AnswerStatus, { count: number; rials: bigint }>>;
}

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
    const { lines, messageId } = await stageAnswers(db, reader);
    await assertStill(path, sha256);
    refuseFaults(name, reader.faults.list);
    const statement = reader.kind === 'camt.053';
    const faults = await db.query<{ line: number; reason: string }>(sql('faults'), [statement, messageId ?? null]);
    refuseFaults(
      name,
      faults.rows.map((row) => ({ ...row, column: 1 })),
    );
    await recordTaken(db, { sha256, kind: reader.kind, identity: reader.identity(), name, lines });
    const applied = await db.query<{ status: AnswerStatus; orders: number; rials: string }>(sql('apply'));
    const orders = noOrders();
    for (const row of applied.rows) orders[row.status] = { count: row.orders, rials: BigInt(row.rials) };
    return { kind: reader.kind, repeated: false, orders };
  });
}

function sql(name: string): string {
  return readFileSync(new URL(`./sql/${name}.sql`, import.meta.url), 'utf8');
}

function noOrders(): Record<AnswerStatus, { count: number; rials: bigint }> {
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
