import type pg from 'pg';
import type { Registry } from 'prom-client';
import { noteAuthorities, type AuthorityContent, type Ledger } from '../../ledger/index.ts';
import type { Clock } from '../../ops/clock.ts';
import { GatewayError, messageOf } from '../../ops/errors.ts';
import type { Log } from '../../ops/log.ts';
import { openAuthority, type AuthorityClient } from './client.ts';
import { authorityMetrics, standInMetrics } from './metrics.ts';
import { orderBook, type OrderBook } from './orders.ts';
import type { VoucherPort } from './port.ts';
import { remoteVoucher } from './remote.ts';
import { dueList, takeDayList, type ListIntake } from './reconcile.ts';
import { contentOf, readAuthorities, type AuthoritySettings } from './settings.ts';
import { followOrders } from './worker.ts';

export type { VoucherPort } from './port.ts';
export type { ListIntake } from './reconcile.ts';

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

/** A list that is due is asked for so often, until it is there. */
const LISTS_EVERY_MS = 600_000;
/** Above what a card leg and an authority's confirmation may take. */
const SPARE_MS = 15_000;

/** Who decides what the voucher pays, by `<data>/authorities.yaml`; without it, our ledger itself.
 *  @throws GatewayError `settings.file`, `authority.programme` */
export async function openVoucher(
  options: VoucherOptions,
): Promise<{ readonly port: VoucherPort; close(): Promise<void> }> {
  const { pool, ledger, dataDir, clock, random, log, registry, bankTimeoutMs } = options;
  standInMetrics(registry, pool, clock, log);
  const settings = readAuthorities(dataDir);
  if (settings === undefined) return { port: ledger, close: () => Promise.resolve() };
  await assertProgrammes(pool, settings);
  const authorities = settings.authorities.map((each) =>
    openAuthority(each, `${each.name} in ${settings.file}`, clock),
  );
  const orders = orderBook(pool);
  const contents = authorities.map(({ content }) => content);
  await noteAuthorities(pool, contents, clock.now());
  await tellUnapproved(authorities, orders, log);
  const metrics = authorityMetrics(registry, orders, clock, log);
  const port = remoteVoucher({ ledger, orders, authorities, clock, log, metrics, patienceMs: bankTimeoutMs });
  const patienceMs = bankTimeoutMs + SPARE_MS;
  const worker = followOrders({ orders, authorities, clock, random, log, metrics, patienceMs });
  const lists = clock.every(
    LISTS_EVERY_MS,
    async () => {
      await noteAuthorities(pool, contents, clock.now());
      for (const each of authorities) {
        if (!(await orders.isApproved(askedOf(each)))) continue;
        const day = await dueList(pool, each.settings.name, clock.now());
        if (day === undefined) continue;
        const taken = await takeDayList(pool, each, day, clock.now());
        log.info(taken, 'the list of an authority was taken');
      }
    },
    {
      first: 'now',
      onError: (error) => {
        log.error({ error: messageOf(error) }, 'ALARM: the list of an authority was not taken; it is asked for again');
      },
    },
  );
  log.info(
    { authorities: settings.authorities.map(({ name, programme }) => `${name}: ${programme}`) },
    'remote authorities decide programmes',
  );
  return {
    port,
    close: async () => {
      await Promise.all([worker.stop(), lists.stop()]);
      for (const each of authorities) each.close();
    },
  };
}

const askedOf = ({ settings, digest }: AuthorityClient) => ({ authority: settings.name, digest });

async function tellUnapproved(
  authorities: readonly AuthorityClient[],
  orders: Pick<OrderBook, 'isApproved'>,
  log: Log,
): Promise<void> {
  for (const each of authorities) {
    if (await orders.isApproved(askedOf(each))) continue;
    log.warn(
      { authority: each.settings.name },
      'two persons have not approved this authority as authorities.yaml has it: it is not asked (kalabarg programme authority propose)',
    );
  }
}

/** What a settings file says of an authority, for two persons to decide.
 *  @throws GatewayError `settings.file`, `authority.unknown` */
export function authorityOfFile(dataDir: string, name: string): AuthorityContent {
  return contentOf(settingsOf(dataDir, name));
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

/** Takes the list of a day, as the command asks for it.
 *  @param name of an authority in `<data>/authorities.yaml`
 *  @throws GatewayError `settings.file`, `authority.unknown`, `authority.off`, `authority.list`, `authority.list-changed` */
export async function takeList(
  { pool, dataDir, clock }: Pick<VoucherOptions, 'pool' | 'dataDir' | 'clock'>,
  name: string,
  day: string,
): Promise<ListIntake> {
  const authority = openAuthority(settingsOf(dataDir, name), `${name} in authorities.yaml`, clock);
  try {
    if (!(await orderBook(pool).isApproved(askedOf(authority))))
      throw new GatewayError(
        'authority.off',
        `Two persons have not approved ${name} as authorities.yaml has it: kalabarg programme authority propose ${name}.`,
      );
    return await takeDayList(pool, authority, day, clock.now());
  } finally {
    authority.close();
  }
}

function settingsOf(dataDir: string, name: string): AuthoritySettings {
  const settings = readAuthorities(dataDir);
  const found = settings?.authorities.find((each) => each.name === name);
  if (found !== undefined) return found;
  const known = settings?.authorities.map((each) => each.name).join(', ') ?? 'none';
  throw new GatewayError('authority.unknown', `authorities.yaml in ${dataDir} has no ${name}; it has: ${known}.`);
}
