import { setTimeout as sleep } from 'node:timers/promises';
import { writeFileSync } from 'node:fs';
import type { Cluster, Unit } from './cluster.ts';
import { DATABASES, dropAt, dropNothingAt, emptyDisk, fillDisk, runOn, signalOn, type Machine } from './machines.ts';

export interface Fault {
  readonly name: string;
  /** What is done, as a sentence. */
  readonly what: string;
  /** Does it, keeps it so for as long as it is to last, and undoes what does not mend itself. */
  inflict(cluster: Cluster): Promise<void>;
}

/** Longer than it takes Patroni to give up on a primary (ttl). */
const FROZEN_MS = 30_000;
const SHORT_MS = 10_000;
const POSTGRES = /^postgres|\/postgres /;
const DATABASE = /postgres|patroni/;
const EVERYTHING = /./;

const primary = async (cluster: Cluster): Promise<Machine> => {
  const { primary: machine } = await cluster.roles();
  if (machine === undefined) throw new Error('there is no primary');
  return machine;
};
const standby = async (cluster: Cluster): Promise<Machine> => {
  const { synchronous, primary: first } = await cluster.roles();
  return synchronous ?? DATABASES.find((name) => name !== first) ?? 'db-1';
};

const PROGRAMS: Readonly<Record<string, RegExp>> = {
  etcd: /etcd/,
  redis: /redis-server/,
  'database-proxy': /haproxy/,
  front: /haproxy/,
  gateway: /kalabarg\.js serve/,
  bank: /kalabarg\.js simulate/,
};

/** SIGKILL; its unit starts it again. */
const kill = (
  name: string,
  what: string,
  where: (cluster: Cluster) => Promise<Machine> | Machine,
  program: RegExp,
): Fault => ({
  name,
  what: `SIGKILL of ${what}`,
  inflict: async (cluster) => {
    heard(signalOn(await where(cluster), program, 'SIGKILL'), name);
    await sleep(SHORT_MS);
  },
});

const freeze = (
  name: string,
  what: string,
  where: (cluster: Cluster) => Promise<Machine> | Machine,
  program: RegExp,
  ms = FROZEN_MS,
): Fault => ({
  name,
  what: `SIGSTOP of ${what} for ${ms / 1000} s`,
  inflict: async (cluster) => {
    const machine = await where(cluster);
    heard(signalOn(machine, program, 'SIGSTOP'), name);
    await sleep(ms);
    signalOn(machine, program, 'SIGCONT');
  },
});

function heard(count: number, name: string): void {
  if (count === 0) throw new Error(`${name}: there is no such process`);
}

const unitsOn = (cluster: Cluster, machine: Machine): Unit[] =>
  cluster.units.filter((unit) => unit.machine === machine);

/** Everything on a machine ends at once, and it comes back much later. */
const machineLost = (name: string, what: string, where: (cluster: Cluster) => Promise<Machine> | Machine): Fault => ({
  name,
  what: `${what} is lost with everything on it, for ${FROZEN_MS / 1000} s`,
  inflict: async (cluster) => {
    const machine = await where(cluster);
    const units = unitsOn(cluster, machine);
    for (const unit of units) unit.hold();
    signalOn(machine, EVERYTHING, 'SIGKILL');
    await sleep(FROZEN_MS);
    for (const unit of units) unit.start();
  },
});

const cut = (
  name: string,
  what: string,
  ms: number,
  drop: (cluster: Cluster) => Promise<readonly Machine[]>,
): Fault => ({
  name,
  what: `${what}, for ${ms / 1000} s`,
  inflict: async (cluster) => {
    const machines = await drop(cluster);
    await sleep(ms);
    for (const machine of machines) dropNothingAt(machine);
  },
});

const at = (machine: Machine) => (): Machine => machine;
const program = (name: string): RegExp => PROGRAMS[name] ?? EVERYTHING;
const others = (machine: Machine): Machine[] => DATABASES.filter((name) => name !== machine);

