import { HsmError } from '../errors.ts';
import type { KeyRef, KeySpec, PinBlockFormat } from '../hsm.ts';
import { defaultMode } from '../usage.ts';
import { payshieldError } from './error-codes.ts';
import { FieldReader, type Field } from './frame.ts';
import type { Pool } from './pool.ts';
import { keyType, type LmkKind } from './tokens.ts';

/** An answer that may be a refusal. */
export interface Answer {
  /** `00` for success; else the error code. */
  readonly error: string;
  readonly fields: FieldReader;
}

/** Sends a command.
 *  @throws HsmError `hsm.*`: faults of the HSM or of the way there */
export async function ask(pool: Pool, code: string, fields: readonly Field[]): Promise<Answer> {
  const answer = await pool.send(code, fields);
  const reader = new FieldReader(answer.body, (what) => new HsmError('hsm.device', `The answer to ${code}, ${what}.`));
  if (answer.code !== answerTo(code))
    throw new HsmError('hsm.device', `The HSM answered ${code} with another command.`);
  return { error: reader.text(2), fields: reader };
}

/** Sends a command that must succeed, and gives the fields of its answer.
 *  @throws HsmError what the error code means */
export async function command(pool: Pool, code: string, fields: readonly Field[]): Promise<FieldReader> {
  const answer = await ask(pool, code, fields);
  if (answer.error !== '00') throw payshieldError(code, answer.error);
  return answer.fields;
}

/** The response code: the second character goes one on. */
function answerTo(code: string): string {
  return code.charAt(0) + String.fromCharCode(code.charCodeAt(1) + 1);
}

/** What a key block LMK wants to know of a new key: `#`, usage, algorithm and length, mode, version, exportability, blocks. */
export function keyBlockFields(spec: KeySpec): string {
  const algorithm = spec.algorithm === 'AES' ? `A${spec.bits / 64 - 1}` : `T${spec.bits / 64}`;
  return `#${spec.usage}${algorithm}${defaultMode(spec.usage)}00E00`;
}

/** A key of the LMK and its check value, as A0 and A6 give them. */
export function readKey(reader: FieldReader): { readonly key: string; readonly kcv: string } {
  return { key: reader.key(), kcv: reader.hex(3).toString('hex') };
}

const FORMAT_CODES: Readonly<Record<PinBlockFormat, string>> = { 0: '01', 1: '05', 3: '47', 4: '48' };

export function formatCode(format: PinBlockFormat): string {
  return FORMAT_CODES[format];
}

/** The account number of PIN commands: the twelve digits before the check digit, or the whole PAN and a `;` where format 4
 *  is on either side.
 *  @throws HsmError `pan.format` */
export function accountNumber(pan: string, formats: readonly PinBlockFormat[]): string {
  if (!/^\d{13,19}$/.test(pan)) {
    throw new HsmError('pan.format', 'A PIN command needs a PAN of 13 to 19 digits.');
  }
  return formats.includes(4) ? `${pan};` : pan.slice(-13, -1);
}

/** The head of M6 and M8: only block, binary, size, algorithm, padding, key type and key, length of the message. */
export function macFields(
  key: { readonly ref: KeyRef; readonly host: string },
  data: Buffer,
  macBytes: 4 | 8,
  padding: 1 | 2,
  lmk: LmkKind,
): Field[] {
  const { usage } = key.ref;
  const algorithm = usage === 'M6' ? '6' : usage === 'M3' ? '3' : '1';
  const method = usage === 'M6' ? '0' : String(padding);
  const length = data.length.toString(16).toUpperCase().padStart(4, '0');
  const size = macBytes === 4 ? '0' : '1';
  return [`00${size}${algorithm}${method}${keyType(usage, lmk)}${key.host}${length}`, data];
}
