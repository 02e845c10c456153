import { compile, FrameDecoder, loadSpec, type Codec, type Message } from '../src/codec/index.ts';
import { isAnswer } from '../src/field/mti.ts';
import { tehran } from '../src/ops/clock.ts';
import type { Tap } from './sockets.ts';

const CODECS = { terminal: compile(loadSpec('kalabarg-pos')), bank: compile(loadSpec('bank-switch')) };
const FRAMING = { header: 'binary2', maxBytes: 4_096 } as const;
const LANE = 10;
/** A message that was longer on its way says so. */
const SLOW_MS = 1_000;

const CODES: Readonly<Record<string, string>> = {
  '179800': 'purchase',
  '179898': 'purchase, rest in cash',
  '000000': 'card purchase',
  '279800': 'return',
  '379800': 'inquiry',
  '479800': 'release of a quote',
};
const CLASSES: Readonly<Record<string, string>> = { '1': 'authorisation', '2': 'financial', '4': 'reversal', '5': 'totals', '8': 'network' }; // prettier-ignore

/** Where the story is: the step that is taken, and the time in it. */
export interface Place {
  readonly step: number;
  readonly now: number;
}

/** Tells a run as a sequence diagram, while it happens: a lane for each party, an arrow for each message that arrives or is lost, with
 *  its step and the time in Tehran; between them what else is worth a line. No PAN, PIN or key is in it. */
export class Story {
  readonly #lanes: readonly string[];
  readonly #place: () => Place;
  readonly #print: (line: string) => void;
  /** By `from > to #line`: how each direction of each line is cut into messages. */
  readonly #ways = new Map<string, Way>();
  readonly #arrows: string[] = [];
  #day = '';

  /** @param lanes the parties, from left to right: the bank is the last */
  constructor(lanes: readonly string[], place: () => Place, print: (line: string) => void) {
    this.#lanes = lanes;
    this.#place = place;
    this.#print = print;
    print(`${' '.repeat(22)}${lanes.map((lane) => center(lane.replace('till ', ''), LANE)).join('')}`);
  }

  /** Something that is no message. */
  note(text: string): void {
    const line = text.replaceAll(/\s*\n\s*/g, ' · ');
    this.#line(this.#rails().join(''), line);
    const lane = this.#lanes.find((each) => line.startsWith(each));
    const over = lane === undefined ? `${this.#id(0)},${this.#id(-1)}` : this.#id(this.#lanes.indexOf(lane));
    this.#arrows.push(`Note over ${over}: ${escaped(`${this.#stamp()} ${line}`)}`);
  }

