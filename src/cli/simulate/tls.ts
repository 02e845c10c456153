import { readText } from '../files.ts';
import { wrongOption } from '../options.ts';

/** Files of a simulator's own TLS, PEM. */
export interface TlsOptions {
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly tlsCa?: string;
}

export interface SimulatorTls {
  readonly cert: string;
  readonly key: string;
  /** A client certificate of it is demanded. */
  readonly ca?: string;
}

/** @returns undefined: plain TCP
 *  @throws GatewayError `option.invalid`, `file.unreadable` */
export function tlsOf({ tlsCert, tlsKey, tlsCa }: TlsOptions): SimulatorTls | undefined {
  if (tlsCert === undefined && tlsKey === undefined && tlsCa === undefined) return undefined;
  if (tlsCert === undefined || tlsKey === undefined)
    throw wrongOption('--tls-cert, --tls-key, --tls-ca', 'a certificate and its key, and a CA only with them');
  const pair = { cert: readText(tlsCert), key: readText(tlsKey) };
  return tlsCa === undefined ? pair : { ...pair, ca: readText(tlsCa) };
}
