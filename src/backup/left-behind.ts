import { readdir, readFile, readlink, realpath, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, join } from 'node:path';
import type { Clock } from '../ops/clock.ts';

const LOOK_EVERY_MS = 50;
const SOCKET_LINE = 4; // of postmaster.pid

/** How the folder of this run begins: whoever comes after a SIGKILL sees by it that nobody works in it any more. */
export const homePrefix = (): string => `kalabarg-backup-${machine()}-${process.pid}-`;
export const SOCKET_PREFIX = 'kalabarg-socket-';

/** Letters and digits alone, since it stands in the name of a folder. */
const machine = (): string => hostname().replace(/[^A-Za-z0-9]/g, '');

/** Removes what checks of this machine left behind that were ended before they could: the server that runs on, its socket, its folder. */
export async function removeLeftBehind(place: string, clock: Clock): Promise<void> {
  for (const name of await readdir(place).catch(() => [])) {
    const [, on, pid] = /^kalabarg-backup-([A-Za-z0-9]*)-(\d+)-\w{6}$/.exec(name) ?? [];
    if (on !== machine() || pid === undefined || isAlive(Number(pid))) continue;
    await endServer(join(place, name, 'cluster'), clock);
    await rm(join(place, name), { recursive: true, force: true });
  }
}

async function endServer(cluster: string, clock: Clock): Promise<void> {
  const lines = (await readFile(join(cluster, 'postmaster.pid'), 'utf8').catch(() => '')).split('\n');
  const pid = Number(lines[0]);
  // Another process may have its number by now: a server works in its folder.
  const isServer = async (): Promise<boolean> =>
    pid > 0 && (await readlink(`/proc/${pid}/cwd`).catch(() => '')) === (await realpath(cluster).catch(() => cluster));
  if (await isServer()) process.kill(pid, 'SIGINT');
  while (await isServer()) await clock.sleep(LOOK_EVERY_MS);
  const socket = lines[SOCKET_LINE] ?? '';
  if (basename(socket).startsWith(SOCKET_PREFIX)) await rm(socket, { recursive: true, force: true });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
