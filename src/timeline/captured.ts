import { createReadStream, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { capturesFolder, Codecs, formatTime, parseJsonl, type CapturedFrame } from '../capture/index.ts';
import { masked } from '../codec/describe/index.ts';
import { CodecError, type Message } from '../codec/index.ts';
import type { Transaction } from './facts.ts';

/** The frames of one transaction, where a recording of this gateway covers it. Recordings hold other PANs, test keys, and no PINs
 *  (capture/sanitise); what is secret is masked all the same. */

/** A recording of more is not looked through while somebody waits. */
const MOST_BYTES = 64 << 20;
const MOST_FILES = 50;
const BEFORE_MS = 5_000;
/** A card leg and its answer, at their longest. */
const AFTER_MS = 130_000;
const MOST_FRAMES = 500;

export interface ShownField {
  readonly de: number;
  readonly name: string;
  readonly value: string;
  /** Where its bytes are in `hex`, which has two digits a byte. */
  readonly at: number;
  readonly length: number;
  readonly secret: boolean;
}

export interface ShownFrame {
  readonly from: CapturedFrame['from'];
  readonly at: number;
  readonly file: string;
  readonly dialect: string;
  readonly mti: string | null;
  /** Bytes of secret elements are `**`. */
  readonly hex: string;
  /** In their order; empty where it does not decode. */
  readonly fields: readonly ShownField[];
}

export interface Captured {
  readonly request: ShownFrame | undefined;
  readonly answer: ShownFrame | undefined;
  /** To and from the bank switch. */
  readonly bank: readonly ShownFrame[];
}

/** @param data the data folder; undefined: this process has none
 *  @returns undefined: no recording covers it */
export async function capturedFrames(data: string | undefined, row: Transaction): Promise<Captured | undefined> {
  if (data === undefined) return undefined;
  const codecs = new Codecs();
  for (const file of recordings(capturesFolder(data), row.at)) {
    const frames = await framesAround(join(capturesFolder(data), file), row.at);
    const found = framesOf(frames, row, codecs, file);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Files that were still written to after it, the newest first. */
function recordings(folder: string, at: number): string[] {
  let names: string[];
  try {
    names = readdirSync(folder).filter((name) => name.endsWith('.jsonl'));
  } catch {
    return []; // nothing was ever recorded
  }
  return names
    .map((name) => ({ name, stat: statSync(join(folder, name), { throwIfNoEntry: false }) }))
    .filter(({ stat }) => stat !== undefined && stat.size <= MOST_BYTES && stat.mtimeMs >= at - BEFORE_MS)
    .sort((a, b) => (b.stat?.mtimeMs ?? 0) - (a.stat?.mtimeMs ?? 0))
    .slice(0, MOST_FILES)
    .map(({ name }) => name);
}

const AT = /^\{"at":"([^"]{20,40})"/;

async function framesAround(path: string, at: number): Promise<CapturedFrame[]> {
  const [from, to] = [formatTime(at - BEFORE_MS), formatTime(at + AFTER_MS)];
  const lines: string[] = [];
  const stream = createReadStream(path);
  for await (const line of createInterface({ input: stream, crlfDelay: Infinity })) {
    const when = AT.exec(line)?.[1];
    if (when === undefined || when < from) continue;
    if (when > to || lines.length >= MOST_FRAMES) break;
    lines.push(line);
  }
  stream.destroy();
  return lines.length === 0 ? [] : parseJsonl(lines.join('\n'), path);
}

function framesOf(
  frames: readonly CapturedFrame[],
  row: Transaction,
  codecs: Codecs,
  file: string,
): Captured | undefined {
  const read = frames.map((frame) => ({ frame, message: codecs.decode(frame) }));
  const mine = ({ frame, message }: (typeof read)[number]): boolean =>
    frame.connection.startsWith(`${row.terminal}#`) &&
    message?.get(11) === row.stan &&
    message.get(12) === row.localTime;
  const request = read.find((each) => each.frame.from === 'terminal' && mine(each));
  if (request === undefined) return undefined;
  const answer = read.find(({ frame, message }) => frame.from === 'gateway' && frame.at >= request.frame.at && frame.connection === request.frame.connection && message?.get(11) === row.stan); // prettier-ignore
  const bank = read.filter(
    ({ frame, message }) => !frame.connection.startsWith(`${row.terminal}#`) && message?.get(37) === row.rrn,
  );
  const shown = (each: (typeof read)[number]): ShownFrame => shownFrame(each.frame, each.message, file);
  return { request: shown(request), answer: answer === undefined ? undefined : shown(answer), bank: bank.map(shown) };
}

/** @param message undefined: it does not decode */
export function shownFrame(frame: CapturedFrame, message: Message | undefined, file: string): ShownFrame {
  const { from, at, dialect, body } = frame;
  const digits = body.toString('hex').toUpperCase();
  const shared = { from, at, file, dialect, mti: message?.mti ?? null };
  if (message === undefined) return { ...shared, hex: '*'.repeat(digits.length), fields: [] };
  const places = message.fields();
  let hex = digits;
  const fields = places.flatMap((de, n): ShownField[] => {
    const plan = message.spec.fields[de];
    const start = message.offsetOf(de);
    if (plan === undefined || start === undefined) return [];
    const next = places[n + 1];
    const end = (next === undefined ? undefined : message.offsetOf(next)) ?? body.length;
    const hidden = isSecret(message, de);
    if (hidden) hex = `${hex.slice(0, start * 2)}${'*'.repeat((end - start) * 2)}${hex.slice(end * 2)}`;
    return [{ de, name: plan.name, value: hidden ? hiddenValue(message, de) : (message.get(de) ?? ''), at: start, length: end - start, secret: hidden }]; // prettier-ignore
  });
  return { ...shared, hex, fields };
}

/** An element that is secret, or holds something that is: none of its bytes is shown. */
function isSecret(message: Message, de: number): boolean {
  const plan = message.spec.fields[de];
  if (plan?.secret !== undefined && plan.secret !== 'mac') return true;
  return (
    de === 35 ||
    de === 36 ||
    de === 45 ||
    de === 52 ||
    de === 55 ||
    JSON.stringify(plan?.content ?? {}).includes('"secret"')
  );
}

function hiddenValue(message: Message, de: number): string {
  const secret = message.spec.fields[de]?.secret;
  try {
    return secret === undefined ? '***' : masked(message.get(de) ?? '', secret);
  } catch (error) {
    if (error instanceof CodecError) return '***';
    throw error;
  }
}