export const FAULTS: readonly Fault[] = [
  { name: 'none', what: 'nothing, for comparison', inflict: () => sleep(SHORT_MS) },
  kill('primary-kill', 'PostgreSQL of the primary', primary, POSTGRES),
  machineLost('primary-machine', 'the machine of the primary', primary),
  freeze('primary-freeze', 'the primary and its Patroni', primary, DATABASE),
  freeze('primary-freeze-postgres', 'PostgreSQL of the primary alone', primary, POSTGRES),
  kill('standby-kill', 'PostgreSQL of the synchronous standby', standby, POSTGRES),
  freeze('standby-freeze', 'the synchronous standby and its Patroni', standby, DATABASE),
  kill('etcd-kill', "etcd's leader", (cluster) => cluster.etcdLeader(), program('etcd')),
  freeze('etcd-freeze', "etcd's leader", (cluster) => cluster.etcdLeader(), program('etcd')),
  {
    name: 'etcd-gone',
    what: `all three of etcd are killed, for ${FROZEN_MS / 1000} s`,
    inflict: async (cluster) => {
      const units = cluster.units.filter(({ name }) => name === 'etcd');
      for (const unit of units) {
        unit.hold();
        signalOn(unit.machine, program('etcd'), 'SIGKILL');
      }
      await sleep(FROZEN_MS);
      for (const unit of units) unit.start();
    },
  },
  kill('database-proxy-kill', 'the proxy before the database, of one copy', at('gateway-1'), program('database-proxy')),
  freeze(
    'database-proxy-freeze',
    'the proxy before the database, of one copy',
    at('gateway-1'),
    program('database-proxy'),
  ),
  kill('front-kill', 'one balancer of the terminals', at('front-1'), program('front')),
  freeze('front-freeze', 'one balancer of the terminals', at('front-1'), program('front')),
  kill('gateway-kill', 'one copy of the gateway', at('gateway-1'), program('gateway')),
  freeze('gateway-freeze', 'one copy of the gateway', at('gateway-2'), program('gateway')),
  kill('bank-kill', "the bank's switch", at('switch'), program('bank')),
  freeze('bank-freeze', "the bank's switch", at('switch'), program('bank'), SHORT_MS),
  kill('redis-kill', 'the Redis that takes writes', (cluster) => cluster.redisPrimary(), program('redis')),
  freeze('redis-freeze', 'the Redis that takes writes', (cluster) => cluster.redisPrimary(), program('redis')),
  cut('primary-cut', 'the primary is cut off from all', FROZEN_MS, async (cluster) => {
    const machine = await primary(cluster);
    dropAt(machine);
    for (const other of ['gateway-1', 'gateway-2', 'street', ...others(machine)] as const)
      dropAt(other, { from: machine });
    return [machine, 'gateway-1', 'gateway-2', 'street', ...others(machine)];
  }),
  cut('primary-deaf', 'the primary hears the other databases no more, but they hear it', FROZEN_MS, async (cluster) => {
    const machine = await primary(cluster);
    for (const other of others(machine)) dropAt(machine, { from: other });
    return [machine];
  }),
  cut('primary-mute', 'the other databases hear the primary no more, but it hears them', FROZEN_MS, async (cluster) => {
    const machine = await primary(cluster);
    for (const other of others(machine)) dropAt(other, { from: machine });
    return others(machine);
  }),
  cut('gateway-cut', 'one copy of the gateway hears the databases no more', FROZEN_MS, () => {
    for (const machine of DATABASES) dropAt('gateway-1', { from: machine });
    return Promise.resolve(['gateway-1']);
  }),
  cut('loss', 'one packet in ten is lost at both copies', FROZEN_MS, () => {
    for (const machine of ['gateway-1', 'gateway-2'] as const) dropAt(machine, { share: 0.1 });
    return Promise.resolve(['gateway-1', 'gateway-2']);
  }),
  {
    name: 'disk-full',
    what: `the primary's disk is full, for ${SHORT_MS / 1000} s`,
    inflict: async (cluster) => {
      const machine = await primary(cluster);
      fillDisk(cluster.folder, machine);
      await sleep(SHORT_MS);
      emptyDisk(cluster.folder, machine);
    },
  },
  ...[5_400, -5_400].map((seconds) => ({
    name: seconds > 0 ? 'clock-ahead' : 'clock-behind',
    what: `the clock of one copy jumps by ${seconds} s, and back after ${SHORT_MS / 1000} s`,
    inflict: async (cluster: Cluster): Promise<void> => {
      writeFileSync(cluster.clockFile('gateway-1'), `${seconds > 0 ? '+' : ''}${seconds}\n`);
      await sleep(SHORT_MS);
      writeFileSync(cluster.clockFile('gateway-1'), '+0\n');
    },
  })),
  {
    name: 'switchover',
    what: 'the primary is changed by hand (patronictl switchover)',
    inflict: async (cluster) => {
      const machine = await primary(cluster);
      const command = [
        '/usr/bin/patronictl',
        '-c',
        '/etc/kalabarg/patroni.yml',
        'switchover',
        '--master',
        machine,
        '--force',
      ];
      runOn(cluster.folder, machine, command);
      await sleep(SHORT_MS);
    },
  },
];
