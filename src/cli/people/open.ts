import { openPanKey } from '../../ledger/index.ts';
import { systemClock } from '../../ops/clock.ts';
import { loadConfig, type Config } from '../../ops/config.ts';
import { openPool } from '../../ops/database.ts';
import { GatewayError, sqlStateOf } from '../../ops/errors.ts';
import { databaseUrl, ownerDatabaseUrl } from '../../ops/runtime.ts';
import { openPeople, type People } from '../../people/index.ts';

/** PostgreSQL: there is no such table. */
const NO_TABLE = '42P01';

/** Opens the people of the database that is set up here, for one command.
 *  @param as whose connection it is
 *  @throws GatewayError `database.unknown`, `database.empty`, `secrets.missing` */
export async function withPeople(
  as: 'gateway' | 'owner',
  work: (people: People & { readonly config: Config }) => Promise<void>,
): Promise<void> {
  const config = loadConfig();
  const pool = openPool(as === 'owner' ? ownerDatabaseUrl(config) : databaseUrl(config), 2);
  pool.on('error', () => undefined); // an idle connection that is lost: the next query says so
  try {
    await work({ ...openPeople(pool, await openPanKey(pool, config.data), systemClock), config });
  } catch (error) {
    if (sqlStateOf(error) !== NO_TABLE) throw error;
    throw new GatewayError('database.empty', 'The database has no tables yet: run kalabarg db migrate.', {
      cause: error,
    });
  } finally {
    await pool.end();
  }
}
