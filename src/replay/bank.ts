import { createServer, type Server, type Socket } from 'node:net';
import { Codecs, inOrder, pairExchanges, type Capture, type Exchange } from '../capture/index.ts';
import { encodeFrame, FrameDecoder, type Codec, type Message } from '../codec/index.ts';
import { answerMti, isAnswer } from '../field/mti.ts';
import { systemClock } from '../ops/clock.ts';
import { DEMO_ZMK } from '../demo/index.ts';
import { GatewayError, reasonOf } from '../ops/errors.ts';
import { ConnectionKeys } from '../simulators/bank/index.ts';
import { playedPan } from './rewrite.ts';

export interface PlayedBankOptions {
  readonly port: number;
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Latencies of the capture are divided by it (default: answered at once). */
  readonly factor?: number;
}

/** The bank of a capture: it answers as it did then, and says what it was asked otherwise. */
export interface PlayedBank {
  readonly port: number;
  /** A gateway has signed on and taken its keys. */
  ready(): boolean;
  /** Requests that differ from the capture's, or that it does not hold. */
  readonly differences: readonly string[];
  /** Requests of the capture that have not come. */
  missing(): readonly string[];
  close(): Promise<void>;
}

const FRAMING = { header: 'binary2', maxBytes: 4_096 } as const;
/** What a request of the same transaction must say again. Its STAN, times, RRN, PIN and MAC are of this run. */
const SAME = [22, 25, 42, 48, 49, 54, 55, 95] as const;
const DIALECT = 'bank-switch';

/** Listens as the bank switch of a capture: sign-on and keys as any bank, everything else from the capture.
 *  @throws GatewayError `port.taken` */
export async function startPlayedBank(capture: Capture, options: PlayedBankOptions): Promise<PlayedBank> {
  const codecs = new Codecs();
  const codec = codecs.of(DIALECT);
  const script = new Script(pairExchanges(inOrder(capture.frames), codecs).exchanges);
  const sockets = new Set<Socket>();
  let signedOn = 0;
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    converse(socket, codec, script, options.factor, () => signedOn++);
  });
  await listen(server, options);
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : options.port,
    ready: () => signedOn > 0,
    differences: script.differences,
    missing: () => script.missing(),
    close: () =>
      new Promise((done) => {
        server.close(() => {
          done();
        });
        for (const socket of sockets) socket.destroy();
      }),
  };
}

function listen(server: Server, { host = '127.0.0.1', port }: PlayedBankOptions): Promise<void> {
  return new Promise((done, fail) => {
    server.once('error', (cause) => {
      fail(
        new GatewayError(
          'port.taken',
          `The played bank cannot open port ${port}: ${reasonOf(cause)}. Choose another with --bank-listen.`,
          { cause },
        ),
      );
    });
    server.listen(port, host, done);
  });
}

/** The requests of the capture by what they ask, each to be answered once, in their order. */
class Script {
  readonly differences: string[] = [];
  readonly #waiting = new Map<string, Exchange[]>();

  constructor(exchanges: readonly Exchange[]) {
    for (const exchange of exchanges) {
      const { request, message } = exchange;
      if (request.from !== 'gateway' || message === undefined || message.mti.startsWith('08')) continue;
      const key = keyOf(message);
      this.#waiting.set(key, [...(this.#waiting.get(key) ?? []), exchange]);
    }
  }

  /** The recorded exchange that a request plays. */
  take(request: Message): Exchange | undefined {
    const exchange = this.#waiting.get(keyOf(request))?.shift();
    if (exchange?.message === undefined) {
      this.differences.push(`${titleOf(request)}: the capture holds no such request`);
      return undefined;
    }
    for (const de of SAME) {
      const [was, is] = [exchange.message.get(de), request.get(de)];
      if (was !== is)
        this.differences.push(`${titleOf(request)}: DE ${de} was ${was ?? 'absent'}, is ${is ?? 'absent'}`);
    }
    return exchange;
  }

  missing(): string[] {
    return [...this.#waiting.values()]
      .flat()
      .flatMap(({ message }) => (message === undefined ? [] : [titleOf(message)]));
  }
}

/** Type, processing code, amount, terminal and card: a repeat (0421) is the same. */
function keyOf(message: Message): string {
  const pan = message.get(2) ?? message.get(35)?.split('=')[0] ?? '';
  return [message.mti.slice(0, 3), message.get(3), message.get(4), message.get(41), playedPan(pan)].join(' ');
}

function titleOf(message: Message): string {
  return `${message.mti} ${message.get(3) ?? ''} of terminal ${message.get(41) ?? '-'}, ${message.get(4) ?? '0'} rials`;
}

function converse(socket: Socket, codec: Codec, script: Script, factor: number | undefined, onKeys: () => void): void {
  const frames = new FrameDecoder(FRAMING);
  const keys = new ConnectionKeys(DEMO_ZMK);
  socket.setNoDelay(true);
  socket.on('error', () => undefined); // 'close' follows
  const say = (
    request: Message,
    fields: Record<string, string | { '30': string; '31': string }>,
    afterMs: number,
  ): void => {
    const mti = answerMti(request.mti);
    const mac = Object.keys(fields).some((de) => Number(de) > 64) ? '128' : '64';
    const body = keys.present
      ? keys.seal(codec.encode({ mti, fields: { ...fields, [mac]: '0'.repeat(16) } }))
      : codec.encode({ mti, fields });
    systemClock.after(afterMs, () => {
      if (socket.writable) socket.write(encodeFrame(body, FRAMING));
    });
  };
  const serve = (body: Buffer): void => {
    const request = codec.decode(body);
    if (isAnswer(request.mti)) return;
    if (request.mti.startsWith('08')) {
      const renewed = request.get(70) === '101' ? { 48: keys.renew(systemClock.now()) } : {};
      say(request, { ...echoed(request, [7, 11, 70]), 39: '00', ...renewed }, 0);
      if (request.get(70) === '101') onKeys();
      return;
    }
    const exchange = script.take(request);
    const { message, answerMessage: answer, answer: at } = exchange ?? {};
    if (exchange === undefined) say(request, { ...echoed(request, [3, 4, 7, 11, 37, 41, 42]), 39: '91' }, 0);
    // Where the capture holds no answer the bank was silent: so it is again.
    if (message === undefined || answer === undefined || at === undefined || exchange === undefined) return;
    const tookMs = at.at - exchange.request.at;
    say(request, answerFields(answer, message, request), factor === undefined ? 0 : tookMs / factor);
  };
  socket.on('data', (chunk: Buffer) => {
    try {
      for (const frame of frames.push(chunk)) {
        if (frame.keepAlive) socket.write(encodeFrame(Buffer.alloc(0), FRAMING));
        else serve(frame.body);
      }
    } catch (error) {
      socket.destroy(error instanceof Error ? error : undefined);
    }
  });
}

function echoed(request: Message, elements: readonly number[]): Record<string, string> {
  const present = elements.flatMap((de) => {
    const value = request.get(de);
    return value === undefined ? [] : [[String(de), value] as const];
  });
  return Object.fromEntries(present);
}

/** The recorded answer, with what it repeated of the recorded request repeated of this one. */
function answerFields(answer: Message, recorded: Message, request: Message): Record<string, string> {
  const fields: Record<string, string> = {};
  for (const de of answer.fields()) {
    if (de === 64 || de === 128) continue;
    const value = answer.get(de) ?? '';
    fields[String(de)] = recorded.get(de) === value ? (request.get(de) ?? value) : value;
  }
  return fields;
}
