import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import { messageKey } from '../messages/index.ts';

/** What owners' codes are kept under, outside the database: a copy of it alone gives away no code that still holds. */
export interface OwnerKeys {
  /** Mixed into the hash of every code. 32 bytes */
  readonly pepper: Buffer;
  /** Seals codes until they are sent. */
  readonly messages: Buffer;
}

/** @param shared the key that every copy of the gateway has (ledger/pan-key.ts) */
export function ownerKeys(shared: Buffer): OwnerKeys {
  const pepper = Buffer.from(hkdfSync('sha256', shared, '', 'codes of owners', 32));
  return { pepper, messages: messageKey(shared) };
}

/** Under the pepper: a million codes, or all mobiles there are, are soon tried otherwise. */
export function peppered(keys: OwnerKeys, text: string): Buffer {
  return createHmac('sha256', keys.pepper).update(text).digest();
}

export function same(one: Buffer, other: Buffer): boolean {
  return one.length === other.length && timingSafeEqual(one, other);
}
