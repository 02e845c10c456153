import { expect, test } from '@jest/globals';
import { compile, loadSpec } from '../../../src/codec/index.ts';
import { legResult } from '../../../src/handlers/bank/check.ts';
import { HsmError } from '../../../src/hsm/index.ts';
import type { Fields, LinkAnswer } from '../../../src/net/link/index.ts';
import { demoPan } from '../../../src/demo/programme.ts';

const codec = compile(loadSpec('bank-switch'));
const asked: Fields = {
  2: demoPan(7),
  3: '000000',
  4: '000000001000',
  7: '1123083000',
  11: '000001',
  37: '632712000001',
  41: '10000001',
  42: '000000000000001',
  49: '364',
};

function answered(changes: Fields = {}): LinkAnswer {
  const bytes = codec.encode({ mti: '0210', fields: { ...asked, 38: '123456', 39: '00', ...changes } });
  return { kind: 'answer', message: codec.decode(bytes), body: bytes };
}

const cases: { name: string; answer: LinkAnswer; result: object }[] = [
  {
    name: '00 with everything echoed is approved',
    answer: answered(),
    result: { kind: 'approved', authCode: '123456' },
  },
  {
    name: 'an approval without DE 38 takes the end of the RRN',
    answer: answered({ 38: undefined }),
    result: { kind: 'approved', authCode: '000001' },
  },
  {
    name: 'fields the bank does not echo are not missed',
    answer: answered({ 2: undefined, 37: undefined, 42: undefined, 49: undefined }),
    result: { kind: 'approved' },
  },
  {
    name: 'a decline passes its code on',
    answer: answered({ 38: undefined, 39: '51' }),
    result: { kind: 'declined', rc: '51' },
  },
  {
    name: 'EMV data goes through, of declines too',
    answer: answered({ 39: '05', 55: '910A30303030303030303035' }),
    result: { kind: 'declined', rc: '05', passThrough: { 55: '910A30303030303030303035' } },
  },
  {
    name: 'balances do not go through a card leg',
    answer: answered({ 54: '0002364C000050000000' }),
    result: { kind: 'approved', authCode: '123456' },
  },
  {
    name: 'another amount is a doubt',
    answer: answered({ 4: '000000001001' }),
    result: { kind: 'doubt', rc: '96', why: 'the answer differs in DE 4' },
  },
  { name: 'no amount is a doubt', answer: answered({ 4: undefined }), result: { kind: 'doubt', rc: '96' } },
  { name: 'another currency is a doubt', answer: answered({ 49: '840' }), result: { kind: 'doubt', rc: '96' } },
  {
    name: 'another card is a doubt, of a decline too',
    answer: answered({ 2: demoPan(8), 39: '51' }),
    result: { kind: 'doubt', rc: '96' },
  },
  { name: 'another RRN is a doubt', answer: answered({ 37: '632712000002' }), result: { kind: 'doubt', rc: '96' } },
  { name: 'no DE 39 is a doubt', answer: answered({ 39: undefined }), result: { kind: 'doubt', rc: '96' } },
  ...['08', '10', '11', '16', '02', '32', '94', '96', '06', '84', '91', '09', '99', 'P1'].map((rc) => ({
    name: `${rc} may have moved money: a doubt`,
    answer: answered({ 39: rc }),
    result: { kind: 'doubt', bankRc: rc },
  })),
  {
    name: 'a blank DE 39 is a doubt, told as 96',
    answer: answered({ 39: '  ' }),
    result: { kind: 'doubt', rc: '96', why: 'RC malformed' },
  },
  {
    name: 'a code that means another thing here is told as 05, and kept',
    answer: answered({ 38: undefined, 39: '14' }),
    result: { kind: 'declined', rc: '05', bankRc: '14' },
  },
  {
    name: 'a short authorisation code is filled up',
    answer: answered({ 38: '12    ' }),
    result: { kind: 'approved', authCode: '12    ' },
  },
  {
    name: 'a blank authorisation code is none',
    answer: answered({ 38: '      ' }),
    result: { kind: 'approved', authCode: '000001' },
  },
  {
    name: 'a bank that does not know itself is a doubt',
    answer: answered({ 39: '68' }),
    result: { kind: 'doubt', rc: '68' },
  },
  { name: 'no answer in time is a doubt', answer: { kind: 'timeout' }, result: { kind: 'doubt', rc: '68' } },
  { name: 'a lost connection is a doubt', answer: { kind: 'lost', why: 'reset' }, result: { kind: 'doubt', rc: '68' } },
  {
    name: 'a wrong MAC is a doubt',
    answer: { kind: 'forged', why: 'MAC' },
    result: { kind: 'doubt', rc: '96', why: 'MAC' },
  },
  {
    name: 'what never left is unsent',
    answer: { kind: 'unsent', why: 'no link' },
    result: { kind: 'unsent', rc: '91' },
  },
  {
    name: 'a PIN block without a PIN is 55',
    answer: { kind: 'unsent', why: 'x', cause: new HsmError('pin.block', 'x') },
    result: { kind: 'unsent', rc: '55' },
  },
  {
    name: 'an HSM that fails is 96',
    answer: { kind: 'unsent', why: 'x', cause: new HsmError('hsm.unavailable', 'x') },
    result: { kind: 'unsent', rc: '96' },
  },
];

test.each(cases)('$name', ({ answer, result }) => {
  const outcome = legResult(answer, asked, [55]);
  expect(outcome).toMatchObject(result);
  if (!('passThrough' in result)) expect(outcome).not.toHaveProperty('passThrough');
});

test('a field that cannot be written to the terminal does not go through', () => {
  const answer = answered({ 44: 'odd', 55: '910A30303030303030303035' });
  expect(legResult(answer, asked, [44, 55], (de) => de !== 44)).toMatchObject({
    passThrough: { 55: '910A30303030303030303035' },
  });
});
