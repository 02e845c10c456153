import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { demoPan } from '../../../src/demo/programme.ts';
import {
  DEMO_LIMITS,
  Issuer,
  type Advice,
  type Authorisation,
  type Identity,
} from '../../../src/simulators/bank/issuer.ts';
import type { Entry } from '../../../src/simulators/bank/journal.ts';

const NOON = Date.parse('2026-11-23T08:30:00Z');
const OPENING = 50_000_000n;

function identity(stan: number): Identity {
  return {
    terminal: '10000001',
    merchant: '000000000000001',
    stan: String(stan).padStart(6, '0'),
    transmission: '1123083000',
    localDateTime: '1123120000',
    rrn: '632712000001',
  };
}

function purchase(stan: number, changes: Partial<Authorisation> = {}): Authorisation {
  return {
    mti: '0200',
    processingCode: '000000',
    pan: demoPan(7),
    expiry: undefined,
    amountRials: 1_000n,
    voucherRials: 0n,
    posEntryMode: '051',
    pin: { clear: '1234' },
    identity: identity(stan),
    forcedRc: undefined,
    ...changes,
  };
}

function reversal(stan: number, original: number, changes: Partial<Advice> = {}): Advice {
  return {
    mti: '0420',
    processingCode: '000000',
    amountRials: 1_000n,
    correctedRials: undefined,
    originalStan: identity(original).stan,
    originalTransmission: identity(original).transmission,
    identity: identity(stan),
    ...changes,
  };
}

/** An issuer whose decisions take effect, with the journal they make. */
function open(limits = DEMO_LIMITS, entries: Entry[] = []) {
  const issuer = new Issuer(limits, entries);
  const take = ({ entry, repeat }: { entry: Entry; repeat: boolean }): Entry => {
    if (!repeat) {
      entries.push(entry);
      issuer.apply(entry);
    }
    return entry;
  };
  return {
    issuer,
    entries,
    balance: (household = 7) => issuer.account(household)?.balanceRials,
    ask: (request: Authorisation, now = NOON) => take(issuer.authorise(request, now)),
    advise: (advice: Advice, now = NOON) => take(issuer.advise(advice, now)),
  };
}

const verdicts: { name: string; request: Partial<Authorisation>; rc: string }[] = [
  { name: 'a purchase with the right PIN is approved', request: {}, rc: '00' },
  { name: 'a wrong PIN is 55', request: { pin: { clear: '9999' } }, rc: '55' },
  { name: 'a PIN block that holds no PIN is 55', request: { pin: { clear: undefined } }, rc: '55' },
  { name: 'a chip purchase without PIN is 55', request: { pin: 'absent' }, rc: '55' },
  { name: 'a contactless purchase needs no PIN', request: { pin: 'absent', posEntryMode: '071' }, rc: '00' },
  { name: 'an unknown card is 14', request: { pan: '6037990000000000' }, rc: '14' },
  { name: 'another expiry date is 54', request: { expiry: '2811' }, rc: '54' },
  { name: 'more than the balance is 51', request: { amountRials: OPENING + 1n }, rc: '51' },
  { name: 'an amount of zero is 13', request: { amountRials: 0n }, rc: '13' },
  { name: 'over the limit of one purchase is 61', request: { amountRials: 2_000_000_000n }, rc: '61' },
  { name: 'another processing code is 12', request: { processingCode: '990000' }, rc: '12' },
  { name: 'a PIN check moves nothing', request: { mti: '0100', processingCode: '330000', amountRials: 0n }, rc: '00' },
  { name: 'household 901 has no funds', request: { pan: demoPan(901) }, rc: '51' },
  { name: 'household 902 has the wrong PIN', request: { pan: demoPan(902) }, rc: '55' },
  { name: 'household 903 has no issuer', request: { pan: demoPan(903) }, rc: '91' },
];

test.each(verdicts)('$name', ({ request, rc }) => {
  const bank = open();
  const entry = bank.ask(purchase(1, request));
  expect(entry.rc).toBe(rc);
  const moves = rc === '00' && entry.kind === 'purchase';
  expect(bank.balance()).toBe(moves ? OPENING - 1_000n : OPENING);
  expect(entry.authCode).toMatch(rc === '00' ? /^\d{6}$/ : /^$/);
});

test('three wrong PINs block the card until the next day', () => {
  const bank = open();
  for (const stan of [1, 2, 3]) expect(bank.ask(purchase(stan, { pin: { clear: '0000' } })).rc).toBe('55');
  expect(bank.ask(purchase(4)).rc).toBe('75');
  expect(bank.ask(purchase(5), NOON + 86_400_000).rc).toBe('00');
});

