import type { Clock } from '../../ops/clock.ts';
import type { Log } from '../../ops/log.ts';
import { messageOf } from '../../ops/errors.ts';
import { systemRandom } from '../../ops/random.ts';
import type { Loop } from '../../ops/repeat.ts';
import { Codecs } from '../codecs.ts';
import type { CapturedFrame } from '../frame.ts';
import { intentOf } from '../sanitise/sanitise.ts';
import { readOrder, removeOrder, type RecordingOrder } from './control.ts';
import { RecordingFile } from './writer.ts';

interface Peer {
  readonly terminal: string;
}

/** What a listener's handler is, as far as recording is concerned. */
type Handler<P extends Peer, R> = (body: Buffer, peer: P) => Promise<R>;

export interface RecorderOptions {
  readonly data: string;
  /** PANs are mapped under it: the same in every recording of this gateway. */
  readonly key: () => Buffer;
  readonly clock: Clock;
  readonly log: Log;
  /** The dialect that a terminal speaks (default kalabarg-pos). */
  readonly dialectOf?: (terminal: string) => Promise<string | undefined>;
  /** A number in [0, 1) that decides which connections are in a share (default: the machine's). */
  readonly random?: () => number;
}

export interface Recorder {
  /** The same handler, its conversations recorded while that is asked for. */
  terminals<P extends Peer, R extends { readonly kind: string; readonly body?: Buffer }>(
    handle: Handler<P, R>,
  ): Handler<P, R>;
  /** A message to or from the bank switch. */
  readonly bank: (from: 'gateway' | 'bank', body: Buffer, connection: string) => void;
  close(): Promise<void>;
}

const LOOK_EVERY_MS = 500;
const POS = 'kalabarg-pos';
const SWITCH = 'bank-switch';

/** Records the connections that `<data>/captures/recording.json` asks for. Costs a comparison a message when it asks for
 *  none; a fault of the recording never touches a transaction. */
export function openRecorder(options: RecorderOptions): Recorder {
  const recorder = new RunningRecorder(options);
  return {
    terminals: (handle) => recorder.terminals(handle),
    bank: (from, body, connection) => {
      recorder.bank(from, body, connection);
    },
    close: () => recorder.close(),
  };
}

class RunningRecorder {
  readonly #options: RecorderOptions;
  readonly #codecs = new Codecs();
  readonly #looks: Loop;
  /** What `monotonic` counts from, in milliseconds since the epoch. */
  readonly #origin: number;
  /** Connections by their peer: its name, and whether it was chosen. */
  #chosen = new WeakMap<Peer, { readonly name: string; readonly recorded: boolean }>();
  #connections = 0;
  #order: RecordingOrder | undefined;
  #file: RecordingFile | undefined;
  /** Terminals whose bank messages belong to what is recorded. */
  readonly #terminals = new Set<string>();

  constructor(options: RecorderOptions) {
    this.#options = options;
    const { clock, log } = options;
    this.#origin = clock.now() - clock.monotonic();
    this.#look();
    this.#looks = clock.every(
      LOOK_EVERY_MS,
      () => {
        this.#look();
      },
      {
        onError: (error) => {
          log.error({ error: messageOf(error) }, 'the order of recordings cannot be read; it is read again');
        },
      },
    );
  }

  terminals<P extends Peer, R extends { readonly kind: string; readonly body?: Buffer }>(
    handle: Handler<P, R>,
  ): Handler<P, R> {
    return (body, peer) => {
      const file = this.#file;
      const connection = file === undefined ? undefined : this.#choose(peer);
      if (file === undefined || connection === undefined) return handle(body, peer);
      const dialect = this.#options.dialectOf?.(peer.terminal).catch(() => undefined); // POS, then
      return this.#exchange(file, connection, dialect, Buffer.from(body), () => handle(body, peer));
    };
  }

  async #exchange<R extends { readonly body?: Buffer }>(
    file: RecordingFile,
    connection: string,
    dialect: Promise<string | undefined> | undefined,
    body: Buffer,
    handle: () => Promise<R>,
  ): Promise<R> {
    const cameAt = this.#at();
    const made = async (): Promise<CapturedFrame> => {
      return { at: cameAt, from: 'terminal', connection, dialect: (await dialect) ?? POS, body };
    };
    let result: R;
    try {
      result = await handle();
    } catch (error) {
      const request = await made();
      this.#quietly(() => {
        file.write(request); // what nothing came of is worth the most
      });
      throw error;
    }
    const at = this.#at();
    const request = await made();
    this.#quietly(() => {
      const answer =
        result.body === undefined ? undefined : { ...request, at, from: 'gateway' as const, body: result.body };
      const answerMessage = answer === undefined ? undefined : this.#codecs.decode(answer);
      file.write(request, intentOf(answerMessage?.get(39)));
      if (answer !== undefined) file.write(answer);
    });
    return result;
  }

  bank(from: 'gateway' | 'bank', body: Buffer, connection: string): void {
    const [order, file] = [this.#order, this.#file];
    if (order?.bank !== true || file === undefined || body.length === 0) return;
    const frame: CapturedFrame = { at: this.#at(), from, connection, dialect: SWITCH, body: Buffer.from(body) };
    this.#quietly(() => {
      const terminal = this.#codecs.decode(frame)?.get(41);
      const everything = order.terminals.length === 0 && order.share >= 1;
      if (everything || (terminal !== undefined && this.#terminals.has(terminal))) file.write(frame);
    });
  }

  async close(): Promise<void> {
    await this.#looks.stop();
    await this.#finish();
  }

  /** @returns the name of the peer's connection; undefined: it is not recorded */
  #choose(peer: Peer): string | undefined {
    const order = this.#order;
    if (order === undefined) return undefined;
    let choice = this.#chosen.get(peer);
    if (choice === undefined) {
      const named = order.terminals.includes(peer.terminal);
      const drawn = order.terminals.length === 0 && (this.#options.random ?? systemRandom.fraction)() < order.share;
      choice = { name: `${peer.terminal}#${++this.#connections}`, recorded: named || drawn };
      this.#chosen.set(peer, choice);
    }
    if (!choice.recorded) return undefined;
    this.#terminals.add(peer.terminal);
    return choice.name;
  }

  /** Follows the order: begins, ends, or begins another. */
  #look(): void {
    const { data, key, clock, log } = this.#options;
    const order = readOrder(data);
    const over = order !== undefined && (clock.now() >= order.until || this.#file?.full === true);
    if (over) {
      log.info({ file: order.file, why: this.#file?.failed ?? 'time or size' }, 'a recording ended');
      removeOrder(data);
    }
    const wanted = over ? undefined : order;
    if (JSON.stringify(wanted) === JSON.stringify(this.#order)) return;
    void this.#finish();
    this.#order = wanted;
    if (wanted === undefined) return;
    this.#quietly(() => {
      this.#file = new RecordingFile(data, wanted, key());
      log.info({ file: wanted.file, terminals: wanted.terminals.length, share: wanted.share }, 'a recording began');
    });
  }

  async #finish(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    this.#order = undefined;
    this.#chosen = new WeakMap();
    this.#terminals.clear();
    if (file === undefined) return;
    if (file.dropped > 0) this.#options.log.warn({ dropped: file.dropped }, 'frames were left out of a recording');
    await file.close();
  }

  /** Now, to the microsecond, so that messages of one millisecond keep their order. */
  #at(): number {
    return this.#origin + this.#options.clock.monotonic();
  }

  #quietly(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#options.log.error({ error: messageOf(error) }, 'recording failed; the gateway goes on');
    }
  }
}
