import { expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { compile, describe as picture, loadSpec, type DescribeOptions } from '../../src/codec/index.ts';

const codec = compile(loadSpec('kalabarg-pos'));
const lineOf = (fields: Record<string, string>, de: number, options: DescribeOptions = {}, mti = '0210'): string =>
  picture(codec.decode(codec.encode({ mti, fields })), options)
    .split('\n')
    .find((line) => line.startsWith(`${String(de).padStart(3)} `))!;

/** Copied from the table of Iranian PSPs' response codes. Codes 00, 10 and 40 mean something of their own here (wire.md 6). */
const table = JSON.parse(readFileSync(new URL('response-codes.json', import.meta.url), 'utf8')) as [
  string,
  string,
  string,
][];
const ours: Readonly<Record<string, readonly [string, string]>> = {
  '00': ['Approved in full', 'تراکنش موفق'],
  10: ['Voucher part approved, the rest is due in cash', 'بخش کالابرگ پذیرفته شد؛ باقی‌مانده نقدی پرداخت شود'],
  40: [
    'The basket does not add up, or function not supported',
    'سبد خرید با مبلغ نمی‌خواند یا عملیات پشتیبانی نمی‌شود',
  ],
};

test.each([...table, ['76', 'Key synchronisation error, sign on again', 'کلیدها همگام نیست؛ دوباره وارد شوید']])(
  'response code %s is told in English and Persian',
  (code, en, fa) => {
    const [english, persian] = ours[code] ?? [en, fa];
    expect(lineOf({ 39: code }, 39)).toContain(`${english} · \u2068${persian}\u2069`);
    expect(lineOf({ 39: code }, 39, { language: 'en' })).toMatch(new RegExp(`${code}  [\\x20-\\x7e]+$`));
    expect(lineOf({ 39: code }, 39, { language: 'fa' })).toContain(`${code}  \u2068${persian}\u2069`);
  },
);

test.each([
  { mti: '0200', en: 'financial request, acquirer (ISO 8583:1987)', fa: 'درخواست مالی، پذیرنده' },
  { mti: '0210', en: 'financial response, acquirer (ISO 8583:1987)', fa: 'پاسخ درخواست مالی، پذیرنده' },
  { mti: '0230', en: 'financial advice response, acquirer (ISO 8583:1987)', fa: 'پاسخ اعلان مالی، پذیرنده' },
  { mti: '0421', en: 'reversal advice, acquirer, repeat (ISO 8583:1987)', fa: 'اعلان برگشت، پذیرنده، تکراری' },
  { mti: '0520', en: 'reconciliation advice, acquirer (ISO 8583:1987)', fa: 'اعلان مغایرت‌گیری، پذیرنده' },
  { mti: '0800', en: 'network management request, acquirer (ISO 8583:1987)', fa: 'درخواست مدیریت شبکه، پذیرنده' },
  { mti: '0102', en: 'authorisation request, issuer (ISO 8583:1987)', fa: 'درخواست مجوز، صادرکننده' },
  { mti: '0999', en: 'unknown unknown, unknown (ISO 8583:1987)', fa: 'ناشناخته ناشناخته، ناشناخته' },
])('MTI $mti is $en', ({ mti, en, fa }) => {
  const message = codec.decode(codec.encode({ mti, fields: { 11: '000001' } }));
  expect(picture(message).split('\n')[0]).toBe(`${mti} ${en} · \u2068${fa}\u2069 · kalabarg-pos`);
  expect(picture(message, { language: 'en' }).split('\n')[0]).toBe(`${mti} ${en} · kalabarg-pos`);
});

test.each([
  { code: '179800', en: 'subsidised purchase, the rest from the card', fa: 'خرید کالابرگ؛ باقی‌مانده از کارت' },
  { code: '179898', en: 'subsidised purchase, the rest in cash', fa: 'خرید کالابرگ؛ باقی‌مانده نقدی' },
  { code: '000000', en: 'purchase', fa: 'خرید' },
  { code: '279800', en: 'return of a subsidised purchase', fa: 'برگشت خرید کالابرگ' },
  { code: '379800', en: 'voucher inquiry', fa: 'استعلام اعتبار کالابرگ' },
  { code: '479800', en: 'release of a reserved quote', fa: 'آزادسازی اعتبار رزروشده' },
  { code: '310000', en: 'balance inquiry', fa: 'استعلام موجودی' },
  { code: '330000', en: 'PIN check', fa: 'بررسی رمز' },
  { code: '680000', en: 'subsidised basket (Sadad)', fa: 'سبد کالابرگ (سداد)' },
  { code: '810000', en: 'coupon inquiry (Behpardakht)', fa: 'استعلام کالابرگ (به‌پرداخت)' },
  {
    code: '401020',
    en: 'transfer between accounts from savings to cheque',
    fa: 'انتقال وجه از حساب پس‌انداز به حساب جاری',
  },
])('processing code $code is $en', ({ code, en, fa }) => {
  expect(lineOf({ 3: code }, 3)).toContain(`${code}  ${en} · \u2068${fa}\u2069`);
});

test('a processing code nobody agreed on is shown as it is', () => {
  expect(lineOf({ 3: '990000' }, 3)).toMatch(/ 990000$/);
});

test('Persian values are set apart from the columns around them', () => {
  expect(lineOf({ 43: `فروشگاه رفاه${' '.repeat(17)}` }, 43)).toMatch(/ \u2068فروشگاه رفاه {17}\u2069$/);
  expect(lineOf({ 43: 'RAFAH STORE'.padEnd(40) }, 43)).toMatch(/ RAFAH STORE$/);
});

test('a value cannot turn the picture around with marks of its own', () => {
  const line = lineOf({ 43: `safe\u202Eelbuort\u2069x${' '.repeat(22)}` }, 43);
  expect(line).toMatch(/ safe⟨202E⟩elbuort⟨2069⟩x$/);
});

test.each([
  { spec: 'iso93-ascii', mti: '1210', code: '000', en: 'Approved', fa: 'پذیرفته شد' },
  { spec: 'iso93-ascii', mti: '1210', code: '100', en: 'Denied', fa: 'رد شد' },
  { spec: 'iso93-ascii', mti: '1430', code: '400', en: 'Outcome of a reversal', fa: 'نتیجه‌ی برگشت' },
  { spec: 'iso2003-ascii', mti: '2210', code: '2000', en: 'Denied, pick up', fa: 'رد شد؛ کارت ضبط شود' },
])('action code $code of $spec is no response code: $en', ({ spec, mti, code, en, fa }) => {
  const later = compile(loadSpec(spec));
  const shown = picture(later.decode(later.encode({ mti, fields: { 39: code } })));
  expect(shown).toContain(`${code}  ${en} · \u2068${fa}\u2069`);
});
