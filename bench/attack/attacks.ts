import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { connect as connectPlain, type Socket } from 'node:net';
import { join } from 'node:path';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { compile, encodeFrame, loadSpec } from '../../src/codec/index.ts';
import { terminalCertificate } from '../../src/demo/files.ts';
import { systemClock } from '../../src/ops/clock.ts';
import { DEMO_TERMINALS, demoPan, demoTrack2 } from '../../src/demo/programme.ts';
import { SimulatedTerminal } from '../../src/simulators/terminal/index.ts';

export interface Target {
  readonly data: string;
  readonly terminalPort: number;
  readonly httpPort: number;
}

/** What an attacker can do without a key: each goes on until its process is killed, and counts what it sends. */
const ATTACKS: Readonly<Record<string, (target: Target) => void | Promise<void>>> = {
  'echo tests of one terminal on 4 connections': (target) => {
    for (let n = 0; n < 4; n++) void pour(target, '10000013', echoes());
  },
  'voucher inquiries of one terminal on 4 connections': async (target) => {
    const frames = await inquiries(target, '10000013');
    for (let n = 0; n < 4; n++) void pour(target, '10000013', frames);
  },
  'keep-alives on 20 connections that do not read': (target) => {
    for (let n = 0; n < 20; n++) void pour(target, '10000012', Buffer.alloc(65_536), true);
  },
  'connections that say nothing': (target) => {
    every(1, () => {
      for (let n = 0; n < 4; n++) {
        counted(connectPlain({ host: '127.0.0.1', port: target.terminalPort, localAddress: strangers() }));
      }
    });
  },
  'connections of one certificate, as fast as they go': (target) => {
    const again = (): void =>
      void dial(target, '10000011').then(
        () => setImmediate(again),
        () => setImmediate(again),
      );
    for (let n = 0; n < 8; n++) again();
  },
  'wrong tokens on /api/v1 by 16 clients': (target) => {
    const headers = { authorization: `Bearer ${'A'.repeat(43)}` };
    const where = { host: '127.0.0.1', port: target.httpPort, path: '/api/v1/breaks', localAddress: '127.0.0.66' };
    const ask = (): void => {
      sent++;
      const asked = request({ ...where, headers }, (answer) => answer.resume());
      asked.on('error', () => undefined);
      asked.on('close', () => setImmediate(ask));
      asked.end();
    };
    for (let n = 0; n < 16; n++) ask();
  },
};

export const attackNames = Object.keys(ATTACKS);

let sent = 0;

/** Begins one attack; tells the parent how much was sent whenever it asks. */
export function attack(kind: string, target: Target): void {
  process.on('message', () => process.send?.(sent));
  process.on('disconnect', () => process.exit()); // the bench has ended, however
  const begin = ATTACKS[kind];
  if (begin === undefined) throw new Error(`no attack ${kind}: one of ${attackNames.join(', ')}`);
  void begin(target);
}

function echoes(): Buffer {
  const codec = compile(loadSpec('kalabarg-pos'));
  const frames = Array.from({ length: 500 }, (_, n) => {
    const fields = { 7: '1127083000', 11: String(n + 1).padStart(6, '0'), 41: '10000013', 70: '301' };
    return encodeFrame(codec.encode({ mti: '0800', fields }), { header: 'binary2' });
  });
  return Buffer.concat(frames);
}

/** Inquiries of one card under the terminal's own keys. */
async function inquiries({ data, terminalPort }: Target, id: string): Promise<Buffer> {
  const known = DEMO_TERMINALS.find(({ terminal }) => terminal === id);
  if (known === undefined) throw new Error(`no demo terminal ${id}`);
  const terminal = await SimulatedTerminal.connect({
    ...known,
    endpoint: {
      host: '127.0.0.1',
      port: terminalPort,
      tls: { ca: join(data, 'tls', 'ca.crt'), ...terminalCertificate(data, id) },
    },
    codec: compile(loadSpec('kalabarg-pos')),
    clock: systemClock,
    timeoutMs: 20_000,
    firstStan: 1,
  });
  await terminal.signOn();
  const card = { pan: demoPan(8), track2: demoTrack2(8), pin: undefined };
  const frames = Array.from({ length: 200 }, () =>
    encodeFrame(terminal.prepareFinancial('379800', 0n, card).encode(), { header: 'binary2' }),
  );
  return Buffer.concat(frames);
}

/** Writes one chunk again and again, as fast as the socket takes it; a deaf one never reads what is answered. */
async function pour(target: Target, id: string, chunk: Buffer, deaf = false): Promise<void> {
  const socket = await dial(target, id);
  if (deaf) socket.pause();
  else socket.resume();
  const go = (): void => {
    do sent += chunk.length;
    while (socket.write(chunk));
  };
  socket.on('drain', go);
  go();
}

let stranger = 0;
/** Addresses of the loopback net, one after the other: no limit per address stops them. */
function strangers(): string {
  stranger = (stranger + 1) % 60_000;
  return `127.1.${stranger >> 8}.${stranger & 255}`;
}

function counted(socket: Socket): void {
  sent++;
  socket.on('error', () => undefined);
}

function dial({ data, terminalPort }: Target, id: string): Promise<TLSSocket> {
  const files = terminalCertificate(data, id);
  return new Promise((done, fail) => {
    const socket = connectTls({
      host: '127.0.0.1',
      port: terminalPort,
      ca: readFileSync(join(data, 'tls', 'ca.crt')),
      servername: 'localhost',
      cert: readFileSync(files.cert),
      key: readFileSync(files.key),
    });
    counted(socket);
    socket.once('secureConnect', () => {
      done(socket);
    });
    socket.once('close', () => {
      fail(new Error('the gateway closed the connection'));
    });
  });
}

function every(ms: number, act: () => void): void {
  setInterval(act, ms);
}
