import { execFile } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { softwareHsm } from '../../../src/hsm/index.ts';
import { makeLogin, migrate, seedDemo, verifyLedger } from '../../../src/ledger/index.ts';
import { injectDemoTmks } from '../../../src/merchants/keys.ts';
import { tehran } from '../../../src/ops/clock.ts';
import { ensureCertificates } from '../../../src/demo/machine/certificates.ts';
import { DEMO_TERMINALS } from '../../../src/demo/programme.ts';
import { loadOrCreateKey } from '../../../src/ops/keyfile.ts';
import { freePort } from '../../../src/demo/machine/postgres.ts';
import { closeBusinessDay, openBusinessDay } from '../../../src/settlement/clearing/day.ts';
import { commandPart, databasePart, journalFile, type CommandPart, type Part } from './parts.ts';
import { gatewayLogin } from '../../support/postgres.ts';

/** Two copies of the gateway, the bank and the database as processes of their own, on the demo programme. */
export interface World {
  readonly data: string;
  /** Of each copy of the gateway. */
  readonly terminalPorts: readonly number[];
  readonly httpPorts: readonly number[];
  readonly copies: readonly CommandPart[];
  /** Of its owner. */
  readonly databaseUrl: string;
  readonly parts: Readonly<Record<Part['name'], Part>>;
  readonly bankJournal: string;
  /** Replaces the bank's fault script. */
  setFaults(rules: readonly object[]): Promise<void>;
  query<Row extends pg.QueryResultRow>(sql: string): Promise<Row[]>;
  /** Processes that ended though nobody killed them, with their last words. */
  fallen(): readonly string[];
  /** What `ledger verify` finds. */
  verify(): Promise<unknown[]>;
  /** Closes the oldest open business day. */
  closeDay(): Promise<void>;
  stop(): Promise<void>;
}

const BANK_TIMEOUT_MS = 2_000;
const DAY_MS = 86_400_000;

/** @param version the program of the copies and of the database's tables (default: this version) */
export async function startWorld(seed: number, version?: string): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), 'kalabarg-chaos-'));
  chmodSync(folder, 0o755); // as root the database runs under another account
  const data = join(folder, 'data');
  const [bankPort, controlPort] = [await freePort(), await freePort()];
  const ports = {
    gateway: { terminal: await freePort(), http: await freePort(), shops: await freePort() },
    second: { terminal: await freePort(), http: await freePort(), shops: await freePort() },
  };
  const certificates = DEMO_TERMINALS.map(({ terminal }) => terminal);
  await ensureCertificates(data, certificates, Date.now());
  const database = await databasePart(data);
  if (version !== undefined) await command(version, ['db', 'roles'], database.url);
  await seedDatabase(database.url, data, version === undefined);
  writeFileSync(join(data, 'settlement.json'), JSON.stringify({ cutOver: 'off' })); // the test closes days itself
  const gatewayUrl =
    version === undefined
      ? await gatewayLogin(database.url)
      : await onPool(database.url, (owner) => makeLogin(owner, database.url));
  const control = `http://127.0.0.1:${controlPort}`;
  const bank = commandPart(
    'bank',
    [
      'simulate',
      'bank',
      '--port',
      String(bankPort),
      '--http',
      String(controlPort),
      '--data',
      join(folder, 'bank'),
      '--seed',
      String(seed),
    ],
    process.env as Record<string, string>,
    `${control}/faults`,
  );
  const environment = {
    PATH: process.env['PATH'] ?? '',
    KALABARG_DATA: data,
    KALABARG_BANK_HOST: '127.0.0.1',
    KALABARG_BANK_PORT: String(bankPort),
    KALABARG_BANK_TIMEOUT_MS: String(BANK_TIMEOUT_MS),
    KALABARG_GUARD_SCALE: '0', // twenty terminals stand for a thousand
    KALABARG_LOG_LEVEL: process.env['KALABARG_CHAOS_LOG'] ?? 'error',
    DATABASE_URL: gatewayUrl,
  };
  const copy = (name: 'gateway' | 'second'): ReturnType<typeof commandPart> => {
    const { terminal, http, shops } = ports[name];
    const own = {
      KALABARG_TERMINAL_PORT: String(terminal),
      KALABARG_HTTP_PORT: String(http),
      KALABARG_PUBLIC_PORT: String(shops),
      KALABARG_UPDATES_PORT: '0',
    };
    return commandPart(name, ['serve'], { ...environment, ...own }, `http://127.0.0.1:${http}/readyz`, version);
  };
  const [gateway, second] = [copy('gateway'), copy('second')];
  const world: World = {
    data,
    terminalPorts: [ports.gateway.terminal, ports.second.terminal],
    httpPorts: [ports.gateway.http, ports.second.http],
    copies: [gateway, second],
    databaseUrl: database.url,
    parts: { gateway, second, bank, database },
    bankJournal: journalFile(folder),
    setFaults: async (rules) => {
      const body = JSON.stringify(rules);
      const headers = { 'content-type': 'application/json' };
      const answer = await fetch(`${control}/faults`, { method: 'PUT', body, headers });
      if (answer.status !== 200) throw new Error(await answer.text());
    },
    query: (sql) => query(database.url, sql),
    fallen: () => [gateway, second, bank].flatMap((part) => part.fallen()),
    verify: () => onPool(database.url, verifyLedger),
    closeDay: () => onPool(database.url, async (pool) => closeBusinessDay(pool, (await openBusinessDay(pool)) ?? '')),
    stop: async () => {
      for (const part of [gateway, second, bank, database]) await part.kill();
      if (process.env['KALABARG_CHAOS_LOG'] !== undefined) console.log(gateway.said(), second.said());
      rmSync(folder, { recursive: true, force: true });
    },
  };
  try {
    await bank.start();
    await Promise.all([gateway.start(), second.start()]);
  } catch (error) {
    await world.stop(); // what runs on would keep the test runner
    throw error;
  }
  return world;
}

/** Runs `kalabarg …` of a version as the owner of the tables. @returns what it printed */
export async function command(program: string, args: readonly string[], databaseUrl: string): Promise<string> {
  const environment = {
    PATH: process.env['PATH'] ?? '',
    KALABARG_OWNER_DATABASE_URL: databaseUrl,
    DATABASE_URL: databaseUrl,
  };
  return (await promisify(execFile)(process.execPath, [program, ...args], { env: environment })).stdout;
}

async function query<Row extends pg.QueryResultRow>(url: string, sql: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Row>(sql)).rows;
  } finally {
    await client.end();
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

/** The demo programme with the gateway's own keys, so that `serve` finds it. */
async function seedDatabase(url: string, data: string, empty: boolean): Promise<void> {
  const secrets = join(data, 'secrets');
  const panKey = loadOrCreateKey(join(secrets, 'pan.key'));
  const hsm = softwareHsm({ lmk: loadOrCreateKey(join(secrets, 'lmk.key')) });
  const pool = new pg.Pool({ connectionString: url, max: 2 });
  if (empty) await migrate(pool);
  const panHash = (pan: string): Buffer => createHmac('sha256', panKey).update(pan).digest();
  await pool.query('insert into business_days (business_day) values ($1)', [tehran(Date.now() - 2 * DAY_MS).isoDate]);
  await seedDemo(pool, { panHash, now: Date.now() });
  await injectDemoTmks(pool, hsm, DEMO_TERMINALS);
  await pool.end();
  await hsm.close();
}
