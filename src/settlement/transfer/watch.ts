import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Pool } from 'pg';
import type { Clock, Now } from '../../ops/clock.ts';
import type { Log } from '../../ops/log.ts';
import type { IpmCodePage } from '../acquirer/ipm/codec.ts';
import type { CsvMap } from '../acquirer/mapped-csv.ts';
import { takeInbox } from './inbox.ts';
import { fetchFiles, type SftpPlace } from './sftp.ts';
import type { InboxLimits } from './take-file.ts';
import { takeInProcess } from './take-process.ts';

export interface WatchOptions {
  readonly pool: Pool;
  readonly databaseUrl: string;
  readonly dataDir: string;
  readonly clock: Clock;
  /** This machine's own, where `clock` goes with the database's: files have their times by it. */
  readonly ownClock: Now;
  readonly log: Log;
  readonly fetchFrom: readonly SftpPlace[];
  readonly acquirerCsv: readonly CsvMap[];
  readonly ipmCodePage: IpmCodePage;
  readonly inbox: InboxLimits;
}

const LOOK_MS = 5_000;
/** Servers are asked less often than the folder is looked at. */
const FETCH_EVERY = 12;

export function inboxFolder(dataDir: string): string {
  return join(dataDir, 'inbox');
}

/** Looks into `<data>/inbox` every few seconds, and fetches what servers have for it every minute. `close` ends what is being
 *  read: the file stays in the inbox. */
export function watchInbox(options: WatchOptions): { close(): Promise<void> } {
  const { pool, databaseUrl, dataDir, clock, ownClock, log, fetchFrom, acquirerCsv, ipmCodePage, inbox } = options;
  const folder = inboxFolder(dataDir);
  const stop = new AbortController();
  const { signal } = stop;
  const take = takeInProcess({ databaseUrl, acquirerCsv, ipmCodePage, inbox, clock, log, signal });
  let looks = 0;
  const look = async (): Promise<void> => {
    await mkdir(folder, { recursive: true });
    if (looks++ % FETCH_EVERY === 0) {
      for (const place of fetchFrom) {
        // One server that is down does not keep the others' files away.
        await fetchFiles(place, folder).catch((error: unknown) => {
          log.error({ err: error, host: place.host }, 'files could not be fetched');
        });
      }
    }
    // Copies of the gateway may share the folder: one at a time.
    await whileAlone(pool, folder, () => takeInbox({ pool, folder, take, clock: ownClock, log, signal }));
  };
  const loop = clock.every(LOOK_MS, look, {
    onError: (error) => {
      log.error({ err: error }, 'inbox');
    },
  });
  return {
    close: async () => {
      stop.abort();
      await loop.stop();
    },
  };
}

/** Does nothing while another copy looks: it may be busy with a large file, and nobody waits for that. */
async function whileAlone(pool: Pool, folder: string, body: () => Promise<unknown>): Promise<void> {
  const client = await pool.connect();
  const key = `settlement inbox ${folder}`;
  try {
    const { rows } = await client.query<{ held: boolean }>(
      'select pg_try_advisory_lock(hashtextextended($1, 0)) as held',
      [key],
    );
    if (rows[0]?.held === true) await body();
  } finally {
    await client.query('select pg_advisory_unlock(hashtextextended($1, 0))', [key]).catch(() => undefined);
    client.release();
  }
}
