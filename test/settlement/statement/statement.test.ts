import { expect, test } from '@jest/globals';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { statementCsv } from '../../../src/settlement/statement/csv.ts';
import { statementHtml } from '../../../src/settlement/statement/html.ts';
import { printPdf } from '../../../src/settlement/statement/pdf.ts';
import type { Statement } from '../../../src/settlement/statement/read.ts';

const plain = { day: '2026-03-21', time: '', terminal: '', credit: 0n, debit: 0n, note: '' };
const STATEMENT: Statement = {
  merchant: '000000000000001',
  name: '<b>فروشگاه</b>',
  from: '2026-03-21',
  to: '2026-03-21',
  opening: -90n,
  closing: 410n,
  lines: [
    { ...plain, time: '10:15', kind: 'purchase', reference: '608012345678', terminal: '12345678', credit: 1_000_500n },
    { ...plain, kind: 'break', reference: 'break 7', debit: 500n, note: '=HYPERLINK("x")' },
    { ...plain, kind: 'order', reference: '14050101000001', debit: 999_500n, note: 'IR380170000000100000000001 paid' },
  ],
};

test('a CSV statement is Persian, of Jalali dates, with a running balance, and runs no formula', () => {
  expect(statementCsv(STATEMENT).split('\n')).toEqual([
    '\ufeffتاریخ,ساعت,شرح,شماره مرجع,پایانه,بستانکار (ریال),بدهکار (ریال),مانده (ریال),توضیح',
    '1405/01/01,,مانده از قبل,,,,,-90,',
    '1405/01/01,10:15,خرید,608012345678,12345678,1000500,,1000410,',
    `1405/01/01,,رفع مغایرت,break 7,,,500,999910,"'=HYPERLINK(""x"")"`,
    '1405/01/01,,حواله به شبا,14050101000001,,,999500,410,IR380170000000100000000001 واریزشده',
    '',
  ]);
});

test('an HTML statement reads right to left, its numbers left to right, and takes no markup from names', () => {
  const html = statementHtml(STATEMENT);
  expect(html).toContain('<html lang="fa" dir="rtl">');
  expect(html).toContain('<td class="number"><bdi dir="ltr">۱٬۰۰۰٬۵۰۰</bdi></td>');
  expect(html).toContain('<bdi dir="ltr">۱۴۰۵/۰۱/۰۱</bdi>');
  expect(html).not.toContain('<b>');
});

test('a PDF is printed by the Chromium that is there, or its lack is named', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'kalabarg-statement-'));
  try {
    const path = join(folder, 'statement.pdf');
    const outcome = await printPdf(statementHtml(STATEMENT), path).catch((error: unknown) => error);
    if (outcome === undefined) expect(readFileSync(path).subarray(0, 5).toString()).toBe('%PDF-');
    else expect(outcome).toMatchObject({ code: 'pdf.browser' });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
