import 'reflect-metadata';
import { webcrypto, X509Certificate } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as x509 from '@peculiar/x509';
import type { Certificates } from '../../ops/certificate-check.ts';
import { GatewayError, messageOf } from '../../ops/errors.ts';
import { terminalCertificate } from '../files.ts';

x509.cryptoProvider.set(webcrypto);

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const DAY_MS = 86_400_000;
const VALID_DAYS = 825;
/** A certificate is made anew when it ends sooner than this. */
const RENEW_DAYS = 30;

interface Issuer {
  readonly certificate: x509.X509Certificate;
  readonly privateKey: webcrypto.CryptoKey;
}

/** Makes what is missing of the development CA: `<data>/tls/ca.crt`, a server certificate for localhost and 127.0.0.1,
 *  and a client certificate for each terminal, whose common name is the terminal id. Existing ones stay while they last.
 *  Private keys are readable by their owner only. */
export async function ensureCertificates(
  dataDir: string,
  terminals: readonly string[],
  now: number,
): Promise<Certificates> {
  const folder = join(dataDir, 'tls');
  mkdirSync(join(folder, 'terminals'), { recursive: true });
  const ca = { cert: join(folder, 'ca.crt'), key: join(folder, 'ca.key') };
  const server = { cert: join(folder, 'server.crt'), key: join(folder, 'server.key') };
  const fresh = !lasts(ca, now);
  const issuer = fresh ? await createAuthority(ca, now) : await loadAuthority(ca);
  if (fresh || !lasts(server, now)) await issue(issuer, 'localhost', server, now, serverExtensions());
  for (const terminal of terminals) {
    const files = terminalCertificate(dataDir, terminal);
    if (fresh || !lasts(files, now)) await issue(issuer, terminal, files, now, clientExtensions());
  }
  return { ca: ca.cert, server };
}

function lasts(files: { cert: string; key: string }, now: number): boolean {
  if (!existsSync(files.cert) || !existsSync(files.key)) return false;
  try {
    return Date.parse(new X509Certificate(readFileSync(files.cert)).validTo) > now + RENEW_DAYS * DAY_MS;
  } catch (cause) {
    const why = `${files.cert} is not a certificate (${messageOf(cause)}). Delete it, and a new one is made.`;
    throw new GatewayError('certificate.invalid', why, { cause });
  }
}

function validity(now: number): { notBefore: Date; notAfter: Date } {
  return { notBefore: new Date(now - DAY_MS), notAfter: new Date(now + VALID_DAYS * DAY_MS) };
}

function serial(): string {
  return Buffer.from(webcrypto.getRandomValues(new Uint8Array(16)))
    .toString('hex')
    .replace(/^[89a-f]/, '1');
}

async function createAuthority(files: { cert: string; key: string }, now: number): Promise<Issuer> {
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serial(),
    name: 'CN=kalabarg development CA',
    ...validity(now),
    signingAlgorithm: ALGORITHM,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  await write(files, certificate, keys.privateKey);
  return { certificate, privateKey: keys.privateKey };
}

async function loadAuthority(files: { cert: string; key: string }): Promise<Issuer> {
  const certificate = new x509.X509Certificate(readFileSync(files.cert, 'utf8'));
  const pkcs8 = x509.PemConverter.decodeFirst(readFileSync(files.key, 'utf8'));
  const privateKey = await webcrypto.subtle.importKey('pkcs8', pkcs8, ALGORITHM, true, ['sign']);
  return { certificate, privateKey };
}

async function issue(
  issuer: Issuer,
  commonName: string,
  files: { cert: string; key: string },
  now: number,
  extensions: x509.Extension[],
): Promise<void> {
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serial(),
    subject: `CN=${commonName}`,
    issuer: issuer.certificate.subject,
    ...validity(now),
    signingAlgorithm: ALGORITHM,
    publicKey: keys.publicKey,
    signingKey: issuer.privateKey,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      ...extensions,
      await x509.AuthorityKeyIdentifierExtension.create(issuer.certificate),
    ],
  });
  await write(files, certificate, keys.privateKey);
}

function serverExtensions(): x509.Extension[] {
  return [
    new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
    new x509.SubjectAlternativeNameExtension([
      { type: 'dns', value: 'localhost' },
      { type: 'ip', value: '127.0.0.1' },
    ]),
  ];
}

function clientExtensions(): x509.Extension[] {
  return [new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth])];
}

async function write(
  files: { cert: string; key: string },
  certificate: x509.X509Certificate,
  key: webcrypto.CryptoKey,
): Promise<void> {
  const pkcs8 = await webcrypto.subtle.exportKey('pkcs8', key);
  writeFileSync(files.key, x509.PemConverter.encode(pkcs8, 'PRIVATE KEY') + '\n', { mode: 0o600 });
  writeFileSync(files.cert, certificate.toString('pem') + '\n');
}
