import { createServer, type Socket } from 'node:net';
import { FrameDecoder, type Codec } from '../codec/index.ts';
import { GatewayError, messageOf, reasonOf } from '../ops/errors.ts';
import { dial, type Target } from './connection.ts';

export interface RelayOptions {
  /** 0: any free port. It listens on 127.0.0.1 only: what passes is plain. */
  readonly port: number;
  readonly target: Target;
  readonly codec: Codec;
  /** A connection that could not be passed on: why. */
  readonly onRefused: (reason: string) => void;
}

export interface Relay {
  readonly port: number;
  close(): Promise<void>;
}

/** A first frame is short; what does not name its terminal by then never will. */
const MAX_FIRST_BYTES = 4_098;

/** A plain door for laboratories: takes plain TCP on loopback and passes it on over TLS with the certificate of the
 *  terminal that the first message names (DE 41). So tcpdump sees messages, and the gateway sees its terminals.
 *  @throws GatewayError `port.taken` */
export async function startRelay(options: RelayOptions): Promise<Relay> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => undefined); // 'close' follows
    pass(socket, options);
  });
  await new Promise<void>((done, fail) => {
    server.once('error', (cause) => {
      fail(
        new GatewayError(
          'port.taken',
          `The relay cannot open port ${options.port}: ${reasonOf(cause)}. Choose another with --listen.`,
          { cause },
        ),
      );
    });
    server.listen(options.port, '127.0.0.1', done);
  });
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : options.port,
    close: () =>
      new Promise((done) => {
        server.close(() => {
          done();
        });
        for (const socket of sockets) socket.destroy();
      }),
  };
}

function pass(socket: Socket, { target, codec, onRefused }: RelayOptions): void {
  socket.setNoDelay(true);
  const frames = new FrameDecoder({ header: 'binary2', tpdu: target.tpdu === true });
  let held = Buffer.alloc(0);
  const refuse = (reason: string): void => {
    onRefused(reason);
    socket.destroy();
  };
  const listen = (chunk: Buffer): void => {
    held = Buffer.concat([held, chunk]);
    try {
      const first = frames.push(chunk).find(({ keepAlive }) => !keepAlive);
      if (first === undefined && held.length <= MAX_FIRST_BYTES) return;
      const terminal = first === undefined ? undefined : codec.salvage(first.body, [41])?.fields['41'];
      if (terminal === undefined || !/^[!-~]{8}$/.test(terminal))
        throw new Error('the first message names no terminal');
      socket.off('data', listen);
      join(socket, dial(target, terminal), held, onRefused);
    } catch (error) {
      refuse(messageOf(error));
    }
  };
  socket.on('data', listen);
}

function join(near: Socket, far: Socket, held: Buffer, onRefused: (reason: string) => void): void {
  far.setNoDelay(true);
  far.on('error', (error) => {
    onRefused(error.message);
    near.destroy();
  });
  far.write(held);
  near.pipe(far);
  far.pipe(near);
  near.once('close', () => {
    far.end(); // what is in flight is still answered, to nobody
  });
  far.once('close', () => {
    near.end();
  });
}
