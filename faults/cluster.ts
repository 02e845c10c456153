import { createHmac, randomBytes } from 'node:crypto';
import { cpSync, mkdirSync, chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { ensureCertificates } from '../src/demo/machine/certificates.ts';
import { DEMO_ZMK } from '../src/demo/index.ts';
import { DEMO_TERMINALS } from '../src/demo/programme.ts';
import { softwareHsm } from '../src/hsm/index.ts';
import { migrate, seedDemo, verifyLedger } from '../src/ledger/index.ts';
import { storeKey } from '../src/merchants/hsm-keys.ts';
import { injectDemoTmks } from '../src/merchants/keys.ts';
import { tehran } from '../src/ops/clock.ts';
import { loadOrCreateKey } from '../src/ops/keyfile.ts';
import { gatewayLogin } from '../test/support/postgres.ts';
import { ADDRESSES, DATABASES, logOf, makeMachines, sh, startOn, type Machine, type Running } from './machines.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const KALABARG = join(root, 'bin', 'kalabarg.js');
const GATEWAYS = ['gateway-1', 'gateway-2'] as const;
const FRONTS = ['front-1', 'front-2'] as const;
/** As `Restart=always` of the units does. */
const RESTART_MS = 2_000;
const PATIENCE_MS = 180_000;
const DAY_MS = 86_400_000;
/** The clock that a gateway is told lies in a file, so that it can jump while the gateway runs. */
const FAKETIME = '/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1';

export interface Unit {
  readonly machine: Machine;
  readonly name: string;
  start(): void;
  /** It is not started again by itself until `start`. */
  hold(): void;
}

/** Two copies of the gateway behind two balancers, three databases under Patroni, etcd, Redis with Sentinel, and the bank's switch. */
export interface Cluster {
  readonly folder: string;
  readonly data: string;
  readonly bankJournal: string;
  readonly units: readonly Unit[];
  readonly clockFile: (machine: Machine) => string;
  query<Row extends pg.QueryResultRow>(sql: string): Promise<Row[]>;
  verify(): Promise<unknown[]>;
  /** Who is what, as Patroni says; undefined: nobody is. */
  roles(): Promise<{ primary: Machine | undefined; synchronous: Machine | undefined; streaming: number }>;
  /** Until everything stands as it should: a primary, its synchronous standby, the third, both copies ready, a Redis that takes writes. */
  whole(): Promise<void>;
  etcdLeader(): Promise<Machine>;
  redisPrimary(): Machine;
  lastWords(): string;
}

export async function startCluster(folder: string, seed: number, { asynchronous = false } = {}): Promise<Cluster> {
  chmodSync(folder, 0o755);
  sh(`mount -t tmpfs -o mode=755 faults ${folder}`); // gone with the namespace
  makeMachines(folder);
  const data = join(folder, 'data');
  const certificates = DEMO_TERMINALS.map(({ terminal }) => terminal);
  await ensureCertificates(data, certificates, Date.now());
  serverCertificate(data);
  writeFileSync(join(data, 'settlement.json'), JSON.stringify({ cutOver: 'off' }));

  const units = new Map<string, Unit>();
  const running: (() => Running | undefined)[] = [];
  const add = (
    machine: Machine,
    name: string,
    command: readonly string[],
    how: Parameters<typeof startOn>[4] = {},
  ): Unit => {
    let wanted = false;
    let now: Running | undefined;
    const start = (): void => {
      wanted = true;
      if (now !== undefined) return;
      now = startOn(folder, machine, name, command, how);
      now.child.once('exit', () => {
        now = undefined;
        setTimeout(() => {
          if (wanted) start();
        }, RESTART_MS);
      });
    };
    const unit = { machine, name, start, hold: () => void (wanted = false) };
    running.push(() => now);
    units.set(`${machine} ${name}`, unit);
    return unit;
  };

  const passwords = {
    PATRONI_SUPERUSER_PASSWORD: randomBytes(12).toString('hex'),
    PATRONI_REPLICATION_PASSWORD: randomBytes(12).toString('hex'),
    PATRONI_REWIND_PASSWORD: randomBytes(12).toString('hex'),
  };
  const render = (source: string, machine: Machine, target: string, change = (text: string) => text): string => {
    const text = change(readFileSync(join(root, 'deploy', source), 'utf8').replaceAll('@node@', machine));
    const path = join('/etc/kalabarg', target);
    writeFileSync(join(folder, machine, path), text);
    chmodSync(join(folder, machine, path), 0o666);
    return path;
  };
  for (const machine of DATABASES) {
    render('patroni/etcd.env', machine, 'etcd.env');
    const etcd = Object.fromEntries(
      readFileSync(join(folder, machine, '/etc/kalabarg/etcd.env'), 'utf8')
        .split('\n')
        .filter((line) => line.startsWith('ETCD_'))
        .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
    );
    add(machine, 'etcd', ['/usr/bin/etcd'], { environment: etcd });
    const file = render('patroni/patroni.yml', machine, 'patroni.yml', (text) =>
      asynchronous ? text.replace(/synchronous_mode(_strict)?: true/g, 'synchronous_mode$1: false') : text,
    );
    add(machine, 'patroni', ['/usr/bin/patroni', file], { user: 'postgres', environment: passwords });
    const sentinel = render(
      'redis/sentinel.conf',
      machine,
      'sentinel.conf',
      (text) => `${text}sentinel announce-ip ${machine}\n`,
    );
    add(machine, 'sentinel', ['/usr/bin/redis-sentinel', sentinel]);
  }
  for (const machine of GATEWAYS) {
    const replica = machine === 'gateway-1' ? '' : 'replicaof gateway-1 6379\n';
    const redis = render('redis/redis.conf', machine, 'redis.conf', (text) => `${text}dir /var/lib/redis\n${replica}`);
    add(machine, 'redis', ['/usr/bin/redis-server', redis]);
  }
  for (const machine of [...GATEWAYS, 'street'] as const)
    add(machine, 'database-proxy', [
      '/usr/sbin/haproxy',
      '-db',
      '-f',
      render('patroni/haproxy.cfg', machine, 'database.cfg'),
    ]);
  for (const machine of FRONTS)
    add(machine, 'front', [
      '/usr/sbin/haproxy',
      '-db',
      '-f',
      render('haproxy/haproxy.cfg', machine, 'front.cfg', (text) =>
        text.replaceAll(' resolvers dns', '').replace('maxconn 50000', 'maxconn 1000'),
      ),
    ]);
  const bankData = join(folder, 'bank');
  add('switch', 'bank', [
    process.execPath,
    KALABARG,
    'simulate',
    'bank',
    '--host',
    '0.0.0.0',
    '--port',
    '8600',
    '--data',
    bankData,
    '--seed',
    String(seed),
  ]);

  const start = (name: string): void => {
    for (const unit of units.values()) if (unit.name === name) unit.start();
  };
  for (const name of ['etcd', 'redis', 'sentinel', 'bank', 'database-proxy']) start(name);
  await until('etcd', async () => (await said('http://db-1:2379/health')).includes('true'));
  start('patroni');
  const superuser = `postgresql://postgres:${passwords.PATRONI_SUPERUSER_PASSWORD}@127.0.0.1:5432`;
  await until('a primary', () => query(`${superuser}/postgres`, 'select 1').then(() => true), lastWords);
  await query(`${superuser}/postgres`, `create role owner login createrole password 'owner'`);
  await query(`${superuser}/postgres`, `create database kalabarg owner owner`);
  const ownerUrl = 'postgresql://owner:owner@127.0.0.1:5432/kalabarg';
  const books = `${superuser}/kalabarg`;
  await seedDatabase(ownerUrl, data);
  const gatewayUrl = await gatewayLogin(ownerUrl);
  const clockFile = (machine: Machine): string => join(folder, machine, 'clock');
  for (const machine of GATEWAYS) {
    writeFileSync(clockFile(machine), '+0\n');
    add(machine, 'gateway', [process.execPath, KALABARG, 'serve'], {
      environment: {
        KALABARG_DATA: data,
        KALABARG_HOST: '0.0.0.0',
        KALABARG_HTTP_HOST: '0.0.0.0',
        KALABARG_UPDATES_PORT: '0',
        KALABARG_BANK_HOST: 'switch:8600',
        KALABARG_BANK_TIMEOUT_MS: '2000',
        KALABARG_GUARD_SCALE: '0', // twenty terminals stand for a thousand
        KALABARG_LOG_LEVEL: 'warn',
        REDIS_URL: `redis+sentinel://${DATABASES.map((name) => `${name}:26379`).join(',')}/kalabarg`,
        DATABASE_URL: gatewayUrl,
        LD_PRELOAD: FAKETIME,
        FAKETIME_TIMESTAMP_FILE: clockFile(machine),
        FAKETIME_NO_CACHE: '1',
        DONT_FAKE_MONOTONIC: '1',
      },
    });
  }
  start('gateway');
  start('front');

  function lastWords(): string {
    return [...units.values()]
      .map(({ machine, name }) => `== ${machine} ${name}\n${logOf(folder, machine, name).slice(-1_500)}`)
      .join('\n');
  }
  const roles = async (): ReturnType<Cluster['roles']> => {
    for (const machine of DATABASES) {
      const text = await said(`http://${machine}:8008/cluster`);
      if (text === '') continue;
      const { members } = JSON.parse(text) as {
        members: { name: Machine; role: string; state: string; lag?: number | string }[];
      };
      return {
        primary: members.find(({ role, state }) => role === 'leader' && state === 'running')?.name,
        synchronous: members.find(({ role }) => role === 'sync_standby')?.name,
        streaming: members.filter(
          ({ role, state, lag }) =>
            role !== 'leader' && ['running', 'streaming'].includes(state) && Number(lag) < 1_000_000,
        ).length,
      };
    }
    return { primary: undefined, synchronous: undefined, streaming: 0 };
  };
  const cluster: Cluster = {
    folder,
    data,
    bankJournal: join(bankData, 'journal.jsonl'),
    units: [...units.values()],
    clockFile,
    query: (sql) => query(books, sql),
    verify: () => onPool(books, verifyLedger),
    roles,
    whole: () =>
      until(
        'the whole cluster',
        async () => {
          const { primary, synchronous, streaming } = await roles();
          if (primary === undefined || (synchronous === undefined && !asynchronous) || streaming < 2) return false;
          await query(books, 'create temp table writes ()');
          for (const machine of GATEWAYS)
            if ((await fetch(`http://${machine}:8080/readyz`)).status !== 200) return false;
          return true;
        },
        lastWords,
      ),
    etcdLeader: async () => {
      for (const machine of DATABASES) {
        const text = await said(`http://${machine}:2379/v3/maintenance/status`, '{}');
        if (text === '') continue;
        const { header, leader } = JSON.parse(text) as { header: { member_id: string }; leader: string };
        if (header.member_id === leader) return machine;
      }
      throw new Error('etcd has no leader');
    },
    redisPrimary: () =>
      sh(`redis-cli -h db-1 -p 26379 sentinel get-master-addr-by-name kalabarg | head -1`).trim() as Machine,
    lastWords,
  };
  await cluster.whole();
  return cluster;
}

/** @returns '' when there is no answer */
async function said(url: string, body?: string): Promise<string> {
  try {
    const answer = await fetch(url, {
      signal: AbortSignal.timeout(1_500),
      ...(body === undefined ? {} : { method: 'POST', body }),
    });
    return await answer.text();
  } catch {
    return '';
  }
}

export async function until(
  what: string,
  attempt: () => Promise<boolean>,
  lastWords = (): string => '',
): Promise<void> {
  const end = Date.now() + PATIENCE_MS;
  let why: unknown;
  while (
    !(await attempt().catch((error: unknown) => {
      why = error;
      return false;
    }))
  ) {
    if (Date.now() > end)
      throw new Error(`${what}: not within ${PATIENCE_MS / 1000} s (${String(why)})\n${lastWords()}`);
    await sleep(200);
  }
}

async function query<Row extends pg.QueryResultRow>(url: string, sql: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 3_000, query_timeout: 60_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return (await client.query<Row>(sql)).rows;
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function onPool<Result>(url: string, work: (pool: pg.Pool) => Promise<Result>): Promise<Result> {
  const pool = new pg.Pool({ connectionString: url, max: 1 });
  try {
    return await work(pool);
  } finally {
    await pool.end();
  }
}

/** The gateway's own certificate, by the names and addresses of what stands before it. */
function serverCertificate(data: string): void {
  const tls = join(data, 'tls');
  const names = FRONTS.map((name) => `DNS:${name},IP:${ADDRESSES[name]}`).join(',');
  sh(`cd ${tls} && openssl req -new -key server.key -subj /CN=front -out server.csr &&
      openssl x509 -req -in server.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 30 -out server.crt \
        -extfile <(echo 'subjectAltName=${names}'; echo 'extendedKeyUsage=serverAuth') 2>/dev/null`);
}

/** The demo programme with the gateway's own keys, so that `serve` finds it. */
async function seedDatabase(url: string, data: string): Promise<void> {
  mkdirSync(join(data, 'secrets'), { recursive: true });
  const panKey = loadOrCreateKey(join(data, 'secrets', 'pan.key'));
  const hsm = softwareHsm({ lmk: loadOrCreateKey(join(data, 'secrets', 'lmk.key')) });
  const pool = new pg.Pool({ connectionString: url, max: 2 });
  await migrate(pool);
  const panHash = (pan: string): Buffer => createHmac('sha256', panKey).update(pan).digest();
  await pool.query('insert into business_days (business_day) values ($1)', [tehran(Date.now() - DAY_MS).isoDate]);
  await seedDemo(pool, { panHash, now: Date.now() });
  await injectDemoTmks(pool, hsm, DEMO_TERMINALS);
  const zmk = { usage: 'K1', algorithm: 'TDES', bits: 128 } as const;
  await storeKey(pool, 'zmk:bank', await hsm.formKey(zmk, [DEMO_ZMK, Buffer.alloc(DEMO_ZMK.length)]));
  await pool.end();
  await hsm.close();
}

export const keepLogs = (cluster: Cluster, to: string): void => {
  for (const { machine, name } of cluster.units)
    cpSync(join(cluster.folder, machine, `${name}.log`), join(to, `${machine}-${name}.log`), { force: true });
};
