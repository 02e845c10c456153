import { decryptPinBlock, HsmError, retailMac, wrapKeyBlock } from '../../hsm/index.ts';
import { systemRandom } from '../../ops/random.ts';

interface Pair {
  readonly zpk: Buffer;
  readonly zak: Buffer;
}

/** The pair before is honoured this long for what is in flight. */
const PREVIOUS_MS = 60_000;
const MAC_BYTES = 8;

/** The bank's side of one connection's session keys: clear, because a simulator is its own secure device. */
export class ConnectionKeys {
  readonly #zmk: Buffer;
  readonly #random: (count: number) => Buffer;
  #current: Pair | undefined;
  #previous: (Pair & { readonly until: number }) | undefined;

  /** @param zmk 16 bytes, TDES, shared with the gateway */
  constructor(zmk: Buffer, random: (count: number) => Buffer = systemRandom.bytes) {
    this.#zmk = zmk;
    this.#random = random;
  }

  /** Makes a new ZPK and ZAK (0800/101).
   *  @returns the two as X9.143 key blocks under the ZMK: DE 48 tags 30 and 31 */
  renew(now: number): { readonly '30': string; readonly '31': string } {
    if (this.#current !== undefined) this.#previous = { ...this.#current, until: now + PREVIOUS_MS };
    this.#current = { zpk: tdesKey(this.#random), zak: tdesKey(this.#random) };
    const content = { version: 'B', algorithm: 'T', exportability: 'S' } as const;
    return {
      '30': wrapKeyBlock({ ...content, usage: 'P0', mode: 'B' }, this.#current.zpk, this.#zmk),
      '31': wrapKeyBlock({ ...content, usage: 'M3', mode: 'C' }, this.#current.zak, this.#zmk),
    };
  }

  get present(): boolean {
    return this.#current !== undefined;
  }

  /** Puts the MAC into the last eight bytes of a message. */
  seal(bytes: Buffer): Buffer {
    if (this.#current !== undefined) {
      retailMac(this.#current.zak, bytes.subarray(0, bytes.length - MAC_BYTES)).copy(bytes, bytes.length - MAC_BYTES);
    }
    return bytes;
  }

  /** @param body a whole message whose last field is its MAC */
  macHolds(body: Buffer, now: number): boolean {
    const data = body.subarray(0, body.length - MAC_BYTES);
    const mac = body.subarray(body.length - MAC_BYTES);
    return this.#pairs(now).some(({ zak }) => retailMac(zak, data).equals(mac));
  }

  /** The PIN of an ISO format 0 block under the ZPK; undefined: it holds none for this PAN. */
  pin(block: Buffer, pan: string, now: number): string | undefined {
    for (const { zpk } of this.#pairs(now)) {
      try {
        return decryptPinBlock(zpk, 'TDES', 0, block, pan);
      } catch (error) {
        if (!(error instanceof HsmError)) throw error;
      }
    }
    return undefined;
  }

  #pairs(now: number): readonly Pair[] {
    const pairs = this.#current === undefined ? [] : [this.#current];
    return this.#previous !== undefined && this.#previous.until > now ? [...pairs, this.#previous] : pairs;
  }
}

/** A double-length TDES key with odd parity and two different halves. */
function tdesKey(random: (count: number) => Buffer): Buffer {
  const key = random(16);
  for (const [at, byte] of key.entries()) {
    let ones = 0;
    for (let bits = byte >> 1; bits > 0; bits >>= 1) ones += bits & 1;
    key[at] = (byte & 0xfe) | (ones % 2 === 0 ? 1 : 0);
  }
  return key.subarray(0, 8).equals(key.subarray(8)) ? tdesKey(random) : key;
}
