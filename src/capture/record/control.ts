import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Which conversations a running gateway records. `kalabarg capture start` writes it, the gateway looks at it. */
export interface RecordingOrder {
  /** Terminals by id; empty: the share of all connections. */
  readonly terminals: readonly string[];
  /** Of connections that begin a conversation, 0 to 1. */
  readonly share: number;
  /** The messages to and from the bank switch about these terminals, too. */
  readonly bank: boolean;
  /** When it ends by itself, milliseconds since the epoch. */
  readonly until: number;
  /** The file grows to at most this. */
  readonly maxBytes: number;
  /** Name of the file in the folder of captures. */
  readonly file: string;
}

/** Where recordings lie, and what steers them. */
export function capturesFolder(data: string): string {
  return join(data, 'captures');
}

function orderFile(data: string): string {
  return join(capturesFolder(data), 'recording.json');
}

/** Replaces the order in one step: a gateway never reads half of one. */
export function writeOrder(data: string, order: RecordingOrder): void {
  mkdirSync(capturesFolder(data), { recursive: true, mode: 0o700 });
  const fresh = `${orderFile(data)}.${process.pid}`;
  writeFileSync(fresh, `${JSON.stringify(order)}\n`, { mode: 0o600 });
  renameSync(fresh, orderFile(data));
}

export function removeOrder(data: string): void {
  rmSync(orderFile(data), { force: true });
}

/** @returns undefined: nothing is to be recorded, or what lies there is no order */
export function readOrder(data: string): RecordingOrder | undefined {
  try {
    return checked(JSON.parse(readFileSync(orderFile(data), 'utf8')));
  } catch {
    return undefined; // there is none
  }
}

function checked(value: unknown): RecordingOrder | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { terminals, share, bank, until, maxBytes, file } = value as Record<string, unknown>;
  if (!Array.isArray(terminals) || !terminals.every((one) => typeof one === 'string')) return undefined;
  if (typeof share !== 'number' || typeof bank !== 'boolean' || typeof until !== 'number') return undefined;
  if (typeof maxBytes !== 'number' || typeof file !== 'string' || !/^[\w.-]+\.jsonl$/.test(file)) return undefined;
  return { terminals: terminals, share, bank, until, maxBytes, file };
}

/** Orders a recording that begins now. @returns the order, with the name of its file */
export function beginRecording(
  data: string,
  wanted: Omit<RecordingOrder, 'until' | 'file'> & { readonly forMs: number; readonly now: number },
): RecordingOrder {
  const { terminals, share, bank, maxBytes, forMs, now } = wanted;
  const file = `${new Date(now).toISOString().replace(/[:.]/g, '-')}.jsonl`;
  const order = { terminals, share, bank, until: now + forMs, maxBytes, file };
  writeOrder(data, order);
  return order;
}

export interface Recording {
  readonly file: string;
  readonly bytes: number;
  /** When it was written to last, ms. */
  readonly changedAt: number;
}

/** What was recorded here, the newest first. */
export function listRecordings(data: string): Recording[] {
  const folder = capturesFolder(data);
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.jsonl')) : [];
  return names
    .flatMap((file) => {
      const about = statSync(join(folder, file), { throwIfNoEntry: false });
      return about?.isFile() === true ? [{ file, bytes: about.size, changedAt: about.mtimeMs }] : [];
    })
    .sort((one, other) => other.changedAt - one.changedAt);
}
