import { expect, test } from '@jest/globals';
import { pinFields } from '../../../src/handlers/bank/request.ts';
import type { BankRequest } from '../../../src/handlers/ports.ts';
import {
  decryptPinBlock,
  encryptPinBlock,
  softwareHsm,
  type KeySpec,
  type PinBlockFormat,
} from '../../../src/hsm/index.ts';

const hsm = softwareHsm({ lmk: Buffer.alloc(32, 6) });
const PAN = '6037990000000072';
const CLEAR = Buffer.from('0123456789ABCDEFFEDCBA9876543210', 'hex');
const key = (algorithm: KeySpec['algorithm']) =>
  hsm.formKey({ usage: 'P0', algorithm, bits: 128 }, [CLEAR, Buffer.alloc(16)]);

/** A request with a PIN block of a format, said to be of another. */
async function request(format: PinBlockFormat, said: 0 | 4, pan = PAN): Promise<BankRequest> {
  const algorithm = format === 4 ? 'AES' : 'TDES';
  const block = encryptPinBlock(CLEAR, algorithm, format, '1234', pan);
  const pin = { block, format: said, key: await key(algorithm) };
  return { card: { pan: PAN }, pin } as unknown as BankRequest;
}

test.each<[string, PinBlockFormat, 0 | 4]>([
  ['DE 52, format 0', 0, 0],
  ['DE 52, format 3', 3, 0],
  ['tag 20, format 4', 4, 4],
])('a PIN of %s reaches a TDES bank in format 0, an AES bank in format 4', async (_, format, said) => {
  const asked = await request(format, said);
  const tdes = await pinFields(asked, {}, hsm)!(await key('TDES'));
  expect(decryptPinBlock(CLEAR, 'TDES', 0, Buffer.from(tdes['52'] as string, 'hex'), PAN)).toBe('1234');
  const aes = await pinFields(asked, { 48: { '50': '000000000001' } }, hsm)!(await key('AES'));
  const tags = aes['48'] as unknown as Record<string, string>;
  expect(decryptPinBlock(CLEAR, 'AES', 4, Buffer.from(tags['20']!, 'hex'), PAN)).toBe('1234');
  expect(tags['50']).toBe('000000000001');
  expect([tdes['53'], aes['53']]).toEqual(['0100000000000000', '0200000000000000']);
});

test.each<[string, PinBlockFormat, 0 | 4]>([
  ['of another PAN', 0, 0],
  ['of another PAN', 3, 0],
  ['of another PAN', 4, 4],
  ['of a format that no terminal sends', 1, 0],
])('a block %s (format %d) holds no PIN', async (_, format, said) => {
  const wrong = await request(format, said, '6037990000000080');
  await expect(pinFields(wrong, {}, hsm)!(await key('TDES'))).rejects.toMatchObject({ code: 'pin.block' });
});
