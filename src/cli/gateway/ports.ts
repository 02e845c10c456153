import { createServer } from 'node:net';
import { listenError } from '../../ops/listen-error.ts';
import { settingName, type Config } from '../../ops/config.ts';

/** Sees before anything is started that its ports can be had.
 *  @throws GatewayError `port.taken`, naming the port and the setting */
export async function assertPortsFree(
  config: Config,
  ports: readonly ('terminalPort' | 'httpPort' | 'publicPort' | 'bankPort' | 'registryPort')[],
): Promise<void> {
  const { host, httpHost, publicHost, simulatorHost } = config;
  const hosts = {
    terminalPort: host,
    httpPort: httpHost,
    publicPort: publicHost,
    bankPort: simulatorHost,
    registryPort: simulatorHost,
  };
  for (const key of ports) {
    const server = createServer();
    await new Promise<void>((done, fail) => {
      server.once('error', (error) => {
        fail(listenError(error, config[key], settingName(key)));
      });
      server.listen(config[key], hosts[key], () => {
        server.close(() => {
          done();
        });
      });
    });
  }
}
