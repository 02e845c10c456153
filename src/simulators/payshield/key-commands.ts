import { oddParity, unwrapVariant, wrapVariant } from '../../hsm/crypto/index.ts';
import {
  unwrapKeyBlock,
  wrapKeyBlock,
  type VariantScheme,
  algorithmOf,
  checkTransport,
  usageOf,
} from '../../hsm/index.ts';
import { checkValue, end, keepKey, openKey, skipLmkId, specOf, typeCode, type Command } from './command.ts';
import type { LmkKey } from './lmk.ts';
import { Refusal } from './refusal.ts';

/** A0, mode 0: a new key under the LMK. */
export const generateKey: Command = (fields, workshop) => {
  if (fields.text(1) !== '0') throw new Refusal('15');
  const type = typeCode(fields);
  const scheme = fields.matching(1, /^[SUT]$/, 'a key scheme');
  skipLmkId(fields);
  const wanted = scheme === 'S' ? blockFields(fields) : variantFields(scheme);
  end(fields);
  const random = workshop.random(wanted.bytes);
  const key = { ...wanted, key: wanted.algorithm === 'TDES' ? oddParity(random) : random };
  return [keepKey(key, scheme, type, workshop), checkValue(key)];
};

type Wanted = Omit<LmkKey, 'key'> & { readonly bytes: number };

/** `#`, usage, algorithm and length, mode, version, exportability, number of optional blocks. */
function blockFields(fields: { text(count: number): string }): Wanted {
  if (fields.text(1) !== '#') throw new Refusal('15');
  const usage = usageOf(fields.text(2));
  const letter = fields.text(1);
  const size = Number(fields.text(1));
  const mode = fields.text(1);
  fields.text(2);
  const exportability = fields.text(1);
  if (fields.text(2) !== '00') throw new Refusal('AB');
  const algorithm = algorithmOf(letter);
  const bytes = algorithm === 'AES' ? 8 * (size + 1) : 8 * size;
  if (![16, 24, 32].includes(bytes)) throw new Refusal('27');
  return { usage, algorithm, mode, exportability, bytes };
}

function variantFields(scheme: string): Wanted {
  return { usage: 'K0', algorithm: 'TDES', mode: 'N', exportability: 'E', bytes: scheme === 'T' ? 24 : 16 };
}

/** A6: a key under a ZMK comes under the LMK. */
export const importKey: Command = (fields, workshop) => {
  const type = typeCode(fields);
  const zmkField = fields.key();
  const cryptogram = fields.key();
  const scheme = fields.matching(1, /^[SUT]$/, 'a key scheme');
  skipLmkId(fields);
  const isBlock = cryptogram.startsWith('R');
  const zmk = openKey(zmkField, '000', isBlock ? 'unwrap-block' : 'unwrap-variant', workshop);
  const key = isBlock ? fromBlock(cryptogram.slice(1), zmk) : fromVariant(cryptogram, zmk, scheme, fields);
  end(fields);
  return [keepKey(key, scheme, type, workshop), checkValue(key)];
};

function fromBlock(block: string, zmk: LmkKey): LmkKey {
  const { header, key } = unwrapKeyBlock(block, zmk.key);
  const { usage, algorithm, mode, exportability } = header;
  return { usage: usageOf(usage), algorithm: algorithmOf(algorithm), mode, exportability, key };
}

function fromVariant(cryptogram: string, zmk: LmkKey, scheme: string, fields: { text(count: number): string }): LmkKey {
  const key = oddParity(unwrapVariant(cryptogram, zmk.key));
  if (scheme !== 'S') return { usage: 'K0', algorithm: 'TDES', mode: 'N', exportability: 'E', key };
  if (fields.text(1) !== '#') throw new Refusal('15');
  const usage = usageOf(fields.text(2));
  const mode = fields.text(1);
  fields.text(2);
  const exportability = fields.text(1);
  if (fields.text(2) !== '00') throw new Refusal('AB');
  return { usage, algorithm: 'TDES', mode, exportability, key };
}

/** A8: a key under the LMK goes out under a ZMK or TMK. */
export const exportKey: Command = (fields, workshop) => {
  const type = typeCode(fields);
  const zmkField = fields.key();
  const keyField = fields.key();
  const scheme = fields.matching(1, /^[RXYUT]$/, 'a key scheme');
  end(fields);
  const { lmk } = workshop;
  const zmk = openKey(zmkField, '000', scheme === 'R' ? 'wrap-block' : 'wrap-variant', workshop);
  const key = keyField.startsWith('S') ? lmk.unwrapBlock(keyField) : lmk.unwrapVariant(keyField, type);
  if (key.exportability === 'N') throw new Refusal('29');
  checkTransport(specOf(key), specOf(zmk));
  const out =
    scheme === 'R' ? toBlock(key, zmk, workshop.random) : wrapVariant(key.key, zmk.key, scheme as VariantScheme);
  return [out, checkValue(key)];
};

function toBlock(key: LmkKey, zmk: LmkKey, random: (bytes: number) => Buffer): string {
  const { usage, mode, exportability } = key;
  const version = zmk.algorithm === 'AES' ? 'D' : 'B';
  const content = { version, usage, algorithm: key.algorithm === 'AES' ? 'A' : 'T', mode, exportability } as const;
  return `R${wrapKeyBlock(content, key.key, zmk.key, random)}`;
}

/** BU: the check value of a key. */
export const keyCheckValue: Command = (fields, { lmk }) => {
  fields.text(3); // key type code FF and the length flag: the key itself tells
  const field = fields.key();
  if (fields.text(1) !== ';') throw new Refusal('15');
  const type = typeCode(fields);
  if (fields.text(1) !== ';') throw new Refusal('15');
  fields.text(3);
  end(fields);
  return [checkValue(field.startsWith('S') ? lmk.unwrapBlock(field) : lmk.unwrapVariant(field, type))];
};
