import { expect, test } from '@jest/globals';
import { createHmac, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { unwrapKeyBlock } from '../../src/hsm/index.ts';
import { bindingKeys } from '../../src/hsm/crypto/key-block-binding.ts';
import { parseHeader } from '../../src/hsm/crypto/key-block-header.ts';

interface Case {
  readonly name: string;
  readonly kbpk: string;
  readonly key: string;
  readonly block: string;
}

/** Blocks that other makers wrote, with long optional blocks. */
const cases = JSON.parse(
  readFileSync(new URL('./fixtures/key-blocks.json', import.meta.url), 'utf8'),
) as readonly Case[];

test.each(cases.map((one) => [one.name, one] as const))('a block of another maker opens: %s', (_, one) => {
  const { key } = unwrapKeyBlock(one.block, Buffer.from(one.kbpk, 'hex'));
  expect(key.toString('hex')).toBe(one.key);
});

const KBPK = createHmac('sha256', 'kbpk').update('test').digest();

/** A block of version D with these optional blocks, sealed by hand. */
function blockWith(optional: string, count: number): string {
  const binding = bindingKeys('D', KBPK);
  const plain = Buffer.concat([Buffer.from([0, 128]), randomBytes(30)]);
  const length = 16 + optional.length + 2 * plain.length + 32;
  const text = `D${String(length).padStart(4, '0')}P0AE00E${String(count).padStart(2, '0')}00${optional}`;
  const head = Buffer.from(text, 'latin1');
  const mac = binding.mac(Buffer.concat([head, plain]));
  const cipherText = binding.cipher.encryptCbc(plain, binding.iv(head, mac));
  return text + cipherText.toString('hex').toUpperCase() + mac.toString('hex').toUpperCase();
}

const hex = (value: number, digits: number): string => value.toString(16).toUpperCase().padStart(digits, '0');
/** A `10` block of `data` characters whose length is written at length, and a `PB` block up to whole cipher blocks. */
function long(data: number, digitsName: string, digits: number): string {
  const own = `10` + '00' + digitsName + hex(6 + digits + data, digits) + 'A'.repeat(data);
  const room = 16 - ((16 + own.length) % 16);
  const pad = room < 4 ? room + 16 : room;
  return own + `PB${hex(pad, 2)}${'0'.repeat(pad - 4)}`;
}

test.each([
  ['counted in bytes: 01', 100, '01', 2],
  ['counted in bytes: 02', 300, '02', 4],
  ['counted in bytes: 02, a length of 4,000', 4000, '02', 4],
  ['counted in bytes: 03', 300, '03', 6],
  ['counted in bytes: 04', 300, '04', 8],
  ['counted in digits: 02', 100, '02', 2],
  ['counted in digits: 03', 300, '03', 3],
  ['counted in digits: 04', 300, '04', 4],
])('the extended form of a length, %s', (_, data, name, digits) => {
  const block = blockWith(long(data, name, digits), 2);
  const { header, key } = unwrapKeyBlock(block, KBPK);
  expect(header.optional.map(({ id, data: { length } }) => [id, length])[0]).toEqual(['10', data]);
  expect(key).toHaveLength(16);
});

test.each([
  ['00 digits', '100000' + '0'.repeat(26)],
  ['no hexadecimal', '1000ZZ' + '0'.repeat(26)],
  ['longer than the block', '100002FFFF' + '0'.repeat(22)],
  ['shorter than itself', '1000020004' + '0'.repeat(22)],
])('a length in the extended form that is %s is refused with its offset', (_, optional) => {
  expect(() => parseHeader(blockWith(optional, 1))).toThrow(/offset \d+: /);
});
