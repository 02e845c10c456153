import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { createPublicKey, X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compile, loadSpec } from '../../../../src/codec/index.ts';
import { RIAL } from '../../../../src/field/money-unit.ts';
import { terminalCertificate } from '../../../../src/demo/index.ts';
import { ensureCertificates } from '../../../../src/demo/machine/certificates.ts';
import { systemClock } from '../../../../src/ops/clock.ts';
import {
  firstOf,
  httpsSource,
  wireSource,
  type Patience,
  type UpdateSource,
} from '../../../../src/simulators/terminal/device/index.ts';
import type { Answer } from '../../../../src/simulators/terminal/index.ts';
import { isReportOf, type SignedReport, type VersionReport } from '../../../../src/updates/format/index.ts';

const FILE = Buffer.from(Array.from({ length: 2_000 }, (_, index) => index % 251));
const REPORT: VersionReport = {
  serial: 'N91010000001',
  counter: 1,
  components: {},
  timestampVersion: 3,
  clock: '2026-11-27T20:00:00Z',
  freeBytes: 1,
  queuedReversals: 0,
};

const data = mkdtempSync(join(tmpdir(), 'kalabarg-sources-'));
let server: Server;
let port: number;
/** What the server does, and what it was asked. */
let answer: (request: IncomingMessage, response: ServerResponse) => void = () => undefined;
const asked: string[] = [];
let source: UpdateSource & { close(): void };

