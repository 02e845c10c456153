import type pg from 'pg';
import { loadConfig, type Config } from '../ops/config.ts';
import { openPool } from '../ops/database.ts';
import { GatewayError, messageOf, sqlStateOf } from '../ops/errors.ts';
import { ownerDatabaseUrl } from '../ops/runtime.ts';

/** PostgreSQL: there is no such table. */
const NO_TABLE = '42P01';

/** Runs a command on the books of the gateway that is set up here.
 *  @param actor whose act it is: the audit of what it does in the database says so (migrations/0702_money_acts.sql)
 *  @throws GatewayError `database.away` when the database cannot be reached, `database.empty` when it has no books */
export async function withBooks<T>(work: (pool: pg.Pool, config: Config) => Promise<T>, actor?: string): Promise<T> {
  const config = loadConfig();
  const pool = openPool(ownerDatabaseUrl(config), 1, actor === undefined ? {} : { 'kalabarg.actor': actor });
  pool.on('error', () => undefined); // an idle connection that is lost: the next query says so
  try {
    await pool.query('select 1').catch((cause: unknown) => {
      throw new GatewayError('database.away', `The database cannot be reached: ${messageOf(cause)}.`, { cause });
    });
    return await work(pool, config);
  } catch (error) {
    if (sqlStateOf(error) !== NO_TABLE) throw error;
    throw new GatewayError('database.empty', 'The database has no books yet: start the gateway on it first.', {
      cause: error,
    });
  } finally {
    await pool.end();
  }
}
