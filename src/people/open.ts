import type { Pool } from 'pg';
import type { Now } from '../ops/clock.ts';
import { openPasswords } from './password.ts';
import { peopleKeys } from './secrets.ts';
import type { People } from './sign-in.ts';

/** @param panKey the key that every copy of the gateway shares (ledger/pan-key.ts) */
export function openPeople(pool: Pool, panKey: Buffer, clock: Now): People {
  const keys = peopleKeys(panKey);
  return { pool, keys, passwords: openPasswords(keys.pepper), clock };
}
