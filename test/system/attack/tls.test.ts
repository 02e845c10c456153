import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ConnectionOptions } from 'node:tls';
import { compile, encodeFrame, FrameDecoder, loadSpec, type FrameOptions } from '../../../src/codec/index.ts';
import { ensureCertificates } from '../../../src/demo/machine/certificates.ts';
import { terminalCertificate } from '../../../src/demo/files.ts';
import { freePort } from '../../../src/demo/machine/postgres.ts';
import { dial, dialTls, logLines, metric, until } from '../../support/attacker.ts';
import { clientCertificate, USAGES } from '../../support/client-certificate.ts';
import { startSystem, type System } from '../../support/system.ts';

/** Who is not let in hears why, and so does the log; and how frames are cut on each port. */
let system: System;
let tpduPort: number;
let asciiPort: number;
const elsewhere = mkdtempSync(join(tmpdir(), 'kalabarg-other-ca-'));
const { serverAuth, clientAuth } = USAGES;

beforeAll(async () => {
  [tpduPort, asciiPort] = [await freePort(), await freePort()];
  system = await startSystem({ KALABARG_LISTENERS: `${tpduPort}/tpdu, 127.0.0.1:${asciiPort}/ascii4/inclusive` });
  await ensureCertificates(elsewhere, ['10000001'], Date.now());
});
afterAll(async () => {
  await system.stop();
  rmSync(elsewhere, { recursive: true, force: true });
});

const files = ({ cert, key }: { cert: string; key: string }): ConnectionOptions => ({
  cert: readFileSync(cert),
  key: readFileSync(key),
});

/** What is shown, by whom, the alert, and the reason in the log. */
const REFUSED: [string, string | undefined, () => Promise<ConnectionOptions> | ConnectionOptions, string, string][] = [
  ['no certificate', undefined, () => ({}), 'CERTIFICATE_REQUIRED', 'no client certificate was sent'],
  [
    'a certificate without a name',
    undefined,
    () => clientCertificate(system.data, 'O=nobody', { usages: [clientAuth] }),
    'BAD_CERTIFICATE',
    'the certificate has no common name, or several',
  ],
  [
    "another CA's certificate",
    '10000001',
    () => files(terminalCertificate(elsewhere, '10000001')),
    'UNKNOWN_CA',
    'the certificate is of another CA',
  ],
  [
    'a certificate that has expired',
    '10000002',
    () =>
      clientCertificate(system.data, 'CN=10000002', { usages: [clientAuth], notAfter: new Date(Date.now() - 1_000) }),
    'CERTIFICATE_EXPIRED',
    'the certificate has expired',
  ],
  [
    "a server's certificate",
    '10000003',
    () => clientCertificate(system.data, 'CN=10000003', { usages: [serverAuth] }),
    'UNSUPPORTED_CERTIFICATE',
    'the certificate is not for clients (extended key usage)',
  ],
  [
    'a certificate for no use in particular',
    '10000004',
    () => clientCertificate(system.data, 'CN=10000004'),
    'UNSUPPORTED_CERTIFICATE',
    'the certificate is not for clients (extended key usage clientAuth)',
  ],
];
const TLS12: Readonly<Record<string, string>> = { CERTIFICATE_REQUIRED: 'HANDSHAKE_FAILURE' };

test('what is not TLS is named so', async () => {
  const attack = await dial(system);
  attack.socket.write('GET / HTTP/1.1\r\n\r\n');
  await attack.closed;
  await until(() => logLines(system).some(({ reason }) => reason === 'what came is not TLS'));
});

describe.each(['TLSv1.2', 'TLSv1.3'] as const)('%s', (version) => {
  test.each(REFUSED)('%s is refused by an alert, and the log says whose it was and why', async (...row) => {
    const [, terminal, options, alert, reason] = row;
    const expected = version === 'TLSv1.2' ? (TLS12[alert] ?? alert) : alert;
    const attack = await dialTls(system, undefined, { ...(await options()), maxVersion: version });
    await attack.closed;
    expect(attack.error()).toMatch(new RegExp(`^ERR_SSL_\\w*ALERT_${expected}$`));
    const said = (): Record<string, unknown> | undefined => logLines(system).find((line) => line['reason'] === reason);
    await until(() => said() !== undefined);
    expect(said()).toMatchObject({
      msg: 'TLS handshake refused',
      remote: expect.stringMatching(/^127\.0\.0\.1:\d+$/) as unknown,
      ...(terminal === undefined ? {} : { terminal }),
    });
  });

  test('a good certificate is let in, and again with its session', async () => {
    const first = await dialTls(system, '10000001', { maxVersion: version });
    const session = await new Promise<Buffer>((done) => {
      if (version === 'TLSv1.2') done(first.socket.getSession() ?? Buffer.alloc(0));
      first.socket.once('session', done);
    });
    const again = await dialTls(system, '10000001', { maxVersion: version, session });
    expect(again.socket.isSessionReused()).toBe(true);
    for (const { socket, received } of [first, again]) {
      socket.write(Buffer.alloc(2));
      await until(() => received() === 2);
      socket.destroy();
    }
  });
});

test.each([
  ['no cipher that is offered', { ciphers: 'ECDHE-ECDSA-AES256-SHA:ECDHE-ECDSA-AES128-SHA', maxVersion: 'TLSv1.2' }],
  ['CBC with SHA-256', { ciphers: 'ECDHE-ECDSA-AES128-SHA256', maxVersion: 'TLSv1.2' }],
  ['TLS 1.1', { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' }],
] as [string, ConnectionOptions][])('who offers only %s hears an alert', async (_name, options) => {
  const attack = await dialTls(system, '10000001', options);
  await attack.closed;
  expect(attack.error()).toMatch(/ALERT/);
});

test('every refusal is counted', async () => {
  expect(await metric(system, 'kalabarg_refused_connections_total{reason="tls"')).toBeGreaterThanOrEqual(16);
});

test.each([
  ['a TPDU, swapped in the answer', () => tpduPort, { header: 'binary2', tpdu: true }],
  ['four digits that count themselves', () => asciiPort, { header: 'ascii4', lengthIncludesHeader: true }],
] as [string, () => number, FrameOptions][])(
  'a port of its own has frames of its own: %s',
  async (_name, port, framing) => {
    const codec = compile(loadSpec('kalabarg-pos'));
    const { socket } = await dialTls(system, '10000011', { port: port() });
    const frames = new FrameDecoder(framing);
    const echo = codec.encode({ mti: '0800', fields: { 7: '1127083000', 11: '000001', 41: '10000011', 70: '301' } });
    const answer = new Promise<ReturnType<FrameDecoder['push']>[number]>((done) => {
      socket.on('data', (chunk: Buffer) => {
        for (const frame of frames.push(chunk)) if (!frame.keepAlive) done(frame);
      });
    });
    socket.write(encodeFrame(Buffer.alloc(0), framing));
    socket.write(encodeFrame(echo, framing, framing.tpdu === true ? Buffer.from('6000010002', 'hex') : undefined));
    const { body, tpdu } = await answer;
    expect([codec.decode(body).get(39), tpdu?.toString('hex')]).toEqual([
      '00',
      framing.tpdu === true ? '6000020001' : undefined,
    ]);
    socket.destroy();
  },
);
