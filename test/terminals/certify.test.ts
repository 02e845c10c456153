import 'reflect-metadata';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { webcrypto, X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as x509 from '@peculiar/x509';
import type pg from 'pg';
import { ensureCertificates } from '../../src/demo/machine/index.ts';
import type { EmbeddedPostgres } from '../../src/demo/machine/postgres.ts';
import { certify, type AuthoritySource, type TerminalCertificate } from '../../src/terminals/certificates/index.ts';
import { openPool, transaction } from '../../src/ops/database.ts';
import { systemRandom } from '../../src/ops/random.ts';
import { gatewayLogin, temporaryPostgres } from '../support/postgres.ts';

/** Requests for certificates as devices, careless hands and attackers write them. */
const BY = { actor: { id: null, name: 'a test' } };
let folder: string;
let authority: AuthoritySource;
let server: EmbeddedPostgres;
let pool: pg.Pool;
let owner: pg.Pool;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kalabarg-certify-'));
  const { ca } = await ensureCertificates(folder, [], Date.now());
  authority = { files: { cert: ca, key: ca.replace(/crt$/, 'key') }, trusted: ca };
  server = await temporaryPostgres();
  owner = openPool(server.url, 2);
  pool = openPool(await gatewayLogin(server.url), 4);
  for (const each of [owner, pool]) each.on('error', () => undefined);
  await owner.query(
    `insert into merchants (merchant_id, name, guild, sheba, status) values ('000000000000001', 'x', 'dairy', 'IR710560000000100324200001', 'approved'),
       ('000000000000002', 'y', 'dairy', 'IR710560000000100324200001', 'suspended')`,
  );
  await owner.query(
    `insert into terminals (terminal_id, merchant_id, status) values ('90000001', '000000000000001', 'active'),
       ('90000002', '000000000000001', 'active'), ('90000003', '000000000000001', 'disabled'), ('90000004', '000000000000002', 'active')`,
  );
});
afterAll(async () => {
  await pool.end();
  await owner.end();
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

const P256 = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const rsa = (modulusLength: number, hash = 'SHA-256') => ({
  name: 'RSASSA-PKCS1-v1_5',
  hash,
  modulusLength,
  publicExponent: new Uint8Array([1, 0, 1]),
});

async function csr(
  name = 'CN=90000001',
  algorithm: { readonly name: string; readonly namedCurve?: string } = P256,
  extensions: x509.Extension[] = [],
  attributes: x509.Attribute[] = [],
): Promise<string> {
  x509.cryptoProvider.set(webcrypto);
  const keys = await webcrypto.subtle.generateKey(algorithm as webcrypto.EcKeyGenParams, true, ['sign', 'verify']);
  const request = await x509.Pkcs10CertificateRequestGenerator.create({
    name,
    keys,
    signingAlgorithm: algorithm,
    extensions,
    attributes,
  });
  return request.toString('pem');
}

const ask = (
  pem: string,
  terminal = '90000001',
  files: AuthoritySource | null = authority,
): Promise<TerminalCertificate> =>
  transaction(pool, (db) =>
    certify(
      db,
      { authority: files ?? { trusted: '' }, random: systemRandom.bytes },
      { terminal, csr: pem },
      BY,
      Date.now(),
    ),
  );

test.each([
  ['P-256', P256],
  ['RSA 2048', rsa(2_048)],
  ['Ed25519', { name: 'Ed25519' }],
])('a request with a key of %s gets a certificate: CN is DE 41, for a client, no authority', async (_, algorithm) => {
  const { pem, notAfter, serial } = await ask(await csr('CN=90000001', algorithm));
  const certificate = new X509Certificate(pem);
  expect(certificate.subject).toBe('CN=90000001');
  expect(certificate.ca).toBe(false);
  expect(certificate.keyUsage).toEqual(['1.3.6.1.5.5.7.3.2']);
  expect(certificate.subjectAltName).toBeUndefined();
  expect(certificate.serialNumber.toLowerCase()).toBe(serial);
  expect(Date.parse(certificate.validTo)).toBe(Date.parse(notAfter));
});

test('the same request again, and two at once, give one certificate', async () => {
  const pem = await csr('CN=90000002');
  const both = await Promise.all([ask(pem, '90000002'), ask(pem, '90000002')]);
  expect(both[1]).toEqual(both[0]);
  expect(await ask(pem, '90000002')).toEqual(both[0]);
});

const SAN = new x509.SubjectAlternativeNameExtension([{ type: 'dns', value: '90000002' }]);
const AUTHORITY = new x509.BasicConstraintsExtension(true, 2, true);
const SIGNS = new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature | x509.KeyUsageFlags.keyCertSign, true);
const SERVER = new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth, x509.ExtendedKeyUsage.serverAuth]);
const ATTACKS: readonly [string, () => Promise<string>][] = [
  ['another common name', () => csr('CN=90000002')],
  ['two common names', () => csr('CN=90000001, CN=90000002')],
  ['more than its name', () => csr('CN=90000001, O=Shaparak')],
  ['no name', () => csr('')],
  ['a name that only begins so', () => csr('CN=90000001\\00')],
  ['RSA of 1024 bits', () => csr('CN=90000001', rsa(1_024))],
  ['a signature of SHA-1', () => csr('CN=90000001', rsa(2_048, 'SHA-1'))],
  ['a curve that is not ours', () => csr('CN=90000001', { ...P256, namedCurve: 'P-521' })],
  ['CA:true', () => csr('CN=90000001', P256, [AUTHORITY])],
  ['another name in its SAN', () => csr('CN=90000001', P256, [SAN])],
  ['a key that signs certificates', () => csr('CN=90000001', P256, [SIGNS])],
  ['a server’s use', () => csr('CN=90000001', P256, [SERVER])],
  ['an attribute', () => csr('CN=90000001', P256, [], [new x509.ChallengePasswordAttribute('x')])],
  ['two requests', async () => (await csr()) + '\n' + (await csr())],
  ['text behind it', async () => `${await csr()}\nrm -rf`],
  ['a certificate', () => Promise.resolve('-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----')],
  ['no ASN.1', () => Promise.resolve('-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----')],
  [
    'a megabyte',
    () =>
      Promise.resolve(
        `-----BEGIN CERTIFICATE REQUEST-----\n${'A'.repeat(1_000_000)}\n-----END CERTIFICATE REQUEST-----`,
      ),
  ],
];
test.each(ATTACKS)('refused: %s', async (_, made) => {
  await expect(ask(await made())).rejects.toMatchObject({ code: 'certificates.request' });
});

