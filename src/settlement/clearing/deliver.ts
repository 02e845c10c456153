import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Pool } from 'pg';
import { keepFolder, systemDisk, type Disk } from '../../ops/disk.ts';
import { GatewayError } from '../../ops/errors.ts';
import { fileHash } from '../files/taken.ts';
import { paymentFilePath } from '../payments/write.ts';
import { exclusively, getClearing, reached, record } from './state.ts';
import { madeFolder, paymentFiles, type PaymentFileRow } from './write.ts';

/** SATNA orders go another way at the bank, so their files lie apart. */
export function outboxFolder(dataDir: string, rail: 'PAYA' | 'SATNA'): string {
  return rail === 'PAYA' ? join(dataDir, 'outbox') : join(dataDir, 'outbox', 'satna');
}

/** Copies of all that went out, for as long as the operator keeps them. */
export function archiveFolder(dataDir: string): string {
  return join(dataDir, 'settlement', 'archive');
}

/** What a courier must know and say of a file that may leave only once. */
export interface Parting {
  /** An earlier try may have brought it there: the place is asked, and nothing is sent again blindly. */
  readonly mayHaveLeft: boolean;
  /** Is called before the step after which the file may be there, whatever is heard of it. */
  readonly leaving: () => Promise<void>;
}

/** Another place a file must reach (a bank's SFTP server). Returns what the place answered, for the receipt.
 *  @throws GatewayError `delivery.unknown` when the place does not tell whether the file came */
export type Courier = (path: string, name: string, parting: Parting) => Promise<Record<string, unknown>>;

/** Moves a released day's files to the outbox, and on by the couriers. Nothing in the outbox is ever rewritten.
 *  Idempotent: a file that is there with the right hash was delivered.
 *  @throws GatewayError `payment-file.changed` when bytes on disk are not those that were released,
 *  `payment-file.exists` when something else lies there under its name */
export async function deliverFiles(
  pool: Pool,
  day: string,
  dataDir: string,
  courier?: Courier,
  disk = systemDisk,
): Promise<void> {
  await exclusively(pool, 'deliver', day, async () => {
    const clearing = await getClearing(pool, day);
    if (reached(clearing.state, 'delivered')) return;
    if (clearing.state !== 'released') {
      throw new GatewayError(
        'clearing.order',
        `Files of ${day} are sent only after the release; the clearing is ${clearing.state}.`,
      );
    }
    for (const file of await paymentFiles(pool, day)) {
      if (file.delivered) continue;
      const leaving = (): Promise<void> => mayLeave(pool, file.messageId);
      if (courier === undefined) await leaving(); // the bank takes it from the outbox
      const path = await toOutbox(file, dataDir, disk);
      const parting = { mayHaveLeft: file.mayHaveLeft, leaving };
      const arrived = await courier?.(path, basename(path), parting).catch((error: unknown) =>
        answered(pool, file, error),
      );
      const receipt = { outbox: basename(path), ...arrived };
      await pool.query(
        `with sent as (update payment_files set delivered_at = now(), receipt = $2 where message_id = $1)
         update payment_orders set state = 'sent', changed_at = now() where message_id = $1 and state = 'made'`,
        [file.messageId, JSON.stringify(receipt)],
      );
      await record(pool, day, clearing.checker ?? '', 'delivered', { file: file.messageId, ...receipt });
    }
    await pool.query(
      `update clearings set state = 'delivered', delivered_at = now(), touched_at = now()
        where business_day = $1 and state = 'released'`,
      [day],
    );
  });
}

/** From here on the bank may have the file, and may say so. */
async function mayLeave(pool: Pool, messageId: string): Promise<void> {
  await pool.query(
    `with leaving as (update payment_files set leaving_at = coalesce(leaving_at, now()) where message_id = $1)
     update payment_orders set state = 'sent', changed_at = now() where message_id = $1 and state = 'made'`,
    [messageId],
  );
}

/** Where the place does not tell, the bank's answers to the file's orders do. */
async function answered(pool: Pool, file: PaymentFileRow, error: unknown): Promise<Record<string, unknown>> {
  if (!(error instanceof GatewayError && error.code === 'delivery.unknown')) throw error;
  const { rowCount } = await pool.query(
    `select 1 from payment_orders where message_id = $1 and state in ('accepted', 'paid', 'returned') limit 1`,
    [file.messageId],
  );
  if (rowCount === 1) return { known: 'by the answers of the bank' };
  throw new GatewayError(
    'delivery.unknown',
    `${error.message} Ask the bank, then record its answer: kalabarg settlement delivery ${file.messageId} --arrived | --send-again.`,
    { cause: error },
  );
}

/** Made → outbox by one rename, a copy kept in the archive first: so a file that is neither made nor in the outbox any
 *  more was delivered, and the bank has collected it. The outbox is on the data folder's file system. */
async function toOutbox(file: PaymentFileRow, dataDir: string, disk: Disk): Promise<string> {
  const from = paymentFilePath(madeFolder(dataDir), file.messageId);
  const to = paymentFilePath(outboxFolder(dataDir, file.rail), file.messageId);
  const archive = paymentFilePath(archiveFolder(dataDir), file.messageId);
  const bothFolders = async (): Promise<void> => {
    for (const folder of [dirname(to), dirname(from)]) await disk.sync(folder);
  };
  if (!existsSync(from)) {
    await assertUnchanged(existsSync(to) ? to : archive, file);
    if (existsSync(to)) await bothFolders(); // who moved it may have died before this
    return to;
  }
  await assertUnchanged(from, file);
  if (existsSync(to) && (await fileHash(to)) !== file.sha256) {
    throw new GatewayError(
      'payment-file.exists',
      `${to} exists and is not ours: nothing in the outbox is overwritten.`,
    );
  }
  for (const folder of [dirname(to), dirname(archive)]) await keepFolder(disk, folder, dataDir);
  await disk.copy(from, archive);
  for (const kept of [archive, dirname(archive)]) await disk.sync(kept); // before the bank may take the other
  await disk.rename(from, to);
  await bothFolders();
  return to;
}

async function assertUnchanged(path: string, file: PaymentFileRow): Promise<void> {
  if (!existsSync(path))
    throw new GatewayError(
      'payment-file.missing',
      `${path} was written and is missing now. Restore it from the archive.`,
    );
  if ((await fileHash(path)) === file.sha256) return;
  throw new GatewayError(
    'payment-file.changed',
    `${path} is not the file that was made and released: its SHA-256 differs.`,
  );
}
