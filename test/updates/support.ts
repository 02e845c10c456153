import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { request, type RequestOptions } from 'node:https';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { BaseFetcher, Updater } from 'tuf-js';
import { DownloadHTTPError } from 'tuf-js/dist/error.js';
import { signBundle, firstBundle, type Bundle } from '../../src/updates/repository/bundle.ts';
import { signingKeyOf, type SigningKey } from '../../src/updates/repository/keys.ts';
import { expiryOf, lineOf, SPEC_VERSION } from '../../src/updates/repository/metadata.ts';
import { makeOnlineKeys, type OnlineKeys } from '../../src/updates/repository/online-keys.ts';
import { terminalCertificate } from '../../src/demo/index.ts';

export const newKey = (): SigningKey => signingKeyOf(generateKeyPairSync('ed25519').privateKey);

export interface Ceremony {
  readonly offline: Record<
    'root1' | 'root2' | 'root3' | 'targets' | 'menu' | 'goods' | 'params' | 'firmware',
    SigningKey
  >;
  readonly online: OnlineKeys;
  readonly bundle: Bundle;
}

export const FIRMWARE = lineOf('firmware', 'acme', 'px-100');

/** Keys of every role, and the first metadata, signed. */
export function ceremony(dataDir: string, now: number): Ceremony {
  const online = makeOnlineKeys(dataDir);
  const names = ['root1', 'root2', 'root3', 'targets', 'menu', 'goods', 'params', 'firmware'] as const;
  const offline = Object.fromEntries(names.map((name) => [name, newKey()])) as Ceremony['offline'];
  const lines = [lineOf('menu'), lineOf('goods'), lineOf('params'), FIRMWARE];
  const key = (line: string) => offline[(line.startsWith('firmware') ? 'firmware' : line) as 'menu'].public;
  const unsigned = firstBundle(
    {
      root: [offline.root1.public, offline.root2.public, offline.root3.public],
      targets: offline.targets.public,
      online: {
        snapshot: online.snapshot.public,
        timestamp: online.timestamp.public,
        director: online.director.public,
      },
      lines: lines.map((line) => ({ ...line, key: key(line.name) })),
    },
    { expires: { root: expiryOf('root', now), targets: expiryOf('targets', now) }, specVersion: SPEC_VERSION },
  );
  return { offline, online, bundle: signWith(unsigned, ...Object.values(offline)) };
}

/** Signs with each key that has something to sign. */
export function signWith(bundle: Bundle, ...keys: readonly SigningKey[]): Bundle {
  return keys.reduce((before, key) => {
    try {
      return signBundle(before, key).bundle;
    } catch {
      return before;
    }
  }, bundle);
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

/** A terminal's HTTPS, with its certificate below `dataDir`. */
export function browserOf(dataDir: string, terminal: string, port: number) {
  const files = terminalCertificate(dataDir, terminal);
  const tls = {
    ca: readFileSync(join(dataDir, 'tls', 'ca.crt')),
    cert: readFileSync(files.cert),
    key: readFileSync(files.key),
  };
  return (path: string, options: RequestOptions & { body?: string } = {}): Promise<Answer> =>
    new Promise((done, fail) => {
      const { body, ...rest } = options;
      const sent = request({ host: 'localhost', port, path, ...tls, agent: false, ...rest }, (response) => {
        const parts: Buffer[] = [];
        response.on('data', (part: Buffer) => parts.push(part));
        response.on('error', fail);
        response.on('end', () => {
          done({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(parts) });
        });
      });
      sent.on('error', fail);
      sent.end(body);
    });
}

class DeviceFetcher extends BaseFetcher {
  readonly #get: ReturnType<typeof browserOf>;
  constructor(get: ReturnType<typeof browserOf>) {
    super();
    this.#get = get;
  }
  async fetch(url: string): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
    const { status, body } = await this.#get(new URL(url).pathname);
    if (status !== 200) throw new DownloadHTTPError(`HTTP ${status}`, status);
    return Readable.toWeb(Readable.from([body])) as ReadableStream<Uint8Array<ArrayBuffer>>;
  }
}

/** The client of TUF in a device.
 *  @param root its first root, as from the factory; undefined: it has one */
export function tufClient(folder: string, root: Buffer | undefined, get: ReturnType<typeof browserOf>): Updater {
  mkdirSync(join(folder, 'targets'), { recursive: true });
  if (root !== undefined) writeFileSync(join(folder, 'root.json'), root);
  const base = 'https://localhost/tuf';
  return new Updater({
    metadataDir: folder,
    metadataBaseUrl: base,
    targetDir: join(folder, 'targets'),
    targetBaseUrl: `${base}/targets`,
    fetcher: new DeviceFetcher(get),
  });
}
