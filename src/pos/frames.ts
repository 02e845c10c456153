import { elementsOf, titleOf, type Message, type ShownElement } from '../codec/index.ts';
import type { Language } from '../field/language.ts';

/** A message that went over the wire, masked at once: what is secret is not kept. */
export interface WireFrame {
  readonly id: number;
  readonly at: number;
  /** `cut`: no message; the line broke here. */
  readonly way: 'sent' | 'heard' | 'cut';
  readonly mti: string;
  readonly title: Readonly<Record<Language, string>>;
  /** DE 39, and DE 11. */
  readonly rc: string | undefined;
  readonly stan: string;
  /** Of an answer: how long after its request. */
  readonly tookMs: number | undefined;
  /** Without the two bytes of its length. */
  readonly bytes: number;
  /** MTI and bitmaps, hex. */
  readonly head: string;
  readonly elements: Readonly<Record<Language, readonly ShownElement[]>>;
}

const MOST = 40;

/** The newest frames of a device. */
export class FrameLog {
  readonly #frames: WireFrame[] = [];
  #next = 1;

  add(way: 'sent' | 'heard', message: Message, at: number): void {
    const bytes = message.encode();
    const stan = message.get(11) ?? '';
    const request = this.#frames.findLast((each) => each.way === 'sent' && each.stan === stan);
    const first = message.fields()[0];
    const head = bytes.subarray(0, first === undefined ? bytes.length : message.offsetOf(first));
    this.#keep({
      ...{ id: this.#next++, at, way, stan },
      mti: message.mti,
      title: { fa: titleOf(message, 'fa'), en: titleOf(message, 'en') },
      rc: message.get(39),
      tookMs: way === 'heard' && request !== undefined ? at - request.at : undefined,
      bytes: bytes.length,
      head: Buffer.from(head).toString('hex').toUpperCase(),
      elements: { fa: elementsOf(message, 'fa'), en: elementsOf(message, 'en') },
    });
  }

  cut(at: number): void {
    const none = { mti: '', title: { fa: '', en: '' }, rc: undefined, stan: '', tookMs: undefined, bytes: 0, head: '' };
    this.#keep({ ...none, id: this.#next++, at, way: 'cut', elements: { fa: [], en: [] } });
  }

  /** The oldest first. */
  all(): readonly WireFrame[] {
    return this.#frames;
  }

  #keep(frame: WireFrame): void {
    this.#frames.push(frame);
    if (this.#frames.length > MOST) this.#frames.shift();
  }
}
