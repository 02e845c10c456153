import { afterAll, beforeEach, expect, test } from '@jest/globals';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkCertificates } from '../../src/ops/certificate-check.ts';
import { ensureCertificates } from '../../src/demo/machine/certificates.ts';
import { terminalCertificate } from '../../src/demo/files.ts';
import type { Certificates } from '../../src/ops/certificate-check.ts';

const DAY = 86_400_000;
const folder = mkdtempSync(join(tmpdir(), 'kalabarg-tls-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

let good: Certificates;
let other: { cert: string; key: string };
beforeEach(async () => {
  rmSync(folder, { recursive: true, force: true });
  good = await ensureCertificates(folder, ['10000001'], Date.now());
  other = terminalCertificate(folder, '10000001');
});

test('a CA, and a certificate with its key, are taken; several authorities in one file too', () => {
  writeFileSync(good.ca, readFileSync(good.ca, 'utf8').repeat(2));
  expect(() => {
    checkCertificates(good, Date.now());
  }).not.toThrow();
});

test.each<[what: string, damage: () => void, message: RegExp]>([
  ['an empty CA file', () => { writeFileSync(good.ca, ''); }, /ca\.crt holds no certificate: it must be PEM/], // prettier-ignore
  ['a CA of garbage', () => { writeFileSync(good.ca, Buffer.from('00ff17', 'hex')); }, /ca\.crt holds no certificate/], // prettier-ignore
  ['garbage in PEM lines', () => { writeFileSync(good.ca, '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'); }, /ca\.crt holds something that is not a certificate/], // prettier-ignore
  ['a CA that is no authority', () => { copyFileSync(other.cert, good.ca); }, /ca\.crt holds a certificate that is not an authority/], // prettier-ignore
  ['no CA file', () => { rmSync(good.ca); }, /ca\.crt cannot be read/], // prettier-ignore
  ['a folder in place of the CA', () => { rmSync(good.ca); good = { ...good, ca: folder }; }, /cannot be read/], // prettier-ignore
  ['a garbage certificate', () => { writeFileSync(good.server.cert, 'garbage'); }, /server\.crt holds no certificate/], // prettier-ignore
  ['a garbage key', () => { writeFileSync(good.server.key, 'garbage'); }, /server\.key holds no private key that can be read/], // prettier-ignore
  ['no key', () => { rmSync(good.server.key); }, /server\.key cannot be read/], // prettier-ignore
  ['a key of another certificate', () => { copyFileSync(other.key, good.server.key); }, /server\.key is not the key of .*server\.crt/], // prettier-ignore
])('%s is refused with a sentence that names the file', (_, damage, message) => {
  damage();
  expect(() => {
    checkCertificates(good, Date.now());
  }).toThrow(message);
});

test.each([
  [900, /ca\.crt ended on/],
  [-9, /ca\.crt begins on/],
])('certificates are good in their time: %i days from now they are refused', (days, message) => {
  expect(() => {
    checkCertificates(good, Date.now() + days * DAY);
  }).toThrow(message);
});

test('a start on garbage says what to delete', async () => {
  writeFileSync(good.ca, 'garbage');
  await expect(ensureCertificates(folder, [], Date.now())).rejects.toThrow(/ca\.crt is not a certificate .* Delete it/);
});
