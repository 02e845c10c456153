import type { Pool } from 'pg';
import type { Clock } from '../ops/clock.ts';
import { DECISIONS } from '../ops/function-set.ts';
import { sqlIn } from '../ops/sql.ts';
import { BUCKETS, bucketOf } from './histogram.ts';

/** Counts what a copy of the gateway answers. An answer costs two look-ups in a map and a few additions; what was counted is written
 *  every few seconds, in one statement, whatever the load (docs/decisions/0076). */
export interface Traffic {
  /** An answer was made. */
  note(answered: Answered): void;
  /** Writes what changed since. What cannot be written stays for the next time, up to an hour of it. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

export interface Answered {
  readonly mti: string;
  /** Of the transaction; undefined: it was refused before it was read. */
  readonly kind: string | undefined;
  readonly answer: {
    readonly rc: string;
    readonly text?: string | undefined;
    readonly voucherRials?: bigint | undefined;
    readonly cardRials?: bigint | undefined;
    readonly cashRials?: bigint | undefined;
  };
  /** From the last byte of the request. */
  readonly seconds: number;
}

/** What a copy says of itself. */
export interface CopyState {
  readonly version: string;
  readonly serves: readonly string[];
  readonly connections: number;
  readonly bankLinks: number;
  readonly driftMs: number;
}

export interface TrafficOptions {
  readonly pool: Pool;
  readonly clock: Clock;
  /** Names this run of this copy: no other has it. */
  readonly copy: string;
  readonly state: () => CopyState | Promise<CopyState>;
  readonly onError: (error: unknown) => void;
  /** Between two writes (default: 5 s). */
  readonly everyMs?: number;
}

interface Line {
  readonly kind: string;
  readonly rc: string;
  readonly said: string;
  answers: number;
  voucherRials: bigint;
  cardRials: bigint;
  cashRials: bigint;
}

interface Minute {
  readonly at: number;
  readonly lines: Map<string, Line>;
  readonly took: number[];
  readonly seconds: number[];
  purchases: number;
  changed: boolean;
}

const FLUSH_MS = 5_000;
const MINUTE_MS = 60_000;
/** Kept while the database is away. */
const MOST_MINUTES = 60;
/** Of a minute; codes and their words are a closed set, and this is far above it. */
const MOST_LINES = 500;

const sql = sqlIn(new URL('./sql/', import.meta.url));

export function openTraffic({ pool, clock, copy, state, onError, everyMs = FLUSH_MS }: TrafficOptions): Traffic {
  const minutes: Minute[] = [];
  const startedAt = new Date(clock.now());
  const minuteOf = (now: number): Minute => {
    const at = Math.floor(now / MINUTE_MS) * MINUTE_MS;
    const last = minutes.at(-1);
    if (last !== undefined && last.at >= at) return last; // a clock that is set back opens no minute again
    const made = { at, lines: new Map(), took: zeros(BUCKETS), seconds: zeros(60), purchases: 0, changed: true };
    minutes.push(made);
    if (minutes.length > MOST_MINUTES) minutes.shift();
    return made;
  };
  const flush = async (): Promise<void> => {
    const now = clock.now();
    const about = await state();
    await pool.query(sql('seen'), [copy, startedAt, new Date(now), about.version, [...about.serves], about.connections, about.bankLinks, Math.round(about.driftMs), DECISIONS]); // prettier-ignore
    for (const minute of minutes.filter(({ changed }) => changed)) {
      minute.changed = false;
      try {
        await write(pool, copy, minute);
      } catch (error) {
        minute.changed = true;
        throw error;
      }
    }
    const current = Math.floor(now / MINUTE_MS) * MINUTE_MS;
    while (minutes[0] !== undefined && minutes[0].at < current && !minutes[0].changed) minutes.shift();
  };
  const loop = clock.every(everyMs, flush, { first: 'now', onError });
  return {
    note: (answered) => {
      const now = clock.now();
      count(minuteOf(now), answered, Math.floor(now / 1_000) % 60);
    },
    flush,
    close: async () => {
      await loop.stop();
      await flush().catch(onError);
    },
  };
}

function zeros(length: number): number[] {
  return new Array<number>(length).fill(0);
}

function count(minute: Minute, { mti, kind = 'unread', answer, seconds }: Answered, second: number): void {
  // a repeat says again what was counted before
  const of = mti.endsWith('1') ? 'repeat' : kind;
  const said = answer.text ?? '';
  const key = `${of} ${answer.rc} ${said}`;
  let line = minute.lines.get(key);
  if (line === undefined) {
    if (minute.lines.size >= MOST_LINES) return;
    line = { kind: of, rc: answer.rc, said, answers: 0, voucherRials: 0n, cardRials: 0n, cashRials: 0n };
    minute.lines.set(key, line);
  }
  line.answers++;
  minute.changed = true;
  if (of !== 'purchase') return;
  line.voucherRials += answer.voucherRials ?? 0n;
  line.cardRials += answer.cardRials ?? 0n;
  line.cashRials += answer.cashRials ?? 0n;
  minute.purchases++;
  const bucket = bucketOf(seconds * 1_000);
  minute.took[bucket] = (minute.took[bucket] ?? 0) + 1;
  minute.seconds[second] = (minute.seconds[second] ?? 0) + 1;
}

async function write(pool: Pool, copy: string, { at, lines, took, seconds, purchases }: Minute): Promise<void> {
  const all = [...lines.values()];
  await pool.query(sql('write'), [
    new Date(at),
    copy,
    all.map(({ kind }) => kind),
    all.map(({ rc }) => rc),
    all.map(({ said }) => said),
    all.map(({ answers }) => answers),
    all.map(({ voucherRials }) => voucherRials),
    all.map(({ cardRials }) => cardRials),
    all.map(({ cashRials }) => cashRials),
    purchases,
    took,
    seconds,
  ]);
}
