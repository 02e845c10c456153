import { describe, expect, test } from '@jest/globals';
import { HsmError } from '../../src/hsm/index.ts';
import { NOW, openPipe, outcome, purchase, type Pipe } from './support/pipe.ts';

const approved = (changes: Parameters<typeof outcome>[0]) => ({
  purchase: () => Promise.resolve({ kind: 'approved', outcome: outcome(changes) } as const),
});

describe('an outcome that is stored is told, whatever of it cannot be written', () => {
  test.each<[what: string, changes: Parameters<typeof outcome>[0], de: number, value: string | undefined]>([
    ['a short authorisation code is filled up', { authCode: '12' }, 38, '12    '],
    ['an authorisation code of seven is left out', { authCode: '1234567' }, 38, undefined],
    ['one with a control byte too', { authCode: '12\u000056' }, 38, undefined],
    ['DE 44 that is too long', { passThrough: { 44: 'x'.repeat(100) } }, 44, undefined],
    ['DE 54 with a letter of Persian', { passThrough: { 54: 'ک' } }, 54, undefined],
    ['DE 55 that is no TLV', { passThrough: { 55: '9F26' } }, 55, undefined],
    ['DE 60 with a control byte', { passThrough: { 60: '\u0007' } }, 60, undefined],
    ['a token of control bytes', { receiptToken: '\u0001' }, 48, undefined],
  ])('%s', async (_, changes, de, value) => {
    const pipe = await openPipe(approved(changes));
    const answer = await pipe.send('0200', purchase());
    expect([answer?.get(39), answer?.get(37), answer?.get(String(de))]).toEqual(['00', '632712000001', value]);
    expect(answer?.has(64)).toBe(true);
  });

  test('an HSM that fails after the decision is no reason to say that nothing was taken', async () => {
    const pipe = await openPipe(approved({}), {
      hsm: (real) => ({ ...real, generateMac: () => Promise.reject(new HsmError('hsm.unavailable', 'gone')) }),
    });
    expect(await pipe.send('0200', purchase())).toBeUndefined();
    expect(await pipe.metrics.registry.metrics()).toContain('reason="unanswerable"} 1');
  });

  test('a bank answer that the database refuses is a doubt: the terminal is answered, and the leg reversed', async () => {
    const legs: unknown[] = [];
    let now = NOW;
    const held = { kind: 'held', ref: { householdId: '7', transactionId: '1', businessDay: '2026-11-23' }, bank: 'card', legStan: '000001', outcome: outcome() } as const; // prettier-ignore
    const pipe = await openPipe(
      {
        purchase: () => Promise.resolve(held),
        complete: (_ref, leg) => {
          legs.push(leg);
          if (leg.kind === 'approved') return Promise.reject(Object.assign(new Error('refused'), { code: '22P05' }));
          return Promise.resolve(outcome({ rc: '96', reason: 'bank.doubt', authCode: undefined }));
        },
      },
      { now: () => (now += 500), bank: { cardLeg: () => Promise.resolve({ kind: 'approved', authCode: '123456' }) } },
    );
    expect((await pipe.send('0200', purchase({ 3: '179800' })))?.get(39)).toBe('96');
    expect(legs).toEqual([{ kind: 'approved', authCode: '123456' }, expect.objectContaining({ kind: 'doubt' })]);
  });
});

describe('a device whose clock is wrong is told so', () => {
  const DAY = 86_400_000;
  test.each<[what: string, mti: string, date: string]>([
    ['a purchase of 40 days ago', '0200', '1014'],
    ['a purchase of next month', '0200', '1223'],
    ['its repeat', '0201', '1014'],
    ['a reversal of nine days ago', '0400', '1114'],
    ['an advice of 40 days ago', '0220', '1014'],
  ])('%s', async (_, mti, date) => {
    const pipe = await openPipe({});
    const original = { 90: '02000000011123090000'.padEnd(42, '0') };
    const answer = await pipe.send(mti, purchase({ 13: date, ...(mti.startsWith('020') ? {} : original) }));
    expect([answer?.get(39), answer?.get('48.90'), answer?.get('48.13')]).toEqual([
      '30',
      '13',
      'ساعت یا تاریخ پایانه درست نیست؛ آن را تنظیم کنید',
    ]);
    expect(pipe.asked).toEqual([]);
  });

  test('one that is out by days asks the ledger whether it is a repeat; a reversal is taken', async () => {
    const done = { kind: 'done', rc: '00', reason: 'reversed', rrn: '632712000001', creditLeftRials: 0n } as const;
    const pipe = await openPipe(
      {
        purchase: () => Promise.resolve({ kind: 'repeat', outcome: outcome() }),
        reverse: () => Promise.resolve(done),
      },
      { now: () => NOW + 2 * DAY },
    );
    expect((await pipe.send('0200', purchase()))?.get(39)).toBe('00');
    expect((await pipe.send('0400', purchase({ 90: '02000000011123090000'.padEnd(42, '0') })))?.get(39)).toBe('00');
    expect(pipe.asked).toMatchObject([{ method: 'purchase', request: { stale: true } }, { method: 'reverse' }]);
  });

  test('it can sign on, and ask for its totals', async () => {
    const none = { count: 0, rials: 0n };
    const totals = {
      businessDay: '2026-11-23',
      purchases: none,
      reversals: none,
      returns: none,
      returnReversals: none,
    };
    const pipe = await openPipe({ totals: () => Promise.resolve(totals) });
    expect((await pipe.send('0800', { 11: '000001', 13: '0101', 70: '301' }))?.get(39)).toBe('00');
    expect((await pipe.send('0500', { 11: '000002', 13: '0101' }))?.get(39)).toBe('00');
    expect((await pipe.send('0500', { 11: '000003', 13: '0231' }))?.get('48.90')).toBe('13');
  });
});

describe('the log says why a request was refused at the door', () => {
  test.each<[string, (pipe: Pipe) => Buffer, { de39: string; why: string }]>([
    [
      'DE 41 of another terminal',
      (pipe) => pipe.sealed('0200', purchase({ 41: '10000002' })),
      { de39: '58', why: 'DE 41 is not the terminal of the certificate' },
    ],
    [
      'a wrong MAC',
      (pipe) => {
        const body = pipe.sealed('0200', purchase());
        body[body.length - 1]! ^= 1;
        return body;
      },
      { de39: '63', why: 'its MAC is wrong' },
    ],
  ])('%s', async (_, bodyOf, expected) => {
    const lines: Record<string, unknown>[] = [];
    const pipe = await openPipe({}, { log: (line) => lines.push(line) });
    await pipe.raw(bodyOf(pipe));
    expect(lines).toEqual([expect.objectContaining({ msg: 'refused', terminal: '10000001', ...expected })]);
  });

  test('what the ledger refuses with 58 too', async () => {
    const lines: Record<string, unknown>[] = [];
    const refused = { kind: 'declined', outcome: outcome({ rc: '58', reason: 'terminal.suspended' }) } as const;
    const pipe = await openPipe({ purchase: () => Promise.resolve(refused) }, { log: (line) => lines.push(line) });
    expect((await pipe.send('0200', purchase()))?.get(39)).toBe('58');
    expect(lines).toEqual([expect.objectContaining({ msg: 'refused', why: 'terminal.suspended' })]);
  });
});
