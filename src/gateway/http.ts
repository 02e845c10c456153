import { isIP } from 'node:net';
import { Server as TlsServer } from 'node:tls';
import { createHttp, type HttpOptions } from '../console/index.ts';
import { settingName, type Config } from '../ops/config.ts';
import { GatewayError } from '../ops/errors.ts';
import { listenError } from '../ops/listen-error.ts';
import type { Log } from '../ops/log.ts';
import type { Metrics } from '../ops/metrics.ts';
import type { Readiness } from '../ops/readiness.ts';
import type { TlsTexts } from '../ops/tls-files.ts';
import { createPublicDoor, type PublicDoorOptions } from '../public/index.ts';

/** @throws GatewayError where the port is taken, naming its setting */
export async function openHttp(
  config: Config,
  metrics: Metrics,
  doors: Pick<HttpOptions, 'clock' | 'random' | 'books' | 'api' | 'serves' | 'metrics'>,
  readiness: Readiness,
  log: Log,
): Promise<{ close(): Promise<void> }> {
  const { registry } = metrics;
  const http = createHttp({ registry, notReady: () => readiness.missing(), ...doors });
  try {
    await http.listen({ host: config.httpHost, port: config.httpPort });
  } catch (error) {
    throw listenError(error as NodeJS.ErrnoException, config.httpPort, settingName('httpPort'));
  }
  log.info({ host: config.host, port: config.httpPort }, 'listening for HTTP');
  return { close: () => http.close() };
}

/** Opens the public door: HTTPS with the gateway's certificate, or HTTP behind a proxy.
 *  @throws GatewayError where the port is taken, naming its setting */
export async function openPublic(
  config: Config,
  options: Omit<PublicDoorOptions, 'trustedProxies' | 'requestsPerSecond'>,
  log: Log,
): Promise<{ close(): Promise<void>; setTls(tls: TlsTexts): void }> {
  const { publicHost, publicPort, trustedProxies, publicRequestsPerSecond } = config;
  const door = createPublicDoor({
    ...options,
    drawing: { warm: true },
    trustedProxies: proxiesOf(trustedProxies),
    requestsPerSecond: publicRequestsPerSecond,
  });
  try {
    await door.listen({ host: publicHost, port: publicPort });
  } catch (error) {
    throw listenError(error as NodeJS.ErrnoException, publicPort, settingName('publicPort'));
  }
  log.info({ host: publicHost, port: publicPort }, 'listening for shops and households');
  return {
    close: () => door.close(),
    setTls: ({ cert, key }) => {
      if (door.server instanceof TlsServer) door.server.setSecureContext({ cert, key });
    },
  };
}

/** @throws GatewayError `config.invalid` for what is no address and no network */
function proxiesOf(setting: string): string[] {
  const proxies = setting.split(',').map((each) => each.trim());
  for (const proxy of proxies) {
    const [address = '', bits] = proxy.split('/');
    const most = isIP(address) === 6 ? 128 : 32;
    if (
      setting !== '' &&
      (isIP(address) === 0 || (bits !== undefined && !(/^\d{1,3}$/.test(bits) && Number(bits) <= most)))
    )
      throw new GatewayError(
        'config.invalid',
        `${settingName('trustedProxies')}: "${proxy}" is no address and no network.`,
      );
  }
  return setting === '' ? [] : proxies;
}