test('a request whose signature is of another key is refused', async () => {
  const [one, other] = [await csr(), await csr()].map((pem) => Buffer.from(x509.PemConverter.decodeFirst(pem)));
  const signature = 60; // of P-256 the last bytes are the signature's
  const forged = Buffer.concat([(one as Buffer).subarray(0, -signature), (other as Buffer).subarray(-signature)]);
  const pem = x509.PemConverter.encode(forged, 'CERTIFICATE REQUEST');
  await expect(ask(pem)).rejects.toMatchObject({ code: 'certificates.request' });
});

test('the key of one terminal is no other’s', async () => {
  x509.cryptoProvider.set(webcrypto);
  const keys = await webcrypto.subtle.generateKey(P256, true, ['sign', 'verify']);
  const of = async (name: string): Promise<string> =>
    (await x509.Pkcs10CertificateRequestGenerator.create({ name, keys, signingAlgorithm: P256 })).toString('pem');
  await ask(await of('CN=90000001'));
  await expect(ask(await of('CN=90000002'), '90000002')).rejects.toMatchObject({ code: 'certificates.key' });
});

test.each(['90000003', '90000004', '90000009'])(
  'terminal %s, out of service, of a stopped shop, or unknown, gets none',
  async (terminal) => {
    await expect(ask(await csr(`CN=${terminal}`), terminal)).rejects.toMatchObject({ code: 'certificates.terminal' });
  },
);

test('without a configured authority, or with one that the gateway does not trust, nothing is issued', async () => {
  await expect(ask(await csr(), '90000001', null)).rejects.toMatchObject({ code: 'certificates.authority' });
  const other = mkdtempSync(join(tmpdir(), 'kalabarg-certify-'));
  const { ca } = await ensureCertificates(other, [], Date.now());
  const foreign = { trusted: authority.trusted, files: { cert: ca, key: ca.replace(/crt$/, 'key') } };
  await expect(ask(await csr(), '90000001', foreign)).rejects.toMatchObject({ code: 'certificates.authority' });
  const mixed = { ...authority, files: { cert: authority.trusted, key: foreign.files.key } };
  await expect(ask(await csr(), '90000001', mixed)).rejects.toMatchObject({ code: 'certificates.authority' });
  rmSync(other, { recursive: true, force: true });
});

test('an RSA request of a device with an odd exponent is refused', async () => {
  const algorithm = { ...rsa(2_048), publicExponent: new Uint8Array([3]) };
  await expect(ask(await csr('CN=90000001', algorithm))).rejects.toMatchObject({ code: 'certificates.request' });
});
