import { execFile, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { freePort } from '../../../src/demo/machine/postgres.ts';

/** Real Redis servers of the system's package, on ports of their own. */
export interface RedisServers {
  /** What REDIS_URL would be. */
  readonly url: string;
  /** Runs a command on every server. */
  everywhere(...command: string[]): Promise<void>;
  stop(): Promise<void>;
}

const run = promisify(execFile);

/** Whether the system has a Redis server (scripts/setup.mjs --test brings it). */
export function hasRedis(): boolean {
  return spawnSync('redis-server', ['--version'], { stdio: 'ignore' }).status === 0;
}

export async function startRedis(kind: 'single' | 'sentinel' | 'cluster'): Promise<RedisServers> {
  const folder = mkdtempSync(join(tmpdir(), 'kalabarg-redis-'));
  const children: ChildProcess[] = [];
  const ports: number[] = [];
  const server = async (...options: string[]): Promise<number> => {
    const port = await freePort();
    const own = ['--port', String(port), '--save', '', '--appendonly', 'no', '--dir', folder];
    children.push(spawn('redis-server', [...own, '--maxmemory-policy', 'noeviction', ...options], { stdio: 'ignore' }));
    ports.push(port);
    await answering(port);
    return port;
  };
  let url: string;
  if (kind === 'cluster') url = await cluster(server);
  else {
    const port = await server();
    url = kind === 'single' ? `redis://127.0.0.1:${port}/0` : await sentinel(folder, port, children);
  }
  return {
    url,
    everywhere: async (...command) => {
      for (const port of ports) await run('redis-cli', ['-p', String(port), ...command]);
    },
    stop: async () => {
      for (const child of children) await ended(child);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function cluster(server: (...options: string[]) => Promise<number>): Promise<string> {
  const ports: number[] = [];
  for (let node = 0; node < 3; node++) {
    // The bus port would be port + 10000, beyond 65535 for most free ports.
    const bus = await freePort();
    const options = ['--cluster-enabled', 'yes', '--cluster-config-file', `nodes-${node}.conf`];
    ports.push(await server(...options, '--cluster-port', String(bus)));
  }
  const nodes = ports.map((port) => `127.0.0.1:${port}`);
  await run('redis-cli', ['--cluster', 'create', ...nodes, '--cluster-yes']);
  return `redis+cluster://${nodes.join(',')}`;
}

async function sentinel(folder: string, master: number, children: ChildProcess[]): Promise<string> {
  const port = await freePort();
  const file = join(folder, 'sentinel.conf');
  writeFileSync(file, `port ${port}\ndir ${folder}\nsentinel monitor mymaster 127.0.0.1 ${master} 1\n`);
  children.push(spawn('redis-server', [file, '--sentinel'], { stdio: 'ignore' }));
  await answering(port);
  return `redis+sentinel://127.0.0.1:${port}/mymaster`;
}

async function answering(port: number): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    const answer = await run('redis-cli', ['-p', String(port), 'ping']).catch(() => undefined);
    if (answer?.stdout.trim() === 'PONG') return;
    await sleep(50);
  }
  throw new Error(`redis-server on port ${port} does not answer`);
}

function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((done) => {
    child.once('exit', () => {
      done();
    });
    child.kill('SIGKILL');
  });
}