test('a right PIN forgives wrong ones', () => {
  const bank = open();
  for (const [stan, pin] of [
    [1, '0000'],
    [2, '0000'],
    [3, '1234'],
    [4, '0000'],
    [5, '0000'],
  ] as const) {
    bank.ask(purchase(stan, { pin: { clear: pin } }));
  }
  expect(bank.ask(purchase(6)).rc).toBe('00');
});

test('the limit of a day counts what was spent that day', () => {
  const bank = open({ ...DEMO_LIMITS, perDayRials: 1_500n });
  expect(bank.ask(purchase(1)).rc).toBe('00');
  expect(bank.ask(purchase(2)).rc).toBe('61');
  expect(bank.ask(purchase(3), NOON + 86_400_000).rc).toBe('00');
});

test('the same request again gets the same answer and moves nothing', () => {
  const bank = open();
  const first = bank.ask(purchase(1));
  expect(bank.ask(purchase(1, { mti: '0201' }))).toBe(first);
  expect(bank.balance()).toBe(OPENING - 1_000n);
});

test('a reversal gives the money back once, however often it comes', () => {
  const bank = open();
  bank.ask(purchase(1));
  expect(bank.advise(reversal(2, 1)).rc).toBe('00');
  expect(bank.advise(reversal(2, 1, { mti: '0421' })).rc).toBe('00');
  expect(bank.advise(reversal(3, 1)).rc).toBe('00');
  expect(bank.balance()).toBe(OPENING);
});

test('a reversal before its original is answered 25 and refuses the original', () => {
  const bank = open();
  expect(bank.advise(reversal(2, 1)).rc).toBe('25');
  expect(bank.ask(purchase(1)).rc).toBe('68');
  expect(bank.balance()).toBe(OPENING);
});

test.each([
  ['DE 95 names what stays charged', { correctedRials: 400n }, 400n],
  ['a lower DE 4 names what goes back', { amountRials: 300n }, 700n],
])('a partial reversal: %s', (_name, changes, stays) => {
  const bank = open();
  bank.ask(purchase(1));
  bank.advise(reversal(2, 1, changes));
  expect(bank.balance()).toBe(OPENING - stays);
  bank.advise(reversal(3, 1));
  expect(bank.balance()).toBe(OPENING);
});

test('a refund gives money, and its reversal takes it again', () => {
  const bank = open();
  bank.ask(purchase(1, { processingCode: '200000', pin: 'absent' }));
  expect(bank.balance()).toBe(OPENING + 1_000n);
  bank.advise(reversal(2, 1));
  expect(bank.balance()).toBe(OPENING);
});

test('an advice of an approved purchase is 00, of an unknown one 25', () => {
  const bank = open();
  bank.ask(purchase(1));
  expect(bank.advise(reversal(2, 1, { mti: '0220' })).rc).toBe('00');
  expect(bank.advise(reversal(3, 9, { mti: '0220' })).rc).toBe('25');
  expect(bank.balance()).toBe(OPENING - 1_000n);
});

test('the journal alone gives every balance again, and no money is made or lost on the way', () => {
  const stan = fc.integer({ min: 1, max: 12 });
  const step = fc.oneof(
    fc.record({
      what: fc.constant('buy' as const),
      stan,
      amount: fc.bigInt(1n, 30_000_000n),
      pin: fc.constantFrom('1234', '0000'),
    }),
    fc.record({ what: fc.constant('reverse' as const), stan, original: stan }),
    fc.record({ what: fc.constant('refund' as const), stan, amount: fc.bigInt(1n, 9_000n) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const bank = open();
      for (const one of steps) {
        if (one.what === 'buy') bank.ask(purchase(one.stan, { amountRials: one.amount, pin: { clear: one.pin } }));
        else if (one.what === 'refund')
          bank.ask(purchase(one.stan, { processingCode: '200000', amountRials: one.amount }));
        else bank.advise(reversal(one.stan, one.original, { amountRials: 30_000_000n }));
      }
      const moved = bank.entries.reduce((sum, entry) => sum + BigInt(entry.movedRials), 0n);
      expect(bank.balance()).toBe(OPENING + moved);
      expect(bank.balance()).toBeGreaterThanOrEqual(0n);
      const again = open(DEMO_LIMITS, [...bank.entries]);
      expect(again.issuer.accounts).toEqual(bank.issuer.accounts);
    }),
    { numRuns: 60 },
  );
});
