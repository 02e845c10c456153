import type { Gateway } from '../../gateway/index.ts';
import { loadConfig, settingName, type Config } from '../../ops/config.ts';
import { messageOf } from '../../ops/errors.ts';
import type { Log } from '../../ops/log.ts';

/** SIGHUP: what can be taken while the gateway works is taken (certificates, the level of the log), and what cannot is named. What is
 *  wrong changes nothing. */
export function reload(running: Config, log: Log, gateway: Pick<Gateway, 'reload'>): void {
  try {
    gateway.reload();
    const { logLevel, ...rest } = loadConfig();
    log.level = logLevel;
    const later = (Object.keys(rest) as (keyof typeof rest)[]).filter(
      (key) => JSON.stringify(rest[key]) !== JSON.stringify(running[key]),
    );
    const names = later.map((key) => (key === 'hsm' ? 'hsm' : settingName(key)));
    log.info(
      { logLevel, ...(names.length > 0 && { fromTheNextStart: names }) },
      'certificates and settings were read again',
    );
  } catch (error) {
    log.error({ error: messageOf(error) }, 'nothing was taken at SIGHUP: the gateway goes on with what it had');
  }
}
