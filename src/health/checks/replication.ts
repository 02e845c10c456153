import { sqlIn } from '../../ops/sql.ts';
import { critical, ok, unknown, warning, type Said } from '../finding.ts';
import type { Patient } from '../patient.ts';
import { serverOf } from './database.ts';

const sql = sqlIn(new URL('../sql/', import.meta.url));
const LATE_S = 60;
const MOST_KEPT = 10n * 1024n ** 3n;

interface Standby {
  readonly name: string;
  readonly state: string;
  readonly sync: string;
  readonly lag: number;
  /** This role may not see it. */
  readonly hidden: boolean;
}

/** Whether every commit lies on a second machine. */
export async function replication(patient: Patient): Promise<Said[]> {
  const { wanted, standby } = await serverOf(patient);
  if (standby) return [unknown('a standby does not say', 'ask the primary')];
  const { rows } = await patient.books.query<Standby>(sql('replication'));
  if (rows.some(({ hidden }) => hidden))
    return [unknown('this role may not see the standbys', 'set KALABARG_OWNER_DATABASE_URL, or grant pg_monitor')];
  return [...standbys(rows, wanted, patient.demo), ...(await keptWal(patient))];
}

function standbys(rows: readonly Standby[], wanted: string, demo: boolean): Said[] {
  if (wanted === '' && demo) return [ok('the demo has no standby')];
  if (wanted === '')
    return [critical('no standby has to have a commit before it is answered', 'set synchronous_standby_names (Patroni: synchronous_mode): else the disk of one machine holds the only copy')]; // prettier-ignore
  const synchronous = rows.filter(({ sync, state }) => ['sync', 'quorum'].includes(sync) && state === 'streaming');
  if (synchronous.length === 0)
    return [critical(`commits wait for a standby (${wanted}), and none is there`, 'bring the standby back; purchases stand still until then')]; // prettier-ignore
  const late = rows.filter(({ lag }) => lag > LATE_S);
  return late.length === 0
    ? [ok(`${synchronous.map(({ name }) => name).join(', ')} has every commit`)]
    : late.map(({ name, lag }) => warning(`${name} is ${Math.round(lag)} s behind`, 'look at its disk and its network: a promotion would wait for it')); // prettier-ignore
}

async function keptWal({ books }: Patient): Promise<Said[]> {
  const { rows } = await books.query<{ name: string; kept: string | null }>(sql('slots'));
  return rows
    .filter(({ kept }) => BigInt(kept ?? '0') > MOST_KEPT)
    .map(
      ({ name, kept }) =>
      critical(`the slot ${name}, which nobody uses, keeps ${BigInt(kept ?? '0') / 1024n ** 3n} GiB of WAL`, 'bring its standby back, or drop the slot (pg_drop_replication_slot) before the disk is full'), // prettier-ignore
    );
}
