import { DEMO_HOUSEHOLDS, demoPan, demoTrack2 } from '../../src/demo/programme.ts';

const DIGITS = /\d{15,19}/g;
const KEYS = /0123456789ABCDEFFEDCBA9876543210|000102030405060708090A0B0C0D0E0F|133457799BBCDFF1FEDCBA9876543210/i;

/** Looks for what must never be told (wire.md 9.7) in everything that leaves the gateway but answers on the wire: its log. And on the
 *  wire to the bank, for PINs in clear. */
export class Secrets {
  readonly #pans: ReadonlySet<string>;
  readonly #blocks: readonly Buffer[];
  readonly faults: string[] = [];
  lines = 0;

  constructor() {
    const buying = [...Array.from({ length: 12 }, (_, index) => index + 1), 904, 908, 909];
    this.#blocks = buying.map(clearBlock);
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
    if (this.#blocks.some((block) => body.includes(block))) this.faults.push('a clear PIN block is on the wire');
  }
}

/** ISO 9564 format 0 of the demo's PIN in clear: `04 1234 FF…` over twelve digits of the PAN without its last. */
function clearBlock(household: number): Buffer {
  const block = Buffer.from('041234FFFFFFFFFF', 'hex');
  const pan = Buffer.from(demoPan(household).slice(-13, -1).padStart(16, '0'), 'hex');
  return block.map((byte, index) => byte ^ (pan[index] ?? 0)) as Buffer;
}
