import { describe, expect, test } from '@jest/globals';
import {
  aesDukptDerivationKey,
  aesDukptInitialKey,
  aesDukptWorkingKey,
  cmac,
  decodePinBlock,
  decryptPinBlock,
  encodePinBlock,
  encryptPinBlock,
  kcv,
  retailMac,
  tdesDukptInitialKey,
  tdesDukptTransactionKey,
  tdesDukptWorkingKey,
  unwrapKeyBlock,
  wrapKeyBlock,
  type AesDukptUse,
  type PinBlockFormat,
} from '../../src/hsm/index.ts';
import { blockCipher } from '../../src/hsm/crypto/cipher.ts';
import { cmacWith, padBit } from '../../src/hsm/crypto/mac.ts';
import { panField4 } from '../../src/hsm/crypto/pin-block.ts';
import { bytes, doubled, group, hex, text, unused, VECTORS } from './vectors.ts';

const fixed = (vector: Parameters<typeof bytes>[0], key: string) => () => bytes(vector, key);
const startsWith = (name: string) => (vector: { name: string }) => vector.name.startsWith(name);

describe('MACs and check values', () => {
  test.each(group('AES-CMAC'))('AES-CMAC %s', (_, vector) => {
    expect(hex(cmac(bytes(vector, 'key'), bytes(vector, 'message')))).toBe(vector.expected.toUpperCase());
  });

  test.each(group('TDES-CMAC'))('TDES-CMAC %s', (_, vector) => {
    const cipher = blockCipher('TDES', bytes(vector, 'key'));
    expect(hex(cmacWith(cipher, bytes(vector, 'message')))).toBe(vector.expected.toUpperCase());
  });

  test.each(group('ISO9797-1 alg3'))('retail MAC %s', (_, vector) => {
    const data = bytes(vector, 'message');
    const padded = text(vector, 'padding') === '2' ? padBit(data, 8) : data;
    expect(hex(retailMac(bytes(vector, 'key'), padded))).toBe(vector.expected);
  });

  test.each(group('ISO9797-1 alg1'))(
    'ISO 9797-1 algorithm 1 %s is made under the first half, as single DES',
    (_, vector) => {
      const half = bytes(vector, 'key').subarray(0, 8);
      expect(hex(blockCipher('TDES', doubled(half)).cbcMac(bytes(vector, 'message')))).toBe(vector.expected);
    },
  );

  test.each(group('KCV'))('check value %s', (_, vector) => {
    const algorithm = vector.name.startsWith('AES') ? 'AES' : 'TDES';
    expect(kcv(algorithm, doubled(bytes(vector, 'key')))).toBe(vector.expected.slice(0, 6));
  });
});

