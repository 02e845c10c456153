import type { ConnectionOptions } from 'node:tls';
import type { Endpoint } from './connection.ts';
import { Pool } from './pool.ts';
import type { LmkKind } from './tokens.ts';
import { systemClock, type Clock } from '../../ops/clock.ts';

export interface PayshieldOptions {
  /** HSMs that hold the same LMK. */
  readonly endpoints: readonly Endpoint[];
  /** TLS with the HSM's certificate checked, and ours where it wants one; without it, plain TCP. */
  readonly tls?: ConnectionOptions;
  /** Connections to each endpoint; 4 where it is not given. */
  readonly connections?: number;
  /** Most commands under way on one connection; 32 where it is not given. */
  readonly maxInFlight?: number;
  /** For a connection to be made and for a command to be answered; 5,000 where it is not given. */
  readonly timeoutMs?: number;
  /** Characters of the message header that the HSM is configured for; 4 where it is not given. */
  readonly headerChars?: number;
  /** `keyblock` where it is not given. */
  readonly lmk?: LmkKind;
  /** Two digits, sent behind a `%` where the HSM holds several LMKs. */
  readonly lmkId?: string;
  /** What DUKPT PINs are translated with: G0, or the older CI, which takes format 0 only. */
  readonly dukptCommand?: 'G0' | 'CI';
  /** KSN descriptors: how many digits of the KSN name the key set, the sub-key and the device. */
  readonly ksnDescriptor?: { readonly tdes: string; readonly aes: string };
  /** Default: the machine's. */
  readonly clock?: Clock;
}

/** What the commands need to know. */
export interface Session {
  readonly pool: Pool;
  readonly lmk: LmkKind;
  /** `%nn`, or nothing. */
  readonly lmkField: string;
  readonly dukptCommand: 'G0' | 'CI';
  readonly ksnDescriptor: { readonly tdes: string; readonly aes: string };
}

export function openSession(options: PayshieldOptions): Session {
  const pool = new Pool({
    endpoints: options.endpoints,
    tls: options.tls,
    connections: options.connections ?? 4,
    maxInFlight: options.maxInFlight ?? 32,
    timeoutMs: options.timeoutMs ?? 5_000,
    headerChars: options.headerChars ?? 4,
    clock: options.clock ?? systemClock,
  });
  return {
    pool,
    lmk: options.lmk ?? 'keyblock',
    lmkField: options.lmkId === undefined ? '' : `%${options.lmkId}`,
    dukptCommand: options.dukptCommand ?? 'G0',
    ksnDescriptor: options.ksnDescriptor ?? { tdes: '605', aes: '808' },
  };
}
