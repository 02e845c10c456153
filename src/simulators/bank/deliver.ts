import type { Socket } from 'node:net';
import { encodeFrame } from '../../codec/index.ts';
import type { Clock, Timer } from '../../ops/clock.ts';
import type { Delivery } from './switch.ts';

const FRAMING = { header: 'binary2', maxBytes: 4_096 } as const;

/** Writes answers to one socket, with whatever the fault script does to them. */
export class Deliverer {
  readonly #socket: Socket;
  readonly #clock: Clock;
  readonly #timers = new Set<Timer>();
  #held: (() => void)[] = [];

  constructor(socket: Socket, clock: Clock) {
    this.#socket = socket;
    this.#clock = clock;
    socket.once('close', () => {
      for (const timer of this.#timers) clock.cancel(timer);
      this.#held = [];
    });
  }

  deliver({ body, fault }: Delivery): void {
    if (fault?.fault === 'close') {
      this.#socket.destroy();
      return;
    }
    if (body === undefined) return;
    const frame = encodeFrame(fault?.fault === 'wrong-mac' ? withWrongMac(body) : body, FRAMING);
    const half = frame.length >> 1;
    switch (fault?.fault) {
      case 'delay':
      case 'late':
        this.#after(fault.ms, () => {
          this.#write(frame);
        });
        return;
      case 'duplicate':
        this.#write(frame);
        this.#write(frame);
        return;
      case 'reorder':
        this.#hold(frame, fault.ms);
        return;
      case 'half-frame':
        // Nothing may come between the halves: everything else waits behind the second one.
        this.#socket.write(frame.subarray(0, half));
        this.#socket.cork();
        this.#after(fault.ms, () => {
          this.#socket.uncork();
        });
        this.#write(frame.subarray(half));
        return;
      case 'close-mid-frame':
        this.#socket.write(frame.subarray(0, half), () => {
          this.#socket.destroy();
        });
        return;
      default:
        this.#write(frame);
    }
  }

  /** Keeps a frame until another has been written, or `ms` have passed. */
  #hold(frame: Buffer, ms: number): void {
    let written = false;
    const release = (): void => {
      if (written) return;
      written = true;
      if (this.#socket.writable) this.#socket.write(frame);
    };
    this.#held.push(release);
    this.#after(ms, release);
  }

  #write(bytes: Buffer): void {
    if (!this.#socket.writable) return;
    this.#socket.write(bytes);
    const held = this.#held;
    this.#held = [];
    for (const release of held) release();
  }

  #after(ms: number, work: () => void): void {
    const timer = this.#clock.after(ms, () => {
      this.#timers.delete(timer);
      work();
    });
    this.#timers.add(timer);
  }
}

function withWrongMac(body: Buffer): Buffer {
  const changed = Buffer.from(body);
  changed[changed.length - 1] = (changed[changed.length - 1] ?? 0) ^ 0x01;
  return changed;
}