  readonly tap: Tap = {
    sent: (from, to, line, bytes) => {
      const way = this.#way(from, to, line);
      for (const text of way.sent.push(bytes)) way.open.push({ text, ...this.#place() });
    },
    arrived: (from, to, line, bytes) => {
      const way = this.#way(from, to, line);
      for (const text of way.arrived.push(bytes)) this.#arrow(from, to, way.open.shift() ?? { text, ...this.#place() });
    },
    gone: (from, to, line) => {
      const key = `${from} > ${to} ${line}`;
      const way = this.#ways.get(key);
      this.#ways.delete(key);
      for (const lost of way?.open ?? []) this.#arrow(from, to, lost, true);
    },
  };

  /** The whole of it for a page: https://mermaid.js.org/syntax/sequenceDiagram.html */
  mermaid(): string {
    const who = this.#lanes.map((lane, index) => `participant ${this.#id(index)} as ${lane}`);
    return ['sequenceDiagram', ...[...who, ...this.#arrows].map((line) => `  ${line}`), ''].join('\n');
  }

  #way(from: string, to: string, line: number): Way {
    const key = `${from} > ${to} ${line}`;
    const known = this.#ways.get(key);
    if (known !== undefined) return known;
    const codec = from === 'bank' || to === 'bank' ? CODECS.bank : CODECS.terminal;
    const way = { sent: new Cutter(codec), arrived: new Cutter(codec), open: [] };
    this.#ways.set(key, way);
    return way;
  }

  #arrow(from: string, to: string, sent: Sent, isLost = false): void {
    const [a, b] = [this.#index(from), this.#index(to)];
    const cells = this.#rails();
    const [left, right] = [Math.min(a, b), Math.max(a, b)].map((lane) => lane * LANE + (LANE >> 1)) as [number, number];
    for (let at = left + 1; at < right; at++) cells[at] = '─';
    cells[a < b ? right - 1 : left + 1] = isLost ? ' ' : a < b ? '▶' : '◀';
    if (isLost) cells[(left + right) >> 1] = '╳';
    const { now } = this.#place();
    const way = now - sent.now;
    const how = isLost ? `, sent at step ${sent.step}, is lost` : way > SLOW_MS ? `, sent at step ${sent.step}` : '';
    this.#line(cells.join(''), sent.text + how);
    const [tail, head] = [this.#id(a), this.#id(b)];
    this.#arrows.push(`${tail}${isLost ? '-x' : '->>'}${head}: ${escaped(`${this.#stamp()} ${sent.text}${how}`)}`);
  }

  #line(drawing: string, text: string): void {
    const { now } = this.#place();
    const day = tehran(now).isoDate;
    if (day !== this.#day) this.#print(`${' '.repeat(22)}${this.#rails().join('')} ${day}`);
    this.#day = day;
    this.#print(`${this.#stamp()} ${drawing} ${text}`);
  }

  #stamp(): string {
    const { step, now } = this.#place();
    const [, hours, minutes, seconds] = /(..)(..)(..)/.exec(tehran(now).time) ?? [];
    const ms = String(Math.floor(now) % 1_000).padStart(3, '0');
    return `${String(step).padStart(7)} ${hours}:${minutes}:${seconds}.${ms} `;
  }

  #rails(): string[] {
    return this.#lanes.flatMap(() => Array.from({ length: LANE }, (_, at) => (at === LANE >> 1 ? '│' : ' ')));
  }

  #index(name: string): number {
    return Math.max(0, this.#lanes.indexOf(name.replace(/#.*$/, '')));
  }

  #id(index: number): string {
    return (this.#lanes.at(index) ?? '').replaceAll(' ', '');
  }
}

interface Sent extends Place {
  readonly text: string;
}

interface Way {
  readonly sent: Cutter;
  readonly arrived: Cutter;
  readonly open: Sent[];
}

/** Bytes of one direction as the words of their messages. */
class Cutter {
  readonly #codec: Codec;
  readonly #frames = new FrameDecoder(FRAMING);
  #broken = false;

  constructor(codec: Codec) {
    this.#codec = codec;
  }

  push(bytes: Buffer): string[] {
    if (this.#broken) return [];
    try {
      return this.#frames.push(bytes).flatMap((frame) => (frame.keepAlive ? [] : [this.#words(frame.body)]));
    } catch {
      this.#broken = true;
      return [`${bytes.length} bytes that are no message`];
    }
  }

  #words(body: Buffer): string {
    try {
      return told(this.#codec.decode(body));
    } catch {
      return `${body.length} bytes that are no message`;
    }
  }
}

/** What a message is about. */
function told(message: Message): string {
  const { mti } = message;
  const code = message.get(3);
  const original = message.get(90);
  const amount = message.get(4);
  const correctedTo = message.get(95);
  const what = code === undefined || mti.startsWith('04') ? CLASSES[mti.charAt(1)] : (CODES[code] ?? code);
  return [
    `${mti} ${message.get(11) ?? ''}`,
    what ?? '',
    ...(original === undefined ? [] : [`of ${original.slice(0, 4)} ${original.slice(4, 10)}`]),
    ...(message.has(70) ? [`DE 70 ${message.get(70) ?? ''}`] : []),
    ...(amount === undefined ? [] : [`${BigInt(amount).toLocaleString('en')} rials`]),
    ...(correctedTo === undefined ? [] : [`of which ${BigInt(correctedTo.slice(0, 12)).toLocaleString('en')} stay`]),
    ...(isAnswer(mti) ? [`RC ${message.get(39) ?? '-'}`] : []),
  ].join(' ');
}

function escaped(text: string): string {
  return text.trim().replaceAll(/ {2,}/g, ' ').replaceAll(';', ',').replaceAll('#', '#35;');
}

function center(text: string, width: number): string {
  return text.padStart((width + text.length) >> 1).padEnd(width);
}
