import { afterAll, expect, test } from '@jest/globals';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureCertificates } from '../../src/demo/machine/certificates.ts';
import { terminalCertificate } from '../../src/demo/files.ts';

const folder = mkdtempSync(join(tmpdir(), 'kalabarg-tls-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});
const read = (file: string): X509Certificate => new X509Certificate(readFileSync(file));

test('the CA signs a server for localhost and a client a terminal, and a second run keeps them', async () => {
  const made = await ensureCertificates(folder, ['10000001'], Date.now());
  const ca = read(made.ca);
  const server = read(made.server.cert);
  const terminal = read(terminalCertificate(folder, '10000001').cert);
  expect(server.checkHost('localhost')).toBe('localhost');
  expect(server.checkIP('127.0.0.1')).toBe('127.0.0.1');
  expect(terminal.subject).toBe('CN=10000001');
  expect([server.verify(ca.publicKey), terminal.verify(ca.publicKey)]).toEqual([true, true]);
  expect(statSync(terminalCertificate(folder, '10000001').key).mode & 0o077).toBe(0);

  const again = await ensureCertificates(folder, ['10000001', '10000002'], Date.now());
  expect(read(again.server.cert).fingerprint256).toBe(server.fingerprint256);
  expect(read(terminalCertificate(folder, '10000002').cert).verify(ca.publicKey)).toBe(true);
});

test('what is about to end is made anew, signed by the same CA while that lasts', async () => {
  const before = read(join(folder, 'tls', 'ca.crt'));
  await ensureCertificates(folder, ['10000001'], Date.now() + 800 * 86_400_000);
  const after = read(join(folder, 'tls', 'ca.crt'));
  expect(after.fingerprint256).not.toBe(before.fingerprint256);
  expect(read(terminalCertificate(folder, '10000001').cert).verify(after.publicKey)).toBe(true);
});
