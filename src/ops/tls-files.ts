import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import type { Certificates } from './certificates.ts';
import { GatewayError, messageOf } from './errors.ts';

/** PEM texts of a TLS server that asks for client certificates. */
export interface TlsTexts {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/** Reads the gateway's certificate, its key and the CA of the terminals' certificates, and sees that TLS takes them.
 *  @throws GatewayError `certificate.invalid`, naming the files and what is wrong with them */
export function readTls({ ca, server }: Certificates): TlsTexts {
  const texts = { ca: read(ca), cert: read(server.cert), key: read(server.key) };
  try {
    createSecureContext(texts);
  } catch (cause) {
    const why = messageOf(cause);
    const said = why.includes('key values mismatch')
      ? `${server.key} is not the key of ${server.cert}`
      : `TLS does not take ${server.cert}, ${server.key} and ${ca} (${why})`;
    throw new GatewayError('certificate.invalid', `${said}. Put the right files there, as PEM.`, { cause });
  }
  return texts;
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new GatewayError('certificate.invalid', `${file} cannot be read: ${messageOf(cause)}.`, { cause });
  }
}
