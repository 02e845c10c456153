import { databaseNow, functionSets, migrationFault, setName, tooMuch } from '../../ledger/index.ts';
import { sqlIn } from '../../ops/sql.ts';
import { critical, ok, warning, type Said } from '../finding.ts';
import type { Patient } from '../patient.ts';

const sql = sqlIn(new URL('../sql/', import.meta.url));

interface Server {
  readonly version: string;
  readonly number: number;
  readonly standby: boolean;
  readonly fsync: string;
  readonly pages: string;
  readonly commits: string;
  readonly checksums: string;
  readonly vacuum: string;
  readonly wanted: string;
  readonly connections: number;
  readonly archive: string;
}

export async function serverOf({ books }: Patient): Promise<Server> {
  const { rows } = await books.query<Server>(sql('server'));
  if (rows[0] === undefined) throw new Error('the server says nothing of itself');
  return rows[0];
}

const OLDEST = 150_000;

/** Whether it answers, and writes. */
export async function database(patient: Patient): Promise<Said[]> {
  const from = patient.clock.monotonic();
  const { version: is, number, standby } = await serverOf(patient);
  const ms = Math.ceil(patient.clock.monotonic() - from);
  if (standby)
    return [critical(`PostgreSQL ${is} is a standby: it takes no writes`, 'point DATABASE_URL at the primary, or at the proxy before it')]; // prettier-ignore
  if (number < OLDEST) return [critical(`PostgreSQL ${is} is too old`, 'move to PostgreSQL 15 or later')];
  return [ok(`PostgreSQL ${is} answers in ${ms} ms`)];
}

/** Whether tables and functions are those of this version. */
export async function version({ books }: Patient): Promise<Said[]> {
  const fault = await migrationFault(books);
  if (fault === undefined) return [ok('tables and functions are of this version'), ...(await others(books))];
  return [critical(fault, 'run kalabarg db migrate as the owner, or start the version that made them')];
}

/** Functions of other versions: by which copies decide during an upgrade, or that stay as the way back. */
async function others(books: Patient['books']): Promise<Said[]> {
  const sets = (await functionSets(books)).filter(({ ours }) => !ours);
  return sets.map(({ digits, users }) => {
    const name = `functions of another version (${setName(digits)})`;
    return ok(users > 0 ? `${name} are in use` : `${name} are not in use: the way back, until kalabarg db contract`);
  });
}

/** Whether the role that the gateway works with may do more than its duty. */
export async function role({ gateway, config }: Patient): Promise<Said[]> {
  const much = await tooMuch(gateway);
  if (much === undefined) return [ok('the gateway works with a role that cannot rewrite the books')];
  const todo = 'make the roles (kalabarg db roles) and name one of their logins in DATABASE_URL';
  return [config.allowOwner ? critical(`${much}, and KALABARG_ALLOW_OWNER lets it`, todo) : critical(much, todo)];
}

/** Settings of the server without which a commit may be lost. */
export async function server(patient: Patient): Promise<Said[]> {
  const is = await serverOf(patient);
  const said: Said[] = [];
  const lost = 'an answered purchase may be lost with the machine; set it in postgresql.conf and restart';
  if (is.fsync !== 'on') said.push(critical('fsync is off', lost));
  if (is.pages !== 'on') said.push(critical('full_page_writes is off', lost));
  if (['off', 'local'].includes(is.commits) && (is.commits === 'off' || is.wanted !== ''))
    said.push(
      critical(`synchronous_commit is ${is.commits}`, 'set it to on: no answer may leave before its commit is safe'),
    );
  if (is.vacuum !== 'on') said.push(critical('autovacuum is off', 'set it to on: tables grow, and the server stops at two billion transactions')); // prettier-ignore
  if (is.checksums !== 'on' && !patient.demo)
    said.push(
      warning(
        'data checksums are off',
        'enable them with pg_checksums in the next maintenance: a bad disk is then seen',
      ),
    );
  return said.length > 0 ? said : [ok('commits survive a crash of the server')];
}

const MOST_AGE = 1_000_000_000;

/** Transactions that keep others from being cleaned up, and connections that run out. */
export async function transactions(patient: Patient): Promise<Said[]> {
  const { connections } = await serverOf(patient);
  const { rows } = await patient.books.query<{ old: number; used: number; age: string }>(sql('transactions'));
  const { old = 0, used = 0, age = '0' } = rows[0] ?? {};
  const said: Said[] = [];
  if (old > 0)
    said.push(warning(`${old} transactions are older than 5 minutes`, 'look at pg_stat_activity: who holds them keeps dead rows in every table')); // prettier-ignore
  if (used > connections * 0.9)
    said.push(critical(`${used} of ${connections} connections are used`, 'find who holds them (pg_stat_activity), or raise max_connections')); // prettier-ignore
  if (Number(age) > MOST_AGE)
    said.push(critical(`the oldest transaction id is ${age} transactions old`, 'let vacuum freeze: the server stops at two billion')); // prettier-ignore
  return said.length > 0 ? said : [ok(`${used} of ${connections} connections are used, none holds an old transaction`)];
}

const DRIFT_MS = 1_000;

/** This machine's clock against the database's. */
export async function clock({ books, clock: own }: Patient): Promise<Said[]> {
  await databaseNow(books); // connects
  const before = own.now();
  const theirs = await databaseNow(books);
  const ahead = Math.round((before + own.now()) / 2 - theirs);
  const says = `this machine is ${Math.abs(ahead)} ms ${ahead < 0 ? 'behind' : 'ahead of'} the database`;
  if (Math.abs(ahead) < DRIFT_MS) return [ok(says)];
  return [critical(says, 'find out which of the two is wrong (chronyc tracking), and set it right slowly')];
}
