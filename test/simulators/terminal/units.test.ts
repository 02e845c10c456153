import { expect, test } from '@jest/globals';
import { compile, loadSpec, type Message } from '../../../src/codec/index.ts';
import { demoTrack2, demoPan } from '../../../src/demo/index.ts';
import { unitsOf } from '../../../src/field/money-unit.ts';
import {
  answerSummary,
  deviceUnits,
  readAmounts,
  receipt,
  SimulatedTerminal,
  writeBasket,
} from '../../../src/simulators/terminal/index.ts';

/** A device on both sides of the day on which its profile says another unit of money. */

const codec = compile(loadSpec('kalabarg-pos'));
const units = unitsOf({
  units: [{ unit: 'new-rial', from: '2026-11-20', alpha: 'XXX', numeric: '999', exponent: 2, rials: 10_000, nameFa: 'ریال نو', nameEn: 'new rial', lawful: true }], // prettier-ignore
  terminalUnits: [{ profile: 'native', from: '2026-11-24', in: 'new-rial' }],
});
const BEFORE = Date.parse('2026-11-23T20:00:00Z'); // 23:30 in Tehran
const AFTER = Date.parse('2026-11-23T20:40:00Z'); // ten minutes past midnight
const card = { pan: demoPan(7), track2: demoTrack2(7), pin: undefined };

let now = BEFORE;
const sent: Message[] = [];

/** A gateway that says the voucher pays 4 of 5 parts, and that 1,234,567 rials are left. */
function answered(request: Message): Buffer {
  const total = BigInt(request.get(4) ?? '0');
  const code = request.get(49) ?? '';
  const left = code === '999' ? 12_345n : 1_234_567n;
  const line = (type: string, sign: string, amount: bigint): string => `${type}${code}${sign}${String(amount).padStart(12, '0')}`; // prettier-ignore
  const mti = request.mti.slice(0, 2) + '10';
  const lines = line('9841', 'D', (total * 4n) / 5n) + line('0041', 'D', total / 5n) + line('9802', 'C', left);
  return Buffer.from(codec.encode({ mti, fields: { 3: request.get(3), 4: request.get(4), 39: '00', 49: code, 54: lines } }));
} // prettier-ignore

const device = await SimulatedTerminal.connect({
  endpoint: {
    tls: undefined,
    send: (bytes) => {
      sent.push(codec.decode(bytes));
      return Promise.resolve(answered(codec.decode(bytes)));
    },
  },
  codec,
  terminal: '10000001',
  merchant: '000000000000001',
  algorithm: 'TDES',
  tmk: Buffer.alloc(16, 1),
  clock: { now: () => now },
  timeoutMs: 1_000,
  firstStan: 1,
  units: deviceUnits(units, 'native'),
});

test('DE 4, DE 49, basket and slip are in the unit of the day, and rials are rials', async () => {
  now = BEFORE;
  const old = await device.financial('179800', 2_500_000n, card);
  now = AFTER;
  expect(device.unit.numeric).toBe('999');
  const basket = writeBasket([{ goods: '0000000000003', unit: '00', quantity: 1, amountRials: 2_500_000n }], device.unit);
  const answer = await device.financial('179800', 2_500_000n, card, { 48: { '01': basket } });
  expect(sent.map((each) => [each.get(4), each.get(49)])).toEqual([['000002500000', '364'], ['000000025000', '999']]);
  expect(sent[1]?.get('48.01')).toBe('0000000000003' + '00' + '000001' + '000000025000');
  for (const each of [old, answer]) expect(readAmounts(each.message.get(54), each.unit).get('9841')).toBe(2_000_000n);
  expect(answerSummary(old)).toMatchObject({ totalRials: '2500000', creditLeftRials: '1234567' });
  expect(answerSummary(answer)).toMatchObject({ currency: '999', totalRials: '2500000', voucherRials: '2000000', creditLeftRials: '1234500' }); // prettier-ignore
  expect(receipt(answer)).toMatch(/total +250 XXX\n.*from the voucher +200 XXX\n.*from the card +50 XXX\n.*credit left +123\.45 XXX/); // prettier-ignore
  expect(receipt(answer, { language: 'fa' })).toMatch(/اعتبار باقی‌مانده +۱۲۳٫۴۵ ریال نو/);
  expect(receipt(old)).toMatch(/total +2,500,000 IRR/);
}); // prettier-ignore

test('what takes back a purchase of the day before says it as that was said', async () => {
  sent.length = 0;
  now = BEFORE;
  const bought = await device.financial('179800', 1_234_567n, card);
  now = AFTER;
  const back = await device.reverse(bought.request, '17');
  expect([sent[1]?.get(4), sent[1]?.get(49), back.unit.numeric]).toEqual(['000001234567', '364', '364']);
});

test('an amount that the unit cannot say is not sent', async () => {
  sent.length = 0;
  now = AFTER;
  await expect(device.financial('179800', 1_234_567n, card)).rejects.toThrow('123.4567 new rial is no amount of this unit: its least step is 0.01 new rial.'); // prettier-ignore
  expect(sent).toEqual([]);
});
