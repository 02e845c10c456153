import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chownSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { totalmem } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { GatewayError, messageOf } from '../../ops/errors.ts';
import { systemRandom } from '../../ops/random.ts';
import {
  exited,
  fingerprint,
  nativeFolder,
  piped,
  reachable,
  SHARED_HOME,
  unprivileged,
  walkable,
  type Identity,
  type Piped,
} from './program.ts';

/** A running embedded PostgreSQL. `url` carries the password; it is for `DATABASE_URL`-shaped use only. */
export interface EmbeddedPostgres {
  readonly url: string;
  readonly pid: number;
  /** Fast shutdown (SIGINT: clients are cut off, everything is flushed). */
  stop(): Promise<void>;
}

/** Starts the PostgreSQL server that comes from npm on `<dataDir>/postgres`, making the cluster on first use.
 *  As root the server runs under an unprivileged account, and where that account could not reach the data folder or
 *  the program (a checkout under /root), both live under /var/lib/kalabarg. A server left behind by a killed run is stopped first.
 *  @param settings parameters of postgresql.conf that are to differ from ours
 *  @param stopping aborted: the server is no longer waited for
 *  @throws GatewayError `postgres.missing`, `postgres.init`, `postgres.start` */
export async function startEmbeddedPostgres(
  dataDir: string,
  settings: Readonly<Record<string, string>> = {},
  stopping?: AbortSignal,
): Promise<EmbeddedPostgres> {
  const identity = unprivileged();
  const native = reachable(nativeFolder(), identity, 'program');
  const home = clusterFolder(resolve(dataDir), identity);
  const cluster = join(home, 'cluster');
  const passwordFile = join(home, 'password');
  if (!existsSync(join(cluster, 'PG_VERSION'))) await initialise(native, cluster, passwordFile, identity);
  await stopLeftover(cluster);
  const password = readFileSync(passwordFile, 'utf8').trim();
  const port = await freePort();
  const server = launch(native, cluster, port, identity, settings);
  const url = `postgresql://kalabarg:${password}@127.0.0.1:${port}/postgres`;
  try {
    await answering(url, server, stopping);
  } catch (cause) {
    server.child.kill('SIGINT');
    throw new GatewayError(
      'postgres.start',
      `PostgreSQL did not start on ${cluster}: ${messageOf(cause)}\n${server.output()}`,
      { cause },
    );
  }
  return { url, pid: server.child.pid ?? 0, stop: () => stopServer(server.child) };
}

/** Where the cluster lives: in the data folder, unless the account cannot get there. `location` in the data folder says so. */
function clusterFolder(dataDir: string, identity: Identity): string {
  const own = join(dataDir, 'postgres');
  mkdirSync(own, { recursive: true });
  let home = own;
  if (identity.uid !== undefined && !walkable(dataDir)) {
    home = join(SHARED_HOME, `data-${fingerprint(dataDir)}`);
    mkdirSync(home, { recursive: true });
    writeFileSync(join(own, 'location'), `${home}\n`);
  }
  if (identity.uid !== undefined && identity.gid !== undefined) chownSync(home, identity.uid, identity.gid);
  return home;
}

async function initialise(native: string, cluster: string, passwordFile: string, identity: Identity): Promise<void> {
  rmSync(cluster, { recursive: true, force: true });
  writeFileSync(passwordFile, randomBytes(24).toString('hex'), { mode: 0o600 });
  if (identity.uid !== undefined && identity.gid !== undefined) chownSync(passwordFile, identity.uid, identity.gid);
  const args = [
    '-D',
    cluster,
    '-U',
    'kalabarg',
    '-A',
    'scram-sha-256',
    '--pwfile',
    passwordFile,
    '-E',
    'UTF8',
    '--locale=C',
    '--no-instructions',
  ];
  const run = piped(join(native, 'bin', 'initdb'), args, { ...identity, cwd: dirname(cluster), env: {} });
  const code = await exited(run.child);
  if (code === 0) return;
  rmSync(cluster, { recursive: true, force: true });
  throw new GatewayError('postgres.init', `initdb failed (exit ${code ?? 'signal'}) in ${cluster}: ${run.output()}`);
}

