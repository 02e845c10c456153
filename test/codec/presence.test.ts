import { describe, expect, test } from '@jest/globals';
import { CodecError, compile, defineSpec, loadSpec, presenceFault } from '../../src/codec/index.ts';

const codec = compile(loadSpec('kalabarg-pos'));
const purchase = {
  3: '179800',
  4: '000002500000',
  7: '1123050607',
  11: '000123',
  12: '083607',
  13: '1123',
  22: '051',
  25: '00',
  35: '6037990000000006=29122010000000000',
  41: '10000001',
  42: '000000000000001',
  49: '364',
};

function faultOf(
  mti: string,
  changes: Record<string, string | Record<string, string> | undefined>,
): string | undefined {
  return presenceFault(codec.decode(codec.encode({ mti, fields: { ...purchase, ...changes } })))?.path;
}

describe('what a message of a class must and must not have (wire.md 3)', () => {
  test.each([
    ['a purchase with all it needs', '0200', {}, undefined],
    ['a repeat is held to the same', '0201', { 22: undefined }, '22'],
    ['no currency', '0200', { 49: undefined }, '49'],
    ['no card at all', '0200', { 35: undefined }, '2'],
    ['a PAN instead of a track', '0200', { 35: undefined, 2: '6037990000000006' }, undefined],
    ['an answer code in a request', '0200', { 39: '00' }, '39'],
    ['a reversal that names no original', '0400', {}, '90'],
    ['a return without its RRN', '0200', { 3: '279800' }, '48.10'],
    ['a return with other tags', '0200', { 3: '279800', 48: { '14': '1234567890123' } }, '48.10'],
    ['a return with its RRN', '0200', { 3: '279800', 48: { '10': '632713000001' } }, undefined],
    ['a release without its quote', '0200', { 3: '479800' }, '48.14'],
    ['a network message without its code', '0800', {}, '70'],
    ['a class without rules', '0600', { 49: undefined }, undefined],
  ] as const)('%s', (_name, mti, changes, path) => {
    expect(faultOf(mti, changes)).toBe(path);
  });
});

test.each([
  [{ '0200': {} }, '0200'],
  [{ '020': { mandatory: ['x'] } }, 'presence.020.mandatory'],
  [{ '020': { oneOf: [2] } }, 'presence.020.oneOf'],
  [{ '020': { must: [2] } }, 'presence.020.must'],
])('the mistake in %j is named', (presence, path) => {
  const define = (): unknown => defineSpec({ name: 'mine', extends: 'iso87-ascii', presence });
  expect(define).toThrow(CodecError);
  expect(define).toThrow(path);
});
