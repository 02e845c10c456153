import type pg from 'pg';
import { migrate, tooMuch } from '../ledger/index.ts';
import { assertServer } from '../ops/database.ts';
import { databaseHealth } from '../ops/database-health.ts';
import { GatewayError } from '../ops/errors.ts';
import { openPapers } from '../papers/index.ts';
import { loadDoorKeys } from './door-keys.ts';
import { bringCertificates, openFoundation } from './foundation.ts';
import { openHttp, openPublic } from './http.ts';
import type { Gateway, GatewayOptions } from './options.ts';
import { practiceSide } from './practice.ts';

/** The public door in a process of its own, as a role that can read no table of money (people.md 2): no HSM, no pan.key, no link to a bank, no
 *  duty of time. Operators' HTTP has health and metrics only. */
export async function startPublicAlone(options: GatewayOptions): Promise<Gateway> {
  const { config, databaseUrl, parts, random } = options;
  const ownerKeys = loadDoorKeys(config.data);
  const foundation = await openFoundation(options, ['public']);
  const { log, metrics, pool } = foundation;
  await parts.up(
    'HTTP',
    () => openHttp(config, metrics, { clock: options.clock, random, serves: ['public'] }, foundation.readiness, log),
    (http) => http.close(),
  );
  await parts.up('tables', async () => {
    await assertServer(pool, databaseUrl);
    if (!config.allowOwner) await assertPublicRole(pool);
    await migrate(pool); // a role that owns nothing: it sees that the tables are of this version
  });
  const clock = await foundation.followClock();
  const health = databaseHealth(pool, log, clock);
  const kept = config.publicTls ? await bringCertificates(options, foundation) : undefined;
  const papers = await parts.up(
    'papers',
    () => openPapers({ pool, dataDir: config.data, clock, random, log }),
    (opened) => {
      opened.close();
    },
  );
  const practice = await practiceSide({ config, demoDatabaseUrl: undefined, clock, random, log, parts });
  const { supportPhones } = config;
  const tls = kept?.served.tls;
  const door = await parts.up(
    'public door',
    () =>
      openPublic(
        config,
        { pool: () => pool, clock, random, log, papers, ownerKeys, practice, supportPhones, tls },
        log,
      ),
    (opened) => opened.close(),
  );
  kept?.onRenewed(({ tls: renewed }) => {
    door.setTls(renewed);
  });
  foundation.begin([() => health.fault()]);
  return {
    terminalPort: undefined,
    ready: foundation.ready,
    reload: () => {
      kept?.reload();
    },
  };
}

/** @throws GatewayError `database.role` for a role that could read or rewrite the books */
async function assertPublicRole(pool: pg.Pool): Promise<void> {
  const { rows } = await pool.query<{ name: string; reads: boolean | null }>(
    `select current_user as name, bool_or(has_any_column_privilege(c.oid, 'select')) as reads
       from pg_class c where c.oid in (to_regclass('public.postings'), to_regclass('public.transactions'), to_regclass('public.cards'))`,
  );
  const excess = await tooMuch(pool);
  if (excess === undefined && rows[0]?.reads !== true) return;
  throw new GatewayError(
    'database.role',
    `DATABASE_URL: ${excess ?? `${rows[0]?.name ?? ''} may read the books`}. A process that serves the public alone has a login in ` +
      'kalabarg_public (kalabarg db roles, docs/production.md).',
  );
}
