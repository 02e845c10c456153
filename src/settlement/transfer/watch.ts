import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Pool } from 'pg';
import type { Clock } from '../../ops/clock.ts';
import type { Log } from '../../ops/log.ts';
import type { CsvMap } from '../acquirer/mapped-csv.ts';
import { exclusively } from '../clearing/state.ts';
import { takeInbox } from './inbox.ts';
import { fetchFiles, type SftpPlace } from './sftp.ts';

export interface WatchOptions {
  readonly pool: Pool;
  readonly dataDir: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly fetchFrom: readonly SftpPlace[];
  readonly acquirerCsv: readonly CsvMap[];
}

const LOOK_MS = 5_000;
/** Servers are asked less often than the folder is looked at. */
const FETCH_EVERY = 12;

export function inboxFolder(dataDir: string): string {
  return join(dataDir, 'inbox');
}

/** Looks into `<data>/inbox` every few seconds, and fetches what servers have for it every minute. */
export function watchInbox(options: WatchOptions): { close(): Promise<void> } {
  const { pool, dataDir, clock, log, fetchFrom, acquirerCsv } = options;
  const folder = inboxFolder(dataDir);
  let running: Promise<void> | undefined;
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
    await exclusively(pool, 'inbox', folder, () => takeInbox({ pool, folder, acquirerCsv, clock, log }));
  };
  const timer = setInterval(() => {
    running ??= look()
      .catch((error: unknown) => {
        log.error({ err: error }, 'inbox');
      })
      .finally(() => (running = undefined));
  }, LOOK_MS);
  return {
    close: async () => {
      clearInterval(timer);
      await running;
    },
  };
}
