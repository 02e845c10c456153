import { stat } from 'node:fs/promises';
import { lastCheck } from '../../backup/index.ts';
import { DAY_MS } from '../../ops/clock.ts';
import { fileFault } from '../../ops/errors.ts';
import { sqlIn } from '../../ops/sql.ts';
import { critical, ok, unknown, warning, type Said } from '../finding.ts';
import type { Patient } from '../patient.ts';
import { serverOf } from './database.ts';

const sql = sqlIn(new URL('../sql/', import.meta.url));
const HOUR_S = 3_600;

interface Archiver {
  readonly archived: number | null;
  readonly failed: number;
  readonly failing: boolean | null;
  readonly wal: string | null;
  readonly timeout: number;
}

/** Whether WAL reaches the archive: with it, and a base backup before it, the books can be restored to the second. */
export async function backups(patient: Patient): Promise<Said[]> {
  const { archive } = await serverOf(patient);
  if (archive === 'off' && patient.demo) return [ok('the demo keeps no backup')];
  return [...(await archived(patient)), await baseBackup(patient), proved(patient)];
}

/** A backup that nobody ever restored is a hope. */
function proved({ config, clock }: Patient): Said {
  const todo = 'run kalabarg backup check; its timer does it every week (docs/production.md)';
  const last = lastCheck(config.data);
  if (last === undefined) return warning('no backup was ever restored and found in order', todo);
  const days = Math.floor((clock.now() - last.at) / DAY_MS);
  const says = `a backup was restored and found in order ${days} days ago`;
  return days > config.backupCheckDays ? warning(says, todo) : ok(says);
}

/** The file that the job of base backups touches when one is whole. */
async function baseBackup({ config, clock }: Patient): Promise<Said> {
  const { backupMarker: file, backupHours } = config;
  if (file === '') return ok('when the last base backup was taken is not watched (KALABARG_BACKUP_MARKER)');
  const todo = 'look at the job of base backups: it touches that file when one is whole (docs/production.md)';
  const taken = await stat(file).catch((error: unknown) => fileFault(file, 'read', error));
  if (typeof taken === 'string') return critical(`no base backup is known: ${taken}`, todo);
  const hours = Math.floor((clock.now() - taken.mtimeMs) / (HOUR_S * 1_000));
  const says = `the last base backup is ${hours} h old`;
  return hours > backupHours ? critical(says, todo) : ok(says);
}

async function archived(patient: Patient): Promise<Said[]> {
  const { archive } = await serverOf(patient);
  if (archive === 'off')
    return [critical('WAL is not archived', 'set archive_mode and archive_command (pgBackRest), and take a base backup (docs/production.md)')]; // prettier-ignore
  const { rows } = await patient.books.query<Archiver>(sql('archiver'));
  const [is] = rows;
  if (is === undefined) return [unknown('the archiver says nothing', 'look at pg_stat_archiver')];
  if (is.failing === true)
    return [critical(`WAL ${is.wal ?? ''} cannot be archived (${is.failed} failures)`, 'read the log of PostgreSQL; its disk fills up until the archive takes WAL again')]; // prettier-ignore
  if (is.archived === null) return [warning('no WAL was archived yet', 'run select pg_switch_wal(), and look again')];
  const minutes = Math.round(is.archived / 60);
  const says = `WAL was archived ${minutes} min ago`;
  if (is.archived > Math.max(HOUR_S, 2 * is.timeout))
    return [warning(says, 'set archive_timeout to 60 s, so that a quiet night is archived too')];
  return [ok(says)];
}
