import { readBitmaps } from '../../codec/bitmap.ts';
import { dialectOf, type Dialect } from '../../codec/dialect.ts';
import type { Codec, Message, Spec } from '../../codec/index.ts';
import { hasLuhnDigit } from '../../field/pan.ts';
import { knownAt, type Pans } from './values.ts';

/** Noise of no version of the standard: what begins so is refused as the original was. */
const UNREADABLE = 0xff;

interface Place {
  readonly start: number;
  readonly end: number;
}

/** What may be kept of a frame that does not decode: its structure up to the fault, with every sound value made clean,
 *  and nothing of the rest. So it is still refused for the same reason at the same place, as far as that can be. */
export class Scrubber {
  readonly #dialects = new Map<Spec, Dialect>();

  /** @param clean makes a message of the sound elements clean */
  scrub(codec: Codec, body: Buffer, clean: (message: Message) => Message, pans: Pans): Buffer {
    const dialect = this.#dialects.get(codec.spec) ?? dialectOf(codec.spec);
    this.#dialects.set(codec.spec, dialect);
    const places = new Map<number, Place>();
    const values = new Map<number, string>();
    const end = survey(dialect, body, places, values);
    const result = Buffer.from(body);
    if (end === 0) return result.fill(UNREADABLE);
    const sound = soundMessage(codec, body, values, clean);
    let fault = false;
    for (const [de, { start, end: stop }] of places) {
      const fresh = sound?.bytes(de);
      if (fresh?.length === stop - start) fresh.copy(result, start);
      else if (fault || !OPEN.includes(de)) result.fill(0, start, stop);
      else fault = true; // the first fault is what the frame is kept for
    }
    return withoutCards(result.fill(0, Math.min(end, body.length)), pans);
  }
}

/** Finds elements as far as the structure holds. @returns where it ends; 0: there is none */
function survey(dialect: Dialect, body: Buffer, places: Map<number, Place>, values: Map<number, string>): number {
  let at = 0;
  try {
    const announced = readBitmaps(dialect.spec.bitmap, body, dialect.mtiBytes);
    at = announced.end;
    for (const de of announced.elements) {
      const element = dialect.elements[de];
      if (element === undefined) break;
      const start = at;
      at = Math.min(at + (element.plan.prefix?.bytes ?? 0), body.length); // a length is no secret, and may be the fault
      const extent = element.locate(body, start, body.length, String(de));
      places.set(de, extent);
      at = extent.end;
      try {
        element.check(body, extent, String(de));
        values.set(de, element.read(body, extent));
      } catch {
        // not sound: blanked, or kept where it cannot be secret
      }
    }
  } catch {
    return at; // here the structure ends
  }
  return at;
}

function soundMessage(
  codec: Codec,
  body: Buffer,
  values: ReadonlyMap<number, string>,
  clean: (message: Message) => Message,
): Message | undefined {
  try {
    const mti = codec.salvage(body, [])?.mti ?? '';
    return clean(codec.decode(codec.encode({ mti, fields: Object.fromEntries(values) })));
  } catch {
    return undefined; // then only what is never secret stays
  }
}

/** Where sixteen digits begin that may be a PAN of Iran's banks; they may overlap. */
const CARD = /(?=(?:50|58|60|61|62|63|99)\d{14})/g;
const PAN_DIGITS = 16;

/** Fields that never hold card data or keys, by their definition in every edition: codes, amounts, times, identities. */
const OPEN: readonly number[] = [
  3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 15, 16, 17, 18, 19, 22, 23, 24, 25, 26, 27, 28, 32, 37, 38, 39, 40, 41, 42, 49,
  50, 51, 54, 70, 90, 95,
];

/** Where the bitmap is damaged, what stands in a field may be anything: digits that can be an Iranian PAN are blanked
 *  wherever they stand, packed (from either nibble), as text or as EBCDIC, but for those that were just put there. */
function withoutCards(bytes: Buffer, { known, placed }: Pans): Buffer {
  const blank = (text: string): string => {
    const cards = [...text.matchAll(CARD)].flatMap(({ index }) => {
      const pan = text.slice(index, index + PAN_DIGITS);
      return hasLuhnDigit(pan) ? [[index, pan] as const] : [];
    });
    for (const { index, 0: digits } of text.matchAll(/\d{12,}/g)) {
      for (let at = 0; at < digits.length; at++) {
        const pan = knownAt(digits, at, known);
        if (pan !== undefined) cards.push([index + at, pan]);
      }
    }
    return cards
      .filter(([, pan]) => !placed.has(pan))
      .reduce((clean, [at, { length }]) => clean.slice(0, at) + '0'.repeat(length) + clean.slice(at + length), text);
  };
  const packed = blank(bytes.toString('hex')).replace(/(?:f\d){12,}/g, (ebcdic) =>
    blank(ebcdic.replace(/f/g, '')).replace(/\d/g, 'f$&'),
  );
  return Buffer.from(blank(Buffer.from(packed, 'hex').toString('latin1')), 'latin1');
}
