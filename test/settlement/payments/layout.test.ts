import { expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { paymentDocument, type PaymentHead, type PaymentOrder } from '../../../src/settlement/payments/layout.ts';
import { builtInProfile } from '../../../src/settlement/payments/profile.ts';

const sample = (name: string): string => readFileSync(new URL(`../samples/${name}`, import.meta.url), 'utf8');

function head(messageId: string): PaymentHead {
  return {
    messageId,
    createdOn: '2026-03-22',
    payOn: '2026-03-22',
    count: 2,
    sumRials: 3_500_000n,
    rail: 'PAYA',
  };
}

const order = (sequence: number, sheba: string, name: string, amountRials: bigint): PaymentOrder => ({
  instructionId: `1405010100000${sequence}`,
  sheba,
  name,
  amountRials,
  merchant: '000000012345678',
  creditorId: '0012345679',
});
const orders = [
  order(1, 'IR370120000000200000000002', 'فروشگاه نمونه یک', 1_200_000n),
  order(2, 'IR310180000000300000000003', 'فروشگاه نمونه دو', 2_300_000n),
];

test('the classic dialect is the sample file, byte for byte', () => {
  const pieces = paymentDocument(builtInProfile('ccti-1'), head('IR380170000000100000000001000000001'), orders);
  expect([...pieces].join('')).toBe(sample('dialect1.ccti'));
});

test('the newer dialect is the sample file, byte for byte', () => {
  const profile = { ...builtInProfile('ccti-2'), debtorSheba: 'IR880600000000400000000004' };
  const pieces = paymentDocument(profile, head('IR880600000000400000000004000000001'), orders);
  expect([...pieces].join('')).toBe(sample('dialect2.ccti'));
});

test('strict ISO carries Gregorian dates, its own end-to-end ids, and URGP for SATNA', () => {
  const text = [
    ...paymentDocument(
      builtInProfile('iso'),
      { ...head('IR380170000000100000000001000000001'), rail: 'SATNA' },
      orders,
    ),
  ].join('');
  expect(text).toContain('<CreDtTm>2026-03-22T01:30:00</CreDtTm>');
  expect(text).toContain('<ReqdExctnDt>2026-03-22</ReqdExctnDt>');
  expect(text).toContain('<EndToEndId>14050101000002</EndToEndId>');
  expect(text).toContain('<PmtTpInf><SvcLvl><Cd>URGP</Cd></SvcLvl></PmtTpInf><ReqdExctnDt>');
});

test('a hostile shop name cannot leave its element', () => {
  const evil = order(1, 'IR370120000000200000000002', '</Nm><Amt>&"\u0000\ud800\ufffe', 1n);
  const text = [...paymentDocument(builtInProfile('ccti-1'), head('M'), [evil])].join('');
  expect(text).toContain('<Nm>&lt;/Nm&gt;&lt;Amt&gt;&amp;&quot;</Nm>');
});
