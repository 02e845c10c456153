import { expect, test } from '@jest/globals';
import { CodecError, compile, loadSpec } from '../../src/codec/index.ts';

const pos = compile(loadSpec('kalabarg-pos'));
const bank = compile(loadSpec('bank-switch'));

const purchase = {
  mti: '0200',
  fields: {
    2: '6037990000000014',
    3: '179800',
    4: '000001250000',
    7: '1123041907',
    11: '000124',
    22: '051',
    25: '00',
    32: '581672031',
    35: '6037990000000014=29122010000000000',
    41: '10000001',
    42: '000000000000001',
    48: { '02': '1.24', '13': 'خرید شما' },
    49: '364',
    52: '1A2B3C4D5E6F7081',
    55: { '9F26': 'A1B2C3D4E5F60718', '77': { '9F27': '80', '9F36': '0001' } },
    64: '0000000000000000',
  },
};

test('kalabarg-pos packs digits, fills odd ones, and counts UTF-8 in bytes', () => {
  const bytes = pos.encode(purchase);
  const text = bytes.toString('hex').toUpperCase();
  expect(text.startsWith('0200' + '7220048120C19201')).toBe(true);
  expect(text).toContain(
    '16' + '6037990000000014' + '179800' + '000001250000' + '1123041907' + '000124' + '0051' + '00',
  );
  expect(text).toContain('09' + '581672031F' + '34' + '6037990000000014D29122010000000000');
  expect(text).toContain(
    '0029' +
      Buffer.from('02004' + '1.24' + '13015')
        .toString('hex')
        .toUpperCase(),
  );
});

test('a decoded message answers for elements, tags, subfields and places', () => {
  const bytes = pos.encode(purchase);
  const message = pos.decode(bytes);
  expect(message.mti).toBe('0200');
  expect(message.get(35)).toBe('6037990000000014=29122010000000000');
  expect(message.get('48.13')).toBe('خرید شما');
  expect(message.get('55.9F26')).toBe('A1B2C3D4E5F60718');
  expect(message.get('55.77.9F36')).toBe('0001');
  expect(message.has('48.10')).toBe(false);
  expect(message.get(70)).toBeUndefined();
  expect(message.offsetOf(64)).toBe(bytes.length - 8);
  expect(message.fields()).toEqual([2, 3, 4, 7, 11, 22, 25, 32, 35, 41, 42, 48, 49, 52, 55, 64]);
  expect(message.bytes(52)?.toString('hex')).toBe('1a2b3c4d5e6f7081');
  expect(message.encode()).toEqual(bytes);
});

test('every one of the 128 elements is defined', () => {
  for (const codec of [pos, bank]) {
    const missing = Array.from({ length: 127 }, (_, index) => index + 2).filter(
      (de) => codec.spec.fields[de] === undefined,
    );
    expect(missing).toEqual([]);
  }
});

test('a patched message keeps what was not named, byte for byte', () => {
  const message = pos.decode(pos.encode({ ...purchase, fields: { ...purchase.fields, 48: '99003abc01000' } }));
  const answer = message.with({ 2: undefined, 39: '00', '48.13': 'ok' });
  expect(answer.get(2)).toBeUndefined();
  expect(answer.get(39)).toBe('00');
  expect(answer.get(48)).toBe('99003abc0100013002ok');
  expect(answer.bytes(55)).toEqual(message.bytes(55));
  expect(message.with({ 102: '1', 64: undefined, 128: '0000000000000000' }).encode().length).toBe(
    message.encode().length + 8 + 2,
  );
});

test.each([
  ['a letter in an amount', { 4: '00000125000A' }, 'bad-content', '4', 11],
  ['a short amount', { 4: '1250000' }, 'too-short', '4', 0],
  ['an amount of 13 digits', { 4: '0000001250000' }, 'too-long', '4', 0],
  ['Persian digits', { 32: '۵۸۱۶۷۲' }, 'bad-content', '32', 0],
  ['lower-case hexadecimal', { 52: '1a2b3c4d5e6f7081' }, 'bad-content', '52', 1],
  ['an element that is none', { 1: '00' }, 'undefined-field', '1', 0],
  ['a tag twice', { 48: '020011020012' }, 'duplicate-tag', '48.02', 6],
  ['a tag longer than its field', { 48: '02999x' }, 'bad-tlv', '48.02', 5],
  ['a cut template', { 55: '7703' }, 'bad-tlv', '55.77', 2],
])('encode refuses %s', (_what, fields, code, path, offset) => {
  expect(faultOf(() => pos.encode({ mti: '0200', fields }))).toMatchObject({ code, path, offset });
});

test('salvage reads MTI and sound elements of a frame with a bad one', () => {
  const bytes = pos.encode(purchase);
  bytes[22] = 0xaa; // in the amount
  expect(faultOf(() => pos.decode(bytes))).toMatchObject({ code: 'bad-content', path: '4', offset: 22 });
  expect(pos.salvage(bytes, [4, 11, 41])).toEqual({ mti: '0200', fields: { 11: '000124', 41: '10000001' } });
  expect(pos.salvage(bytes.subarray(0, 1), [11])).toBeUndefined();
  expect(pos.salvage(Buffer.from('0200ff', 'hex'), [11])).toEqual({ mti: '0200', fields: {} });
});

function faultOf(action: () => unknown): CodecError {
  try {
    action();
  } catch (error) {
    if (error instanceof CodecError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

test('several changes inside one element build on each other', () => {
  const message = pos.decode(pos.encode({ mti: '0210', fields: { 39: '00', 48: { '11': 'token', '14': '1' } } }));
  const changed = message.with({ '48.14': '2', '48.11': undefined, '48.13': 'text', 39: '51' });
  expect(changed.fields()).toEqual([39, 48]);
  expect(['39', '48.11', '48.13', '48.14'].map((path) => changed.get(path))).toEqual(['51', undefined, 'text', '2']);
  expect(message.with({ 48: undefined, '48.14': '3' }).get('48.14')).toBe('3');
});
