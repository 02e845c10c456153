import { randomBytes } from 'node:crypto';
import { HsmError } from '../errors.ts';
import { parseHeader, type KeyBlockHeader, type KeyBlockVersion } from './key-block-header.ts';
import { bindingKeys, type Binding } from './key-block-binding.ts';
import { sameMac } from './mac.ts';

/** X9.143 (TR-31) key blocks. B and D derive their keys from the protection key; A and C are the old variant
 *  method: they are read and written for peers that have nothing else. */

export interface UnwrappedKey {
  readonly header: KeyBlockHeader;
  readonly key: Buffer;
}

/** What the header of a new key block says; see `KeyBlockHeader`. It has no optional blocks. */
export interface KeyBlockContent {
  readonly version: KeyBlockVersion;
  readonly usage: string;
  readonly algorithm: string;
  readonly mode: string;
  readonly exportability: string;
}

/** Characters of the MAC. */
const MAC_CHARS: Readonly<Record<KeyBlockVersion, number>> = { A: 8, B: 16, C: 8, D: 32 };

/** Opens a key block.
 *  @param kbpk the protection key: TDES (A, B, C) or AES (D)
 *  @throws HsmError `keyblock.format` (with the offset and what was wrong), `keyblock.mac`, `key.length` */
export function unwrapKeyBlock(block: string, kbpk: Uint8Array): UnwrappedKey {
  const header = parseHeader(block);
  return openKeyBlock(block, header, bindingKeys(header.version, kbpk));
}

/** The same with the binding keys at hand.
 *  @param header the block's own */
export function openKeyBlock(block: string, header: KeyBlockHeader, binding: Binding): UnwrappedKey {
  const blockBytes = header.version === 'D' ? 16 : 8;
  const macAt = block.length - MAC_CHARS[header.version];
  const hexChars = macAt - header.length;
  if (hexChars < 2 * blockBytes || hexChars % (2 * blockBytes) !== 0) {
    throw new HsmError('keyblock.format', `Offset ${header.length}: the key field is not whole cipher blocks.`);
  }
  if (!/^[0-9A-Fa-f]+$/.test(block.slice(header.length))) {
    throw new HsmError('keyblock.format', `Offset ${header.length}: the key field and the MAC must be hexadecimal.`);
  }
  const head = Buffer.from(block.slice(0, header.length), 'latin1');
  const cipherText = Buffer.from(block.slice(header.length, macAt), 'hex');
  const mac = Buffer.from(block.slice(macAt), 'hex');
  // The MAC is checked before anything of the content is looked at: over the cipher text (A, C), or the plain text (B, D).
  const plain = binding.cipher.decryptCbc(cipherText, binding.iv(head, mac));
  const expected = binding.mac(Buffer.concat([head, binding.macOverCipherText ? cipherText : plain]));
  if (!sameMac(expected, mac)) {
    throw new HsmError('keyblock.mac', 'The key block was made under another key, or was changed.');
  }
  return { header, key: keyOf(plain) };
}

function keyOf(plain: Buffer): Buffer {
  const bits = plain.readUInt16BE(0);
  if (bits % 8 !== 0 || bits === 0 || 2 + bits / 8 > plain.length) {
    throw new HsmError('keyblock.format', `The key length in the block, ${bits} bits, does not fit it.`);
  }
  return Buffer.from(plain.subarray(2, 2 + bits / 8));
}

/** Makes a key block.
 *  @throws HsmError `key.length` when the protection key does not go with the version */
export function wrapKeyBlock(
  content: KeyBlockContent,
  key: Uint8Array,
  kbpk: Uint8Array,
  random: (bytes: number) => Buffer = randomBytes,
): string {
  return sealKeyBlock(content, key, bindingKeys(content.version, kbpk), random);
}

/** The same with the binding keys at hand. */
export function sealKeyBlock(
  content: KeyBlockContent,
  key: Uint8Array,
  binding: Binding,
  random: (bytes: number) => Buffer,
): string {
  const blockBytes = binding.cipher.blockBytes;
  const plainBytes = Math.ceil((2 + key.length) / blockBytes) * blockBytes;
  const plain = random(plainBytes);
  plain.writeUInt16BE(key.length * 8, 0);
  plain.set(key, 2);
  const length = 16 + 2 * plainBytes + MAC_CHARS[content.version];
  const { version, usage, algorithm, mode, exportability } = content;
  const text = `${version}${String(length).padStart(4, '0')}${usage}${algorithm}${mode}00${exportability}0000`;
  const head = Buffer.from(text, 'latin1');
  const seal = (mac: Uint8Array): Buffer => binding.cipher.encryptCbc(plain, binding.iv(head, mac));
  if (binding.macOverCipherText) {
    const cipherText = seal(Buffer.alloc(0));
    return text + hex(cipherText) + hex(binding.mac(Buffer.concat([head, cipherText])));
  }
  const mac = binding.mac(Buffer.concat([head, plain]));
  return text + hex(seal(mac)) + hex(mac);
}

function hex(bytes: Buffer): string {
  return bytes.toString('hex').toUpperCase();
}
