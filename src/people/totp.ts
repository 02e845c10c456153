import { createHmac } from 'node:crypto';
import { base32 } from './secrets.ts';

/** One-time codes by time, as every authenticator app makes them. Source: RFC 6238, RFC 4226. */

const STEP_MS = 30_000;
const DIGITS = 6;
export const TOTP_SECRET_BYTES = 20;

/** The code of a step. */
export function totpCode(secret: Buffer, step: number): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const digest = createHmac('sha1', secret).update(counter).digest();
  const offset = (digest.at(-1) ?? 0) & 0xf;
  return String((digest.readUInt32BE(offset) & 0x7fffffff) % 10 ** DIGITS).padStart(DIGITS, '0');
}

/** The step that a code is of, if it is one of now or of a neighbour: clocks of phones are off, and people type slowly.
 *  @param after the last step that was taken: it and earlier ones are not taken again
 *  @param now ms since the epoch */
export function totpStep(secret: Buffer, code: string, after: number, now: number): number | undefined {
  const current = Math.floor(now / STEP_MS);
  // All are compared, whichever is right: the time says nothing.
  const matching = [current - 1, current, current + 1].filter((step) => same(totpCode(secret, step), code));
  return matching.find((step) => step > after);
}

function same(one: string, other: string): boolean {
  if (one.length !== other.length) return false;
  let difference = 0;
  for (let index = 0; index < one.length; index++) difference |= one.charCodeAt(index) ^ other.charCodeAt(index);
  return difference === 0;
}

/** What an authenticator app takes, as text or as a QR code. */
export function otpauthUrl(secret: Buffer, login: string): string {
  const label = `kalabarg:${encodeURIComponent(login)}`;
  return `otpauth://totp/${label}?secret=${base32(secret)}&issuer=kalabarg&algorithm=SHA1&digits=${DIGITS}&period=${STEP_MS / 1_000}`;
}
