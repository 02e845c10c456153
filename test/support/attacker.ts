import { readFileSync } from 'node:fs';
import { connect as connectPlain, type Socket } from 'node:net';
import { join } from 'node:path';
import { connect as connectTls, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { terminalCertificate } from '../../src/demo/files.ts';
import type { Answer, SimulatedTerminal } from '../../src/simulators/terminal/index.ts';
import { cardOf, type System } from './system.ts';

/** A socket of an attacker, and what became of it. */
export interface Attack<S extends Socket = Socket> {
  readonly socket: S;
  readonly received: () => number;
  readonly error: () => string | undefined;
  readonly closed: Promise<void>;
  readonly isClosed: () => boolean;
}

/** Watches a socket. It reads what comes unless it is paused. */
export function watched<S extends Socket>(socket: S): Attack<S> {
  let received = 0;
  let error: string | undefined;
  let gone = false;
  socket.on('data', (chunk: Buffer) => (received += chunk.length));
  socket.on('error', (cause: NodeJS.ErrnoException) => (error = cause.code ?? cause.message));
  const closed = new Promise<void>((done) => {
    socket.once('close', () => {
      gone = true;
      done();
    });
  });
  return { socket, received: () => received, error: () => error, closed, isClosed: () => gone };
}

const terminalPort = (system: System): number => Number(system.environment['KALABARG_TERMINAL_PORT']);

/** A bare TCP connection to the terminals' port. */
export async function dial(system: System, localAddress = '127.0.0.1'): Promise<Attack> {
  const attack = watched(connectPlain({ host: '127.0.0.1', port: terminalPort(system), localAddress }));
  await Promise.race([new Promise((done) => attack.socket.once('connect', done)), attack.closed]);
  return attack;
}

/** A TLS connection with a demo terminal's certificate, or with what `options` says. */
export async function dialTls(
  system: System,
  id: string | undefined,
  options: ConnectionOptions = {},
): Promise<Attack<TLSSocket>> {
  const files = id === undefined ? undefined : terminalCertificate(system.data, id);
  const socket = connectTls({
    host: '127.0.0.1',
    port: terminalPort(system),
    ca: readFileSync(join(system.data, 'tls', 'ca.crt')),
    servername: 'localhost',
    ...(files === undefined ? {} : { cert: readFileSync(files.cert), key: readFileSync(files.key) }),
    ...options,
  });
  const attack = watched(socket);
  await Promise.race([new Promise((done) => socket.once('secureConnect', done)), attack.closed]);
  return attack;
}

/** The value of a metric, or the sum over its labels; 0 where it is not there. */
export async function metric(system: System, name: string): Promise<number> {
  // A kept connection may have been closed meanwhile, and the next fetch would fail on it.
  const headers = { connection: 'close' };
  const text = await (await fetch(`http://127.0.0.1:${system.httpPort}/metrics`, { headers })).text();
  return text
    .split('\n')
    .filter(
      (line) =>
        line.startsWith(`${name} `) ||
        (line.startsWith(name) && line[name.length] === '{') ||
        line.startsWith(`${name}} `),
    )
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
}

/** Waits until `holds` does: for what the gateway does in its own time. The test's own time-out ends it. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((done) => setTimeout(done, 25));
}

/** A small purchase of a demo household, as an honest shop makes it. */
export function honestPurchase(terminal: SimulatedTerminal, household = 7): Promise<Answer> {
  return terminal.financial('179898', 1_000n, cardOf(household));
}

/** The lines of the gateway's log so far. */
export function logLines(system: System): Record<string, unknown>[] {
  return readFileSync(join(system.data, 'gateway.log'), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}
