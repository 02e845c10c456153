import { factOf, migrationFault } from '../../ledger/index.ts';
import { openPool } from '../../ops/database.ts';
import { messageOf } from '../../ops/errors.ts';
import { critical, ok, warning, type Said } from '../finding.ts';
import type { Patient } from '../patient.ts';

/** The database that people practise on: it answers, is of this version, and is nobody's books. */
export async function practice({ config }: Patient): Promise<Said[]> {
  const { practiceDatabaseUrl: url } = config;
  if (url === '') return [ok('there is no practice database')];
  const pool = openPool(url, 1);
  pool.on('error', () => undefined); // an idle connection that is lost: the next query says so
  try {
    const fault = await migrationFault(pool);
    if (fault !== undefined) return [warning(`practice database: ${fault}`, 'start a copy that serves the public door: it brings that database to its version')]; // prettier-ignore
    if ((await factOf(pool, 'practice')) === undefined)
      return [critical('KALABARG_PRACTICE_DATABASE_URL names a database with real books', 'name the practice database there: people would practise on real money')]; // prettier-ignore
    return [ok('the practice database is of this version')];
  } catch (error) {
    return [warning(`the practice database cannot be looked at: ${messageOf(error)}`, 'start its server, or empty KALABARG_PRACTICE_DATABASE_URL: /learn does without it')]; // prettier-ignore
  } finally {
    await pool.end();
  }
}
