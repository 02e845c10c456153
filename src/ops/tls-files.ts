import { createSecureContext } from 'node:tls';
import { checkCertificates, readPem, type Certificates } from './certificate-check.ts';
import { GatewayError, messageOf } from './errors.ts';

/** PEM texts of a TLS server that asks for client certificates. */
export interface TlsTexts {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/** Reads the gateway's certificate, its key and the CA of the terminals' certificates, and sees that TLS takes them.
 *  @throws GatewayError `certificate.invalid`, naming the files and what is wrong with them */
export function readTls(certificates: Certificates, now: number): TlsTexts {
  checkCertificates(certificates, now);
  const { ca, server } = certificates;
  const texts = { ca: readPem(ca), cert: readPem(server.cert), key: readPem(server.key) };
  try {
    createSecureContext(texts);
  } catch (cause) {
    const said = `TLS does not take ${server.cert}, ${server.key} and ${ca} (${messageOf(cause)})`;
    throw new GatewayError('certificate.invalid', `${said}. Put the right files there, as PEM.`, { cause });
  }
  return texts;
}
