import { webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import { DAY_MS } from '../../ops/clock.ts';
import { serialOf, signed, unsigned, type Authority } from './authority.ts';

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
  { publicKey, terminal }: { publicKey: x509.PublicKey; terminal: string },
  now: number,
  random: Buffer,
): Promise<Issued> {
  const serial = serialOf(random);
  const notBefore = Math.floor((now - BEFORE_MS) / 1_000) * 1_000;
  const notAfter = Math.floor(Math.min(now + VALID_DAYS * DAY_MS, authority.notAfter) / 1_000) * 1_000;
  const made = await x509.X509CertificateGenerator.create({
    serialNumber: serial,
    subject: `CN=${terminal}`,
    issuer: authority.certificate.subject,
    notBefore: new Date(notBefore),
    notAfter: new Date(notAfter),
    signingAlgorithm: authority.algorithm,
    publicKey,
    signature: unsigned(authority.algorithm),
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth]),
      await x509.SubjectKeyIdentifierExtension.create(publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(authority.certificate),
    ],
  });
  const certificate = await signed(made, (content) => authority.sign(content));
  const sha256 = Buffer.from(await webcrypto.subtle.digest('SHA-256', certificate.rawData)).toString('hex');
  return { pem: `${certificate.toString('pem')}\n`, serial, sha256, notBefore, notAfter };
}
