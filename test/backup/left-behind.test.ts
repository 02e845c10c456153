import { afterAll, expect, test } from '@jest/globals';
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { homePrefix, removeLeftBehind, SOCKET_PREFIX } from '../../src/backup/left-behind.ts';
import { systemClock } from '../../src/ops/clock.ts';

const place = mkdtempSync(join(tmpdir(), 'kalabarg-left-'));
const servers: ChildProcess[] = [];
afterAll(() => {
  for (const server of servers) server.kill('SIGKILL');
  rmSync(place, { recursive: true });
});

const gone = async (): Promise<number> => {
  const child = spawn('true');
  await new Promise((done) => child.once('exit', done));
  return child.pid ?? 0;
};

/** A folder as a check makes it, with a process in the place of its server. */
function scratchOf(prefix: string): { home: string; server: ChildProcess; socket: string } {
  const home = mkdtempSync(join(place, prefix));
  const socket = mkdtempSync(join(place, SOCKET_PREFIX));
  const cluster = join(home, 'cluster');
  mkdirSync(cluster);
  const server = spawn('sleep', ['1000'], { cwd: cluster });
  servers.push(server);
  writeFileSync(join(cluster, 'postmaster.pid'), [server.pid, cluster, 1, 5432, socket, '', ''].join('\n'));
  return { home, server, socket };
}

test('what a check left behind that was killed goes with its server and its socket; what is of others stays', async () => {
  const mine = homePrefix();
  const dead = mine.replace(`-${process.pid}-`, `-${await gone()}-`);
  const left = scratchOf(dead);
  const ended = new Promise((done) =>
    left.server.once('exit', (_, signal) => {
      done(signal);
    }),
  );
  const working = scratchOf(mine);
  const elsewhere = scratchOf(dead.replace('kalabarg-backup-', 'kalabarg-backup-another'));

  await removeLeftBehind(place, systemClock);
  expect(await ended).toBe('SIGINT');
  expect([left.home, left.socket].map(existsSync)).toEqual([false, false]);
  for (const { home, socket, server } of [working, elsewhere])
    expect([existsSync(home), existsSync(socket), server.exitCode, server.signalCode]).toEqual([
      true,
      true,
      null,
      null,
    ]);
  await removeLeftBehind(join(place, 'not there'), systemClock);
});
