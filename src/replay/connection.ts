import { connect, type Socket } from 'node:net';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { encodeFrame, FrameDecoder, type FrameOptions } from '../codec/index.ts';
import { terminalCertificate } from '../demo/index.ts';
import { systemClock, type Timer } from '../ops/clock.ts';
import { GatewayError, fileFault, reasonOf } from '../ops/errors.ts';
import { placeText } from '../field/place.ts';

/** Where a replay goes. */
export interface Target {
  readonly host: string;
  readonly port: number;
  /** Folder with `tls/ca.crt` and `tls/terminals/<terminal>.crt|.key`; undefined: plain TCP. */
  readonly data: string | undefined;
  /** Frames begin with a TPDU. */
  readonly tpdu?: boolean;
}

const TPDU = Buffer.from('6000010002', 'hex');
const CONNECT_MS = 10_000;

/** One terminal's connection to the gateway under test: messages out and in, nothing interpreted. */
export class PlayedConnection {
  readonly #socket: Socket;
  readonly #framing: FrameOptions;
  onMessage: (body: Buffer) => void = () => undefined;
  onClose: () => void = () => undefined;
  open = true;

  private constructor(socket: Socket, framing: FrameOptions) {
    this.#socket = socket;
    this.#framing = framing;
    const frames = new FrameDecoder(framing);
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => {
      try {
        for (const frame of frames.push(chunk)) if (!frame.keepAlive) this.onMessage(frame.body);
      } catch (error) {
        socket.destroy(error instanceof Error ? error : undefined);
      }
    });
    socket.on('error', () => undefined); // 'close' follows
    socket.on('close', () => {
      this.open = false;
      this.onClose();
    });
  }

  /** @param terminal whose certificate is shown
   *  @throws GatewayError `replay.connect` */
  static async open(target: Target, terminal: string): Promise<PlayedConnection> {
    const socket = dial(target, terminal);
    let late: Timer | undefined;
    try {
      await new Promise<void>((done, fail) => {
        late = systemClock.after(CONNECT_MS, () => {
          fail(new Error(`no connection within ${CONNECT_MS} ms`));
        });
        socket.once(target.data === undefined ? 'connect' : 'secureConnect', done);
        socket.once('error', fail);
      });
    } catch (cause) {
      socket.destroy();
      throw new GatewayError(
        'replay.connect',
        `No gateway answers on ${placeText(target)}: ${reasonOf(cause)}. Start it, or check host and port.`,
        {
          cause,
        },
      );
    } finally {
      systemClock.cancel(late);
    }
    return new PlayedConnection(socket, { header: 'binary2', tpdu: target.tpdu === true, maxBytes: 65_535 });
  }

  send(body: Buffer): void {
    if (this.#socket.writable)
      this.#socket.write(encodeFrame(body, this.#framing, this.#framing.tpdu === true ? TPDU : undefined));
  }

  close(): void {
    this.#socket.end();
  }

  destroy(): void {
    this.#socket.destroy();
  }
}

/** @throws GatewayError `replay.certificate` */
export function dial({ host, port, data }: Target, terminal: string): Socket {
  if (data === undefined) return connect({ host, port });
  const files = terminalCertificate(data, terminal);
  const read = (file: string): Buffer => {
    try {
      return readFileSync(file);
    } catch (cause) {
      throw new GatewayError(
        'replay.certificate',
        `Terminal ${terminal} has no certificate: ${fileFault(file, 'read', cause)}`,
        { cause },
      );
    }
  };
  const pem = { ca: read(join(data, 'tls', 'ca.crt')), cert: read(files.cert), key: read(files.key) };
  return connectTls({ host, port, ...pem, servername: 'localhost' });
}
