import { join } from 'node:path';
import { createServer, connect, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { compile, encodeFrame, FrameDecoder, loadSpec } from '../../codec/index.ts';
import { systemClock, type Clock, type Timer } from '../../ops/clock.ts';
import { DEMO_ZMK } from '../../demo/index.ts';
import { GatewayError, messageOf, reasonOf } from '../../ops/errors.ts';
import { Deliverer } from './deliver.ts';
import { FaultScript, type FaultRule } from './faults.ts';
import { DEMO_LIMITS, Issuer, type Account, type Limits } from './issuer.ts';
import { Journal, type Entry } from './journal.ts';
import { ConnectionKeys } from './keys.ts';
import { seededRandom } from './random.ts';
import { serve, type SwitchParts } from './switch.ts';

export { parseFault, type FaultRule } from './faults.ts';
export { seededRandom } from './random.ts';
export { readJournal } from './journal.ts';
export { ConnectionKeys } from './keys.ts';
export type { Account, Entry, Limits };

export interface BankOptions {
  readonly host?: string;
  /** 0: any free port. */
  readonly port: number;
  /** Folder of the journal; undefined: in memory only. */
  readonly data?: string;
  /** What takes the place of the machine's clock, or of parts of it. */
  readonly clock?: Partial<Clock>;
  /** Of the session keys that it makes (default: the machine's). */
  readonly random?: (count: number) => Buffer;
  /** 16 bytes, TDES; default the demo's. */
  readonly zmk?: Buffer;
  readonly faults?: readonly FaultRule[];
  /** Seed of the fault script's dice. */
  readonly seed?: number;
  readonly limits?: Partial<Limits>;
  /** PEM texts: with `ca`, the gateway must show a certificate of it. */
  readonly tls?: { readonly cert: string; readonly key: string; readonly ca?: string };
  /** Where to connect to instead of listening, when the gateway is in server mode. */
  readonly dial?: { readonly host: string; readonly port: number };
  /** Gives it its connections, where they come neither by `port` nor by `dial`. */
  readonly arrivals?: (take: (socket: Socket) => void) => void;
}

export interface BankSimulator {
  readonly port: number;
  readonly clock: Clock;
  readonly accounts: readonly Account[];
  readonly journal: readonly Entry[];
  readonly faults: FaultScript;
  account(household: number): Account | undefined;
  /** Sets a balance, as a journal entry. */
  setBalance(household: number, rials: bigint): Promise<void>;
  /** Frames that could not be decoded since the start. */
  undecodable(): number;
  /** Ends every connection at once, as a switch that fails over does; it goes on listening. */
  dropConnections(): void;
  close(): Promise<void>;
}

const DIAL_EVERY_MS = 500;
const FRAMING = { header: 'binary2', maxBytes: 4_096 } as const;

/** A card switch and issuer in one (wire.md 10, the demo programme of wire.md 8).
 *  @throws GatewayError `port.taken`, `bank.journal` */
export async function startBankSimulator(options: BankOptions): Promise<BankSimulator> {
  const clock = { ...systemClock, ...options.clock };
  const zmk = options.zmk ?? DEMO_ZMK;
  const journal = new Journal(options.data === undefined ? undefined : join(options.data, 'journal.jsonl'));
  const issuer = new Issuer({ ...DEMO_LIMITS, ...options.limits }, journal.entries);
  const faults = new FaultScript(options.faults ?? [], seededRandom(options.seed ?? 1));
  const parts: SwitchParts = { codec: compile(loadSpec('bank-switch')), issuer, journal, faults, clock };
  const sockets = new Set<Socket>();
  let undecodable = 0;
  const take = (socket: Socket): void => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    converse(socket, new ConnectionKeys(zmk, options.random), parts, () => undecodable++);
  };
  options.arrivals?.(take);
  const listens = options.dial === undefined && options.arrivals === undefined;
  const server = listens ? await listen(options, take) : undefined;
  const dialler = options.dial === undefined ? undefined : keepDialling(options.dial, take, clock);
  const address = server?.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    get accounts() {
      return issuer.accounts;
    },
    get journal() {
      return journal.entries;
    },
    faults,
    clock,
    account: (household) => issuer.account(household),
    setBalance: async (household, rials) => {
      const account = issuer.account(household);
      if (account === undefined) throw new GatewayError('bank.account', `there is no household ${household}`);
      const entry = issuer.adjust(account, rials, clock.now());
      journal.append(entry);
      issuer.apply(entry);
      await journal.flush();
    },
    undecodable: () => undecodable,
    dropConnections: () => {
      for (const socket of sockets) socket.destroy();
    },
    close: async () => {
      dialler?.stop();
      const closed = server === undefined ? undefined : new Promise((done) => server.close(done));
      for (const socket of sockets) socket.destroy();
      await closed;
      await journal.close();
    },
  };
}

function listen(options: BankOptions, take: (socket: Socket) => void): Promise<Server> {
  const { tls } = options;
  const server =
    tls === undefined
      ? createServer(take)
      : createTlsServer({ ...tls, requestCert: tls.ca !== undefined, rejectUnauthorized: tls.ca !== undefined }, take);
  return new Promise((done, fail) => {
    server.once('error', (cause: Error) => {
      fail(
        new GatewayError(
          'port.taken',
          `The bank switch simulator cannot open port ${options.port}: ${reasonOf(cause)}. Choose another port.`,
          {
            cause,
          },
        ),
      );
    });
    server.listen(options.port, options.host ?? '127.0.0.1', () => {
      done(server);
    });
  });
}

/** Connects to a gateway in server mode, again and again. */
function keepDialling(
  to: { host: string; port: number },
  take: (socket: Socket) => void,
  clock: Clock,
): { stop(): void } {
  let timer: Timer | undefined;
  let stopped = false;
  const dial = (): void => {
    const socket = connect(to);
    socket.once('connect', () => {
      take(socket);
    });
    socket.on('error', () => undefined); // 'close' follows
    socket.once('close', () => {
      if (!stopped) timer = clock.after(DIAL_EVERY_MS, dial);
    });
  };
  dial();
  return {
    stop: () => {
      stopped = true;
      clock.cancel(timer);
    },
  };
}

function converse(socket: Socket, keys: ConnectionKeys, parts: SwitchParts, onUndecodable: () => void): void {
  const frames = new FrameDecoder(FRAMING);
  const deliverer = new Deliverer(socket, parts.clock);
  socket.setNoDelay(true);
  socket.on('error', () => undefined); // 'close' follows
  const answer = async (body: Buffer): Promise<void> => {
    try {
      deliverer.deliver(await serve(body, keys, parts));
    } catch (error) {
      onUndecodable();
      socket.destroy(new Error(messageOf(error)));
    }
  };
  socket.on('data', (chunk: Buffer) => {
    try {
      for (const frame of frames.push(chunk)) {
        if (frame.keepAlive) socket.write(encodeFrame(Buffer.alloc(0), FRAMING));
        else void answer(frame.body);
      }
    } catch (error) {
      onUndecodable();
      socket.destroy(new Error(messageOf(error)));
    }
  });
}
