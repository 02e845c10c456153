import { afterAll, expect, test } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CsvMap } from '../../../src/settlement/acquirer/mapped-csv.ts';
import type { AcquirerLine } from '../../../src/settlement/acquirer/model.ts';
import { findAcquirerReader } from '../../../src/settlement/acquirer/open.ts';
import type { FileFault } from '../../../src/settlement/files/faults.ts';

const folder = mkdtempSync(join(tmpdir(), 'kalabarg-csv-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const MAP: CsvMap = {
  files: 'psp-(?<date>\\d{8})\\.csv',
  psp: 'PSP',
  separator: ';',
  calendar: 'jalali',
  columns: {
    terminal: 'پایانه',
    merchant: 'پذیرنده',
    date: 'تاریخ',
    time: 'ساعت',
    stan: 'پیگیری',
    rrn: 'مرجع',
    total: 'مبلغ',
    voucher: 'کالابرگ',
    kind: 'نوع',
  },
  kinds: { خرید: 'SALE', برگشت: 'REV' },
};
const HEADER = 'پایانه;پذیرنده;تاریخ;ساعت;پیگیری;مرجع;مبلغ;کالابرگ;نوع;اضافه';
const LINE = '۱۲۳۴۵۶۷۸;42;۱۴۰۵/۰۱/۰۱;10:15;123;608012345678;1200000;1150000;خرید;x';

async function read(text: string): Promise<{ lines: AcquirerLine[]; faults: FileFault[] }> {
  const path = join(folder, 'file.csv');
  writeFileSync(path, text);
  const reader = findAcquirerReader(path, 'psp-14050101.csv', [MAP]);
  if (reader === undefined) throw new Error('the map does not know its own file');
  const lines: AcquirerLine[] = [];
  for await (const line of reader.lines()) lines.push(line);
  expect(reader.identity()).toMatchObject({ psp: 'PSP', settlementDate: '2026-03-21' });
  return { lines, faults: reader.faults.list };
}

test('columns are found by their names, with Jalali dates and Persian digits', async () => {
  const { lines, faults } = await read(`\ufeff${HEADER}\n${LINE}\n`);
  expect(faults).toEqual([]);
  expect(lines).toEqual([
    {
      line: 2,
      kind: 'SALE',
      terminal: '12345678',
      merchant: '000000000000042',
      localDate: '2026-03-21',
      localTime: '101500',
      stan: '000123',
      rrn: '608012345678',
      responseCode: '00',
      totalRials: 1_200_000n,
      voucherRials: 1_150_000n,
      cardRials: 0n,
      trace: '',
      sheba: '',
      feeRials: 0n,
    },
  ]);
});

test.each([
  ['خرید;x', 'چیز;x', 'no kind is known as "چیز"'],
  ['خرید;x', 'constructor;x', 'no kind is known as "constructor"'],
  ['۱۴۰۵/۰۱/۰۱', '۱۴۰۵/۱۳/۰۱', 'is not a date'],
  ['10:15', '25:15', 'the time is none'],
  [';1200000;', ';12.5;', 'مبلغ may not be "12.5"'],
  [';1150000;', ';1250000;', 'voucher 1250000 and card 0 exceed 1200000'],
  [';x', '', 'has 9 fields, the header 10'],
])('%s → %s is refused with its line', async (from, to, reason) => {
  const { faults } = await read(`${HEADER}\n${LINE.replace(from, to)}\n`);
  expect(faults).toEqual([expect.objectContaining({ line: 2, reason: expect.stringContaining(reason) as unknown })]);
});

test('a file of another name is not this map', () => {
  const path = join(folder, 'other.csv');
  writeFileSync(path, `${HEADER}\n`);
  expect(findAcquirerReader(path, 'other.csv', [MAP])).toBeUndefined();
});
