import { expect, test } from '@jest/globals';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import fc from 'fast-check';
import { strFromU8, unzipSync } from 'fflate';
import { RIAL, type MoneyUnit } from '../../../src/field/money-unit.ts';
import { statementCsv } from '../../../src/settlement/statement/csv.ts';
import { statementHtml } from '../../../src/settlement/statement/html.ts';
import { printPdf } from '../../../src/settlement/statement/pdf.ts';
import { totalsOf, type Statement, type StatementLine } from '../../../src/settlement/statement/read.ts';
import { statementXlsx } from '../../../src/settlement/statement/xlsx.ts';
import { pdfLines } from '../support/pdf-text.ts';

const plain = { day: '2026-03-21', time: '', terminal: '', credit: 0n, debit: 0n, note: '' };
const LINES: readonly StatementLine[] = [
  {
    ...plain,
    time: '10:15',
    kind: 'purchase',
    reference: '608012345678',
    terminal: '12345678',
    sale: { voucher: 1_000_500n, card: 50_000n, cash: 500n },
    credit: 1_000_500n,
  },
  { ...plain, kind: 'fee', reference: '', debit: 100n },
  { ...plain, kind: 'break', reference: 'break 7', debit: 400n, note: '=HYPERLINK("x")' },
  { ...plain, kind: 'order', reference: '14050101000001', debit: 999_500n, note: 'IR380170000000100000000001 paid' },
];
const STATEMENT: Statement = {
  merchant: '000000000000001',
  name: '<b>فروشگاه</b>',
  sheba: 'IR380170000000100000000001',
  from: '2026-03-21',
  to: '2026-03-21',
  printedAt: Date.parse('2026-03-22T08:30:00+03:30'),
  opening: -90n,
  closing: 410n,
  remainders: 0n,
  units: [RIAL],
  lines: LINES,
  totals: totalsOf(LINES),
};

test('a CSV statement is Persian, of Jalali dates, with whole sales and their tenders, sums and a running balance', () => {
  expect(statementCsv(STATEMENT).split('\n')).toEqual([
    '\ufeffتاریخ,ساعت,شرح,شماره مرجع,پایانه,کل فروش (ریال),کالابرگ (ریال),کارت (ریال),نقد (ریال),بستانکار (ریال),بدهکار (ریال),مانده (ریال),توضیح',
    '1405/01/01,,مانده از قبل,,,,,,,,,-90,',
    '1405/01/01,10:15,خرید,608012345678,12345678,1051000,1000500,50000,500,1000500,,1000410,',
    '1405/01/01,,کارمزد,,,,,,,,100,1000310,',
    `1405/01/01,,رفع مغایرت,break 7,,,,,,,400,999910,"'=HYPERLINK(""x"")"`,
    '1405/01/01,,حواله به شبا,14050101000001,,,,,,,999500,410,IR380170000000100000000001 واریزشده',
    '1405/01/01,,جمع دوره,,,1051000,1000500,50000,500,1000500,1000000,410,',
    '',
  ]);
});

test('an English one has Gregorian dates and English words', () => {
  const [head, , sale] = statementCsv(STATEMENT, 'en').split('\n');
  expect(head).toContain('Date,Time,What,Reference,Terminal,Whole sale (IRR)');
  expect(sale).toContain('2026-03-21,10:15,Purchase,');
});

const COIN: MoneyUnit = { ...RIAL, unit: 'new-rial', alpha: 'IRN', numeric: '999', exponent: 2, rials: 10_000n, stepRials: 100n, nameFa: 'ریال نو', nameEn: 'new rial' }; // prettier-ignore

test('in the years of two units, amounts in the first and beside it in the second, to the last rial', async () => {
  const both = { ...STATEMENT, units: [COIN, RIAL] as const, remainders: 33n };
  const rows = statementCsv(both, 'en').split('\n');
  expect(rows[0]).toContain(',Balance (IRN),Note,Whole sale (IRR),Voucher (IRR),');
  expect(rows[1]).toContain(',-0.009,,,,,,,,-90');
  expect(rows[2]).toContain(',105.10,100.05,5,0.05,100.05,,100.041,,1051000,1000500,50000,500,1000500,,1000410');
  const { lines } = await printed(both);
  expect(lines.join(' ')).toContain('۱۰۵٫۱۰');
  expect(lines.join(' ')).toContain('۱٬۰۵۱٬۰۰۰');
  expect(lines.join(' ')).toContain('۰٫۰۰۳۳'); // its account of remainders
  expect(statementHtml(both)).toContain('<bdi dir="ltr">۱۰۵٫۱۰</bdi><br><small><bdi dir="ltr">۱٬۰۵۱٬۰۰۰</bdi> ریال</small>');
  const sheet = strFromU8(unzipSync(await buffer(statementXlsx(both)))['xl/worksheets/sheet1.xml'] ?? new Uint8Array());
  expect(sheet).toContain('<c r="F3" s="3"><v>105.10</v></c>');
  expect(sheet).toContain('<c r="N3" s="2"><v>1051000</v></c>');
}); // prettier-ignore

test('a workbook reads from right to left, holds its money as numbers, and runs no formula', async () => {
  const files = unzipSync(await buffer(statementXlsx(STATEMENT)));
  const sheet = strFromU8(files['xl/worksheets/sheet1.xml'] ?? new Uint8Array());
  expect(sheet).toContain('rightToLeft="1"');
  expect(sheet).toContain('<c r="F3" s="2"><v>1051000</v></c>');
  expect(sheet).toContain(`'=HYPERLINK("x")`);
  expect(sheet).not.toContain('<f>');
});

