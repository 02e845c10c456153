import type { Command } from 'commander';
import { checkBackup, noteCheck, type BackupVerdict } from '../../backup/index.ts';
import { systemClock } from '../../ops/clock.ts';
import { loadConfig, type Config } from '../../ops/config.ts';
import { openPool } from '../../ops/database.ts';
import { GatewayError } from '../../ops/errors.ts';
import { ownerDatabaseUrl } from '../../ops/runtime.ts';
import { headsOf } from '../../settlement/journal.ts';
import { tellFault } from '../faults.ts';
import { instant, span, withJson } from '../options.ts';
import { print, type JsonOption } from '../print.ts';

interface Options extends JsonOption {
  readonly wal?: string;
  readonly restoreCommand?: string;
  readonly until?: number;
  readonly binDir?: string;
  readonly scratch?: string;
  readonly database?: string;
  readonly role?: string;
  readonly maxAge: number;
  readonly alone?: boolean;
}

export function register(program: Command): void {
  withJson(program.command('backup').command('check'))
    .description(
      'restore a base backup and its WAL into a scratch server, recompute its books, compare its journals; then throw it away',
    )
    .argument('<folder>', 'of pg_basebackup (plain or tar), or that pgbackrest restore filled')
    .option('--wal <folder>', 'where archive_command puts WAL (default: only what lies in the backup)')
    .option('--restore-command <command>', 'a restore_command instead of --wal, with %f and %p')
    .option(
      '--until <instant>',
      'as it was then, such as 2026-11-28T03:00:00+03:30 (default: the end of the WAL)',
      instant('--until'),
    )
    .option('--max-age <time>', 'a warning when the newest restored commit is older', span('--max-age'), 86_400_000)
    .option('--bin-dir <folder>', "PostgreSQL's programs, of the version of the backup (default: those from npm)")
    .option('--scratch <folder>', 'where there is room for it (default: the folder for temporary files)')
    .option('--database <name>', 'of the books (default: that of the settings)')
    .option('--role <name>', 'of the owner of the tables (default: that of the settings)')
    .option('--alone', 'do not ask the database that was backed up')
    .addHelpText(
      'after',
      '\nExit status: 0 in order, 1 in order and too old, 2 it cannot be restored or is not in order, 3 it could not be looked at.',
    )
    .action(check);
}

/** These say something of the backup; the others, that nobody could look at it. */
const OF_THE_BACKUP: readonly string[] = ['backup.folder', 'backup.restore'];

async function check(backup: string, options: Options): Promise<void> {
  const stopped = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => {
      stopped.abort();
    });
  try {
    await report(backup, options, stopped.signal);
  } catch (error) {
    tellFault(error);
    process.exitCode = error instanceof GatewayError && OF_THE_BACKUP.includes(error.code) ? 2 : 3;
  }
}

async function report(backup: string, options: Options, stopping: AbortSignal): Promise<void> {
  const { alone, maxAge, until } = options;
  const config = loadConfig();
  const url = liveUrl(config, alone === true);
  const live = url === undefined ? undefined : openPool(url, 1);
  live?.on('error', () => undefined); // the query that asks says so
  const { username, pathname } = new URL(url ?? 'postgresql://postgres@localhost/postgres');
  const began = systemClock.monotonic();
  try {
    const verdict = await checkBackup({
      ...options,
      ...(live === undefined || alone === true ? {} : { live }),
      backup,
      role: options.role ?? (decodeURIComponent(username) || 'postgres'),
      database: options.database ?? (decodeURIComponent(pathname.slice(1)) || 'postgres'),
      heads: headsOf(config.data),
      clock: systemClock,
      stopping,
    });
    const now = systemClock.now();
    const newest = verdict.newestCommit ?? verdict.newestTransaction;
    const old = until === undefined && (newest === null || now - newest > maxAge);
    const seconds = Math.round((systemClock.monotonic() - began) / 1_000);
    if (verdict.inOrder && !old && until === undefined)
      await noteCheck(config.data, { at: now, backup, newest: verdict.newestCommit });
    print(options, { backup, ...verdict, tooOld: old, seconds }, () => told(backup, verdict, { now, old, seconds }));
    process.exitCode = verdict.inOrder ? Number(old) : 2;
  } finally {
    await live?.end();
  }
}

/** @returns undefined where no settings say where the books are; with --alone only names are taken from it */
function liveUrl(config: Config, alone: boolean): string | undefined {
  try {
    return ownerDatabaseUrl(config);
  } catch (error) {
    if (alone) return undefined;
    if (error instanceof GatewayError && error.code === 'database.unknown')
      throw new GatewayError('database.unknown', `${error.message} --alone looks at the backup without it.`, { cause: error }); // prettier-ignore
    throw error;
  }
}

interface Circumstances {
  readonly now: number;
  readonly old: boolean;
  readonly seconds: number;
}

function told(backup: string, verdict: BackupVerdict, { now, old, seconds }: Circumstances): string {
  const { faults, newestCommit, newestTransaction, days, comparedWith, notCompared, inOrder } = verdict;
  const age = (at: number | null): string =>
    at === null ? 'none' : `${new Date(at).toISOString()}, ${ageOf(now - at)} ago`;
  return [
    ...faults.map((fault) => `NOT IN ORDER  ${fault}`),
    `newest commit       ${age(newestCommit)}${old ? '  TOO OLD' : ''}`,
    `newest transaction  ${age(newestTransaction)}`,
    `journals            ${days} closed days${comparedWith.length === 0 ? '' : `, as in the ${comparedWith.join(' and the ')}`}`,
    ...(notCompared === null ? [] : [`the database could not be asked: ${notCompared}`]),
    `${backup} was restored in ${seconds} s; ${inOrder ? 'its books are in order' : 'its books are not in order'}`,
  ].join('\n');
}

function ageOf(ms: number): string {
  const minutes = Math.max(0, Math.floor(ms / 60_000));
  if (minutes < 60) return `${minutes} min`;
  return minutes < 2_880 ? `${Math.floor(minutes / 60)} h` : `${Math.floor(minutes / 1_440)} days`;
}
