import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync, readlinkSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { startEmbeddedPostgres } from '../../../src/demo/machine/postgres.ts';

/** This version's. */
export const PROGRAM = fileURLToPath(new URL('../../../bin/kalabarg.js', import.meta.url));

/** One process of the system, that can be killed and comes back as it was: same port, same folder. */
export interface Part {
  readonly name: 'gateway' | 'second' | 'bank' | 'database';
  /** Resolves when it serves. */
  start(): Promise<void>;
  /** SIGKILL: nothing of it gets to say goodbye. */
  kill(): Promise<void>;
}

/** A command that can be asked to end, and comes back as another version. */
export interface CommandPart extends Part {
  /** SIGTERM; resolves when it has ended. */
  stop(): Promise<void>;
  /** What `start` starts from now on. */
  become(program: string): void;
  said(): string;
  /** How it ended though nobody ended it. */
  fallen(): readonly string[];
}

const PATIENCE_MS = 180_000;

/** @param hopeless why it is of no use to wait on */
async function eventually(
  what: string,
  attempt: () => Promise<boolean>,
  hopeless: () => string | undefined = () => undefined,
): Promise<void> {
  const until = Date.now() + PATIENCE_MS;
  while (!(await attempt().catch(() => false))) {
    const why = hopeless() ?? (Date.now() > until ? `not within ${PATIENCE_MS} ms` : undefined);
    if (why !== undefined) throw new Error(`${what} did not come up: ${why}`);
    await sleep(50);
  }
}

function gone(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((done) => {
    child.once('exit', () => {
      done();
    });
  });
}

/** A `kalabarg …` command that is up when `url` answers 200. */
export function commandPart(
  name: 'gateway' | 'second' | 'bank',
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
  url: string,
  program = PROGRAM,
): CommandPart {
  let child: ChildProcess | undefined;
  let wanted = true;
  let tail = '';
  const fallen: string[] = [];
  return {
    name,
    said: () => tail,
    fallen: () => fallen,
    start: async () => {
      wanted = true;
      const started = spawn(process.execPath, [program, ...args], {
        env: { ...environment },
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      child = started;
      started.once('exit', (code, signal) => {
        if (wanted && signal !== 'SIGKILL') fallen.push(`${name} (${code ?? signal ?? '?'}): ${tail.slice(-2_000)}`);
      });
      started.stderr.on('data', (chunk: Buffer) => (tail = (tail + chunk.toString()).slice(-20_000)));
      await eventually(
        name,
        async () => (await fetch(url)).status === 200,
        () => (started.exitCode === null ? undefined : `it ended: ${tail}`),
      );
    },
    kill: async () => {
      if (child === undefined) return;
      child.kill('SIGKILL');
      await gone(child);
    },
    stop: async () => {
      if (child === undefined) return;
      wanted = false;
      child.kill('SIGTERM');
      await gone(child);
    },
    become: (other) => {
      program = other;
    },
  };
}

/** PostgreSQL on one port for good. Killing it kills its back-ends too, as a power cut does. */
export async function databasePart(data: string): Promise<Part & { readonly url: string }> {
  const first = await startEmbeddedPostgres(data);
  const { uid, gid } = statSync(`/proc/${first.pid}`);
  const program = readlinkSync(`/proc/${first.pid}/exe`);
  const cwd = readlinkSync(`/proc/${first.pid}/cwd`);
  const args = readFileSync(`/proc/${first.pid}/cmdline`, 'utf8').split('\0').slice(1, -1);
  let pid = first.pid;
  const answers = async (): Promise<boolean> => {
    const client = new pg.Client({ connectionString: first.url, connectionTimeoutMillis: 2_000 });
    client.on('error', () => undefined);
    try {
      await client.connect();
      return true;
    } finally {
      await client.end().catch(() => undefined);
    }
  };
  return {
    name: 'database',
    url: first.url,
    start: () =>
      // Shared memory of the killed server may be held for a moment: then the new one refuses, and is started again.
      eventually('database', async () => {
        const child = spawn(program, args, { uid, gid, cwd, env: {}, stdio: 'ignore', detached: true });
        pid = child.pid ?? 0;
        while (child.exitCode === null) {
          if (await answers().catch(() => false)) return true;
          await sleep(50);
        }
        return false;
      }),
    kill: async () => {
      const family = [pid, ...children(pid)];
      for (const one of family) signal(one);
      while (family.some(alive)) await sleep(5);
    },
  };
}

function children(pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number);
  } catch {
    return []; // it is gone
  }
}

function signal(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // it is gone, which is what we want
  }
}

/** A zombie that nobody has reaped yet is not alive. */
function alive(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

export function journalFile(folder: string): string {
  return join(folder, 'bank', 'journal.jsonl');
}
