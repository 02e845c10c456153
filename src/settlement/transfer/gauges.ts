import { Gauge, type Registry } from 'prom-client';
import { messageOf } from '../../ops/errors.ts';
import type { Log } from '../../ops/log.ts';
import { countQuarantined } from './quarantine.ts';

/** `kalabarg_inbox_quarantined`: files whose reading failed twice, until a person takes them away. */
export function registerInboxGauge(registry: Registry, folder: string, log: Log): void {
  new Gauge({
    name: 'kalabarg_inbox_quarantined',
    help: 'Files of the inbox whose reading failed twice: they lie in inbox/quarantine until a person takes them away',
    registers: [registry],
    async collect() {
      try {
        this.set(await countQuarantined(folder));
      } catch (error) {
        this.reset();
        log.warn({ error: messageOf(error) }, 'inbox/quarantine could not be counted');
      }
    },
  });
}