/** A server that a kill -9 left behind still holds the folder: it is asked to stop, so that this run owns its own. */
async function stopLeftover(cluster: string): Promise<void> {
  const pidFile = join(cluster, 'postmaster.pid');
  if (!existsSync(pidFile)) return;
  const pid = Number(readFileSync(pidFile, 'utf8').split('\n')[0]);
  if (!Number.isInteger(pid) || pid <= 1 || !isPostmasterOf(pid, cluster)) {
    rmSync(pidFile, { force: true });
    return;
  }
  process.kill(pid, 'SIGINT');
  for (let waited = 0; waited < 20_000 && isPostmasterOf(pid, cluster); waited += 50) await sleep(50);
}

/** A pid is reused by others after a reboot: only a process that runs on this very folder is ours. */
function isPostmasterOf(pid: number, cluster: string): boolean {
  try {
    process.kill(pid, 0);
    if (process.platform !== 'linux') return true;
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes(cluster);
  } catch {
    return false; // no such process, or one that is not ours to signal
  }
}

/** A sixteenth of the memory that is there, or that the container may take: we are not alone on it. */
function sharedBuffersMb(): number {
  const bytes = Math.min(totalmem(), process.constrainedMemory() || Infinity);
  return Math.round(Math.min(2_048, Math.max(128, bytes / 16 / 1_048_576)));
}

/** Detached, so that a Ctrl-C in the terminal reaches only us: what is in flight is answered before the database goes. */
function launch(
  native: string,
  cluster: string,
  port: number,
  identity: Identity,
  settings: Readonly<Record<string, string>>,
): Piped {
  const all = {
    port: String(port),
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: '100',
    max_locks_per_transaction: '256', // a batch of the ledger takes up to 512 advisory locks (docs/ledger.md)
    shared_buffers: `${sharedBuffersMb()}MB`,
    max_wal_size: '2GB', // checkpoints are rarer, and so are the full pages that follow them
    log_min_messages: 'warning',
    log_timezone: 'UTC',
    timezone: 'UTC',
    ...settings,
  };
  const args = ['-D', cluster, ...Object.entries(all).flatMap(([key, value]) => ['-c', `${key}=${value}`])];
  return piped(join(native, 'bin', 'postgres'), args, { ...identity, cwd: dirname(cluster), env: {}, detached: true });
}

async function answering(url: string, server: Piped, stopping?: AbortSignal): Promise<void> {
  const deadline = Date.now() + 60_000; // crash recovery of a big WAL takes its time
  for (;;) {
    if (server.child.exitCode !== null) throw new Error(`it ended with exit status ${server.child.exitCode}`);
    const client = new pg.Client({ connectionString: url });
    try {
      await client.connect();
      return;
    } catch (error) {
      if (Date.now() > deadline || stopping?.aborted === true) throw error;
      await sleep(50);
    } finally {
      await client.end().catch(() => undefined); // it may never have connected
    }
  }
}

async function stopServer(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = exited(child);
  child.kill('SIGINT');
  await gone;
}

/** Below the ports that systems give to outgoing connections: what is free now is not taken by one of them before it is listened on. */
const PORTS = { from: 10_000, to: 31_999 };
const MOST_TRIES = 50;
/** Whoever asks for several listens on them later: none is given twice. */
const given = new Set<number>();

/** A TCP port that is free now on 127.0.0.1, and that this process was not given before.
 *  @throws Error where so many tries find none */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    const port = systemRandom.between(PORTS.from, PORTS.to);
    if (given.has(port)) continue;
    given.add(port);
    if (await isFree(port)) return port;
  }
  throw new Error(`none of ${MOST_TRIES} ports between ${PORTS.from} and ${PORTS.to} is free`);
}

function isFree(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((done) => {
    server.once('error', () => {
      done(false);
    });
    server.listen(port, '127.0.0.1', () => {
      server.close(() => {
        done(true);
      });
    });
  });
}
