import type pg from 'pg';
import { factOf, migrate, tooMuch } from '../ledger/index.ts';
import { assertServer, openPool } from '../ops/database.ts';
import { GatewayError } from '../ops/errors.ts';
import type { Log } from '../ops/log.ts';
import { migrateQueues } from '../settlement/jobs/index.ts';

const POOL_SIZE = 16;

/** The connections that the gateway works with, as the role of its duty. */
export function poolOf(databaseUrl: string, log: Log): pg.Pool {
  const pool = openPool(databaseUrl, POOL_SIZE);
  pool.on('error', (error) => {
    log.error({ error: error.message }, 'an idle database connection was lost');
  });
  return pool;
}

export interface Tables {
  readonly pool: pg.Pool;
  readonly databaseUrl: string;
  /** Empty: the role of databaseUrl owns the tables, or they are of this version. */
  readonly ownerDatabaseUrl: string;
  readonly demo: boolean;
  /** The setting that lets the owner of the tables serve. */
  readonly allowOwner: boolean;
  readonly log: Log;
}

/** Brings the tables to this version, on a server and as a role that the books are safe with.
 *  @throws GatewayError `database.settings`, `database.role`, `practice.database` */
export async function bringTables({
  pool,
  databaseUrl,
  ownerDatabaseUrl,
  demo,
  allowOwner,
  log,
}: Tables): Promise<void> {
  await assertServer(pool, databaseUrl);
  const refused = demo || allowOwner ? undefined : assertDuty;
  await refused?.(pool); // before anything is changed
  await asOwner(ownerDatabaseUrl, pool, async (owner) => {
    if (ownerDatabaseUrl !== '') await migrateQueues(owner); // first: migrate says the rights on them too
    await migrate(owner);
  });
  if ((await factOf(pool, 'practice')) !== undefined) {
    throw new GatewayError(
      'practice.database',
      'DATABASE_URL names a database that people practise on (KALABARG_PRACTICE_DATABASE_URL): nothing is ever sold or paid in it.',
    );
  }
  await refused?.(pool); // a database that was empty: whose are its tables now?
  const excess = await tooMuch(pool);
  if (!demo && excess !== undefined) log.warn({ why: excess }, 'the role of DATABASE_URL may rewrite the books');
}

/** Runs `work` as the owner of the tables; the process keeps no connection of his. */
export async function asOwner(ownerUrl: string, pool: pg.Pool, work: (owner: pg.Pool) => Promise<void>): Promise<void> {
  if (ownerUrl === '') return work(pool);
  const owner = openPool(ownerUrl, 2);
  owner.on('error', () => undefined); // an idle connection that is lost: the next query says so
  try {
    await work(owner);
  } finally {
    await owner.end();
  }
}

/** @throws GatewayError `database.role` for a role that could rewrite the books */
async function assertDuty(pool: pg.Pool): Promise<void> {
  const excess = await tooMuch(pool);
  if (excess === undefined) return;
  throw new GatewayError(
    'database.role',
    `DATABASE_URL: ${excess}, and could rewrite the books. Make the gateway's role with kalabarg db roles and give it a login ` +
      '(docs/production.md), and put the present URL into KALABARG_OWNER_DATABASE_URL. KALABARG_ALLOW_OWNER=true keeps this role.',
  );
}
