import { createServer, type AddressInfo, type Socket } from 'node:net';
import { createServer as createTlsServer, type TLSSocket } from 'node:tls';
import { encodeFrame, FrameDecoder, type FrameOptions } from '../../codec/index.ts';
import { identityOf } from '../../net/index.ts';
import { messageOf } from '../../ops/errors.ts';
import { listenError } from '../../ops/listen-error.ts';
import type { TlsTexts } from '../../ops/tls-files.ts';

/** One connection of the device under test. */
export interface Line {
  /** Counts from 1 in a run. */
  readonly id: number;
  readonly open: boolean;
  send(body: Buffer): void;
  /** The first half of the frame, then the end of the line. */
  sendHalf(body: Buffer): void;
  /** Waits for what was sent, then closes. */
  end(): void;
  destroy(): void;
}

export interface DoorOptions {
  readonly host: string;
  readonly port: number;
  readonly framing: FrameOptions;
  readonly tls: TlsTexts;
  /** The device: what the common name of its certificate must be. */
  readonly terminal: string;
  readonly onOpen: (line: Line) => void;
  readonly onFrame: (body: Buffer, line: Line) => void;
  readonly onKeepAlive: (line: Line) => void;
  readonly onClose: (line: Line) => void;
  /** A connection that is not let in, or bytes that are no frames: why. */
  readonly onRefused: (why: string) => void;
}

export interface Door {
  readonly port: number;
  /** Handshakes that are under way. */
  readonly entering: number;
  close(): Promise<void>;
}

/** The gateway side's port: TLS with a client certificate as the product's own port asks for (wire.md 1, 9.8), and faults of a line
 *  that the product never makes by itself.
 *  @throws GatewayError `port.taken` */
export async function openDoor(options: DoorOptions): Promise<Door> {
  const { host, port, tls } = options;
  const sockets = new Set<Socket>();
  const entering = new Set<Socket>();
  let count = 0;
  const secure = createTlsServer({ ...tls, minVersion: 'TLSv1.2', requestCert: true, rejectUnauthorized: false });
  const server = createServer({ allowHalfOpen: true }, (raw) => {
    sockets.add(raw);
    entering.add(raw);
    raw.on('error', () => undefined); // 'close' follows
    raw.once('close', () => {
      sockets.delete(raw);
      entering.delete(raw);
    });
    secure.emit('connection', raw);
  });
  secure.on('tlsClientError', (error, socket) => {
    options.onRefused(messageOf(error));
    socket.destroy();
  });
  secure.on('secureConnection', (socket) => {
    for (const raw of entering)
      if (raw.remotePort === socket.remotePort && raw.remoteAddress === socket.remoteAddress) entering.delete(raw);
    socket.on('error', () => undefined);
    const identity = identityOf(socket);
    const wrong =
      identity.kind === 'refused'
        ? identity.reason
        : identity.terminal === options.terminal
          ? undefined
          : `the certificate is of ${identity.terminal}, not of ${options.terminal}`;
    if (wrong === undefined) {
      serve(socket, ++count, options);
      return;
    }
    options.onRefused(wrong);
    socket.destroy();
  });
  await new Promise<void>((done, fail) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      fail(listenError(error, port, '--port'));
    });
    server.listen(port, host, done);
  });
  return {
    port: (server.address() as AddressInfo).port,
    get entering() {
      return entering.size;
    },
    close: () =>
      new Promise((done) => {
        server.close(() => {
          done();
        });
        for (const socket of sockets) socket.destroy();
      }),
  };
}

function serve(socket: TLSSocket, id: number, options: DoorOptions): void {
  const { framing, onOpen, onFrame, onKeepAlive, onClose, onRefused } = options;
  const frames = new FrameDecoder(framing);
  const tpdu = framing.tpdu === true ? Buffer.from('6000020001', 'hex') : undefined;
  const framed = (body: Buffer): Buffer => encodeFrame(body, framing, tpdu);
  const line: Line = {
    id,
    get open() {
      return socket.writable;
    },
    send: (body) => {
      if (socket.writable) socket.write(framed(body));
    },
    sendHalf: (body) => {
      const bytes = framed(body);
      socket.end(bytes.subarray(0, bytes.length >> 1), () => socket.destroy());
    },
    end: () => {
      socket.end();
    },
    destroy: () => {
      socket.destroy();
    },
  };
  socket.setNoDelay(true);
  socket.on('data', (chunk: Buffer) => {
    try {
      for (const { body, keepAlive } of frames.push(chunk)) {
        if (!keepAlive) {
          onFrame(Buffer.from(body), line);
          continue;
        }
        socket.write(framed(Buffer.alloc(0)));
        onKeepAlive(line);
      }
    } catch (error) {
      onRefused(`what came is no frame: ${messageOf(error)}`);
      socket.destroy();
    }
  });
  socket.on('end', () => socket.end());
  socket.on('close', () => {
    onClose(line);
  });
  onOpen(line);
}
