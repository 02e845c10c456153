import type { Pool } from 'pg';
import type { Clock } from '../ops/clock.ts';
import { sqlIn } from '../ops/sql.ts';

/** When each terminal was heard last, how far its clock is off, what software it says and which certificate it came with. A request
 *  only leaves a note in memory; notes are written together, now and then. */
export interface Contacts {
  /** @param transmission DE 7 of what was sent just now; undefined: of what had waited in the device */
  note(contact: Contact): void;
  /** Writes what was noted since. One that fails keeps it for the next time. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

export interface Contact {
  readonly terminal: string;
  /** ms. */
  readonly at: number;
  readonly transmission: string | undefined;
  readonly software: string | undefined;
  readonly certificate: { readonly sha256: string; readonly endsAt: number } | undefined;
}

export interface ContactOptions {
  readonly pool: Pool;
  readonly clock: Clock;
  readonly onError: (error: unknown) => void;
  /** Between two writes (default: 10 s). */
  readonly everyMs?: number;
}

const FLUSH_MS = 10_000;
/** Terminals in one statement. */
const AT_ONCE = 5_000;

const sql = sqlIn(new URL('./sql/', import.meta.url));

export function openContacts({ pool, clock, onError, everyMs = FLUSH_MS }: ContactOptions): Contacts {
  let noted = new Map<string, Contact>();
  const flush = async (): Promise<void> => {
    const all = [...noted.values()];
    noted = new Map();
    try {
      while (all.length > 0) {
        await write(pool, all.slice(0, AT_ONCE));
        all.splice(0, AT_ONCE);
      }
    } catch (error) {
      for (const contact of all) if (!noted.has(contact.terminal)) noted.set(contact.terminal, contact);
      throw error;
    }
  };
  const loop = clock.every(everyMs, flush, { onError });
  return {
    note: (contact) => {
      if (contact.transmission !== undefined && contact.software !== undefined) {
        noted.set(contact.terminal, contact);
        return;
      }
      const before = noted.get(contact.terminal);
      noted.set(contact.terminal, {
        ...contact,
        transmission: contact.transmission ?? before?.transmission,
        software: contact.software ?? before?.software,
      });
    },
    flush,
    close: async () => {
      await loop.stop();
      await flush().catch(onError);
    },
  };
}

/** In the order of their numbers, so that two copies that write the same terminals wait for each other instead of both. */
async function write(pool: Pool, contacts: readonly Contact[]): Promise<void> {
  const sorted = [...contacts].sort((one, other) => (one.terminal < other.terminal ? -1 : 1));
  await pool.query(sql('contacts'), [
    sorted.map(({ terminal }) => terminal),
    sorted.map(({ at }) => new Date(at)),
    sorted.map(({ transmission, at }) => (transmission === undefined ? null : (driftOf(transmission, at) ?? null))),
    sorted.map(({ software }) => software?.slice(0, 20) ?? null),
    sorted.map(({ certificate }) => certificate?.sha256 ?? null),
    sorted.map(({ certificate }) => (certificate === undefined ? null : new Date(certificate.endsAt))),
  ]);
}

/** How far ahead DE 7 (MMDDhhmmss, UTC) is of the instant at which it came, ms; of the years around it the nearest.
 *  @returns undefined: it is no date */
export function driftOf(transmission: string, at: number): number | undefined {
  if (!/^\d{10}$/.test(transmission)) return undefined;
  const [month = 0, day = 0, hour = 0, minute = 0, second = 0] = (transmission.match(/../g) ?? []).map(Number);
  if (hour > 23 || minute > 59 || second > 59) return undefined;
  const year = new Date(at).getUTCFullYear();
  const drifts = [year - 1, year, year + 1].flatMap((candidate) => {
    const instant = Date.UTC(candidate, month - 1, day, hour, minute, second);
    const back = new Date(instant);
    return back.getUTCMonth() === month - 1 && back.getUTCDate() === day ? [instant - at] : [];
  });
  return drifts.sort((one, other) => Math.abs(one) - Math.abs(other))[0];
}
