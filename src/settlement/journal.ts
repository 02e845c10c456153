import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Pool } from 'pg';
import { exportJournal, headFolder, headLine, keptHead, unwritten, type HeadStore } from '../ledger/index.ts';
import type { Clock } from '../ops/clock.ts';
import type { Disk } from '../ops/disk.ts';
import { GatewayError, messageOf } from '../ops/errors.ts';
import type { Log } from '../ops/log.ts';
import { writeOnce } from '../ops/write-once.ts';
import { archiveFolder, outboxFolder } from './clearing/deliver.ts';
import { paymentFiles } from './clearing/write.ts';
import { loadSettings } from './settings.ts';

/** The journal of closed days, written by the gateway itself. */

function journalFolder(dataDir: string): string {
  return join(dataDir, 'journal');
}

/** The second place for the heads: `journal.heads` of settlement.json, else a folder beside the journal's. */
export function headsOf(dataDir: string, disk?: Disk): HeadStore {
  const { heads } = loadSettings(dataDir).journal;
  return headFolder(heads === '' ? join(dataDir, 'journal-heads') : heads, disk);
}

const LOOK_EVERY_MS = 15_000;

export interface JournalDuty {
  readonly pool: Pool;
  readonly dataDir: string;
  readonly clock: Clock;
  readonly log: Log;
  /** What takes the place of the machine's own. */
  readonly disk?: Disk;
}

/** Writes the journal of each closed day that has none yet, the oldest first, and tries again until it is written. Any number
 *  of copies may do it. */
export function keepJournal(duty: JournalDuty): { close(): Promise<void> } {
  const loop = duty.clock.every(LOOK_EVERY_MS, () => writeDue(duty), {
    first: 'now',
    onError: (error) => {
      duty.log.error({ error: messageOf(error) }, 'the journal could not be looked after; it is tried again');
    },
  });
  return { close: () => loop.stop() };
}

export async function writeDue({ pool, dataDir, clock, log }: JournalDuty): Promise<void> {
  try {
    for (const day of await unwritten(pool)) {
      const { path, last } = await exportJournal(pool, day, journalFolder(dataDir), clock.now(), headsOf(dataDir));
      log.info({ businessDay: day, path, last }, 'journal written');
    }
  } catch (error) {
    const waits = error instanceof GatewayError && error.code === 'journal.open';
    if (waits) log.info({ why: error.message }, 'the journal of a closed day waits');
    else log.error({ why: messageOf(error) }, 'ALARM the journal of a closed day cannot be written');
  }
}

/** The head of a day's journal, which is written where it was not: nothing is paid for a day whose journal is not what it was. */
async function headLineOf({ pool, dataDir, clock, disk }: Omit<JournalDuty, 'log'>, day: string): Promise<string> {
  const heads = headsOf(dataDir, disk);
  if ((await keptHead(pool, day)) === undefined || (await heads.get(day)) === undefined)
    await exportJournal(pool, day, journalFolder(dataDir), clock.now(), heads, disk);
  const [kept, elsewhere] = [await keptHead(pool, day), await heads.get(day)];
  if (kept !== undefined && elsewhere?.last === kept.last) return headLine(kept);
  throw new GatewayError(
    'journal.changed',
    `The head of the journal of ${day} is ${kept?.last ?? '-'} in the database and ${elsewhere?.last ?? '-'} in the second place.`,
  );
}

/** Lays the head beside each payment file of a released day as `<MsgId>.journal`, so that it leaves with it, and beside its copy
 *  in the archive. The same again changes nothing.
 *  @throws GatewayError `payment-file.exists` when something else lies there, `journal.changed`, `journal.open` */
export async function layHeads(duty: Omit<JournalDuty, 'log'>, day: string): Promise<void> {
  const files = (await paymentFiles(duty.pool, day)).filter((file) => !file.delivered);
  if (files.length === 0) return;
  const line = await headLineOf(duty, day);
  for (const { messageId, rail } of files) {
    for (const folder of [archiveFolder(duty.dataDir), outboxFolder(duty.dataDir, rail)]) {
      const path = join(folder, `${messageId}.journal`);
      if ((await writeOnce(path, line, 0o640, duty.disk)) || (await readFile(path, 'utf8')) === line) continue;
      throw new GatewayError(
        'payment-file.exists',
        `${path} exists and is not the head of ${day}: nothing is overwritten.`,
      );
    }
  }
}
