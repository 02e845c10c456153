import { afterAll, expect, test } from '@jest/globals';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import type { PaymentOrder } from '../../../src/settlement/payments/layout.ts';
import { builtInProfile } from '../../../src/settlement/payments/profile.ts';
import { readPaymentFile, type ReadOrder } from '../../../src/settlement/payments/read.ts';
import { paymentFilePath, writePaymentFile } from '../../../src/settlement/payments/write.ts';

const folder = mkdtempSync(join(tmpdir(), 'kalabarg-pay-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});
const profile = builtInProfile('ccti-1');

function orders(amounts: readonly bigint[], name = 'فروشگاه'): PaymentOrder[] {
  return amounts.map((amountRials, index) => ({
    instructionId: `14050101${String(index + 1).padStart(6, '0')}`,
    sheba: 'IR370120000000200000000002',
    name,
    amountRials,
    merchant: '000000000000001',
    creditorId: undefined,
  }));
}

async function write(serial: number, list: readonly PaymentOrder[], sumRials: bigint): Promise<string> {
  const messageId = `${profile.debtorSheba}${String(serial).padStart(9, '0')}`;
  const path = paymentFilePath(folder, messageId);
  const head = {
    messageId,
    createdOn: '2026-03-22',
    payOn: '2026-03-22',
    count: list.length,
    sumRials,
    rail: 'PAYA',
  } as const;
  async function* pages(): AsyncGenerator<PaymentOrder[]> {
    for (let at = 0; at < list.length; at += 3) yield await Promise.resolve(list.slice(at, at + 3));
  }
  await writePaymentFile(path, profile, head, pages());
  return path;
}

test('whatever is written is read back: ids, names, amounts and sums', async () => {
  let serial = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.bigInt({ min: 1n, max: 2_000_000_000n }), { minLength: 1, maxLength: 20 }),
      fc.string({ unit: 'binary', maxLength: 30 }),
      async (amounts, name) => {
        const sum = amounts.reduce((total, each) => total + each, 0n);
        const path = await write(++serial, orders(amounts, `x${name}`), sum);
        const seen: ReadOrder[] = [];
        const summary = await readPaymentFile(path, (order) => seen.push(order));
        expect(summary.lines).toEqual({ count: amounts.length, sumRials: sum });
        expect(seen.map((order) => order.amountRials)).toEqual(amounts);
      },
    ),
    { numRuns: 30 },
  );
});

test('a file whose orders do not add up to its head is never given its name', async () => {
  await expect(write(900, orders([5n, 6n]), 12n)).rejects.toMatchObject({ code: 'payment-file.disagrees' });
  expect(existsSync(paymentFilePath(folder, `${profile.debtorSheba}000000900`))).toBe(false);
});

test('writing the same orders again gives the same bytes', async () => {
  const first = readFileSync(await write(901, orders([5n, 6n]), 11n));
  expect(readFileSync(await write(901, orders([5n, 6n]), 11n)).equals(first)).toBe(true);
});

test.each([
  ['<Document><CstmrCdtTrfInitn>', 'unclosed'],
  ['<!DOCTYPE x [<!ENTITY a "b">]><Document/>', 'document type'],
  [
    '<Document><CstmrCdtTrfInitn><PmtInf><CdtTrfTxInf><Amt><InstdAmt>1e3</InstdAmt></Amt></CdtTrfTxInf></PmtInf></CstmrCdtTrfInitn></Document>',
    'order 1 has no PmtId/InstrId',
  ],
  ['<a>'.repeat(20) + '</a>'.repeat(20), 'too deep'],
  [Buffer.from([0x3c, 0x61, 0x3e, 0xff, 0x3c, 0x2f, 0x61, 0x3e]), 'not valid'],
])('a damaged file is refused with path and reason (%#)', async (content, reason) => {
  const path = join(folder, 'damaged.ccti');
  writeFileSync(path, content);
  await expect(readPaymentFile(path)).rejects.toThrow(reason);
  await expect(readPaymentFile(path)).rejects.toThrow(path);
});
