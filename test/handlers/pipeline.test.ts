import { describe, expect, test } from '@jest/globals';
import { HsmError } from '../../src/hsm/index.ts';
import { NOW, openPipe, outcome, purchase } from './support/pipe.ts';

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