describe('PIN blocks', () => {
  test.each(group('ISO9564 fmt0'))('format 0 %s', (_, vector) => {
    const block = encodePinBlock(0, text(vector, 'pin'), text(vector, 'pan'));
    expect(hex(block)).toBe(vector.expected);
    expect(decodePinBlock(0, block, text(vector, 'pan'))).toBe(text(vector, 'pin'));
  });

  test.each(group('ISO9564 fmt1'))('format 1 %s', (_, vector) => {
    expect(hex(encodePinBlock(1, text(vector, 'pin'), '', () => Buffer.from('0123456789ABCDEF', 'hex')))).toBe(
      vector.expected,
    );
  });

  test.each(group('ISO9564 fmt2'))('format 2 %s', (_, vector) => {
    expect(hex(encodePinBlock(2, text(vector, 'pin'), ''))).toBe(vector.expected);
  });

  test.each(group('ISO9564 fmt3'))('format 3 %s', (_, vector) => {
    const block = encodePinBlock(3, text(vector, 'pin'), text(vector, 'pan'));
    expect(hex(block).slice(0, vector.expected.length)).toBe(vector.expected);
    expect(decodePinBlock(3, block, text(vector, 'pan'))).toBe(text(vector, 'pin'));
  });

  test.each(group('ISO9564 fmt4', (vector) => 'key' in vector.input))('format 4 %s', (_, vector) => {
    const [key, pin, pan] = [bytes(vector, 'key'), text(vector, 'pin'), text(vector, 'pan')];
    const block = encryptPinBlock(key, 'AES', 4, pin, pan, fixed(vector, 'random'));
    expect(hex(block)).toBe(vector.expected);
    expect(decryptPinBlock(key, 'AES', 4, block, pan)).toBe(pin);
  });

  test('format 4 fields: PIN field and PAN field as X9.24-3 prints them', () => {
    const [, vector] = group('ISO9564 fmt4', startsWith('pin/pan field'))[0]!;
    const field = encodePinBlock(4, text(vector, 'pin'), text(vector, 'pan'), fixed(vector, 'random'));
    // With a cipher that does nothing the two XOR: their sum tells both.
    expect(hex(field)).toBe(vector.expected.slice(0, 32));
    expect(vector.expected.slice(32).replace(/^[^0-9A-F]+/, '')).toBe(hex(panField4(text(vector, 'pan'))));
  });

  test('the PAN field of format 4', () => {
    const [, vector] = group('ISO9564 fmt4', startsWith('pan field'))[0]!;
    expect(hex(panField4(text(vector, 'pan')))).toBe(vector.expected);
  });

  test.each<[string, PinBlockFormat, string]>([
    ['another format', 0, '3412AC89ABCDEF67'],
    ['a PIN of three digits', 1, '1312300000000000'],
    ['a PIN of thirteen digits', 1, '1D12345678901234'],
    ['letters in the PIN', 1, '14A2340000000000'],
  ])('a block with %s holds no PIN', (_, format, block) => {
    expect(() => decodePinBlock(format, Buffer.from(block, 'hex'), '5555555551234567')).toThrow(
      expect.objectContaining({ code: 'pin.block' }),
    );
  });
});

describe('TDES DUKPT', () => {
  const [, ipek] = group('DUKPT TDES', startsWith('IPEK'))[0]!;
  const bdk = bytes(ipek, 'bdk');
  const transactionKey = (ksn: Buffer) => tdesDukptTransactionKey(tdesDukptInitialKey(bdk, ksn), ksn);
  const message = (vector: Parameters<typeof text>[0]) => Buffer.from(text(vector, 'message'), 'latin1');

  test('the initial key of X9.24-1', () => {
    expect(hex(tdesDukptInitialKey(bdk, bytes(ipek, 'iksn')))).toBe(ipek.expected);
  });

  test.each(group('DUKPT TDES', startsWith('txn key')))('%s', (_, vector) => {
    expect(hex(transactionKey(bytes(vector, 'ksn')))).toBe(vector.expected);
  });

  test.each(group('DUKPT TDES', startsWith('request data')))('%s', (_, vector) => {
    const key = tdesDukptWorkingKey(transactionKey(bytes(vector, 'ksn')), 'data-request');
    const padded = Buffer.concat([message(vector), Buffer.alloc((8 - (message(vector).length % 8)) % 8)]);
    expect(hex(blockCipher('TDES', key).encryptCbc(padded, Buffer.alloc(8)))).toBe(vector.expected);
  });

  test.each(['FFFF9876543210E00000', 'FFFF9876543210FFFFFF', 'FFFF98765432'])('refuses the KSN %s', (ksn) => {
    expect(() => tdesDukptTransactionKey(bdk, Buffer.from(ksn, 'hex'))).toThrow(
      expect.objectContaining({ code: 'dukpt.ksn' }),
    );
  });
});

