import type { Pool } from 'pg';
import { tehran, type Clock } from '../../ops/clock.ts';
import { sqlIn } from '../../ops/sql.ts';
import { addStans, hear, heard, multirangeOf, type HeardStans } from './stans.ts';

/** Counts how terminals do. A request costs a look into a map and a few additions; what was counted is written together, once a
 *  minute, by each copy of the gateway. */
export interface HealthCounts {
  /** An answer was made.
   *  @param seconds from the last byte of the request to the answer */
  note(terminal: string, mti: string, stan: string | undefined, rc: string, seconds: number): void;
  /** Writes what was counted since. What cannot be written is kept for the next time. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

export interface HealthOptions {
  readonly pool: Pool;
  readonly clock: Clock;
  readonly onError: (error: unknown) => void;
  /** Between two writes (default: a minute). */
  readonly everyMs?: number;
}

interface Counted {
  requests: number;
  sales: number;
  approved: number;
  reversals: number;
  late: number;
  macFailures: number;
  readonly stans: HeardStans;
}

const FLUSH_MS = 60_000;
/** Most devices have given up by then. */
const LATE_S = 20;
/** Terminals in one statement, and those whose last STAN is remembered. */
const AT_ONCE = 5_000;
const MOST_REMEMBERED = 500_000;

const sql = sqlIn(new URL('./sql/', import.meta.url));

export function openHealthCounts({ pool, clock, onError, everyMs = FLUSH_MS }: HealthOptions): HealthCounts {
  let counted = new Map<string, Counted>();
  const lastStan = new Map<string, number>();
  const stanOf = (terminal: string, stan: number, repeat: boolean, stans: HeardStans): void => {
    const last = lastStan.get(terminal);
    hear(stans, stan, last, repeat);
    if (repeat) return;
    if (last === undefined && lastStan.size >= MOST_REMEMBERED) lastStan.clear();
    lastStan.set(terminal, stan);
  };
  const flush = async (): Promise<void> => {
    const all = [...counted];
    const day = tehran(clock.now()).isoDate;
    counted = new Map();
    try {
      while (all.length > 0) {
        await write(pool, day, all.slice(0, AT_ONCE));
        all.splice(0, AT_ONCE);
      }
    } catch (error) {
      for (const [terminal, kept] of all) add(countsOf(counted, terminal), kept);
      throw error;
    }
  };
  const loop = clock.every(everyMs, flush, { onError });
  return {
    note: (terminal, mti, stan, rc, seconds) => {
      const counts = countsOf(counted, terminal);
      counts.requests++;
      if (seconds >= LATE_S) counts.late++;
      if (rc === '63') counts.macFailures++;
      const repeat = mti.endsWith('1');
      if (stan !== undefined) stanOf(terminal, Number(stan), repeat, counts.stans);
      if (repeat) return;
      if (mti === '0200') {
        counts.sales++;
        if (rc === '00' || rc === '10') counts.approved++;
      } else if (mti === '0400' || mti === '0420') counts.reversals++;
    },
    flush,
    close: async () => {
      await loop.stop();
      await flush().catch(onError);
    },
  };
}

function countsOf(counted: Map<string, Counted>, terminal: string): Counted {
  const known = counted.get(terminal);
  if (known !== undefined) return known;
  const made = { requests: 0, sales: 0, approved: 0, reversals: 0, late: 0, macFailures: 0, stans: heard() };
  counted.set(terminal, made);
  return made;
}

function add(to: Counted, more: Counted): void {
  to.requests += more.requests;
  to.sales += more.sales;
  to.approved += more.approved;
  to.reversals += more.reversals;
  to.late += more.late;
  to.macFailures += more.macFailures;
  addStans(to.stans, more.stans);
}

async function write(pool: Pool, day: string, counts: readonly (readonly [string, Counted])[]): Promise<void> {
  const column = (of: (counted: Counted) => number): number[] => counts.map(([, counted]) => of(counted));
  await pool.query(sql('add'), [
    counts.map(([terminal]) => terminal),
    counts.map(() => day),
    column(({ requests }) => requests),
    column(({ sales }) => sales),
    column(({ approved }) => approved),
    column(({ reversals }) => reversals),
    column(({ late }) => late),
    column(({ macFailures }) => macFailures),
    counts.map(([, { stans }]) => multirangeOf(stans)),
    column(({ stans }) => stans.leaps),
  ]);
}