beforeAll(async () => {
  const certificates = await ensureCertificates(data, ['10000001'], Date.now());
  const { cert, key } = certificates.server;
  const tls = { cert: readFileSync(cert), key: readFileSync(key), ca: readFileSync(certificates.ca) };
  server = createServer({ ...tls, requestCert: true, rejectUnauthorized: true }, (request, response) => {
    asked.push(`${request.method} ${request.url} ${request.headers.range ?? ''}`.trim());
    answer(request, response);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  ({ port } = server.address() as AddressInfo);
  source = open();
});
afterEach(() => {
  asked.length = 0;
});
afterAll(() => {
  source.close();
  server.closeAllConnections();
  server.close();
  rmSync(data, { recursive: true });
});

function open(patience?: Patience): UpdateSource & { close(): void } {
  const tls = { ca: join(data, 'tls', 'ca.crt'), ...terminalCertificate(data, '10000001') };
  const place = { host: 'localhost', port };
  return httpsSource({ place, tls, clock: systemClock, ...(patience === undefined ? {} : { patience }) });
}

async function all(from: UpdateSource, at: number, most = 5_000): Promise<{ begins: number; bytes: Buffer }> {
  let begins = -1;
  const parts: Buffer[] = [];
  for await (const piece of from.pieces('targets/menu/x.json', at, most)) {
    if (begins < 0) begins = piece.at;
    parts.push(piece.data);
  }
  return { begins, bytes: Buffer.concat(parts) };
}

describe('over HTTPS', () => {
  test('a file goes on where it was cut off', async () => {
    answer = (request, response) => {
      const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
      response.writeHead(from === 0 ? 200 : 206, { 'content-range': `bytes ${from}-1999/2000` });
      response.end(FILE.subarray(from));
    };
    expect(await all(source, 0)).toEqual({ begins: 0, bytes: FILE });
    expect(await all(source, 1_500)).toEqual({ begins: 1_500, bytes: FILE.subarray(1_500) });
    expect(asked[1]).toBe('GET /tuf/targets/menu/x.json bytes=1500-');
  });

  test('a server that knows no Range sends it from its beginning, and one whose file is shorter too', async () => {
    answer = (_, response) => response.end(FILE);
    expect((await all(source, 1_500)).begins).toBe(0);
    answer = (request, response) => {
      if (request.headers.range === undefined) response.end(FILE);
      else response.writeHead(416).end();
    };
    expect((await all(source, 3_000)).begins).toBe(0);
  });

  test.each<[string, (response: ServerResponse) => void, string]>([
    ['that is not there', (response) => response.writeHead(404).end(), 'device.missing'],
    ['that this device may not have', (response) => response.writeHead(403).end(), 'device.missing'],
    ['of a server that is busy', (response) => response.writeHead(429).end(), 'device.unreachable'],
    ['of a server with a fault', (response) => response.writeHead(500).end(), 'device.unreachable'],
    ['that does not end', (response) => response.end(Buffer.alloc(5_001)), 'device.endless'],
    ['of a line that breaks', (response) => { response.writeHead(200, { 'content-length': 9 }); response.write('abc', () => response.destroy()); }, 'device.unreachable'], // prettier-ignore
    ['from another place than was asked for', (response) => response.writeHead(206, { 'content-range': 'bytes 7-9/2000' }).end('abc'), 'device.unreachable'], // prettier-ignore
  ])('a file %s', async (_, does, code) => {
    answer = (_request, response) => {
      does(response);
    };
    await expect(all(source, 5)).rejects.toMatchObject({ code });
  });

  test.each<[string, Patience]>([
    ['stops', { stallMs: 800, leastBytesPerS: 1, graceMs: 60_000 }],
    ['drips', { stallMs: 60_000, leastBytesPerS: 100_000, graceMs: 30 }],
  ])('a server that %s is left', async (how, patience) => {
    const impatient = open(patience);
    let timer: NodeJS.Timeout | undefined;
    answer = (_, response) => {
      response.writeHead(200);
      response.write('a');
      if (how === 'drips') timer = setInterval(() => response.write('a'), 10);
    };
    await expect(all(impatient, 0)).rejects.toMatchObject({ code: 'device.slow' });
    clearInterval(timer);
    impatient.close();
  });

  test('nobody there, and a server of another authority, are told as away', async () => {
    const tls = { ca: join(data, 'tls', 'ca.crt'), ...terminalCertificate(data, '10000001') };
    const away = httpsSource({ place: { host: '127.0.0.1', port: 1 }, tls, clock: systemClock });
    await expect(all(away, 0)).rejects.toMatchObject({ code: 'device.unreachable' });
    const stranger = httpsSource({
      place: { host: 'localhost', port },
      tls: { ...tls, ca: tls.cert },
      clock: systemClock,
    });
    await expect(all(stranger, 0)).rejects.toMatchObject({ code: 'device.unreachable' });
    for (const each of [away, stranger]) each.close();
  });

  test('a report is signed by the key of the client certificate', async () => {
    let body = '';
    answer = (request, response) => {
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => response.writeHead(204).end());
    };
    await source.report(REPORT);
    const certificate = new X509Certificate(readFileSync(terminalCertificate(data, '10000001').cert));
    const key = createPublicKey(certificate.publicKey.export({ type: 'spki', format: 'pem' }));
    expect(isReportOf(JSON.parse(body) as SignedReport, key)).toBe(true);
    expect(asked).toEqual(['POST /tuf/report']);
  });

  test.each([
    [400, 'device.refused'],
    [409, 'device.refused'],
    [503, 'device.unreachable'],
  ])('a report that is answered with %d', async (status, code) => {
    answer = (request, response) => {
      request.resume();
      response.writeHead(status).end('{"code":"updates.forged"}');
    };
    await expect(source.report(REPORT)).rejects.toMatchObject({ code });
  });
});

describe('by 0800', () => {
  const codec = compile(loadSpec('kalabarg-pos'));
  const sent: string[] = [];
  afterEach(() => {
    sent.length = 0;
  });

  /** A gateway that answers each request so: tag 36, an RC, or both. */
  function terminal(say: (tag: string, turn: number) => { rc?: string; tag36?: string; macGood?: boolean }) {
    let turn = 0;
    return {
      send: (_mti: string, fields: Readonly<Record<number, unknown>>): Promise<Answer> => {
        const given = fields as { 70: string; 48: Readonly<Record<string, string>> };
        const tag = given[48]['35'] ?? given[48]['37'] ?? '';
        sent.push(`${given[70]} ${tag.slice(0, 40)}`);
        const { rc = '00', tag36, macGood = true } = say(tag, turn++);
        const message = codec.decode(
          codec.encode({
            mti: '0810',
            fields: { 39: rc, 70: given[70], ...(tag36 === undefined ? {} : { 48: { '36': tag36 } }) },
          }),
        );
        return Promise.resolve({ rc, message, macGood, request: message, unit: RIAL });
      },
    };
  }

  const pieceAt = (offset: number, bytes = FILE): string => {
    const data = bytes.subarray(offset, offset + 700);
    const crc = crcOf(data);
    return `${String(offset).padStart(8, '0')}${String(bytes.length).padStart(8, '0')}${data.toString('base64')}${crc}`;
  };
  const crcOf = (data: Buffer): string => {
    let crc = 0xffffffff;
    for (const byte of data) {
      crc ^= byte;
      for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
    }
    return ((crc ^ 0xffffffff) >>> 0).toString(16).padStart(8, '0');
  };
  const offsetOf = (tag: string): number => Number(tag.slice(0, 8));

  test('a file comes in pieces of at most 700 bytes, from an offset on too', async () => {
    const way = wireSource(terminal((tag) => ({ tag36: pieceAt(offsetOf(tag)) })));
    expect(await way.small('timestamp.json', 5_000)).toEqual(FILE);
    expect(await all(way, 1_900)).toEqual({ begins: 1_900, bytes: FILE.subarray(1_900) });
    expect(sent).toEqual(['901 00000000timestamp.json', '901 00000700timestamp.json', '901 00001400timestamp.json', '901 00001900targets/menu/x.json']); // prettier-ignore
  });

  test('a piece that is broken on the way is asked for again, not for ever', async () => {
    const broken = (tag: string): string => pieceAt(offsetOf(tag)).replace(/.$/, (last) => (last === '0' ? '1' : '0'));
    const once = wireSource(terminal((tag, turn) => ({ tag36: turn === 1 ? broken(tag) : pieceAt(offsetOf(tag)) })));
    expect(await once.small('timestamp.json', 5_000)).toEqual(FILE);
    const always = wireSource(terminal((tag) => ({ tag36: broken(tag) })));
    await expect(always.small('timestamp.json', 5_000)).rejects.toMatchObject({ code: 'device.unreachable' });
  });

  test.each<[string, Parameters<typeof terminal>[0], string]>([
    ['is not there', () => ({ rc: '25' }), 'device.missing'],
    ['comes from a gateway that has no updates', () => ({ rc: '12' }), 'device.unreachable'],
    ['is longer than may be', (tag) => ({ tag36: pieceAt(offsetOf(tag), Buffer.alloc(9_000)) }), 'device.endless'],
    [
      'changes on its way',
      (tag, turn) => ({ tag36: pieceAt(offsetOf(tag), FILE.subarray(turn)) }),
      'device.unreachable',
    ],
    ['comes from another place', () => ({ tag36: pieceAt(700) }), 'device.unreachable'],
    ['is not MACed well', (tag) => ({ tag36: pieceAt(offsetOf(tag)), macGood: false }), 'device.unreachable'],
  ])('a file that %s', async (_, say, code) => {
    await expect(wireSource(terminal(say)).small('timestamp.json', 5_000)).rejects.toMatchObject({ code });
  });

  test('what is longer here than the file begins anew', async () => {
    const way = wireSource(
      terminal((tag) => (offsetOf(tag) > 2_000 ? { rc: '30' } : { tag36: pieceAt(offsetOf(tag)) })),
    );
    expect(await all(way, 2_500)).toEqual({ begins: 0, bytes: FILE });
  });

  test('a report goes in tag 37, without what did not change where it is too long', async () => {
    const way = wireSource(terminal(() => ({})));
    await way.report(REPORT);
    const part = (file: string) => ({ file, sha256: 'a'.repeat(64), releaseCounter: 1, slot: 'A' as const });
    const long = `firmware/${'p'.repeat(40)}/${'m'.repeat(40)}/${'f'.repeat(80)}`;
    const components = { menu: part('menu/x'), goods: part('goods/x'), params: part('params/x'), firmware: part(long) };
    await way.report({ ...REPORT, components, component: 'menu', releaseCounter: 1, phase: 'CONFIRMED' });
    expect(sent[0]).toContain('902 {"serial":"N91010000001"');
    const refused = wireSource(terminal(() => ({ rc: '30' })));
    await expect(refused.report(REPORT)).rejects.toMatchObject({ code: 'device.refused' });
    const busy = wireSource(terminal(() => ({ rc: '96' })));
    await expect(busy.report(REPORT)).rejects.toMatchObject({ code: 'device.unreachable' });
  });

  test('is the way where HTTPS is not there, in the middle of a file too; what is refused is not asked for twice', async () => {
    const wire = wireSource(terminal((tag) => ({ tag36: pieceAt(offsetOf(tag)) })));
    answer = (_, response) => {
      response.writeHead(200, { 'content-length': 2_000 });
      response.write(FILE.subarray(0, 900), () => response.destroy());
    };
    const { bytes } = await all(firstOf([source, wire]), 0);
    expect(bytes).toEqual(FILE);
    expect(sent[0]).toBe('901 00000900targets/menu/x.json');
    sent.length = 0;
    answer = (_, response) => response.writeHead(404).end();
    await expect(all(firstOf([source, wire]), 0)).rejects.toMatchObject({ code: 'device.missing' });
    expect(sent).toEqual([]);
  });
});
