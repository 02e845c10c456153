import type pg from 'pg';
import type { KeyRef } from '../hsm/index.ts';
import type { Clock } from '../ops/clock.ts';
import { findKey } from './hsm-keys.ts';

/** Base derivation keys of DUKPT devices. */
export interface Bdks {
  /** The key that a KSN belongs to. */
  find(ksn: Buffer): Promise<KeyRef | undefined>;
}

/** How long a key, or that there is none, is remembered. */
const FRESH_MS = 10_000;
/** Most key sets remembered: a forged KSN must not fill the memory. */
const MOST = 1_000;

/** A KSN names its key set in its first 5 bytes (TDES, X9.24-1) or 4 (AES, X9.24-3): the key is stored as `bdk:` and these
 *  in small hexadecimal digits. */
export function bdkName(ksn: Buffer): string {
  return `bdk:${ksn.toString('hex', 0, ksn.length === 12 ? 4 : 5)}`;
}

export function openBdks(pool: pg.Pool, clock: Pick<Clock, 'monotonic'>): Bdks {
  const known = new Map<string, { readonly key: Promise<KeyRef | undefined>; readonly until: number }>();
  return {
    find: (ksn) => {
      const name = bdkName(ksn);
      const before = known.get(name);
      if (before !== undefined && before.until > clock.monotonic()) return before.key;
      if (known.size >= MOST) known.clear();
      const key = findKey(pool, name);
      known.set(name, { key, until: clock.monotonic() + FRESH_MS });
      key.catch(() => known.delete(name));
      return key;
    },
  };
}
