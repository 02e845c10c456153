import { createHash } from 'node:crypto';
import { dirname, join } from 'node:path';
import { systemDisk } from '../../ops/disk.ts';
import { GatewayError } from '../../ops/errors.ts';
import { CLOSING, opening, orderElement, type PaymentHead, type PaymentOrder } from './layout.ts';
import type { BankProfile } from './profile.ts';
import { schemaFaults } from './schema.ts';
import { readPaymentFile, type PaymentFileSummary } from './read.ts';

/** Makes a payment file, in a folder that is there: written beside its final name, synced to disk, read back and summed again, renamed.
 *  The same input always gives the same bytes, so doing it again after a crash changes nothing.
 *  @param pages the orders in file order, some thousand at a time
 *  @throws GatewayError `payment-file.disagrees` when what was read back is not what was meant */
export async function writePaymentFile(
  path: string,
  profile: BankProfile,
  head: PaymentHead,
  pages: AsyncIterable<readonly PaymentOrder[]>,
  disk = systemDisk,
): Promise<PaymentFileSummary> {
  const part = `${path}.part`;
  const written = createHash('sha256');
  const file = await disk.create(part, 0o640);
  try {
    const write = async (text: string): Promise<void> => {
      const bytes = Buffer.from(text);
      written.update(bytes);
      await file.write(bytes);
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
  await disk.rename(part, path);
  await disk.sync(dirname(path));
  return summary;
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

/** `<MsgId>.ccti` (files.md). */
export function paymentFilePath(folder: string, messageId: string): string {
  return join(folder, `${messageId}.ccti`);
}
