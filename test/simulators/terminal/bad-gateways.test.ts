import { afterEach, expect, test } from '@jest/globals';
import { createServer, type Server, type Socket } from 'node:net';
import { compile, encodeFrame, FrameDecoder, loadSpec } from '../../../src/codec/index.ts';
import { DEMO_TERMINALS } from '../../../src/demo/programme.ts';
import { sell, SimulatedTerminal } from '../../../src/simulators/terminal/index.ts';

const codec = compile(loadSpec('kalabarg-pos'));
const FRAMING = { header: 'binary2' } as const;
let server: Server;
const sockets = new Set<Socket>();
afterEach(() => {
  for (const socket of sockets) socket.destroy();
  server.close();
});

/** A gateway that does as it is told with each message; `connection` counts from 1. */
async function device(
  onMessage: (socket: Socket, body: Buffer, connection: number) => void,
  options: { readonly redial?: boolean } = {},
): Promise<SimulatedTerminal> {
  let connections = 0;
  server = createServer((socket) => {
    const own = ++connections;
    sockets.add(socket);
    const frames = new FrameDecoder(FRAMING);
    socket.on('data', (chunk: Buffer) => {
      for (const { body } of frames.push(chunk)) onMessage(socket, body, own);
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as { port: number };
  return SimulatedTerminal.connect({
    ...DEMO_TERMINALS[0]!,
    ...options,
    endpoint: { host: '127.0.0.1', port, tls: undefined },
    codec,
    clock: { now: () => Date.now() }, // the rest of time stays the machine's
    timeoutMs: 50_000,
    firstStan: 1,
  });
}

function echo(socket: Socket, body: Buffer): void {
  const request = codec.decode(body);
  const fields = Object.fromEntries([7, 11, 12, 13, 41, 42, 70].map((de) => [de, request.get(de)!]));
  socket.write(encodeFrame(codec.encode({ mti: '0810', fields: { ...fields, 39: '00' } }), FRAMING));
}

test.each([
  ['bytes that are no message', Buffer.from('0004DEADBEEF', 'hex')],
  ['a length that no frame has', Buffer.from('FFFF0800', 'hex')],
])('%s end the connection, not the process', async (_, noise) => {
  const terminal = await device((socket) => socket.write(noise));
  await expect(terminal.network('301')).rejects.toThrow('no answer to 0800: the gateway closed the connection');
  await expect(terminal.network('301')).rejects.toThrow('the gateway closed the connection');
});

test('a device that may redial does so at its next request, once for all that wait', async () => {
  let seen = 0;
  const terminal = await device(
    (socket, body, connection) => {
      seen = Math.max(seen, connection);
      if (connection === 1) socket.destroy();
      else echo(socket, body);
    },
    { redial: true },
  );
  await expect(terminal.network('301')).rejects.toThrow('closed the connection');
  const answers = await Promise.all([terminal.network('301'), terminal.network('301'), terminal.network('301')]);
  expect(answers.map(({ rc }) => rc)).toEqual(['00', '00', '00']);
  expect(seen).toBe(2);
  terminal.close();
});

/** No PIN: the device has no keys. */
const KEYLESS_PURCHASE = {
  code: '000000',
  rials: 1_000n,
  card: { pan: '6037990000000071', track2: '6037990000000071=29122010000000000', pin: undefined },
};

test.each([
  ['the connection ends', '00', 'no answer to 0200: the gateway closed the connection; the purchase was taken back'],
  ['its reversal is refused', '30', 'the gateway answered its reversal with RC 30'],
])('a purchase without an answer is taken back by the device: %s', async (_, rc, said) => {
  const seen: string[] = [];
  const terminal = await device(
    (socket, body) => {
      const request = codec.decode(body);
      seen.push(`${request.mti} ${request.get(39) ?? ''} ${request.get(90)?.slice(0, 10) ?? ''}`);
      if (request.mti === '0200') return void socket.destroy();
      const fields = Object.fromEntries([3, 4, 7, 11, 12, 13, 41, 42, 49, 90].map((de) => [de, request.get(de)!]));
      socket.write(encodeFrame(codec.encode({ mti: '0410', fields: { ...fields, 39: rc } }), FRAMING));
    },
    { redial: true },
  );
  await expect(sell(terminal, KEYLESS_PURCHASE)).rejects.toThrow(said);
  expect(seen).toEqual(['0200  ', '0400 68 0200000001']);
  terminal.close();
});
