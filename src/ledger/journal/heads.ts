import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Disk } from '../../ops/disk.ts';
import { GatewayError, fileFault } from '../../ops/errors.ts';
import { writeOnce } from '../../ops/write-once.ts';

/** What tells a day's journal from every other: the hash of its last line. */
export interface JournalHead {
  /** YYYY-MM-DD */
  readonly businessDay: string;
  /** SHA-256, hexadecimal. */
  readonly last: string;
  /** The head of the day before; 64 zeros where there is none. */
  readonly previous: string;
  readonly lines: number;
}

/** A place that the gateway can write once and never again, beside its database: an archive, another machine's folder. */
export interface HeadStore {
  /** @returns what stands there now: that of the first writing */
  put(head: JournalHead): Promise<JournalHead>;
  get(businessDay: string): Promise<JournalHead | undefined>;
  /** Days whose head stands there. */
  days(): Promise<string[]>;
}

/** One line of JSON, the same for the same head. */
export function headLine(head: JournalHead): string {
  const { businessDay, last, previous, lines } = head;
  return `${JSON.stringify({ business_day: businessDay, last_sha256: last, prev_sha256: previous, lines })}\n`;
}

/** Heads as files `head-<day>.json` of a folder: made exclusively, read-only, never opened for writing again. On a medium that
 *  is written once (or on another machine's disk) nobody here can change them. */
export function headFolder(folder: string, disk?: Disk): HeadStore {
  const path = (day: string): string => join(folder, `head-${day}.json`);
  const get = async (day: string): Promise<JournalHead | undefined> => {
    let text: string;
    try {
      text = await readFile(path(day), 'utf8');
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw new GatewayError('journal.heads', fileFault(path(day), 'read', cause), { cause });
    }
    return parse(path(day), day, text);
  };
  return {
    get,
    days: async () => {
      const names = await readdir(folder).catch((cause: unknown) => {
        if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return [];
        throw new GatewayError('journal.heads', fileFault(folder, 'read', cause), { cause });
      });
      return names.flatMap((name) => /^head-(\d{4}-\d\d-\d\d)\.json$/.exec(name)?.[1] ?? []).sort();
    },
    put: async (head) => {
      await writeOnce(path(head.businessDay), headLine(head), 0o444, disk).catch((cause: unknown) => {
        throw new GatewayError('journal.heads', fileFault(path(head.businessDay), 'written', cause), { cause });
      });
      return (await get(head.businessDay)) ?? head;
    },
  };
}

const LINE =
  /^\{"business_day":"(\d{4}-\d\d-\d\d)","last_sha256":"([0-9a-f]{64})","prev_sha256":"([0-9a-f]{64})","lines":(\d{1,12})\}\n$/;

function parse(path: string, day: string, text: string): JournalHead {
  const [, businessDay, last = '', previous = '', lines] = LINE.exec(text) ?? [];
  if (businessDay === day) return { businessDay, last, previous, lines: Number(lines) };
  throw new GatewayError(
    'journal.heads',
    `${path} is not the head of ${day} as we write it: somebody changed it, or a write was cut off.`,
  );
}
