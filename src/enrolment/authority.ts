import 'reflect-metadata';
import { createPrivateKey, webcrypto, X509Certificate, type KeyObject } from 'node:crypto';
import { join } from 'node:path';
import * as x509 from '@peculiar/x509';
import { readPem } from '../ops/certificate-check.ts';
import type { Config } from '../ops/config.ts';
import { GatewayError, messageOf } from '../ops/errors.ts';
import type { CheckedCsr } from './csr.ts';
import { DAY_MS } from '../ops/clock.ts';

/** The authority that terminals' certificates are of: files that are configured. */
export interface AuthorityFiles {
  /** PEM: the authority's certificate and its private key. */
  readonly cert: string;
  readonly key: string;
  /** The authorities that the terminal port trusts: what is issued must be let in there. */
  readonly trusted: string;
}

export interface Authority {
  readonly certificate: x509.X509Certificate;
  readonly signingKey: webcrypto.CryptoKey;
  readonly algorithm: { readonly name: string; readonly namedCurve?: string; readonly hash?: string };
  readonly notAfter: number;
}

const PEM = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

/** @param demo its development CA issues, where none is configured
 *  @returns undefined: none is configured */
export function authorityOf(
  { data, terminalCaCert: cert, terminalCaKey: key }: Pick<Config, 'data' | 'terminalCaCert' | 'terminalCaKey'>,
  demo: boolean,
): AuthorityFiles | undefined {
  const trusted = join(data, 'tls', 'ca.crt');
  if (cert !== '' && key !== '') return { cert, key, trusted };
  if (cert !== '' || key !== '')
    throw new GatewayError(
      'certificates.authority',
      'KALABARG_TERMINAL_CA_CERT and KALABARG_TERMINAL_CA_KEY go together: set both, or neither.',
    );
  return demo ? { cert: trusted, key: join(data, 'tls', 'ca.key'), trusted } : undefined;
}

/** @throws GatewayError `certificates.authority`, naming the file and what is wrong with it */
export async function openAuthority({ cert, key, trusted }: AuthorityFiles, now: number): Promise<Authority> {
  const [pem = ''] = readPem(cert).match(PEM) ?? [];
  const own = read(cert, () => new X509Certificate(pem));
  const notAfter = Date.parse(own.validTo);
  if (!own.ca) throw wrong(cert, 'is no authority: it cannot issue certificates');
  if (now >= notAfter || now < Date.parse(own.validFrom))
    throw wrong(cert, `is valid from ${own.validFrom} to ${own.validTo}`);
  const privateKey = read(key, () => createPrivateKey(readPem(key)));
  if (!own.checkPrivateKey(privateKey)) throw wrong(key, `is not the key of ${cert}`);
  const known = (readPem(trusted).match(PEM) ?? []).some(
    (each) => new X509Certificate(each).fingerprint256 === own.fingerprint256,
  );
  if (!known) throw wrong(cert, `is not in ${trusted}: the gateway would refuse what it issues. Add it there`);
  const algorithm = algorithmOf(key, privateKey);
  x509.cryptoProvider.set(webcrypto);
  const der = privateKey.export({ format: 'der', type: 'pkcs8' });
  const signingKey = await webcrypto.subtle.importKey('pkcs8', der, algorithm, false, ['sign']);
  return { certificate: new x509.X509Certificate(pem), signingKey, algorithm, notAfter };
}

function read<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    throw wrong(file, `cannot be read: ${messageOf(cause)}`, cause);
  }
}

function wrong(file: string, why: string, cause?: unknown): GatewayError {
  return new GatewayError('certificates.authority', `The authority for terminals: ${file} ${why}.`, { cause });
}

const CURVES: Readonly<Record<string, { namedCurve: string; hash: string }>> = {
  prime256v1: { namedCurve: 'P-256', hash: 'SHA-256' },
  secp384r1: { namedCurve: 'P-384', hash: 'SHA-384' },
};

function algorithmOf(file: string, { asymmetricKeyType, asymmetricKeyDetails }: KeyObject): Authority['algorithm'] {
  const curve = CURVES[asymmetricKeyDetails?.namedCurve ?? ''];
  if (asymmetricKeyType === 'ec' && curve !== undefined) return { name: 'ECDSA', ...curve };
  if (asymmetricKeyType === 'rsa' && (asymmetricKeyDetails?.modulusLength ?? 0) >= 2_048)
    return { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };
  throw wrong(file, 'must be a key of P-256, P-384 or RSA of at least 2048 bits');
}

/** A terminal's certificate ends after so long, or with its authority. */
const VALID_DAYS = 825;
/** Devices' clocks are not all right. */
const BEFORE_MS = 3_600_000;

export interface Issued {
  readonly pem: string;
  /** Hexadecimal, of 16 random bytes. */
  readonly serial: string;
  /** Of the certificate, DER. */
  readonly sha256: string;
  readonly notBefore: number;
  readonly notAfter: number;
}

/** Nothing of the request but its key stands in the certificate: name and rights are ours.
 *  @param random 16 bytes */
export async function issueCertificate(
  authority: Authority,
  { csr, terminal }: { csr: CheckedCsr; terminal: string },
  now: number,
  random: Buffer,
): Promise<Issued> {
  const serialBytes = Buffer.from(random);
  serialBytes[0] = ((serialBytes[0] ?? 0) & 0x3f) | 0x40; // positive, and without a leading zero (RFC 5280 4.1.2.2)
  const serial = serialBytes.toString('hex');
  const notBefore = Math.floor((now - BEFORE_MS) / 1_000) * 1_000;
  const notAfter = Math.floor(Math.min(now + VALID_DAYS * DAY_MS, authority.notAfter) / 1_000) * 1_000;
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serial,
    subject: `CN=${terminal}`,
    issuer: authority.certificate.subject,
    notBefore: new Date(notBefore),
    notAfter: new Date(notAfter),
    signingAlgorithm: authority.algorithm,
    publicKey: csr.publicKey,
    signingKey: authority.signingKey,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth]),
      await x509.SubjectKeyIdentifierExtension.create(csr.publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(authority.certificate),
    ],
  });
  const sha256 = Buffer.from(await webcrypto.subtle.digest('SHA-256', certificate.rawData)).toString('hex');
  return { pem: `${certificate.toString('pem')}\n`, serial, sha256, notBefore, notAfter };
}
