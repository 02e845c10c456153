import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface PgbenchResult {
  readonly clients: number;
  readonly perSecond: number;
}

/** Whether the peer is on this machine (package postgresql-contrib or postgresql-client). */
export async function hasPgbench(): Promise<boolean> {
  return run('pgbench', ['--version']).then(
    () => true,
    () => false,
  );
}

/** Makes pgbench's own tables, 100,000 accounts a unit of scale. */
export async function preparePgbench(url: string, scale: number): Promise<void> {
  await run('pgbench', ['-i', '-q', '-s', String(scale), url]);
}

/** `pgbench -N` (simple update: what a transaction per request gives), prepared statements, `clients` at once. */
export async function pgbench(url: string, clients: number, seconds: number): Promise<PgbenchResult> {
  const options = ['-N', '-n', '-M', 'prepared', '-j', '2', '-c', String(clients), '-T', String(seconds)];
  const { stdout } = await run('pgbench', [...options, url]);
  const tps = /^tps = ([\d.]+)/m.exec(stdout)?.[1];
  if (tps === undefined) throw new Error(`pgbench said no tps:\n${stdout}`);
  return { clients, perSecond: Number(tps) };
}