describe.each(['DUKPT AES-128', 'DUKPT AES-256'])('%s', (name) => {
  const [, first] = group(name, startsWith('initial key'))[0]!;
  const bdk = bytes(first, 'bdk');
  const derivationKey = (ksn: Buffer) => aesDukptDerivationKey(aesDukptInitialKey(bdk, ksn), ksn);
  const uses: Record<string, AesDukptUse> = { '1000': 'pin', '2000': 'mac-generate', '3000': 'data-encrypt' };

  test('the initial key', () => {
    expect(hex(aesDukptInitialKey(bdk, bytes(first, 'ikid')))).toBe(first.expected);
  });

  test.each(group(name, startsWith('derivation key')))('%s', (_, vector) => {
    expect(hex(derivationKey(bytes(vector, 'ksn')))).toBe(vector.expected);
  });

  test.each(group(name, (vector) => 'usage' in vector.input))('%s', (_, vector) => {
    const ksn = bytes(vector, 'ksn');
    const spec = { algorithm: 'AES', bits: vector.name.includes('aes256') ? 256 : 128 } as const;
    const key = aesDukptWorkingKey(derivationKey(ksn), ksn, uses[text(vector, 'usage')]!, spec);
    expect(hex(key)).toBe(vector.expected);
  });
});

describe('key blocks', () => {
  test.each(group('TR-31/X9.143'))('%s opens', (_, vector) => {
    const { key, header } = unwrapKeyBlock(text(vector, 'keyBlock'), bytes(vector, 'kbpk'));
    expect(hex(key)).toBe(vector.expected);
    expect(header.version).toBe(text(vector, 'keyBlock').charAt(0));
  });

  test.each(group('TR-31/X9.143'))('%s is refused with any character changed', (_, vector) => {
    const block = text(vector, 'keyBlock');
    for (let at = 0; at < block.length; at++) {
      const changed = block.slice(0, at) + (block.charAt(at) === '1' ? '2' : '1') + block.slice(at + 1);
      expect(() => unwrapKeyBlock(changed, bytes(vector, 'kbpk'))).toThrow(/[Kk]ey/);
    }
  });

  test.each(['A', 'B', 'C', 'D'] as const)('version %s opens what it wraps', (version) => {
    const kbpk = Buffer.from('000102030405060708090A0B0C0D0E0F', 'hex');
    const key = Buffer.from('0123456789ABCDEFFEDCBA9876543210', 'hex');
    const content = { version, usage: 'P0', algorithm: 'T', mode: 'B', exportability: 'E' };
    const opened = unwrapKeyBlock(wrapKeyBlock(content, key, kbpk), kbpk);
    expect(opened.key).toEqual(key);
    expect(opened.header).toMatchObject({ ...content, length: 16 });
  });
});

/** What is tested through back-ends: software.test.ts (with contract.ts), and payshield.test.ts. */
const ELSEWHERE: readonly [group: string, name: RegExp, count: number][] = [
  ['DUKPT TDES', /^(enc PIN block|request MAC|response MAC|widely-quoted)/, 103],
  ['DUKPT AES-128', /^fmt4 PIN block/, 8],
  ['Visa PVV', /^/, 4],
  ['IBM 3624', /^/, 5],
  ['CVV', /^/, 4],
  ['EMV ARQC', /^/, 6],
  ['EMV ARPC', /^/, 4],
  ['Thales variant LMK', /^/, 3],
  ['payShield MS/MT', /^/, 2],
  ['payShield CC/CD', /^/, 1],
];

test('of 357 vectors every one is tested, here or through a back-end', () => {
  expect(VECTORS).toHaveLength(357);
  const left = unused();
  for (const [name, pattern, count] of ELSEWHERE) {
    const there = left.filter((vector) => vector.group === name && pattern.test(vector.name));
    expect({ name, count: there.length }).toEqual({ name, count });
  }
  const tested = (vector: (typeof left)[number]) =>
    ELSEWHERE.some(([name, pattern]) => name === vector.group && pattern.test(vector.name));
  expect(left.filter((vector) => !tested(vector)).map(({ group: name, name: title }) => `${name}: ${title}`)).toEqual(
    [],
  );
});
