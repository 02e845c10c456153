import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { FrameDecoder } from '../../../../src/codec/index.ts';

/** A TCP line between a link and a bank that a test can freeze (bytes vanish) and cut, and that keeps what went over it. */
export interface Proxy {
  readonly port: number;
  /** Message bodies from the gateway, in order. */
  readonly sent: Buffer[];
  freeze(on: boolean): void;
  cut(): void;
  close(): Promise<void>;
}

export async function openProxy(target: number): Promise<Proxy> {
  const sockets = new Set<Socket>();
  const sent: Buffer[] = [];
  let frozen = false;
  const server = createServer((near) => {
    const far = connect({ host: '127.0.0.1', port: target });
    const frames = new FrameDecoder({ header: 'binary2', maxBytes: 4_096 });
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        sockets.delete(socket);
        near.destroy();
        far.destroy();
      });
    }
    near.on('data', (chunk: Buffer) => {
      if (frozen) return;
      for (const frame of frames.push(chunk)) sent.push(Buffer.from(frame.body));
      far.write(chunk);
    });
    far.on('data', (chunk: Buffer) => {
      if (!frozen) near.write(chunk);
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    port: (server.address() as AddressInfo).port,
    sent,
    freeze: (on) => {
      frozen = on;
    },
    cut: () => {
      for (const socket of sockets) socket.destroy();
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((done) => server.close(done));
    },
  };
}
