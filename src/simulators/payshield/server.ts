import { createServer as createTcpServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';
import { MessageReader, type Message } from '../../hsm/payshield/index.ts';
import { systemClock, type Clock } from '../../ops/clock.ts';
import { systemRandom } from '../../ops/random.ts';
import { answerTo } from './engine.ts';
import { SimulatorLmk } from './lmk.ts';

export interface PayshieldSimulatorOptions {
  readonly host?: string;
  /** 0: any free one. */
  readonly port: number;
  readonly tls?: TlsOptions;
  /** The key block LMK, 32 bytes; a fixed test key where it is not given. */
  readonly lmk?: Buffer;
  readonly headerChars?: number;
  readonly random?: (bytes: number) => Buffer;
  readonly clock?: Clock;
  /** How long an answer is held back, ms: a busy HSM, or answers out of order. `Infinity`: it never comes. */
  readonly delayMs?: (message: Message) => number;
}

export interface PayshieldSimulator {
  readonly port: number;
  readonly lmk: SimulatorLmk;
  /** Commands answered so far. */
  readonly answered: number;
  /** Breaks every connection, as a restart would; new ones are taken. */
  disconnect(): void;
  close(): Promise<void>;
}

/** The LMK of every simulator that is given none. A test value, not a secret. */
const TEST_LMK = Buffer.from('9B71333A13F9FAE72F9D0E2DAB4AD6784718012F9244033F3F26A2DE0C8AA11A', 'hex');

/** A payShield by its host commands: what the back-end uses, with the HSM's own rules and error codes.
 *  @throws Error `EADDRINUSE` and the like */
export async function simulatePayshield(options: PayshieldSimulatorOptions): Promise<PayshieldSimulator> {
  const { random = systemRandom.bytes, clock = systemClock } = options;
  const lmk = new SimulatorLmk(options.lmk ?? TEST_LMK, random);
  const sockets = new Set<Socket>();
  let answered = 0;
  const serve = (socket: Socket): void => {
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    const reader = new MessageReader(options.headerChars ?? 4);
    const answer = (message: Message): void => {
      if (socket.destroyed) return;
      socket.write(answerTo(message, { lmk, random }));
      answered++;
    };
    socket.on('data', (chunk: Buffer) => {
      try {
        for (const message of reader.push(chunk)) hold(message, clock, options.delayMs, answer);
      } catch {
        socket.destroy(); // not host commands
      }
    });
  };
  const server: Server = options.tls === undefined ? createTcpServer(serve) : createTlsServer(options.tls, serve);
  await new Promise<void>((done, fail) => {
    server.once('error', fail);
    server.listen(options.port, options.host ?? '127.0.0.1', done);
  });
  const disconnect = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    lmk,
    get answered() {
      return answered;
    },
    disconnect,
    close: () => {
      disconnect();
      return new Promise((done) => {
        server.close(() => {
          done();
        });
      });
    },
  };
}

function hold(
  message: Message,
  clock: Clock,
  delayMs: PayshieldSimulatorOptions['delayMs'],
  answer: (message: Message) => void,
): void {
  const wait = delayMs?.(message) ?? 0;
  if (wait === Infinity) return;
  if (wait > 0) {
    const late = (): void => {
      answer(message);
    };
    clock.after(wait, late).unref();
  } else answer(message);
}
