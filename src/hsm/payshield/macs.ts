import { HsmError } from '../errors.ts';
import type { DukptKey, KeyRef } from '../hsm.ts';
import { sameMac } from '../crypto/mac.ts';
import type { MacOptions } from '../payment-hsm.ts';
import { unsupported } from '../unsupported.ts';
import { demandUsage, isDukpt, type Operation } from '../usage.ts';
import { ask, command, macFields } from './commands.ts';
import { payshieldError } from './error-codes.ts';
import type { Session } from './session.ts';
import { hostKey } from './tokens.ts';

const MAC_BYTES = 8;
const SHORT_BYTES = 4;
/** Binary data of one host command, so that with its key it fits the HSM's 32 KiB. */
const MAX_DATA = 32_000;

/** M6.
 *  @throws HsmError `mac.length`, `data.length`, `key.*` */
export async function makeMac(
  session: Session,
  key: KeyRef | DukptKey,
  data: Buffer,
  options: MacOptions,
): Promise<Buffer> {
  const head = prepare(session, key, data, options, 'generate-mac');
  const answer = await command(session.pool, 'M6', [...head(MAC_BYTES), session.lmkField]);
  return answer.hex(MAC_BYTES).subarray(0, options.bytes ?? MAC_BYTES);
}

/** M8, which knows MACs of 4 and of 8 bytes; others are made anew and compared here. */
export async function checkMac(
  session: Session,
  key: KeyRef | DukptKey,
  data: Buffer,
  mac: Buffer,
  options: MacOptions,
): Promise<boolean> {
  const head = prepare(session, key, data, options, 'verify-mac');
  const bytes = options.bytes ?? MAC_BYTES;
  if (mac.length !== bytes) return false;
  if (bytes !== MAC_BYTES && bytes !== SHORT_BYTES) return sameMac(await makeMac(session, key, data, options), mac);
  const sent = mac.toString('hex').toUpperCase();
  const { error } = await ask(session.pool, 'M8', [...head(bytes), sent, session.lmkField]);
  if (error !== '00' && error !== '01') throw payshieldError('M8', error);
  return error === '00';
}

function prepare(
  session: Session,
  key: KeyRef | DukptKey,
  data: Buffer,
  options: MacOptions,
  operation: Operation,
): (bytes: 4 | 8) => ReturnType<typeof macFields> {
  if (isDukpt(key)) throw unsupported('payshield', 'DUKPT MACs');
  demandUsage(operation, key.usage);
  const bytes = options.bytes ?? MAC_BYTES;
  if (!Number.isInteger(bytes) || bytes < SHORT_BYTES || bytes > MAC_BYTES) {
    throw new HsmError('mac.length', `A MAC of the HSM has ${SHORT_BYTES} to ${MAC_BYTES} bytes.`);
  }
  if (data.length > MAX_DATA) throw new HsmError('data.length', `A MAC is made over ${MAX_DATA} bytes at most.`);
  const host = hostKey(key, session.lmk);
  return (size) => macFields({ ref: key, host }, data, size, options.padding ?? 1, session.lmk);
}
