import type pg from 'pg';
import type { Clock } from './clock.ts';
import { messageOf, sqlStateOf } from './errors.ts';
import type { Log } from './log.ts';

export interface DatabaseHealth {
  /** What a call that writes came to; undefined: it was committed. */
  saw(error: unknown): void;
  /** Why no purchase can be written now, as a sentence; undefined: as far as we know they can. */
  fault(): Promise<string | undefined>;
}

/** No room (a full disk is 53100), a fault of its disks, read-only (a standby): it answers, and takes nothing. */
const TAKES_NO_WRITES = /^(?:53|58|25006)/;
/** PostgreSQL has no code of its own for a quota (EDQUOT) or a limit on files (EFBIG): it says XX000, and this. */
const CANNOT_WRITE = /could not (?:extend|write|fsync|create) /;
const PROBE_EVERY_MS = 1_000;
/** A megabyte of rows too short to be compressed, of a table that is gone with its own commit: it takes room where tables are, and in the WAL. */
const PROBE = `create temp table kalabarg_probe on commit drop as
                 select repeat(md5(n::text), 60) as filler from generate_series(1, 512) n`;

/** Whether the database can be reached, and, once it refused a write for want of room, whether it takes writes again: reading alone
 *  works with a full disk. */
export function databaseHealth(
  pool: Pick<pg.Pool, 'query'>,
  log: Log,
  clock: Pick<Clock, 'monotonic'>,
): DatabaseHealth {
  let refusal: string | undefined;
  /** When it refused a write, or was tried last. */
  let probedAt = 0;
  const saw = (error: unknown): void => {
    if (error === undefined) {
      if (refusal !== undefined) log.info({}, 'the database takes writes again');
      refusal = undefined;
      return;
    }
    if (!takesNoWrites(error)) return;
    if (refusal === undefined) {
      log.error({ error: messageOf(error) }, 'ALARM: the database takes no writes');
      probedAt = clock.monotonic();
    }
    refusal = messageOf(error);
  };
  return {
    saw,
    fault: async () => {
      const probing = refusal !== undefined && clock.monotonic() - probedAt >= PROBE_EVERY_MS;
      if (probing) probedAt = clock.monotonic();
      try {
        await pool.query(probing ? PROBE : 'select 1');
        if (probing) saw(undefined);
      } catch (error) {
        if (!probing) return `database: ${messageOf(error)}`;
        saw(error);
      }
      return refusal === undefined ? undefined : `database: it takes no writes (${refusal})`;
    },
  };
}

function takesNoWrites(error: unknown): boolean {
  const state = sqlStateOf(error) ?? '';
  return TAKES_NO_WRITES.test(state) || (state === 'XX000' && CANNOT_WRITE.test(messageOf(error)));
}
