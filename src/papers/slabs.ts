import { MessageChannel } from 'node:worker_threads';

/** Memory of uploads, used again and again. A chunk that is kept as it came is ten mebibytes of new memory a paper, and the collector that takes
 *  it back holds the event loop for longer than all the rest of an upload. */

const SLAB = 1_048_576;

/** A paper as far as it has come. */
export interface Arriving {
  readonly bytes: number;
  /** Copies it: the chunk is free to go. */
  add(chunk: Uint8Array): void;
  pieces(): Buffer[];
  /** Wipes it, for the next one. Nothing may read the pieces any more. */
  giveBack(): void;
}

export interface Slabs {
  open(): Arriving;
}

/** @param most how many mebibytes are kept for the next papers */
export function openSlabs(most: number): Slabs {
  const free: Buffer[] = [];
  return {
    open: () => {
      let own: Buffer[] = [];
      let bytes = 0;
      return {
        get bytes() {
          return bytes;
        },
        add: (chunk) => {
          for (let at = 0; at < chunk.length;) {
            const used = bytes % SLAB;
            if (used === 0) own.push(free.pop() ?? Buffer.allocUnsafeSlow(SLAB));
            const part = chunk.subarray(at, at + SLAB - used);
            own.at(-1)?.set(part, used);
            at += part.length;
            bytes += part.length;
          }
        },
        pieces: () => own.map((slab, n) => slab.subarray(0, Math.min(SLAB, bytes - n * SLAB))),
        giveBack: () => {
          for (const slab of own) if (free.length < most) free.push(slab.fill(0));
          own = [];
          bytes = 0;
        },
      };
    },
  };
}

const { port1: nowhere, port2 } = new MessageChannel();
port2.close();
nowhere.unref();

/** Gives the memory of a chunk back at once: what waits for the collector makes it run. Only for a chunk that nobody else has: it is empty
 *  afterwards. */
export function letGo({ buffer, byteLength }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) nowhere.postMessage(undefined, [buffer]);
}
