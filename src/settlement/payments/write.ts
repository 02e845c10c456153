import { createHash } from 'node:crypto';
import { mkdir, open, rename, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { GatewayError } from '../../ops/errors.ts';
import { CLOSING, opening, orderElement, type PaymentHead, type PaymentOrder } from './layout.ts';
import type { BankProfile } from './profile.ts';
import { schemaFaults } from './schema.ts';
import { readPaymentFile, type PaymentFileSummary } from './read.ts';

/** Makes a payment file: written beside its final name, synced to disk, read back and summed again, renamed.
 *  The same input always gives the same bytes, so doing it again after a crash changes nothing.
 *  @param pages the orders in file order, some thousand at a time
 *  @throws GatewayError `payment-file.disagrees` when what was read back is not what was meant */
export async function writePaymentFile(
  path: string,
  profile: BankProfile,
  head: PaymentHead,
  pages: AsyncIterable<readonly PaymentOrder[]>,
): Promise<PaymentFileSummary> {
  await mkdir(dirname(path), { recursive: true });
  const part = `${path}.part`;
  const written = createHash('sha256');
  const file = await open(part, 'w', 0o640);
  try {
    const write = async (text: string): Promise<void> => {
      const bytes = Buffer.from(text);
      written.update(bytes);
      await writeFully(file, bytes);
    };
    await write(opening(profile, head));
    for await (const orders of pages)
      await write(orders.map((order) => orderElement(profile, order, head.unit)).join(''));
    await write(CLOSING);
    await file.sync();
  } finally {
    await file.close();
  }
  const summary = await readPaymentFile(part, undefined, head.unit);
  assertAgrees(path, head, summary, written.digest('hex'));
  if (profile.dialect === 'iso') await assertValid(path, part);
  await rename(part, path);
  await syncFile(dirname(path));
  return summary;
}

async function writeFully(file: FileHandle, bytes: Buffer): Promise<void> {
  for (let at = 0; at < bytes.length;) at += (await file.write(bytes, at)).bytesWritten;
}

function assertAgrees(path: string, head: PaymentHead, read: PaymentFileSummary, sha256: string): void {
  const totals = [read.header, read.block, read.lines];
  const agrees =
    read.sha256 === sha256 &&
    read.messageId === head.messageId &&
    totals.every((each) => each.count === head.count && each.sumRials === head.sumRials);
  if (agrees) return;
  const found = totals.map((each) => `${each.count} orders, ${each.sumRials} rials`).join('; ');
  throw new GatewayError(
    'payment-file.disagrees',
    `${path}: meant ${head.count} orders, ${head.sumRials} rials; header, block and lines say: ${found}.`,
  );
}

async function assertValid(path: string, part: string): Promise<void> {
  const fault = (await schemaFaults(part))[0];
  if (fault === undefined) return;
  throw new GatewayError('payment-file.schema', `${path}:${fault.line}:${fault.column}: ${fault.reason}`);
}

/** Makes a file's bytes, or a folder's entries (a rename), durable. */
export async function syncFile(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** `<MsgId>.ccti` (files.md). */
export function paymentFilePath(folder: string, messageId: string): string {
  return join(folder, `${messageId}.ccti`);
}
