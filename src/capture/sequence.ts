import { describe, type Message } from '../codec/index.ts';
import { Codecs } from './codecs.ts';
import { pairExchanges } from './exchanges.ts';
import type { Capture, CapturedFrame } from './frame.ts';
import { formatTime } from './jsonl.ts';

export interface SequenceOptions {
  /** Every element rather than the telling ones. */
  readonly full?: boolean;
  /** Only connections whose name contains this. */
  readonly connection?: string | undefined;
}

const LANE = 34;
const MARGIN = ' '.repeat(14);
const ACTORS = ['terminal', 'gateway', 'bank'] as const;
/** What tells what a message is about. */
const TELLING = ['3', '4', '11', '35', '2', '37', '38', '39', '48.10', '48.14', '48.90', '54', '70', '90', '95'];

/** A conversation as a sequence diagram: terminals, gateway and bank as lanes, each message an arrow with its time, the
 *  telling elements by name under it, and behind an answer how long it took. PANs, PINs and keys are masked. */
export function sequenceDiagram(capture: Capture, options: SequenceOptions = {}): string {
  const codecs = new Codecs();
  const frames = capture.frames.filter(({ connection }) => connection.includes(options.connection ?? ''));
  const { exchanges, unmatched } = pairExchanges(frames, codecs);
  const tookMs = new Map<CapturedFrame, number>();
  const notes = new Map<CapturedFrame, string>();
  for (const { request, answer } of exchanges) {
    if (answer !== undefined) tookMs.set(answer, answer.at - request.at);
    else notes.set(request, 'no answer in this capture');
  }
  for (const frame of unmatched) notes.set(frame, 'answers nothing in this capture');
  const lines = [MARGIN + ACTORS.map((name) => center(name, LANE)).join('')];
  let connection = '';
  for (const frame of frames) {
    if (frame.connection !== connection) lines.push(rails(`· ${frame.connection}`));
    connection = frame.connection;
    lines.push(...pictured(frame, codecs.decode(frame), tookMs.get(frame), notes.get(frame), options));
  }
  return [...lines, ...capture.notes.map((note) => `note: ${note}`)].join('\n');
}

function pictured(
  frame: CapturedFrame,
  message: Message | undefined,
  tookMs: number | undefined,
  note: string | undefined,
  options: SequenceOptions,
): string[] {
  const bank = frame.from === 'bank' || frame.dialect === 'bank-switch';
  const toRight = frame.from === 'terminal' || (frame.from === 'gateway' && bank);
  const label = message?.mti ?? (frame.body.length === 0 ? 'keep-alive' : `${frame.body.length} bytes, undecodable`);
  const took = tookMs === undefined ? '' : `  ${tookMs.toFixed(1)} ms`;
  const first = `${formatTime(frame.at).slice(11, 23)}  ${arrow(label, bank ? 1 : 0, toRight)}${took}`;
  const details = message === undefined ? [] : options.full === true ? elements(message) : telling(message);
  return [first, ...[...details, ...(note === undefined ? [] : [`! ${note}`])].map((text) => rails(`  ${text}`))];
}

/** An arrow between two lanes. @param from the left lane of the two */
function arrow(label: string, from: 0 | 1, toRight: boolean): string {
  const middle = LANE >> 1;
  const dashes = LANE - 1 - label.length - 3;
  const [left, right] = ['─'.repeat(Math.max(1, dashes >> 1)), '─'.repeat(Math.max(1, dashes - (dashes >> 1)))];
  const line = toRight ? `${left} ${label} ${right}▶` : `◀${left} ${label} ${right}`;
  const before = from === 0 ? ' '.repeat(middle) : `${' '.repeat(middle)}│${' '.repeat(LANE - 1)}`;
  const after = from === 0 ? `${' '.repeat(LANE - 1)}│` : '';
  return `${before}│${line}│${after}`;
}

function rails(text: string): string {
  return `${MARGIN}${text}`;
}

function telling(message: Message): string[] {
  const all = elements(message);
  const wanted = TELLING.filter((path) => message.has(path.includes('.') ? path : Number(path)));
  return wanted.flatMap((path) => {
    const [de = '', tag] = path.split('.');
    const start = all.findIndex((line) => line.trimStart().startsWith(`${de} `) && /^ {0,2}\d/.test(line));
    if (tag === undefined) return all.slice(start, start + 1).map(tidy);
    const inner = all.slice(start + 1).find((line) => line.trimStart().startsWith(`${tag} `));
    return inner === undefined ? [] : [tidy(`${de}.${inner.trimStart()}`)];
  });
}

function elements(message: Message): string[] {
  return describe(message, { language: 'en' }).split('\n').slice(1);
}

function tidy(line: string): string {
  return line.trim().replace(/ {2,}/g, '  ');
}

function center(text: string, width: number): string {
  return text.padStart((width + text.length) >> 1).padEnd(width);
}
