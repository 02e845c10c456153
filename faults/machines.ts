import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

/** Each is a network namespace with an address and folders of its own; the street is where terminals are. */
export const ADDRESSES = {
  street: '10.83.0.1',
  'db-1': '10.83.0.11',
  'db-2': '10.83.0.12',
  'db-3': '10.83.0.13',
  'gateway-1': '10.83.0.21',
  'gateway-2': '10.83.0.22',
  'front-1': '10.83.0.31',
  'front-2': '10.83.0.32',
  switch: '10.83.0.41',
} as const;
export type Machine = keyof typeof ADDRESSES;
export const MACHINES = Object.keys(ADDRESSES) as Machine[];
export const DATABASES = ['db-1', 'db-2', 'db-3'] as const;

/** Where programs keep what they have: the same paths on each machine, as in production. */
const OWN_FOLDERS = ['/var/lib/postgresql', '/run/postgresql', '/var/lib/etcd', '/var/lib/redis', '/etc/kalabarg'];
/** Of the disk with the database, so that it can be filled. */
const DISK = { folder: '/var/lib/postgresql', size: '2g' };

const ENTER = 'folder=$1; shift; for own in $OWN; do mount --bind "$folder$own" "$own"; done; exec "$@"';

/** Makes the machines, joined by one switch. @param folder where their folders lie */
export function makeMachines(folder: string): void {
  sh('mkdir -p /run/netns && mount -t tmpfs netns /run/netns');
  const hosts = MACHINES.map((name) => `${ADDRESSES[name]} ${name}\n`).join('');
  writeFileSync(join(folder, 'hosts'), `127.0.0.1 localhost\n${hosts}`);
  writeFileSync(join(folder, 'resolv.conf'), '');
  for (const file of ['hosts', 'resolv.conf']) sh(`mount --bind ${join(folder, file)} /etc/${file}`);
  sh('ip link set lo up && ip link add lan type bridge && ip link set lan up');
  sh(`ip addr add ${ADDRESSES.street}/24 dev lan`);
  for (const own of OWN_FOLDERS) mkdirSync(own, { recursive: true });
  MACHINES.forEach((name, n) => {
    for (const own of OWN_FOLDERS) mkdirSync(join(folder, name, own), { recursive: true });
    if (name === 'street') return;
    sh(
      `ip netns add ${name} && ip link add v${n} type veth peer name eth0 netns ${name} && ip link set v${n} master lan up`,
    );
    const inside = `ip -n ${name}`;
    sh(`${inside} link set lo up && ${inside} addr add ${ADDRESSES[name]}/24 dev eth0 && ${inside} link set eth0 up`);
    if (!isDatabase(name)) return;
    sh(`mount -t tmpfs -o size=${DISK.size} disk ${join(folder, name, DISK.folder)}`);
    for (const own of ['/var/lib/postgresql', '/run/postgresql']) sh(`chown postgres ${join(folder, name, own)}`);
  });
}

export const isDatabase = (name: Machine): name is (typeof DATABASES)[number] =>
  (DATABASES as readonly string[]).includes(name);

export interface Running {
  readonly child: ChildProcess;
  /** The last of what it said. */
  said(): string;
}

/** Starts a program on a machine. What it says goes to a file beside the machine's folders. */
export function startOn(
  folder: string,
  machine: Machine,
  name: string,
  command: readonly string[],
  { user, environment = {} }: { user?: string; environment?: Readonly<Record<string, string>> } = {},
): Running {
  const log = join(folder, machine, `${name}.log`);
  appendFileSync(log, `--- ${command.join(' ')}\n`);
  chmodSync(log, 0o666);
  const output = openSync(log, 'a');
  const { path, args } = enter(folder, machine, command, user);
  const env = {
    PATH: process.env['PATH'] ?? '',
    LANG: 'C.UTF-8',
    HOME: '/tmp',
    OWN: OWN_FOLDERS.join(' '),
    ...environment,
  };
  const child = spawn(path, args, { env, stdio: ['ignore', output, output] });
  child.on('error', (error) => {
    appendFileSync(log, `${error.message}\n`);
  });
  return { child, said: () => readFileSync(log, 'utf8').slice(-3_000) };
}

/** Runs a command on a machine to its end. @throws when it fails */
export function runOn(
  folder: string,
  machine: Machine,
  command: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): string {
  const { path, args } = enter(folder, machine, command);
  const env = {
    PATH: process.env['PATH'] ?? '',
    LANG: 'C.UTF-8',
    HOME: '/tmp',
    OWN: OWN_FOLDERS.join(' '),
    ...environment,
  };
  return execFileSync(path, args, { env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], timeout: 120_000 });
}

function enter(folder: string, machine: Machine, command: readonly string[], user?: string) {
  const net = machine === 'street' ? [] : [`--net=/run/netns/${machine}`];
  const as = user === undefined ? [] : ['setpriv', `--reuid=${user}`, `--regid=${user}`, '--init-groups'];
  const place = join(folder, machine);
  return {
    path: 'nsenter',
    args: [...net, 'unshare', '--mount', 'bash', '-c', ENTER, 'enter', place, ...as, ...command],
  };
}

/** The processes of a machine whose command line has `what`. */
export function processesOn(machine: Machine, what: RegExp): number[] {
  const net = statSync(machine === 'street' ? '/proc/self/ns/net' : `/run/netns/${machine}`).ino;
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        return (
          readlinkSync(`/proc/${pid}/ns/net`) === `net:[${net}]` &&
          !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8')) &&
          what.test(readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' '))
        );
      } catch {
        return false; // it is gone
      }
    });
}

/** @returns how many heard it */
export function signalOn(machine: Machine, what: RegExp, signal: NodeJS.Signals): number {
  const pids = processesOn(machine, what);
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch {
      // it is gone
    }
  }
  return pids.length;
}

/** Packets that come to `to` are dropped: all, those of one machine, or some. */
export function dropAt(to: Machine, { from, share }: { from?: Machine | undefined; share?: number } = {}): void {
  const source = from === undefined ? '' : ` -s ${ADDRESSES[from]}`;
  const some = share === undefined ? '' : ` -m statistic --mode random --probability ${share}`;
  sh(`${within(to)} iptables -A INPUT ! -i lo${source}${some} -j DROP`);
}

export function dropNothingAt(machine: Machine): void {
  sh(`${within(machine)} iptables -F INPUT`);
}

/** Fills the disk of a database to the last byte. */
export function fillDisk(folder: string, machine: Machine): void {
  sh(`dd if=/dev/zero of=${filler(folder, machine)} bs=64k status=none 2>/dev/null || true`);
}

export function emptyDisk(folder: string, machine: Machine): void {
  sh(`rm -f ${filler(folder, machine)}`);
}

const filler = (folder: string, machine: Machine): string => join(folder, machine, DISK.folder, 'filler');
const within = (machine: Machine): string => (machine === 'street' ? '' : `nsenter --net=/run/netns/${machine}`);

export function sh(script: string): string {
  return execFileSync('bash', ['-c', `set -e; ${script}`], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

export const logOf = (folder: string, machine: Machine, name: string): string => {
  const file = join(folder, machine, `${name}.log`);
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
};
