import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LinkEndpoint, LinkTls } from '../../net/link/index.ts';
import type { Config } from '../../ops/config.ts';
import { GatewayError } from '../../ops/errors.ts';
import { parsePlace } from '../../field/place.ts';

/** Where the bank is, of `KALABARG_BANK_HOST`: a list with commas of `host`, `host:port`, `tls://host:port`, and at most
 *  one `listen://host:port` or `listen+tls://host:port`, where the bank connects to us. Without a port: `bankPort`.
 *  TLS takes `<data>/bank/ca.crt`, and `client.crt` with `client.key` where they lie there.
 *  @throws GatewayError `config.invalid` */
export function bankEndpoints(config: Pick<Config, 'bankHost' | 'bankPort' | 'simulatorHost' | 'data'>): {
  endpoints: LinkEndpoint[];
  listen: LinkEndpoint | undefined;
} {
  const places = (config.bankHost === '' ? config.simulatorHost : config.bankHost)
    .split(',')
    .map((place) => place.trim());
  const endpoints: LinkEndpoint[] = [];
  let listen: LinkEndpoint | undefined;
  for (const place of places) {
    const [, scheme = 'tcp', rest = ''] = /^(?:(tcp|tls|listen|listen\+tls):\/\/)?(.*)$/.exec(place) ?? [];
    const at = parsePlace(rest, config.bankPort);
    if (at === undefined) throw unknownPlace(place);
    const endpoint = { ...at, ...(scheme.endsWith('tls') ? { tls: bankTls(config.data) } : {}) };
    if (!scheme.startsWith('listen')) endpoints.push(endpoint);
    else if (listen === undefined) listen = endpoint;
    else throw unknownPlace(place);
  }
  return { endpoints, listen };
}

function unknownPlace(place: string): GatewayError {
  return new GatewayError(
    'config.invalid',
    `KALABARG_BANK_HOST: ${JSON.stringify(place)} is not host, host:port, tls://host:port or one listen://host:port.`,
  );
}

function bankTls(data: string): LinkTls {
  const read = (name: string): string | undefined => {
    const file = join(data, 'bank', name);
    return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
  };
  const [ca, cert, key] = [read('ca.crt'), read('client.crt'), read('client.key')];
  if (ca === undefined) {
    throw new GatewayError(
      'config.invalid',
      `tls:// in KALABARG_BANK_HOST needs the bank's CA in ${join(data, 'bank', 'ca.crt')}.`,
    );
  }
  return cert === undefined || key === undefined ? { ca } : { ca, cert, key };
}
