import { chown, mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import {
  exited,
  nativeFolder,
  piped,
  reachable,
  unprivileged,
  type Identity,
  type Piped,
} from '../demo/machine/index.ts';
import type { Clock } from '../ops/clock.ts';
import { openClient } from '../ops/database.ts';
import { fileFault, GatewayError, messageOf, sqlStateOf } from '../ops/errors.ts';
import { copyBackup } from './copy.ts';
import { homePrefix, removeLeftBehind, SOCKET_PREFIX } from './left-behind.ts';

export interface ScratchOptions {
  /** The base backup. */
  readonly backup: string;
  /** The folder that `archive_command` fills; without it, the WAL within the backup alone. */
  readonly wal?: string;
  /** A `restore_command` instead, such as `pgbackrest --stanza=kalabarg archive-get %f "%p"`. */
  readonly restoreCommand?: string;
  /** As it was then, milliseconds since 1970. */
  readonly until?: number;
  /** Where `postgres` is; left out, the one that comes from npm. */
  readonly binDir?: string;
  /** Where the scratch server's folder is made and removed; left out, the system's folder for temporary files. */
  readonly scratch?: string;
  readonly role: string;
  readonly database: string;
  readonly clock: Clock;
  /** Aborted: the server ends, and its folder goes. */
  readonly stopping?: AbortSignal;
}

/** A server that has the restored books, which nobody but this user reaches. */
export interface Scratch {
  readonly url: string;
  /** Ends the server, and removes its folder. */
  close(): Promise<void>;
}

/** Restores a backup into a server of its own, until it takes connections: in a folder of its own, on a socket in it and no port, with none
 *  of the settings of the server that was backed up, so that it neither archives nor follows.
 *  @throws GatewayError `backup.folder`, `backup.room`, `backup.program`, `backup.restore` */
export async function openScratch(options: ScratchOptions): Promise<Scratch> {
  const identity = unprivileged();
  await demandArchive(options.wal);
  const program = await postgresProgram(options.binDir, identity);
  const place = options.scratch ?? tmpdir();
  await removeLeftBehind(resolve(place), options.clock);
  const home = await mkdtemp(join(resolve(place), homePrefix())).catch((cause: unknown) => {
    throw new GatewayError('backup.room', fileFault(place, 'written', cause), { cause });
  });
  const cluster = join(home, 'cluster');
  const remove = (): Promise<void> => rm(home, { recursive: true, force: true });
  try {
    if (identity.uid !== undefined && identity.gid !== undefined) await chown(home, identity.uid, identity.gid);
    const major = await copyBackup(options.backup, cluster, identity);
    await demandMajor(program, major);
    await settle(cluster, options, identity);
    const socket = await mkdtemp(join(tmpdir(), SOCKET_PREFIX)); // its path must be short
    if (identity.uid !== undefined && identity.gid !== undefined) await chown(socket, identity.uid, identity.gid);
    const server = launch(program, cluster, socket, identity);
    const close = async (): Promise<void> => {
      await stop(server);
      await rm(socket, { recursive: true, force: true });
      await remove();
    };
    try {
      const url = `postgresql://${encodeURIComponent(options.role)}@${encodeURIComponent(socket)}/${encodeURIComponent(options.database)}`;
      await answering(url, server, options);
      return { url, close };
    } catch (error) {
      await close();
      throw error;
    }
  } catch (error) {
    await remove();
    throw error;
  }
}

/** PostgreSQL takes an archive that is not there for one that ends at once. */
async function demandArchive(wal: string | undefined): Promise<void> {
  if (wal === undefined) return;
  await readdir(wal).catch((cause: unknown) => {
    throw new GatewayError('backup.folder', fileFault(wal, 'read', cause), { cause });
  });
}

/** @throws GatewayError `backup.program` */
async function postgresProgram(binDir: string | undefined, identity: Identity): Promise<string> {
  const folder = binDir ?? join(reachable(nativeFolder(), identity, 'program'), 'bin');
  const program = join(folder, 'postgres');
  await readdir(folder).catch((cause: unknown) => {
    throw new GatewayError('backup.program', fileFault(folder, 'read', cause), { cause });
  });
  const found = await stat(program).catch(() => undefined);
  if (found?.isFile() === true) return program;
  throw new GatewayError('backup.program', `There is no program "postgres" in ${folder}. Name the folder of PostgreSQL's programs with --bin-dir, such as /usr/lib/postgresql/18/bin.`); // prettier-ignore
}

/** A cluster opens only under the major version that made it. */
async function demandMajor(program: string, major: number): Promise<void> {
  const asked = piped(program, ['--version'], {});
  const status = await exited(asked.child);
  const [, version] = /PostgreSQL\) (\d+)/.exec(asked.output()) ?? [];
  if (status !== 0 || version === undefined)
    throw new GatewayError('backup.program', `${program} does not say its version: ${asked.output().trim()}`);
  if (Number(version) === major) return;
  throw new GatewayError('backup.program', `The backup is of PostgreSQL ${major}, and ${program} is version ${version}: name the programs of version ${major} with --bin-dir.`); // prettier-ignore
}

