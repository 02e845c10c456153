import type { FieldReader } from '../../hsm/payshield/index.ts';
import { cmacWith, padBit, sameMac } from '../../hsm/crypto/index.ts';
import { cipherOf, end, openKey, typeCode, type Command, type Workshop } from './command.ts';
import { Refusal } from './refusal.ts';

/** Key usages that go with each algorithm. */
const USAGES: Readonly<Record<string, string>> = { '1': 'M1', '3': 'M3', '6': 'M6' };

/** M6: makes a MAC. */
export const generateMac: Command = (fields, workshop) => {
  const mac = madeMac('generate-mac', fields, workshop);
  end(fields);
  return [mac.toString('hex').toUpperCase()];
};

/** M8: checks one. */
export const verifyMac: Command = (fields, workshop) => {
  const mac = madeMac('verify-mac', fields, workshop);
  const sent = fields.hex(mac.length);
  end(fields);
  if (!sameMac(mac, sent)) throw new Refusal('01');
  return [];
};

function madeMac(operation: 'generate-mac' | 'verify-mac', fields: FieldReader, workshop: Workshop): Buffer {
  if (fields.text(1) !== '0') throw new Refusal('02');
  const inputFormat = fields.matching(1, /^[01]$/, 'binary or hexadecimal input');
  const bytes = fields.matching(1, /^[01]$/, 'a MAC size') === '0' ? 4 : 8;
  const algorithm = fields.text(1);
  const padding = fields.text(1);
  const type = typeCode(fields);
  const field = fields.key();
  const key = openKey(field, type, operation, workshop);
  const usage = USAGES[algorithm];
  if (usage === undefined) throw new Refusal('04');
  if (field.startsWith('S') && key.usage !== usage) throw new Refusal('A6');
  const count = parseInt(fields.matching(4, /^[0-9A-F]{4}$/, 'a message length'), 16);
  const data = inputFormat === '0' ? fields.bytes(count) : fields.hex(count);
  const cipher = cipherOf(key);
  if (algorithm === '6') return cmacWith(cipher, data).subarray(0, bytes);
  if (padding === '0' && data.length % cipher.blockBytes !== 0) throw new Refusal('06');
  const padded = padding === '2' ? padBit(data, cipher.blockBytes) : data;
  return (algorithm === '3' ? cipher.retailMac(padded) : cipher.cbcMac(padded)).subarray(0, bytes);
}
