import type { Pool } from 'pg';
import { DAY_MS, type Clock } from '../../ops/clock.ts';
import { serialKey, type RevocationList } from './revocation-list.ts';

/** Who is let in at the terminals' door, beyond what TLS sees: nobody whose certificate is revoked or who is retired or lost, and an
 *  expired certificate that we know for its renewal alone. It answers from memory, at once. */
export interface TerminalAccess {
  /** Why a certificate in time is not let in. */
  refusal(terminal: string, certificate: AccessCertificate): string | undefined;
  /** Whether a certificate that has expired is known, and young enough to renew itself. */
  mayRenew(terminal: string, certificate: AccessCertificate): boolean;
  /** What other authorities revoked: takes the place of the lists before. */
  useLists(lists: readonly RevocationList[]): void;
  /** Calls whenever somebody may be refused who was not. */
  onChange(listener: () => void): void;
  close(): Promise<void>;
}

export interface AccessCertificate {
  readonly sha256: string;
  readonly serial: string;
  /** Of its authority (`issuerKey`). */
  readonly issuer: string;
}

export interface AccessOptions {
  readonly pool: Pool;
  readonly clock: Clock;
  /** How long after its end a certificate may renew itself, days. */
  readonly renewDays: number;
  readonly onError: (error: unknown) => void;
}

/** A revocation holds on every copy within a second of its commit: it is looked for so often. The rows are numbered without gaps
 *  (migrations/0731_revocation.sql), so that a look is one step in an index, needs no notice and misses none. */
const LOOK_MS = 250;
/** Which certificates have expired or are about to is asked so often, that far ahead. */
const EXPIRED_EVERY_MS = 60_000;
const AHEAD_MS = 10 * EXPIRED_EVERY_MS;
const AT_ONCE = 10_000;

interface Row {
  readonly seq: string;
  readonly terminal: string;
  readonly sha256: string | null;
}

/** @returns when all that was revoked until now is known */
export async function openAccess({ pool, clock, renewDays, onError }: AccessOptions): Promise<TerminalAccess> {
  const revoked = new Set<string>();
  const ended = new Set<string>();
  let renewable = new Map<string, string>();
  let lists: ReadonlyMap<string, readonly RevocationList[]> = new Map();
  const listeners: (() => void)[] = [];
  const changed = (): void => {
    for (const listener of listeners) listener();
  };
  let last = '0';
  const look = async (): Promise<void> => {
    for (;;) {
      const { rows } = await pool.query<Row>({
        name: 'terminal-revocations',
        text: `select seq::text, terminal_id as terminal, sha256 from terminal_revocations where seq > $1 order by terminal_revocations.seq limit ${AT_ONCE}`,
        values: [last],
      });
      for (const { seq, terminal, sha256 } of rows) {
        last = seq;
        if (sha256 === null) ended.add(terminal);
        else {
          revoked.add(sha256);
          renewable.delete(sha256);
        }
      }
      if (rows.length > 0) changed();
      if (rows.length < AT_ONCE) return;
    }
  };
  const lookAtExpired = async (): Promise<void> => {
    const now = clock.now();
    const { rows } = await pool.query<{ sha256: string; terminal: string }>(
      `select c.sha256, c.terminal_id as terminal from terminal_certificates c join terminals t using (terminal_id)
        where c.not_after > $1 and c.not_after <= $2 and t.ended is null
          and not exists (select 1 from terminal_revocations r where r.sha256 = c.sha256)`,
      [new Date(now - renewDays * DAY_MS), new Date(now + AHEAD_MS)],
    );
    renewable = new Map(rows.map(({ sha256, terminal }) => [sha256, terminal]));
  };
  await look();
  await lookAtExpired();
  const looking = clock.every(LOOK_MS, look, { onError });
  const expiring = clock.every(EXPIRED_EVERY_MS, lookAtExpired, { onError });
  return {
    refusal: (terminal, { sha256, serial, issuer }) => {
      if (ended.has(terminal)) return 'the terminal is retired or lost';
      if (revoked.has(sha256)) return 'the certificate is revoked';
      const listed = lists.get(issuer)?.some(({ serials }) => serials.has(serialKey(serial))) === true;
      return listed ? 'the certificate is in the list of its authority' : undefined;
    },
    mayRenew: (terminal, { sha256 }) => renewable.get(sha256) === terminal && !ended.has(terminal),
    useLists: (given) => {
      const byIssuer = new Map<string, RevocationList[]>();
      for (const list of given) byIssuer.set(list.issuer, [...(byIssuer.get(list.issuer) ?? []), list]);
      lists = byIssuer;
      changed();
    },
    onChange: (listener) => {
      listeners.push(listener);
    },
    close: async () => {
      await looking.stop();
      await expiring.stop();
    },
  };
}
