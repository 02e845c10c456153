import { HsmError } from '../errors.ts';
import type { KeyRef, KeySpec } from '../hsm.ts';
import { unwrapKeyBlock, wrapKeyBlock } from '../crypto/key-block.ts';
import type { VariantScheme } from '../payment-hsm.ts';
import { algorithmOf, checkTransport, defaultMode, usageOf } from '../usage.ts';
import { unwrapVariant, wrapVariant } from '../crypto/variant.ts';
import type { KeyStore, LiveKey } from './key-store.ts';

type Random = (bytes: number) => Buffer;

/** @throws HsmError `keyblock.*`, `key.usage` */
export function importBlock(store: KeyStore, block: string, kbpk: KeyRef): KeyRef {
  const protection = store.open(kbpk, 'unwrap-block');
  const { header, key } = unwrapKeyBlock(block, protection.key);
  if (header.version !== versionFor(protection)) {
    throw new HsmError('keyblock.format', `Key block version ${header.version} is not taken under this key.`);
  }
  const algorithm = algorithmOf(header.algorithm);
  const bits = lengthOf(key);
  const sealed = { key, mode: header.mode, exportability: header.exportability };
  return store.keep({ usage: usageOf(header.usage), algorithm, bits }, sealed);
}

/** @throws HsmError `key.exportable`, `key.strength` */
export function exportBlock(store: KeyStore, ref: KeyRef, kbpk: KeyRef, random: Random): string {
  const key = store.reveal(ref);
  const protection = store.open(kbpk, 'wrap-block');
  checkExport(key, protection);
  const { usage, mode, exportability } = key;
  const algorithm = key.algorithm === 'AES' ? 'A' : 'T';
  const content = { version: versionFor(protection), usage, algorithm, mode, exportability } as const;
  return wrapKeyBlock(content, key.key, protection.key, random);
}

/** @throws HsmError `keyblock.format`, `key.length` */
export function importVariant(store: KeyStore, spec: KeySpec, cryptogram: string, zmk: KeyRef): KeyRef {
  const master = store.open(zmk, 'unwrap-variant');
  checkVariant(spec, master);
  const key = unwrapVariant(cryptogram, master.key);
  return store.keep(spec, { key, mode: defaultMode(spec.usage), exportability: 'E' });
}

export function exportVariant(store: KeyStore, ref: KeyRef, zmk: KeyRef, scheme: VariantScheme): string {
  const key = store.reveal(ref);
  const master = store.open(zmk, 'wrap-variant');
  checkVariant(ref, master);
  checkExport(key, master);
  return wrapVariant(key.key, master.key, scheme);
}

function checkVariant(spec: KeySpec, master: LiveKey): void {
  if (spec.algorithm === 'TDES' && master.algorithm === 'TDES') return;
  throw new HsmError('key.spec', 'Only TDES keys go under a TDES ZMK without a key block; take a key block for AES.');
}

function checkExport(key: LiveKey, protection: LiveKey): void {
  if (key.exportability === 'N') throw new HsmError('key.exportable', 'The key is not exportable.');
  checkTransport(key, protection);
}

function versionFor(kbpk: LiveKey): 'B' | 'D' {
  return kbpk.algorithm === 'AES' ? 'D' : 'B';
}

function lengthOf(key: Buffer): KeySpec['bits'] {
  if (key.length === 16) return 128;
  if (key.length === 24) return 192;
  if (key.length === 32) return 256;
  throw new HsmError('key.length', `A key of ${key.length} bytes is not supported.`);
}
