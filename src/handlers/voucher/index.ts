import type pg from 'pg';
import type { Registry } from 'prom-client';
import type { Ledger } from '../../ledger/index.ts';
import type { Clock } from '../../ops/clock.ts';
import { GatewayError } from '../../ops/errors.ts';
import type { Log } from '../../ops/log.ts';
import { openAuthority } from './client.ts';
import { authorityMetrics } from './metrics.ts';
import { orderBook } from './orders.ts';
import type { VoucherPort } from './port.ts';
import { remoteVoucher } from './remote.ts';
import { readAuthorities } from './settings.ts';
import { followOrders } from './worker.ts';

export type { VoucherPort } from './port.ts';

export interface VoucherOptions {
  readonly pool: pg.Pool;
  readonly ledger: Ledger;
  readonly dataDir: string;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
  readonly registry: Registry;
  readonly bankTimeoutMs: number;
}

/** Above what a card leg and an authority's confirmation may take. */
const SPARE_MS = 15_000;

/** Who decides what the voucher pays, by `<data>/authorities.yaml`; without it, our ledger itself.
 *  @throws GatewayError `settings.file`, `authority.programme` */
export async function openVoucher(
  options: VoucherOptions,
): Promise<{ readonly port: VoucherPort; close(): Promise<void> }> {
  const { pool, ledger, dataDir, clock, random, log, registry, bankTimeoutMs } = options;
  const settings = readAuthorities(dataDir);
  if (settings === undefined) return { port: ledger, close: () => Promise.resolve() };
  await assertProgrammes(pool, settings);
  const authorities = settings.authorities.map((each) =>
    openAuthority(each, `${each.name} in ${settings.file}`, clock),
  );
  const orders = orderBook(pool);
  const metrics = authorityMetrics(registry, orders, clock, log);
  const port = remoteVoucher({ ledger, orders, authorities, clock, log, metrics, patienceMs: bankTimeoutMs });
  const patienceMs = bankTimeoutMs + SPARE_MS;
  const worker = followOrders({ orders, authorities, clock, random, log, metrics, patienceMs });
  log.info(
    { authorities: settings.authorities.map(({ name, programme }) => `${name}: ${programme}`) },
    'remote authorities decide programmes',
  );
  return {
    port,
    close: async () => {
      await worker.stop();
      for (const each of authorities) each.close();
    },
  };
}

async function assertProgrammes(
  pool: pg.Pool,
  { file, authorities }: { file: string; authorities: readonly { name: string; programme: string }[] },
): Promise<void> {
  const { rows } = await pool.query<{ id: string }>('select programme_id as id from programmes');
  const unknown = authorities.find(({ programme }) => !rows.some(({ id }) => id === programme));
  if (unknown === undefined) return;
  throw new GatewayError(
    'authority.programme',
    `${file}: ${unknown.name} decides programme ${unknown.programme}, which the database does not have. ` +
      'Bring it with kalabarg programme apply, or correct the name.',
  );
}
