import { isIPv6 } from 'node:net';

/** Where something listens. */
export interface Place {
  readonly host: string;
  readonly port: number;
}

/** `host:port`, where an IPv6 address stands in brackets: `[::1]:8583`.
 *  @param fallback the port of a text that names none; without it a port must be there
 *  @returns undefined for anything else: a port is 1 to 65535 */
export function parsePlace(text: string, fallback?: number): Place | undefined {
  const [, bracketed, name, digits] = /^(?:\[([^\]\s]+)\]|([^\s:/[\]@]+))(?::(\d{1,5}))?$/.exec(text) ?? [];
  const host = bracketed ?? name;
  const port = digits === undefined ? fallback : Number(digits);
  if (host === undefined || port === undefined || port < 1 || port > 65_535) return undefined;
  return bracketed !== undefined && !isIPv6(bracketed) ? undefined : { host, port };
}

/** `::1` and 8583 → `[::1]:8583`. */
export function placeText({ host, port }: Place): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
