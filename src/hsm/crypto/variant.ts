import type { BlockCipher } from './cipher.ts';
import { blockCipher } from './cipher.ts';
import { HsmError } from '../errors.ts';
import type { VariantScheme } from '../payment-hsm.ts';

interface Scheme {
  readonly bytes: 16 | 24;
  /** XORed to the first byte of the second half of the master key, for each part of the key; none in X9.17. */
  readonly variants: readonly number[];
}

/** Thales key schemes for keys under a ZMK or an LMK pair. X and Y are plain ECB (ANSI X9.17). */
const SCHEMES: Readonly<Record<VariantScheme, Scheme>> = {
  X: { bytes: 16, variants: [] },
  Y: { bytes: 24, variants: [] },
  U: { bytes: 16, variants: [0xa6, 0x5a] },
  T: { bytes: 24, variants: [0x6a, 0xde, 0x2b] },
};

/** @returns the scheme letter and the cryptogram in upper-case hexadecimal
 *  @throws HsmError `key.length` when the key does not have the scheme's length */
export function wrapVariant(key: Uint8Array, master: Uint8Array, scheme: VariantScheme): string {
  const { bytes } = SCHEMES[scheme];
  if (key.length !== bytes) throw new HsmError('key.length', `Key scheme ${scheme} is for keys of ${bytes} bytes.`);
  return (
    scheme +
    eachPart(key, master, scheme, (cipher, part) => cipher.encrypt(part))
      .toString('hex')
      .toUpperCase()
  );
}

/** @throws HsmError `keyblock.format` */
export function unwrapVariant(cryptogram: string, master: Uint8Array): Buffer {
  const scheme = cryptogram.charAt(0);
  if (!isScheme(scheme) || !new RegExp(`^[0-9A-Fa-f]{${SCHEMES[scheme].bytes * 2}}$`).test(cryptogram.slice(1))) {
    throw new HsmError('keyblock.format', 'A ZMK cryptogram is X or U and 32 hexadecimal digits, or Y or T and 48.');
  }
  return eachPart(Buffer.from(cryptogram.slice(1), 'hex'), master, scheme, (cipher, part) => cipher.decrypt(part));
}

function isScheme(text: string): text is VariantScheme {
  return text in SCHEMES;
}

function eachPart(
  data: Uint8Array,
  master: Uint8Array,
  scheme: VariantScheme,
  run: (cipher: BlockCipher, part: Uint8Array) => Buffer,
): Buffer {
  const { variants } = SCHEMES[scheme];
  const parts: Buffer[] = [];
  for (let at = 0; at < data.length; at += 8) {
    const key = Buffer.from(master);
    key[8] = (key[8] as number) ^ (variants[at / 8] ?? 0);
    parts.push(run(blockCipher('TDES', key), data.subarray(at, at + 8)));
  }
  return Buffer.concat(parts);
}
