import { afterEach, expect, test } from '@jest/globals';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { systemClock, type Clock } from '../../src/ops/clock.ts';
import { Door, type DoorRefusal, type Newcomer } from '../../src/net/door.ts';
import { withinDescriptors, type Limits } from '../../src/net/limits.ts';
import { addressGroup } from '../../src/ops/address.ts';
import { simulatedClock } from '../support/simulated-clock.ts';

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

async function open(limits: Partial<Limits> = {}, clock: Clock = systemClock): Promise<Opened> {
  const refused: DoorRefusal[] = [];
  const begun: Newcomer[] = [];
  const door = new Door({
    clock,
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

test('where more come than begin, the last in the queue gives way: those whose handshake has begun end it', async () => {
  const opened = await open({ handshakesPerSecond: 3, maxHandshakesPerAddress: 6, maxConnectionsPerAddress: 100 });
  const sockets: Socket[] = [];
  const come = async (): Promise<void> => {
    sockets.push(await dial(opened, 'x'));
  };
  const left = (): number[] => sockets.flatMap(({ destroyed }, at) => (destroyed ? [] : [at]));
  for (let n = 0; n < 3; n++) await come();
  await until(() => opened.begun.length === 3);
  const begun = opened.begun.slice();
  for (let n = 3; n < 40; n++) await come();
  await until(() => opened.refused.length >= 30);
  expect(left()).toEqual(expect.arrayContaining([0, 1, 2]));
  expect(begun.every(({ socket }) => !socket.destroyed)).toBe(true);
  expect(new Set(opened.refused)).toEqual(new Set(['displaced']));
});

test('time in the queue is not time of the handshake', async () => {
  const clock = simulatedClock();
  const opened = await open(
    { handshakesPerSecond: 1, handshakeTimeoutMs: 3_000, maxConnectionsPerAddress: 100 },
    clock,
  );
  for (let n = 0; n < 3; n++) await dial(opened, 'x');
  await until(() => opened.sockets === 3);
  while (opened.begun.length < 3) {
    await clock.advance(100);
    await new Promise((done) => setTimeout(done, 1));
  }
  const last = opened.begun[2]!;
  expect(clock.monotonic()).toBeGreaterThanOrEqual(2_000);
  await clock.advance(2_500);
  expect([last.socket.destroyed, opened.refused]).toEqual([false, ['handshake-timeout', 'handshake-timeout']]);
  await clock.advance(1_000);
  expect([last.socket.destroyed, opened.refused.length]).toEqual([true, 3]);
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
