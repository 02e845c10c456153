import { cmac, decryptPinBlock, retailMac, wrapKeyBlock } from '../../hsm/index.ts';
import type { EncryptedPin } from '../../profiles/index.ts';

/** What the gateway side has to know of the device under test. */
export interface DeviceKeys {
  readonly terminal: string;
  readonly merchant: string;
  readonly algorithm: 'TDES' | 'AES';
  /** Clear TMK of a laboratory's device: never one of production. */
  readonly tmk: Buffer;
}

export interface Pair {
  readonly tpk: Buffer;
  readonly tak: Buffer;
}

export const MAC_BYTES = 8;
/** wire.md 8: the pair before is honoured so long. */
const PREVIOUS_MS = 60_000;

/** Session keys of the device, as the gateway holds them (wire.md 8). */
export class LabKeys {
  readonly #device: DeviceKeys;
  readonly #bytes: (count: number) => Buffer;
  #current: Pair | undefined;
  #previous: { readonly pair: Pair; readonly until: number } | undefined;

  constructor(device: DeviceKeys, bytes: (count: number) => Buffer) {
    this.#device = device;
    this.#bytes = bytes;
  }

  get current(): Pair | undefined {
    return this.#current;
  }

  make(): Pair {
    return { tpk: this.#bytes(16), tak: this.#bytes(16) };
  }

  use(pair: Pair, now: number): void {
    if (this.#current !== undefined) this.#previous = { pair: this.#current, until: now + PREVIOUS_MS };
    this.#current = pair;
  }

  /** Tags 30 and 31 of an 0810. */
  blocks({ tpk, tak }: Pair): { tpk: string; tak: string } {
    const aes = this.#device.algorithm === 'AES';
    const content = { version: aes ? 'D' : 'B', algorithm: aes ? 'A' : 'T', exportability: 'N' } as const;
    const { tmk } = this.#device;
    return {
      tpk: wrapKeyBlock({ ...content, usage: 'P0', mode: 'B' }, tpk, tmk, this.#bytes),
      tak: wrapKeyBlock({ ...content, usage: aes ? 'M6' : 'M3', mode: 'C' }, tak, tmk, this.#bytes),
    };
  }

  mac(tak: Buffer, data: Buffer): Buffer {
    return this.#device.algorithm === 'AES' ? cmac(tak, data).subarray(0, MAC_BYTES) : retailMac(tak, data);
  }

  /** @param body the whole message, whose last 8 bytes are its MAC
   *  @returns the pair under which it holds */
  pairOf(body: Buffer, now: number): Pair | undefined {
    const previous = this.#previous !== undefined && this.#previous.until > now ? this.#previous.pair : undefined;
    const [data, mac] = [body.subarray(0, -MAC_BYTES), body.subarray(-MAC_BYTES)];
    return [this.#current, previous].find((pair) => pair !== undefined && this.mac(pair.tak, data).equals(mac));
  }

  /** Whether a PIN block opens to a PIN of this card, and where one is expected to that one. Nothing of it is kept. */
  opensPin(pin: EncryptedPin, pan: string, pair: Pair | undefined, expected: string | undefined): boolean {
    if (pair === undefined) return false;
    for (const format of pin.format === 4 ? ([4] as const) : ([0, 3] as const)) {
      try {
        const found = decryptPinBlock(pair.tpk, this.#device.algorithm, format, pin.block, pan);
        return expected === undefined || found === expected;
      } catch {
        continue; // another format, or none: which part was wrong is nobody's business
      }
    }
    return false;
  }
}
