import {
  aesDukptDerivationKey,
  aesDukptInitialKey,
  aesDukptWorkingKey,
  tdesDukptInitialKey,
  tdesDukptTransactionKey,
  tdesDukptWorkingKey,
  type PinBlockFormat,
  checkTranslation,
} from '../../hsm/index.ts';
import { type BlockCipher, blockCipher, decipherField, reencipherPin } from '../../hsm/crypto/index.ts';
import type { FieldReader } from '../../hsm/payshield/index.ts';
import { cipherOf, end, openKey, type Command, type Workshop } from './command.ts';
import type { LmkKey } from './lmk.ts';
import { Refusal } from './refusal.ts';

const FORMATS: Readonly<Record<string, PinBlockFormat>> = { '01': 0, '05': 1, '47': 3, '48': 4 };

/** CA: from a TPK to a ZPK. */
export const translateTpk: Command = (fields, workshop) => translateBetween('002', fields, workshop);
/** CC: from a ZPK to a ZPK. */
export const translateZpk: Command = (fields, workshop) => translateBetween('001', fields, workshop);

function translateBetween(sourceType: string, fields: FieldReader, workshop: Workshop): readonly string[] {
  const from = openKey(fields.key(), sourceType, 'decrypt-pin', workshop);
  const to = openKey(fields.key(), '001', 'encrypt-pin', workshop);
  if (fields.digits(2) !== '12') throw new Refusal('15');
  const block = fields.hex(from.algorithm === 'AES' ? 16 : 8);
  return translated(cipherOf(from), to, block, [format(fields), format(fields)], fields, workshop);
}

/** G0: from the key of one DUKPT transaction to a ZPK. */
export const translateDukpt: Command = (fields, workshop) => {
  const { bdk, to, ksn } = dukptFields(fields, workshop);
  const block = fields.hex(bdk.algorithm === 'AES' ? 16 : 8);
  return translated(pinKey(bdk, ksn), to, block, [format(fields), format(fields)], fields, workshop);
};

/** CI: the same, from format 0 only. */
export const translateOldDukpt: Command = (fields, workshop) => {
  const { bdk, to, ksn } = dukptFields(fields, workshop);
  const block = fields.hex(8);
  return translated(pinKey(bdk, ksn), to, block, [0, format(fields)], fields, workshop);
};

function dukptFields(fields: FieldReader, workshop: Workshop): { bdk: LmkKey; to: LmkKey; ksn: Buffer } {
  const bdk = openKey(fields.key(), '009', 'derive-dukpt', workshop);
  const to = openKey(fields.key(), '001', 'encrypt-pin', workshop);
  fields.matching(3, /^[0-9A-F]{3}$/, 'a KSN descriptor');
  return { bdk, to, ksn: fields.hex(bdk.algorithm === 'AES' ? 12 : 10) };
}

function pinKey(bdk: LmkKey, ksn: Buffer): BlockCipher {
  if (bdk.algorithm === 'TDES') {
    const transactionKey = tdesDukptTransactionKey(tdesDukptInitialKey(bdk.key, ksn), ksn);
    return blockCipher('TDES', tdesDukptWorkingKey(transactionKey, 'pin'));
  }
  const derivationKey = aesDukptDerivationKey(aesDukptInitialKey(bdk.key, ksn), ksn);
  return blockCipher('AES', aesDukptWorkingKey(derivationKey, ksn, 'pin'));
}

function format(fields: FieldReader): PinBlockFormat {
  const known = FORMATS[fields.digits(2)];
  if (known === undefined) throw new Refusal('23');
  return known;
}

function translated(
  source: BlockCipher,
  to: LmkKey,
  block: Buffer,
  [fromFormat, toFormat]: readonly [PinBlockFormat, PinBlockFormat],
  fields: FieldReader,
  workshop: Workshop,
): readonly string[] {
  const pan = accountNumber(fields, fromFormat === 4 || toFormat === 4);
  end(fields);
  checkTranslation(fromFormat, toFormat);
  const length = decipherField(source, fromFormat, block, pan)[0] ?? 0;
  const target = { cipher: cipherOf(to), format: toFormat };
  const out = reencipherPin({ cipher: source, format: fromFormat }, target, block, pan, workshop.random);
  return [
    String(length & 15).padStart(2, '0'),
    out.toString('hex').toUpperCase(),
    Object.keys(FORMATS).find((code) => FORMATS[code] === toFormat) ?? '01',
  ];
}

/** Twelve digits without the check digit, or a whole PAN and `;`. The check digit itself is in no PIN block. */
function accountNumber(fields: FieldReader, whole: boolean): string {
  if (!whole) return `0${fields.digits(12)}0`;
  let pan = '';
  while (fields.peek() !== ';') pan += fields.digits(1);
  fields.text(1);
  return pan;
}
