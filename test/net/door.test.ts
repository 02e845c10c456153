import { afterEach, expect, test } from '@jest/globals';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { systemClock } from '../../src/ops/clock.ts';
import { Door, type DoorRefusal, type Newcomer } from '../../src/net/door.ts';
import { withinDescriptors, type Limits } from '../../src/net/limits.ts';
import { addressGroup } from '../../src/ops/address.ts';

const LIMITS: Limits = {
  maxConnections: 1_000,
  maxConnectionsPerAddress: 3,
  maxConnectionsPerTerminal: 2,
  maxHandshakes: 100,
  maxHandshakesPerAddress: 100,
  handshakesPerSecond: 1_000,
  handshakeTimeoutMs: 60_000,
  terminalRequestsPerSecond: 100,
};
const cleanUps: (() => void)[] = [];
afterEach(() => {
  for (const cleanUp of cleanUps.splice(0)) cleanUp();
});

interface Opened {
  readonly port: number;
  readonly refused: DoorRefusal[];
  readonly begun: Newcomer[];
  readonly door: Door;
  readonly server: Server;
  sockets: number;
}

async function open(limits: Partial<Limits> = {}): Promise<Opened> {
  const refused: DoorRefusal[] = [];
  const begun: Newcomer[] = [];
  const door = new Door({
    clock: systemClock,
    onFault: (error) => {
      throw error;
    },
    limits: { ...LIMITS, ...limits },
    begin: (newcomer) => begun.push(newcomer),
    onRefused: (reason) => refused.push(reason),
    onSockets: (count) => (opened.sockets = count),
  });
  const server = createServer((socket) => {
    door.admit(socket);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const opened: Opened = { port: (server.address() as AddressInfo).port, refused, begun, door, server, sockets: 0 };
  cleanUps.push(() => {
    door.close();
    server.close();
  });
  return opened;
}

async function dial({ port }: Opened, bytes?: string): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1' });
  socket.on('error', () => undefined);
  socket.resume();
  cleanUps.push(() => socket.destroy());
  await new Promise((done) => socket.once('connect', done));
  if (bytes !== undefined) socket.write(bytes);
  return socket;
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((done) => setTimeout(done, 5));
}

test('an address whose connections are all established gets no more; one that is in its handshake gives way', async () => {
  const opened = await open();
  for (let n = 0; n < 3; n++) await dial(opened, 'x');
  await until(() => opened.begun.length === 3);
  opened.door.passed(opened.begun[0]!);
  const newer = await dial(opened, 'y');
  await until(() => opened.begun.length === 4);
  expect([opened.refused, opened.sockets]).toEqual([['displaced'], 3]);
  for (const newcomer of opened.begun) opened.door.passed(newcomer);
  const beyond = await dial(opened);
  await new Promise((done) => beyond.once('close', done));
  expect([opened.refused, newer.destroyed]).toEqual([['displaced', 'address-full'], false]);
});

test('no handshake begins before its first byte, and no more begin in a second than the rate allows', async () => {
  const opened = await open({ handshakesPerSecond: 4, maxConnectionsPerAddress: 100 });
  await dial(opened);
  for (let n = 0; n < 12; n++) await dial(opened, 'x');
  await until(() => opened.begun.length >= 4);
  expect(opened.begun.length).toBeLessThan(8);
  await until(() => opened.begun.length >= 6);
  expect(opened.refused).toEqual([]);
});

test.each([
  ['10.1.2.3', '10.1.2.3'],
  ['::ffff:10.1.2.3', '10.1.2.3'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:db8::7', '2001:db8:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  [undefined, '?'],
])('%s counts as %s', (address, group) => {
  expect(addressGroup(address)).toBe(group);
});

test.each([
  [Infinity, 1_000, 100],
  [20_000, 1_000, 100],
  [1_024, 668, 100],
  [256, 144, 48],
  [8, 5, 1],
])('of %s descriptors %s are for connections and %s for handshakes', (descriptors, connections, handshakes) => {
  const { maxConnections, maxHandshakes } = withinDescriptors(LIMITS, descriptors);
  expect([maxConnections, maxHandshakes]).toEqual([connections, handshakes]);
});