/** Whoever owns the folder may come, over its socket; the settings say where WAL comes from and where to stop. */
async function settle(cluster: string, options: ScratchOptions, { uid, gid }: Identity): Promise<void> {
  const recovery = {
    restore_command: restoreCommandOf(options),
    recovery_target_timeline: 'latest',
    recovery_target_action: 'promote',
    ...(options.until === undefined ? {} : { recovery_target_time: instantForPostgres(options.until) }),
  };
  const files = {
    'postgresql.conf': Object.entries(recovery)
      .map(([name, value]) => `${name} = '${value.replaceAll('\\', '\\\\').replaceAll("'", "''")}'\n`)
      .join(''),
    'pg_hba.conf': 'local all all trust\n',
    'pg_ident.conf': '',
    'recovery.signal': '',
  };
  for (const [name, text] of Object.entries(files)) {
    const path = join(cluster, name);
    await rm(path, { force: true });
    await writeFile(path, text, { mode: 0o600 });
    if (uid !== undefined && gid !== undefined) await chown(path, uid, gid);
  }
  await mkdir(join(cluster, 'pg_wal'), { recursive: true });
}

function restoreCommandOf({ wal, restoreCommand }: ScratchOptions): string {
  if (restoreCommand !== undefined) return restoreCommand;
  if (wal === undefined) return 'false'; // what lies in pg_wal
  const folder = resolve(wal).replaceAll("'", `'\\''`).replaceAll('%', '%%');
  return `cp '${folder}'/%f "%p"`;
}

/** PostgreSQL refuses a target in ISO 8601 with T and Z. */
function instantForPostgres(ms: number): string {
  return new Date(ms).toISOString().replace('T', ' ').replace('Z', '+00');
}

function launch(program: string, cluster: string, socket: string, identity: Identity): Piped {
  const settings = {
    listen_addresses: '',
    port: '5432',
    unix_socket_directories: socket,
    unix_socket_permissions: '0700',
    hot_standby: 'off', // with it, settings would have to be as large as those of the server that was backed up
    archive_mode: 'off',
    max_connections: '20',
    max_locks_per_transaction: '256',
    max_wal_size: '4GB',
    timezone: 'UTC',
    log_timezone: 'UTC',
    // It is thrown away: what a power cut would cost is this check.
    fsync: 'off',
    full_page_writes: 'off',
    autovacuum: 'off',
  };
  const args = ['-D', cluster, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])];
  return piped(program, args, { ...identity, cwd: cluster, env: { PATH: '/usr/local/bin:/usr/bin:/bin' } });
}

const LOOK_EVERY_MS = 100;

/** However long the WAL takes: as long as the server lives, it recovers. */
async function answering(url: string, server: Piped, { clock, stopping, until }: ScratchOptions): Promise<void> {
  for (;;) {
    if (stopping?.aborted === true) throw new GatewayError('stopped', 'The check was stopped.');
    if (server.child.exitCode !== null || server.child.signalCode !== null) throw refused(server, until);
    try {
      const client = await openClient(url);
      await client.end();
      return;
    } catch (error) {
      const state = sqlStateOf(error);
      if (state !== undefined && !['57P03', '57P01'].includes(state)) // 57P03: it recovers; 57P01: it goes
        throw new GatewayError('backup.restore', `The backup was restored, and its database cannot be opened: ${messageOf(error)}. Are --database and --role those of the books?`, { cause: error }); // prettier-ignore
      await clock.sleep(LOOK_EVERY_MS, stopping);
    }
  }
}

/** Of what the server printed, what made it end. */
function refused(server: Piped, until: number | undefined): GatewayError {
  const lines = server.output().trim().split('\n');
  const telling = lines.filter((line) => /\b(FATAL|PANIC|DETAIL):|denied|not found/.test(line));
  const why = (telling.length > 0 ? telling : lines.slice(-3)).join('\n');
  const to = until === undefined ? '' : ` to ${new Date(until).toISOString()}`;
  return new GatewayError('backup.restore', `The backup cannot be restored${to}. PostgreSQL says:\n${why}`);
}

async function stop(server: Piped): Promise<void> {
  if (server.child.exitCode !== null || server.child.signalCode !== null) return;
  const gone = exited(server.child);
  server.child.kill('SIGQUIT'); // nothing in it is kept
  await gone;
}
