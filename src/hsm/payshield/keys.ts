import { HsmError } from '../errors.ts';
import type { KeyRef, KeySpec } from '../hsm.ts';
import { parseHeader } from '../crypto/key-block-header.ts';
import type { VariantScheme } from '../payment-hsm.ts';
import { algorithmOf, checkSpec, checkTransport, defaultMode, demandUsage, usageOf } from '../usage.ts';
import { ask, command, keyBlockFields, readKey } from './commands.ts';
import { payshieldError } from './error-codes.ts';
import type { Session } from './session.ts';
import { hostKey, isExportable, keyType, refOf } from './tokens.ts';

/** A0. */
export async function generate(session: Session, spec: KeySpec): Promise<KeyRef> {
  checkSpec(spec);
  const { pool, lmk, lmkField } = session;
  const blockFields = lmk === 'keyblock' ? keyBlockFields(spec) : '';
  const answer = await command(pool, 'A0', [
    '0',
    keyType(spec.usage, lmk),
    scheme(session, spec),
    lmkField,
    blockFields,
  ]);
  const { key, kcv } = readKey(answer);
  return refOf(spec, key, kcv, lmk);
}

/** A6 of an X9.143 block.
 *  @throws HsmError `keyblock.format`, `keyblock.mac`, `key.*` */
export async function importBlock(session: Session, block: string, kbpk: KeyRef): Promise<KeyRef> {
  demandUsage('unwrap-block', kbpk.usage);
  const header = parseHeader(block);
  const version = kbpk.algorithm === 'AES' ? 'D' : 'B';
  if (header.version !== version) {
    throw new HsmError('keyblock.format', `Key block version ${header.version} is not taken under this key.`);
  }
  const algorithm = algorithmOf(header.algorithm);
  const field = (block.length - header.length) / 2 - (version === 'D' ? 16 : 8);
  const spec: KeySpec = { usage: usageOf(header.usage), algorithm, bits: bitsIn(field, version === 'D' ? 16 : 8) };
  return imported(session, spec, kbpk, `R${block}`, '');
}

/** A6 of a key under a ZMK without a block. */
export async function importVariant(session: Session, spec: KeySpec, cryptogram: string, zmk: KeyRef): Promise<KeyRef> {
  demandUsage('unwrap-variant', zmk.usage);
  checkSpec(spec);
  checkVariant(spec, zmk);
  if (!/^([XU][0-9A-Fa-f]{32}|[YT][0-9A-Fa-f]{48})$/.test(cryptogram)) {
    throw new HsmError('keyblock.format', 'A ZMK cryptogram is X or U and 32 hexadecimal digits, or Y or T and 48.');
  }
  const fields = session.lmk === 'keyblock' ? `#${spec.usage}${defaultMode(spec.usage)}00E00` : '';
  return imported(session, spec, zmk, cryptogram.toUpperCase(), fields);
}

async function imported(
  session: Session,
  spec: KeySpec,
  protection: KeyRef,
  cryptogram: string,
  blockFields: string,
): Promise<KeyRef> {
  const { pool, lmk, lmkField } = session;
  const head = [keyType(spec.usage, lmk), hostKey(protection, lmk), cryptogram, scheme(session, spec)];
  const { error, fields } = await ask(pool, 'A6', [...head, lmkField, blockFields]);
  // 01: the key came with wrong parity, which the HSM has put right.
  if (error === '00' || error === '01') {
    const { key, kcv } = readKey(fields);
    return refOf(spec, key, kcv, lmk);
  }
  // The HSM has one code for a block of its own that is wrong and for the one that came in; ours was checked by its shape.
  if (error !== 'A4' && error !== '84') throw payshieldError('A6', error);
  throw new HsmError('keyblock.mac', 'The key block was made under another key, or was changed.');
}

/** A8 into an X9.143 block.
 *  @throws HsmError `key.exportable`, `key.strength` */
export async function exportBlock(session: Session, key: KeyRef, kbpk: KeyRef): Promise<string> {
  demandUsage('wrap-block', kbpk.usage);
  const cryptogram = await exported(session, key, kbpk, 'R');
  return cryptogram.slice(1);
}

/** A8 under a ZMK without a block. */
export async function exportVariant(
  session: Session,
  key: KeyRef,
  zmk: KeyRef,
  variant: VariantScheme,
): Promise<string> {
  demandUsage('wrap-variant', zmk.usage);
  checkVariant(key, zmk);
  return exported(session, key, zmk, variant);
}

async function exported(session: Session, key: KeyRef, protection: KeyRef, schemeTo: string): Promise<string> {
  const { pool, lmk, lmkField } = session;
  const [ours, theirs] = [hostKey(key, lmk), hostKey(protection, lmk)];
  checkTransport(key, protection);
  if (!isExportable(key, lmk)) throw new HsmError('key.exportable', 'The key is not exportable.');
  return (await command(pool, 'A8', [keyType(key.usage, lmk), theirs, ours, schemeTo, lmkField])).key();
}

function checkVariant(spec: KeySpec, zmk: KeySpec): void {
  if (spec.algorithm === 'TDES' && zmk.algorithm === 'TDES') return;
  throw new HsmError('key.spec', 'Only TDES keys go under a TDES ZMK without a key block; take a key block for AES.');
}

function scheme({ lmk }: Session, spec: KeySpec): string {
  if (lmk === 'keyblock') return 'S';
  if (spec.algorithm === 'AES') throw new HsmError('hsm.unsupported', 'A variant LMK holds no AES keys.');
  return spec.bits === 192 ? 'T' : 'U';
}

/** The length of a key by the length of its field: two bytes that tell the length, the key, as little padding as there can be.
 *  A peer that hides lengths behind more padding makes a key look longer than it is. */
function bitsIn(fieldBytes: number, blockBytes: number): KeySpec['bits'] {
  const fits = ([128, 192, 256] as const).filter(
    (bits) => Math.ceil((2 + bits / 8) / blockBytes) * blockBytes === fieldBytes,
  );
  const bits = fits[0];
  if (bits === undefined) throw new HsmError('key.length', `A key field of ${fieldBytes} bytes holds no key we know.`);
  return bits;
}
