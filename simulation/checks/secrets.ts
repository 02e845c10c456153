import { DEMO_HOUSEHOLDS, demoPan, demoTrack2 } from '../../src/demo/programme.ts';

const DIGITS = /\d{15,19}/g;
const KEYS = /0123456789ABCDEFFEDCBA9876543210|000102030405060708090A0B0C0D0E0F|133457799BBCDFF1FEDCBA9876543210/i;

/** Looks for what must never be told (wire.md 9.7) in everything that leaves the gateway but answers on the wire: its log. And on the
 *  wire to the bank, for PINs in clear. */
export class Secrets {
  readonly #pans: ReadonlySet<string>;
  readonly faults: string[] = [];
  lines = 0;

  constructor() {
    this.#pans = new Set(Array.from({ length: DEMO_HOUSEHOLDS }, (_, index) => demoPan(index + 1)));
  }

  line(text: string): void {
    this.lines++;
    for (const [digits] of text.matchAll(DIGITS)) {
      if (this.#pans.has(digits) || this.#pans.has(digits.slice(0, 16)))
        this.faults.push(`a PAN is in the log: ${text.slice(0, 200)}`);
    }
    if (text.includes(demoTrack2(1).slice(16))) this.faults.push(`track 2 is in the log: ${text.slice(0, 200)}`);
    if (KEYS.test(text)) this.faults.push(`a clear key is in the log: ${text.slice(0, 200)}`);
  }

  bankFrame(body: Buffer): void {
    // Format 0 in clear begins with its own length and the PIN: 0x04 0x12 0x34 ^ PAN digits, which are 0x37 0x99 of these cards.
    if (body.includes(Buffer.from('041234FFFFFFFFFF', 'hex'))) this.faults.push('a clear PIN block is on the wire');
  }
}
