import { describe, expect, test } from '@jest/globals';
import { compile, loadSpec, type FieldInput } from '../../../src/codec/index.ts';
import { RIAL, type MoneyUnit } from '../../../src/field/money-unit.ts';
import {
  answerSummary,
  goodsCode,
  quantityOf,
  readAmounts,
  receipt,
  writeBasket,
  type Answer,
} from '../../../src/simulators/terminal/index.ts';

const codec = compile(loadSpec('kalabarg-pos'));
const NOW = Date.parse('2027-01-01T20:00:00Z'); // 23:30 in Tehran

const ECHOED = { 7: '1231203000', 11: '000042', 12: '000530', 13: '1231', 41: '10000001', 42: '000000000000001' };

function answer(
  request: Readonly<Record<number, FieldInput>>,
  said: Readonly<Record<number, FieldInput>>,
  macGood = true,
  unit: MoneyUnit = RIAL,
): Answer {
  const card = { 35: '6037990000000071=29122010000000000' };
  const decoded = (mti: string, fields: Readonly<Record<number, FieldInput>>) =>
    codec.decode(codec.encode({ mti, fields: { ...ECHOED, ...fields } }));
  const message = decoded('0210', {
    3: request[3] ?? '179800',
    4: request[4] ?? '000000000000',
    37: '636500000017',
    ...said,
  });
  return {
    rc: typeof said[39] === 'string' ? said[39] : '',
    macGood,
    unit,
    message,
    request: decoded('0200', { ...card, ...request }),
  };
}

const BASKET = writeBasket([
  { goods: goodsCode('3') ?? '', unit: '00', quantity: 2, amountRials: 900_000n },
  { goods: '6260000000017', unit: '01', quantity: 1_500, amountRials: 400_000n },
]);
const SPLIT = answer(
  { 3: '179800', 4: '000001300000', 48: { '01': BASKET } },
  {
    38: '020953',
    39: '00',
    48: { '12': '0000000090000001000000000000', '17': 'پایان اعتبار ۱۴۰۵/۱۰/۳۰؛ شارژ بعدی ۱۴۰۵/۱۱/۱۵' },
    54: '9841364D0000009000000041364D0000004000009802364C000039100000',
  },
);

/** As a person reads it. */
const read = (text: string): string => text.replace(/[\u2066\u2069]/g, '').replace(/ +/g, ' ');

describe('a slip', () => {
  test('in Persian: shop, Jalali date, goods with verdicts, split, what is left and until when', () => {
    const goods = new Map([[goodsCode('3') ?? '', 'تخم‌مرغ']]);
    const text = receipt(SPLIT, { language: 'fa', shop: 'فروشگاه نمونه 1', goods, now: NOW });
    expect(read(text)).toContain(`فروشگاه نمونه ۱
خرید کالابرگ تراکنش موفق
تاریخ و ساعت ۱۴۰۵/۱۰/۱۰ ۰۰:۰۵:۳۰
پذیرنده ۰۰۰۰۰۰۰۰۰۰۰۰۰۰۱
پایانه ۱۰۰۰۰۰۰۱
کارت ۶۰۳۷۹۹******۰۰۷۱
شماره‌ی پیگیری ۰۰۰۰۴۲
شماره‌ی مرجع ۶۳۶۵۰۰۰۰۰۰۱۷
کد تأیید ۰۲۰۹۵۳

تخم‌مرغ × ۲ عدد ۹۰۰٬۰۰۰ ریال
۶۲۶۰۰۰۰۰۰۰۰۱۷ × ۱۵۰۰ گرم ۴۰۰٬۰۰۰ ریال
 مشمول کالابرگ نیست
 از اعتبار کالابرگ ۰ ریال

مبلغ کل ۱٬۳۰۰٬۰۰۰ ریال
 از اعتبار کالابرگ ۹۰۰٬۰۰۰ ریال
 از کارت بانکی ۴۰۰٬۰۰۰ ریال
 اعتبار باقی‌مانده ۳۹٬۱۰۰٬۰۰۰ ریال
پایان اعتبار ۱۴۰۵/۱۰/۳۰؛ شارژ بعدی ۱۴۰۵/۱۱/۱۵

کد پاسخ ۰۰
اصالت پاسخ تأیید شد`);
  });

  test('in English: the same, the day by the year that is near', () => {
    const text = read(receipt(SPLIT, { now: NOW }));
    expect(text).toContain(`SUBSIDISED PURCHASE APPROVED
date, time 2026-12-31 00:05:30`);
    expect(text).toContain('\ncredit ends 2027-01-20\nnext charge 2027-02-04\n');
    expect(text).not.toMatch(/[\u0600-\u06ff]/);
    const other = answer({ 3: '179800', 4: '000001300000' }, { 39: '00', 48: { '17': 'تا پایان دی' } });
    expect(receipt(other, { now: NOW })).toContain('\nتا پایان دی\n'); // another gateway may say it in its own words
  });

  test('every line is as wide as the paper', () => {
    for (const language of ['fa', 'en'] as const) {
      const lines = receipt(SPLIT, { language, now: NOW }).split('\n');
      const wide = lines.filter((line) => line.replace(/[\u200c\u2066\u2069]/g, '').length > 44);
      expect(wide.filter((line) => !line.startsWith('پایان اعتبار'))).toEqual([]);
    }
  });

  test('of a balance shows it, also below zero', () => {
    const balance = answer({ 3: '310000' }, { 39: '00', 54: '0001364D0000000500000002364C000000000000' });
    expect(read(receipt(balance, { language: 'fa', now: NOW }))).toContain(
      'موجودی حساب -۵۰٬۰۰۰ ریال\n موجودی قابل برداشت ۰ ریال',
    );
    expect(answerSummary(balance)).toMatchObject({ balanceRials: '-50000', availableRials: '0' });
  });

  test('of a decline says so, why, and that a wrong MAC makes it worthless', () => {
    const declined = answer({ 3: '179800', 4: '000000001000' }, { 39: '51', 48: { '13': 'اعتبار کافی نیست' } }, false);
    const text = read(receipt(declined, { language: 'fa', now: NOW }));
    expect(text).toContain('تراکنش ناموفق\nاعتبار کافی نیست');
    expect(text).toContain('کد پاسخ ۵۱\nاصالت پاسخ نادرست');
  });
});

test.each([
  ['3', '0000000000003'],
  ['۱۱', '0000000000011'],
  ['6260000000017', '6260000000017'],
  ['96385074', '0000096385074'],
  ['0', undefined],
  ['', undefined],
  ['12345', undefined],
  ['62600000000170', undefined],
  ['626000000001x', undefined],
])('goods code %j is %j', (typed, code) => {
  expect(goodsCode(typed)).toBe(code);
});

test.each([
  ['2', { quantity: 2, unit: '00' }],
  ['۱۵۰۰گ', { quantity: 1_500, unit: '01' }],
  ['1500 g', { quantity: 1_500, unit: '01' }],
  ['900ml', { quantity: 900, unit: '02' }],
  ['۹۰۰ م', { quantity: 900, unit: '02' }],
  ['0', undefined],
  ['1000000', undefined],
  ['1.5', undefined],
  ['g', undefined],
])('quantity %j is %j', (typed, quantity) => {
  expect(quantityOf(typed)).toEqual(quantity);
});

test('amounts that say who pays have no sign; balances have', () => {
  expect([...readAmounts('9841364D0000009000009802364C0000000000070002364D000000000005')]).toEqual([
    ['9841', 900_000n],
    ['9802', 7n],
    ['0002', -5n],
  ]);
});
