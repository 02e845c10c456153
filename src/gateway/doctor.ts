import type { Pool } from 'pg';
import { examine, openRounds, type Standing } from '../health/index.ts';
import type { PaymentHsm } from '../hsm/index.ts';
import type { Clock } from '../ops/clock.ts';
import { GatewayError } from '../ops/errors.ts';
import type { GatewayOptions } from './options.ts';

interface Own {
  readonly pool: Pool;
  readonly clock: Clock;
  /** Undefined: it is not open yet. */
  readonly hsm: () => PaymentHsm | undefined;
}

/** The doctor's rounds within a copy: with its own pool, HSM and address, so that nothing is opened beside what serves. */
export function doctorOf(
  { config, demo, logging }: Pick<GatewayOptions, 'config' | 'demo' | 'logging'>,
  { pool, clock, hsm }: Own,
): () => Promise<readonly Standing[]> {
  const copies = config.httpPort === 0 ? [] : [`http://${addressOf(config.httpHost)}:${config.httpPort}`];
  return openRounds({
    clock,
    log: logging.log,
    examine: async () => {
      const opened = hsm();
      if (opened === undefined) throw new GatewayError('api.busy', 'The gateway starts: its keys are not open yet.');
      return examine({ config, clock, books: pool, gateway: pool, demo, copies, hsm: opened });
    },
  });
}

/** Of a copy that listens everywhere: here. */
function addressOf(host: string): string {
  if (['0.0.0.0', '::', ''].includes(host)) return '127.0.0.1';
  return host.includes(':') ? `[${host}]` : host;
}
