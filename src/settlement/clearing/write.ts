import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Pool } from 'pg';
import type { PaymentHead, PaymentOrder } from '../payments/layout.ts';
import { paymentFilePath, writePaymentFile } from '../payments/write.ts';
import type { Units } from '../../field/money-unit.ts';
import { readUnits } from '../../ledger/index.ts';
import { keepFolder, systemDisk, type Disk } from '../../ops/disk.ts';
import { GatewayError } from '../../ops/errors.ts';
import { transaction } from '../../ops/database.ts';
import { exclusively, getClearing, reached, record } from './state.ts';

export interface PaymentFileRow {
  readonly messageId: string;
  readonly rail: 'PAYA' | 'SATNA';
  readonly orders: number;
  readonly sumRials: bigint;
  readonly createdOn: string;
  readonly payOn: string;
  readonly cycle: string;
  readonly sha256: string | undefined;
  readonly delivered: boolean;
  /** It was about to reach its place: whether it did, the place knows. */
  readonly mayHaveLeft: boolean;
  /** In which it says amounts, by the name that the rules give it. */
  readonly unit: string;
  readonly businessDay: string;
}

/** Where files wait for the second person, and where the bank's courier takes them. */
export function madeFolder(dataDir: string): string {
  return join(dataDir, 'settlement', 'made');
}

const PAGE = 2_000;

/** Writes the files of a day whose orders are frozen; each counts once it was read back and summed. Idempotent: a file
 *  that is written again after a crash gets the same bytes. */
export async function writeFiles(pool: Pool, day: string, dataDir: string, disk = systemDisk): Promise<void> {
  await exclusively(pool, 'write', day, async () => {
    const clearing = await getClearing(pool, day);
    if (reached(clearing.state, 'written')) return;
    if (clearing.state !== 'made') {
      throw new GatewayError(
        'clearing.order',
        `Files of ${day} are written only after the orders are made; the clearing is ${clearing.state}.`,
      );
    }
    const units = await readUnits(pool);
    await keepFolder(disk, madeFolder(dataDir), dataDir);
    // An order that is held meanwhile leaves a file that has to be written too.
    do {
      for (const file of await paymentFiles(pool, day)) {
        if (file.sha256 !== undefined) continue;
        const path = paymentFilePath(madeFolder(dataDir), file.messageId);
        const summary = await writePaymentFile(path, clearing.profile, head(file, units), pages(pool, file), disk);
        await pool.query(
          `update payment_files set sha256 = $2, bytes = $3, written_at = now()
            where message_id = $1 and sha256 is null`,
          [file.messageId, summary.sha256, summary.bytes],
        );
        await record(pool, day, clearing.maker, 'written', { file: file.messageId, sha256: summary.sha256 });
      }
      await withdraw(pool, day, dataDir, disk);
    } while (!(await isWritten(pool, day)));
  });
}

/** Takes the clearing on once each of its files is written. */
function isWritten(pool: Pool, day: string): Promise<boolean> {
  return transaction(pool, async (db) => {
    await getClearing(db, day, true); // whoever holds an order waits, or is seen by what follows
    const left = await db.query(
      'select 1 from payment_files where business_day = $1 and withdrawn_at is null and sha256 is null limit 1',
      [day],
    );
    if (left.rowCount !== 0) return false;
    await db.query(
      `update clearings c set touched_at = now(),
              state = case when exists (select 1 from payment_files f
                                   where f.business_day = c.business_day and f.withdrawn_at is null)
                           then 'written' else 'delivered' end -- nothing to pay: no one need release it
        where business_day = $1 and state = 'made'`,
      [day],
    );
    return true;
  });
}

/** Files that were withdrawn before they left are kept, where nobody takes them for one to be delivered. */
async function withdraw(pool: Pool, day: string, dataDir: string, disk: Disk): Promise<void> {
  const { rows } = await pool.query<{ id: string }>(
    'select message_id as id from payment_files where business_day = $1 and withdrawn_at is not null',
    [day],
  );
  const folder = join(dataDir, 'settlement', 'withdrawn');
  for (const { id } of rows) {
    const from = paymentFilePath(madeFolder(dataDir), id);
    if (!existsSync(from)) continue;
    await keepFolder(disk, folder, dataDir);
    await disk.rename(from, paymentFilePath(folder, id));
    for (const changed of [folder, madeFolder(dataDir)]) await disk.sync(changed);
  }
}

export async function paymentFiles(pool: Pool, day: string): Promise<PaymentFileRow[]> {
  const { rows } = await pool.query<
    Omit<PaymentFileRow, 'sumRials' | 'sha256'> & { sum: string; sha256: string | null }
  >(
    `select message_id as "messageId", rail, orders, sum_rials as sum, created_on::text as "createdOn",
            pay_on::text as "payOn", cycle, sha256, unit, business_day::text as "businessDay", delivered_at is not null as delivered,
            leaving_at is not null as "mayHaveLeft"
       from payment_files where business_day = $1 and withdrawn_at is null order by message_id`,
    [day],
  );
  return rows.map((row) => ({ ...row, sumRials: BigInt(row.sum), sha256: row.sha256 ?? undefined }));
}

/** @throws Error when the unit that the file was made in is gone */
function head(file: PaymentFileRow, units: Units): PaymentHead {
  const { messageId, createdOn, payOn, sumRials, rail, businessDay } = file;
  const unit = units.named(file.unit, businessDay);
  if (unit === undefined) throw new Error(`there is no unit ${file.unit} on ${businessDay}`);
  return { messageId, createdOn, payOn, count: file.orders, sumRials, rail, unit };
}

/** A file's orders in their order, page by page: a file of any length takes the same memory. */
async function* pages(pool: Pool, file: PaymentFileRow): AsyncGenerator<PaymentOrder[]> {
  for (let after = 0; after < file.orders; after += PAGE) {
    const { rows } = await pool.query<
      Omit<PaymentOrder, 'amountRials' | 'creditorId'> & { amount: string; id: string | null }
    >({
      name: 'payment-orders-page',
      text: `select instruction_id as "instructionId", sheba, name, amount_rials as amount, merchant_id as merchant,
                    creditor_id as id
               from payment_orders where message_id = $1 and position > $2 and position <= $2 + $3 order by position`,
      values: [file.messageId, after, PAGE],
    });
    yield rows.map((row) => ({ ...row, amountRials: BigInt(row.amount), creditorId: row.id ?? undefined }));
  }
}
