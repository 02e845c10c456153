import { execFile, execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { compile, loadSpec } from '../../src/codec/index.ts';
import { terminalCertificate } from '../../src/demo/files.ts';
import { systemClock, tehran } from '../../src/ops/clock.ts';
import { DEMO_PIN, DEMO_TERMINALS, demoPan, demoTrack2 } from '../../src/demo/programme.ts';
import { freePort } from '../../src/demo/machine/postgres.ts';
import { loadProfile, NATIVE, Speaker } from '../../src/profiles/index.ts';
import { SimulatedTerminal, type SimulatedCard } from '../../src/simulators/terminal/index.ts';
import { until } from './desk.ts';
import { templateFolder } from './template.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const command = join(root, 'bin', 'kalabarg.js');

export interface CommandResult {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The whole program, as its user runs it, on ports and a data folder of its own. */
export interface System {
  readonly data: string;
  readonly process: ChildProcess;
  readonly environment: Readonly<Record<string, string>>;
  readonly httpPort: number;
  readonly publicPort: number;
  /** Runs `kalabarg …` against this system. */
  kalabarg(...args: string[]): Promise<CommandResult>;
  /** A terminal that is signed on and has its keys. @param profile what it speaks (default: the contract); the database must say the same */
  terminal(id: string, profile?: string): Promise<SimulatedTerminal>;
  connect(id: string, profile?: string): Promise<SimulatedTerminal>;
  query<Row extends pg.QueryResultRow>(sql: string, values?: unknown[]): Promise<Row[]>;
  /** Of its owner, as `query` is. */
  databaseUrl(): string;
  /** SIGINT, and the exit status. */
  stop(): Promise<number | null>;
}

/** The card of household n, as its holder holds it; null: no PIN is typed. */
export function cardOf(household: number, pin: string | null = DEMO_PIN): SimulatedCard {
  return { pan: demoPan(household), track2: demoTrack2(household), pin: pin ?? undefined };
}

export async function systemEnvironment(data: string): Promise<Record<string, string>> {
  const [terminal, bank, http, shops] = [await freePort(), await freePort(), await freePort(), await freePort()];
  const updates = await freePort();
  return {
    PATH: process.env['PATH'] ?? '',
    HOME: process.env['HOME'] ?? '/',
    KALABARG_DATA: data,
    KALABARG_TERMINAL_PORT: String(terminal),
    KALABARG_BANK_PORT: String(bank),
    KALABARG_HTTP_PORT: String(http),
    KALABARG_PUBLIC_PORT: String(shops),
    KALABARG_UPDATES_PORT: String(updates),
    KALABARG_REGISTRY_PORT: '0',
    KALABARG_BANK_TIMEOUT_MS: '2000',
  };
}

/** What decides what a data folder holds; with any of these a system makes its own instead of taking a copy. */
const OWN_DATA = ['DATABASE_URL', 'KALABARG_HSM'];

/** Starts `kalabarg start` and waits until it says that it is ready. Its data folder is a copy of one that stood ready
 *  (cluster, keys, certificates, demo programme), since making one costs seconds.
 *  @param files that lie in it before, by name */
export async function startSystem(
  overrides: Readonly<Record<string, string>> = {},
  files: Readonly<Record<string, string>> = {},
): Promise<System> {
  const folder = mkdtempSync(join(tmpdir(), 'kalabarg-system-'));
  chmodSync(folder, 0o755); // as root the database runs under another account
  const data = join(folder, 'data');
  if (!OWN_DATA.some((name) => name in overrides)) execFileSync('cp', ['-a', join(await templateData(), 'data'), data]);
  mkdirSync(data, { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(data, name), text);
  const environment = { ...(await systemEnvironment(data)), ...overrides };
  const child = spawn(process.execPath, ['--max-semi-space-size=64', command, 'start'], {
    cwd: folder,
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  await untilReady(child);
  return systemOf(child, data, environment, () => {
    rmSync(folder, { recursive: true, force: true });
  });
}

/** A data folder as `kalabarg start` of this build leaves it; the demo programme's dates are those of the day. */
function templateData(): Promise<string> {
  const built = readFileSync(join(root, 'dist', '.built'), 'utf8');
  const version = createHash('sha256')
    .update(`${root} ${built} ${tehran(Date.now()).isoDate}`)
    .digest('hex');
  return templateFolder(version.slice(0, 16), async (folder) => {
    const environment = await systemEnvironment(join(folder, 'data'));
    const child = spawn(process.execPath, [command, 'start'], { cwd: folder, env: environment, stdio: 'pipe' });
    await untilReady(child);
    await stopProcess(child);
    // on a slow machine its database may still be on its way down: a folder that somebody writes to is no template
    const running = join(folder, 'data', 'postgres', 'cluster', 'postmaster.pid');
    await until(() => Promise.resolve(existsSync(running) ? undefined : true));
  });
}

export function untilReady(child: ChildProcess): Promise<void> {
  return new Promise((done, fail) => {
    let said = '';
    const listen = (chunk: Buffer): void => {
      said += chunk.toString();
      if (said.includes('is ready')) done();
    };
    child.stdout?.on('data', listen);
    child.stderr?.on('data', listen);
    child.once('exit', (code) => {
      fail(new Error(`kalabarg start ended with ${code ?? 'a signal'}: ${said}`));
    });
  });
}

function systemOf(child: ChildProcess, data: string, environment: Record<string, string>, cleanUp: () => void): System {
  const codec = compile(loadSpec('kalabarg-pos'));
  const open: SimulatedTerminal[] = [];
  let stan = 1;
  const connect = async (id: string, profile = NATIVE): Promise<SimulatedTerminal> => {
    const known = DEMO_TERMINALS.find(({ terminal }) => terminal === id);
    if (known === undefined) throw new Error(`no demo terminal ${id}`);
    const tls = { ca: join(data, 'tls', 'ca.crt'), ...terminalCertificate(data, id) };
    const port = Number(environment['KALABARG_TERMINAL_PORT']);
    const endpoint = { host: '127.0.0.1', port, tls };
    const terminal = await SimulatedTerminal.connect({
      ...known,
      endpoint,
      codec,
      clock: systemClock,
      timeoutMs: 20_000,
      firstStan: stan,
      speaker: profile === NATIVE ? undefined : new Speaker(loadProfile(profile), loadProfile(NATIVE)),
    });
    stan += 1_000;
    open.push(terminal);
    return terminal;
  };
  return {
    data,
    process: child,
    environment,
    httpPort: Number(environment['KALABARG_HTTP_PORT']),
    publicPort: Number(environment['KALABARG_PUBLIC_PORT']),
    kalabarg: (...args) => runCommand(args, environment),
    connect,
    terminal: async (id, profile) => {
      const terminal = await connect(id, profile);
      await terminal.signOn();
      return terminal;
    },
    query: async <Row extends pg.QueryResultRow>(sql: string, values: unknown[] = []) => {
      const client = new pg.Client({ connectionString: urlsOf(data).ownerDatabaseUrl });
      await client.connect();
      try {
        return (await client.query<Row>(sql, values)).rows;
      } finally {
        await client.end();
      }
    },
    databaseUrl: () => urlsOf(data).ownerDatabaseUrl,
    stop: async () => {
      for (const terminal of open) terminal.close();
      const status = await stopProcess(child);
      cleanUp();
      return status;
    },
  };
}

function urlsOf(data: string): { databaseUrl: string; ownerDatabaseUrl: string } {
  return JSON.parse(readFileSync(join(data, 'runtime.json'), 'utf8')) as ReturnType<typeof urlsOf>;
}

export function stopProcess(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null) return Promise.resolve(child.exitCode);
  return new Promise((done) => {
    child.once('exit', (code) => {
      done(code);
    });
    child.kill('SIGINT');
  });
}

export function runCommand(
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<CommandResult> {
  return new Promise((done) => {
    execFile(process.execPath, [command, ...args], { env: { ...environment } }, (error, stdout, stderr) => {
      const status = error === null ? 0 : typeof error.code === 'number' ? error.code : 1;
      done({ status, stdout, stderr });
    });
  });
}
