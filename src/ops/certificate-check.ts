import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { GatewayError, fileFault, messageOf } from './errors.ts';

/** Files of a TLS server that asks for client certificates: the CA of the terminals, and what the server shows. */
export interface Certificates {
  readonly ca: string;
  readonly server: { readonly cert: string; readonly key: string };
}

const PEM = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

/** Refuses a PKI on which no terminal could be let in, or with which nobody would speak: before anything listens.
 *  @throws GatewayError `certificate.invalid`: names the file, what is wrong, and what it must be */
export function checkCertificates({ ca, server }: Certificates, now: number): void {
  for (const authority of certificatesIn(ca)) {
    if (!authority.ca)
      throw invalid(ca, 'holds a certificate that is not an authority: it cannot issue certificates to terminals');
    assertInTime(ca, authority, now);
  }
  const [own] = certificatesIn(server.cert);
  if (own === undefined) return;
  assertInTime(server.cert, own, now);
  if (own.checkPrivateKey(keyIn(server.key))) return;
  throw invalid(server.key, `is not the key of ${server.cert}. Put the right files there, as PEM`);
}

function certificatesIn(file: string): X509Certificate[] {
  const blocks = readPem(file).match(PEM) ?? [];
  if (blocks.length === 0) throw invalid(file, 'holds no certificate: it must be PEM (-----BEGIN CERTIFICATE-----)');
  return blocks.map((block) => {
    try {
      return new X509Certificate(block);
    } catch (cause) {
      throw invalid(file, `holds something that is not a certificate: ${messageOf(cause)}`, cause);
    }
  });
}

function keyIn(file: string): KeyObject {
  try {
    return createPrivateKey(readPem(file));
  } catch (cause) {
    if (cause instanceof GatewayError) throw cause;
    throw invalid(file, 'holds no private key that can be read: it must be PEM, without a passphrase', cause);
  }
}

function assertInTime(file: string, certificate: X509Certificate, now: number): void {
  const [from, to] = [Date.parse(certificate.validFrom), Date.parse(certificate.validTo)];
  if (now > to) throw invalid(file, `ended on ${certificate.validTo}: get a new one`);
  if (now < from) throw invalid(file, `begins on ${certificate.validFrom}, and this machine says it is earlier`);
}

/** @throws GatewayError `certificate.invalid` */
export function readPem(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new GatewayError('certificate.invalid', fileFault(file, 'read', cause), { cause });
  }
}

function invalid(file: string, why: string, cause?: unknown): GatewayError {
  return new GatewayError('certificate.invalid', `${file} ${why}.`, { cause });
}