test('an HTML statement reads right to left, its numbers left to right, and takes no markup from names', () => {
  const html = statementHtml(STATEMENT);
  expect(html).toContain('<html lang="fa" dir="rtl">');
  expect(html).toContain('<td class="number"><bdi dir="ltr">۱٬۰۵۱٬۰۰۰</bdi></td>');
  expect(html).toContain('<bdi dir="ltr">۱۴۰۵/۰۱/۰۱</bdi>');
  expect(html).not.toContain('<b>');
});

async function printed(statement: Statement): Promise<{ lines: string[]; pdf: Buffer }> {
  const folder = mkdtempSync(join(tmpdir(), 'kalabarg-statement-'));
  try {
    const path = join(folder, 'statement.pdf');
    await printPdf(statement, path);
    expect(readdirSync(folder)).toEqual(['statement.pdf']);
    const pdf = readFileSync(path);
    return { lines: pdfLines(pdf), pdf };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A row as it stands on the page: the first column at the right. */
const row = (...cells: readonly string[]): string => cells.toReversed().join('');
/** A Persian word as it stands on the page, from left to right. */
const fa = (text: string): string => Array.from(text).reverse().join('');

test('a PDF holds the text as it is to be read: Persian from right to left, every number from left to right', async () => {
  const { lines } = await printed({ ...STATEMENT, name: 'فروشگاه رفاه (شعبه ۱۲)' });
  const date = '۱۴۰۵/۰۱/۰۱';
  expect(lines[1]).toBe(
    `IR380170000000100000000001 ${fa('، شبا:')}۰۰۰۰۰۰۰۰۰۰۰۰۰۰۱ ${fa('، شماره پذیرنده:')}(۱۲ ${fa('شعبه')}) ${fa('فروشگاه رفاه')} ${fa('فروشگاه:')}`,
  );
  expect(lines[0]).toBe('گربلااک هیوست باسح تروص'); // lam and alef are one glyph, read in its own order
  expect(lines[2]).toBe(`۱۴۰۵/۰۱/۰۲ ۰۸:۳۰ ${fa('، تاریخ چاپ:')}${date} ${fa('تا')} ${date} ${fa('از')}`);
  expect(lines[4]).toContain(`${fa('ریال')} ۴۱۰ ${fa('مانده پایان دوره:')}`);
  const sale = ['۱٬۰۵۱٬۰۰۰', '۱٬۰۰۰٬۵۰۰', '۵۰٬۰۰۰', '۵۰۰', '۱٬۰۰۰٬۵۰۰'];
  expect(lines.slice(6)).toEqual([
    row(date, fa('مانده از قبل'), '-۹۰'),
    row(date, '۱۰:۱۵', fa('خرید'), '۶۰۸۰۱۲۳۴۵۶۷۸', '۱۲۳۴۵۶۷۸', ...sale, '۱٬۰۰۰٬۴۱۰'),
    row(date, fa('کارمزد'), '۱۰۰', '۱٬۰۰۰٬۳۱۰'),
    row(date, fa('رفع مغایرت'), 'break ۷', '۴۰۰', '۹۹۹٬۹۱۰', '=HYPERLINK("x")'),
    row(date, fa('حواله به شبا'), '۱۴۰۵۰۱۰۱۰۰۰۰۰۱', '۹۹۹٬۵۰۰', '۴۱۰', `IR380170000000100000000001 ${fa('واریزشده')}`),
    row(date, fa('جمع دوره'), ...sale, '۱٬۰۰۰٬۰۰۰', '۴۱۰'),
    `۱ ${fa('صفحه')}`,
  ]);
});

test('a bracket between a number and another script stands where it is read', async () => {
  const { lines } = await printed({ ...STATEMENT, name: 'فروشگاه ۱ (Shop A)' });
  expect(lines[1]).toContain(`(Shop A) ۱ ${fa('فروشگاه')} ${fa('فروشگاه:')}`);
});

test('brackets stand the right way round, a sentence keeps its numbers, and long notes are wrapped', async () => {
  const note = 'پذیرنده رسید شماره ۱۲۳ را نشان داد؛ مبلغ ۷۰٬۰۰۰ ریال (هفتاد هزار) درست است';
  const { lines } = await printed({
    ...STATEMENT,
    lines: [{ ...plain, kind: 'break', reference: '', debit: 1n, note }],
    totals: totalsOf([]),
  });
  expect(lines.join('\n')).toContain(`۷۰٬۰۰۰ ${fa('را نشان داد؛ مبلغ')} ۱۲۳ ${fa('پذیرنده رسید شماره')}`);
  expect(lines.join('\n')).toContain(`${fa('درست است')} (${fa('هفتاد هزار')}) ${fa('ریال')}`);
});

test('a statement of a month has its column heads and number on every page, and the same bytes each time', async () => {
  const many = Array.from({ length: 120 }, () => ({ ...plain, kind: 'purchase', reference: '1', credit: 1n }) as const);
  const [first, second] = [await printed({ ...STATEMENT, lines: many }), await printed({ ...STATEMENT, lines: many })];
  const numbers = first.lines.filter((line) => line.endsWith(fa('صفحه')));
  expect(numbers).toEqual(['۱', '۲', '۳', '۴'].slice(0, numbers.length).map((number) => `${number} ${fa('صفحه')}`));
  expect(numbers.length).toBeGreaterThan(2);
  expect(first.lines.filter((line) => line.includes(fa('شماره مرجع')))).toHaveLength(numbers.length);
  expect(first.pdf.equals(second.pdf)).toBe(true);
});

test('no text, however strange, keeps a statement from being printed', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 60 }), async (text) => {
      const line = { ...plain, kind: 'break', reference: 'x', debit: 1n, note: text } as const;
      const { pdf } = await printed({ ...STATEMENT, name: text, lines: [line] });
      expect(pdf.subarray(0, 5).toString()).toBe('%PDF-');
    }),
    { numRuns: 25 },
  );
});
