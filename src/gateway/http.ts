import { createHttp, type HttpOptions } from '../console/index.ts';
import { settingName, type Config } from '../ops/config.ts';
import { listenError } from '../ops/listen-error.ts';
import type { Log } from '../ops/log.ts';
import type { Metrics } from '../ops/metrics.ts';
import type { Readiness } from '../ops/readiness.ts';

/** @throws GatewayError where the port is taken, naming its setting */
export async function openHttp(
  config: Config,
  metrics: Metrics,
  doors: Pick<HttpOptions, 'clock' | 'random' | 'desk' | 'api'>,
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
