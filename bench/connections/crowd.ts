import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect, createSecureContext, type ConnectionOptions, type SecureContext, type TLSSocket } from 'node:tls';
import { quantile } from '../support/spread.ts';
import { issuer } from './certificates.ts';
import type { Connected, Order, Said } from './protocol.ts';

/** Of one address there are no more ports. */
const PER_ADDRESS = 5_000;
const FIRST_RETRY_MS = 500;
const MOST_RETRY_MS = 8_000;

interface Terminal {
  readonly context: SecureContext;
  readonly localAddress: string;
  socket: TLSSocket | undefined;
  /** The last ticket that the gateway gave it. */
  session: Buffer | undefined;
}

const terminals: Terminal[] = [];
let port = 0;
let issuing: Awaited<ReturnType<typeof issuer>> | undefined;

export function serve(): void {
  const say = (said: Said): void => {
    process.send?.(said);
  };
  process.on('message', (order: Order) => {
    obey(order).then(say, (error: unknown) => {
      say({ kind: 'failed', reason: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    });
  });
  process.on('disconnect', () => process.exit());
}

async function obey(order: Order): Promise<Said> {
  switch (order.kind) {
    case 'enrol':
      port = order.port;
      await enrol(order.terminals, order.tlsFolder);
      return { kind: 'done' };
    case 'connect':
      return await connectAll(order.atOnce, order.resume);
    case 'cut':
      for (const terminal of terminals) terminal.socket?.destroy();
      return { kind: 'done' };
  }
}

async function enrol(count: number, folder: string): Promise<void> {
  const made = (issuing ??= await issuer(folder));
  const ca = readFileSync(join(folder, 'ca.crt'));
  while (terminals.length < count) {
    const number = terminals.length;
    const cert = await made.issue(String(50_000_000 + number));
    const context = createSecureContext({ ca, cert, key: made.key });
    terminals.push({
      context,
      localAddress: `127.0.1.${1 + Math.floor(number / PER_ADDRESS)}`,
      socket: undefined,
      session: undefined,
    });
  }
}

async function connectAll(atOnce: number, resume: boolean): Promise<Connected> {
  const started = performance.now();
  const took: number[] = [];
  let failed = 0;
  let resumed = 0;
  const away = terminals.filter(({ socket }) => socket === undefined);
  const next = away.values();
  const dial = async (): Promise<void> => {
    for (const terminal of next) {
      for (let wait = FIRST_RETRY_MS; !(await dialled(terminal, resume)); wait = Math.min(MOST_RETRY_MS, 2 * wait)) {
        failed++;
        await new Promise((done) => setTimeout(done, wait * (0.5 + Math.random())));
      }
      took.push(performance.now() - started);
      if (terminal.socket?.isSessionReused() === true) resumed++;
    }
  };
  await Promise.all(Array.from({ length: atOnce }, dial));
  const sorted = took.toSorted((a, b) => a - b);
  return {
    kind: 'connected',
    connected: terminals.filter(({ socket }) => socket !== undefined).length,
    seconds: (performance.now() - started) / 1_000,
    failed,
    resumed,
    p50Ms: quantile(sorted, 0.5),
    worstMs: sorted.at(-1) ?? NaN,
  };
}

function dialled(terminal: Terminal, resume: boolean): Promise<boolean> {
  const { context, localAddress, session } = terminal;
  return new Promise((done) => {
    const to = { host: '127.0.0.1', port, localAddress, secureContext: context, servername: 'localhost' };
    const again = resume && session !== undefined ? { session } : {};
    const socket = connect({ ...to, ...again } satisfies ConnectionOptions);
    socket.on('session', (ticket) => {
      terminal.session = ticket;
    });
    socket.on('error', () => undefined); // 'close' follows
    socket.once('secureConnect', () => {
      terminal.socket = socket;
      done(true);
    });
    socket.once('close', () => {
      if (terminal.socket === socket) terminal.socket = undefined;
      done(false);
    });
    socket.resume();
  });
}
