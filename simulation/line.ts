import type { Socket } from 'node:net';
import { compile, encodeFrame, FrameDecoder, loadSpec, type Codec } from '../src/codec/index.ts';
import type { Process } from './scheduler.ts';
import type { World } from './world.ts';

export const CODEC: Codec = compile(loadSpec('kalabarg-pos'));
const FRAMING = { header: 'binary2', maxBytes: 4_096 } as const;
/** A device waits longer than the bank is given. */
const PATIENCE_MS = 25_000;
const DIAL_MS = 5_000;

/** A terminal's line to one of the copies of the gateway; after a loss to the next, as behind a balancer. */
export class DeviceLine {
  readonly tls = undefined;
  readonly #world: World;
  readonly #owner: Process;
  readonly #terminal: string;
  readonly #waiting = new Map<string, (answer: Buffer | undefined) => void>();
  #socket: Socket | undefined;
  #turn: number;

  constructor(world: World, owner: Process, terminal: string) {
    this.#world = world;
    this.#owner = owner;
    this.#terminal = terminal;
    this.#turn = Number(terminal);
  }

  /** @returns undefined: no answer came in time */
  readonly send = async (request: Buffer): Promise<Buffer | undefined> => {
    const socket = await this.#connected();
    if (socket === undefined) return undefined;
    const stan = CODEC.decode(request).get(11) ?? '';
    const { clock } = this.#world;
    return new Promise((done) => {
      const timer = clock.after(PATIENCE_MS, () => {
        settle(undefined);
      });
      const settle = (answer: Buffer | undefined): void => {
        clock.cancel(timer);
        if (this.#waiting.get(stan) === settle) this.#waiting.delete(stan);
        done(answer);
      };
      this.#waiting.set(stan, settle);
      socket.write(encodeFrame(request, FRAMING));
    });
  };

  /** Bytes as they are, without waiting for anything. */
  async blurt(bytes: Buffer): Promise<void> {
    (await this.#connected())?.write(bytes);
  }

  cut(): void {
    this.#socket?.destroy();
    this.#socket = undefined;
  }

  async #connected(): Promise<Socket | undefined> {
    if (this.#socket?.writable === true) return this.#socket;
    const places = this.#world.places;
    const place = places[this.#turn++ % places.length] ?? '';
    const socket = await this.#world.network.dial(this.#owner, place, this.#terminal).catch(() => undefined);
    if (socket === undefined) {
      await this.#world.clock.sleep(DIAL_MS);
      return undefined;
    }
    this.#socket = socket;
    const frames = new FrameDecoder(FRAMING);
    socket.on('data', (chunk: Buffer) => {
      for (const frame of frames.push(chunk)) if (!frame.keepAlive) this.#take(frame.body);
    });
    socket.on('error', () => undefined);
    socket.on('end', () => {
      socket.end();
    });
    socket.on('close', () => {
      if (this.#socket === socket) this.#socket = undefined;
      for (const settle of [...this.#waiting.values()]) settle(undefined);
    });
    return socket;
  }

  #take(body: Buffer): void {
    const answer = CODEC.decode(body);
    this.#world.onAnswer(this.#terminal, answer);
    this.#waiting.get(answer.get(11) ?? '')?.(body);
  }
}
