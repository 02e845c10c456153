import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { listBreaks } from '../../../src/settlement/acquirer/desk.ts';
import { openAcquirerFile } from '../../../src/settlement/acquirer/open.ts';
import { takeAcquirerFile, type AcquirerIntake } from '../../../src/settlement/acquirer/take.ts';
import type { SettlementFormat } from '../../../src/simulators/bank/settlement/index.ts';
import { journalEntry, simulated } from '../support/acquirer-files.ts';
import { testSheba } from '../support/books.ts';
import { openLedgerBooks, type LedgerBooks } from '../support/ledger-books.ts';

const DAY = '2026-03-21';
const NOW = Date.parse('2026-03-22T06:00:00Z');
const FORMATS = ['ipm-ebcdic-blocked', 'camt053'] as const;

let books: LedgerBooks;
beforeAll(async () => {
  books = await openLedgerBooks();
  await books.openDay('2026-03-20');
  await books.addShop(1, testSheba(1));
  await books.addShop(2, testSheba(2));
});
afterAll(async () => {
  await books.close();
});

/** Per format its own five transactions: the rules pair each of ours once. */
const rrn = (format: SettlementFormat, id: number): string =>
  String(608_000_000_000 + 1_000 * (FORMATS as readonly string[]).indexOf(format) + id);

function told(format: SettlementFormat): Buffer {
  const entry = (id: number, voucher: number, original = ''): ReturnType<typeof journalEntry> =>
    journalEntry(id, {
      rrn: rrn(format, id),
      merchant: '000000000000002',
      terminal: '10000002',
      voucherRials: String(voucher),
      ...(original === '' ? {} : { kind: 'reversal', mti: '0400', movedRials: '50000', original }),
    });
  return simulated(format, [
    entry(1, 1_000),
    entry(2, 2_001), // 2,000 here
    entry(3, 3_000),
    entry(4, 0, '10000002|000003|0321064502'), // takes 3 back
    entry(9, 900), // unknown here
  ]);
}

function take(name: string, content: Buffer): Promise<AcquirerIntake> {
  const path = join(books.dataDir, name);
  writeFileSync(path, content);
  return takeAcquirerFile(books.pool, path, name, openAcquirerFile(path, name), NOW);
}

test.each(FORMATS)('%s is matched and raises breaks by the same rules as KBSF', async (format) => {
  const sale = { kind: 'purchase', day: DAY, shop: 2, card: 50_000 } as const;
  const base = 1_000_000 * (FORMATS.indexOf(format) + 1);
  await books.add([
    { ...sale, id: base + 1, voucher: 1_000, rrn: rrn(format, 1) },
    { ...sale, id: base + 2, voucher: 2_000, rrn: rrn(format, 2) },
    { ...sale, id: base + 3, voucher: 3_000, rrn: rrn(format, 3), state: 'reversed' },
    { ...sale, id: base + 4, kind: 'reversal', voucher: 3_000, rrn: rrn(format, 3), originalId: base + 3 },
  ]);
  const content = told(format);
  expect(await take(`a-file-of.${format}`, content)).toMatchObject({
    repeated: false,
    lines: 5,
    matched: 3,
    breaks: { AMOUNT_DIFF: 1, ONLY_ACQUIRER: 1 },
  });
  const breaks = await listBreaks(books.pool, { now: NOW });
  expect(breaks.filter((each) => [2, 9].some((id) => each.rrn === rrn(format, id))).map((each) => each.rials)).toEqual([
    '1',
    '900',
  ]);
  expect(await take(`again.${format}`, content)).toMatchObject({ repeated: true });
  // The same identity with other bytes: an IPM file may be blocked or not, a statement may have another line end.
  const other =
    format === 'camt053' ? Buffer.concat([content, Buffer.from('\n')]) : simulated('ipm', [journalEntry(1)]);
  await expect(take(`other.${format}`, other)).rejects.toMatchObject({ code: 'file.conflict' });
  await expect(take(`cut.${format}`, content.subarray(0, -60))).rejects.toMatchObject({ code: 'file.refused' });
});
