import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureCertificates } from '../../src/demo/machine/certificates.ts';
import { freePort, type EmbeddedPostgres } from '../../src/demo/machine/postgres.ts';
import { startBankSimulator, type BankSimulator } from '../../src/simulators/index.ts';
import { gatewayLogin, temporaryPostgres } from '../support/postgres.ts';

/** `kalabarg serve` as a supervisor runs it: what it says when it cannot start, and how it obeys signals. */
jest.setTimeout(60_000);

const COMMAND = fileURLToPath(new URL('../../bin/kalabarg.js', import.meta.url));
const VERSION = (
  JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }
).version;

let postgres: EmbeddedPostgres;
/** As the role of its duty, as in production. */
let databaseUrl: string;
let bank: BankSimulator;
const folder = mkdtempSync(join(tmpdir(), 'kalabarg-serve-'));
const data = join(folder, 'data');
const running: ChildProcess[] = [];

beforeAll(async () => {
  [postgres, bank] = await Promise.all([temporaryPostgres(), startBankSimulator({ port: 0 })]);
  databaseUrl = await gatewayLogin(postgres.url);
  await ensureCertificates(data, [], Date.now());
});
afterAll(async () => {
  for (const child of running) child.kill('SIGKILL');
  await bank.close();
  await postgres.stop();
  rmSync(folder, { recursive: true, force: true });
});

interface Served {
  readonly child: ChildProcess;
  readonly http: number;
  readonly shops: number;
  readonly log: string;
  /** Everything on standard error. */
  readonly said: () => string;
  readonly ended: Promise<number | null>;
}

async function serve(overrides: Readonly<Record<string, string>> = {}): Promise<Served> {
  const [terminal, http, shops] = [await freePort(), await freePort(), await freePort()];
  const log = join(folder, `${terminal}.log`);
  const environment = {
    PATH: process.env['PATH'] ?? '',
    KALABARG_DATA: data,
    KALABARG_TERMINAL_PORT: String(terminal),
    KALABARG_HTTP_PORT: String(http),
    KALABARG_PUBLIC_PORT: String(shops),
    KALABARG_UPDATES_PORT: '0',
    KALABARG_BANK_HOST: `127.0.0.1:${bank.port}`,
    KALABARG_LOG_FILE: log,
    DATABASE_URL: databaseUrl,
    ...overrides,
  };
  const child = spawn(process.execPath, [COMMAND, 'serve'], { env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
  running.push(child);
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const ended = new Promise<number | null>((done) =>
    child.once('exit', (code) => {
      done(code);
    }),
  );
  return { child, http, shops, log, said: () => said, ended };
}

function messages(file: string): string[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').trim().split('\n');
  return lines.filter((line) => line !== '').map((line) => (JSON.parse(line) as { msg: string }).msg);
}

async function until(seen: () => boolean): Promise<void> {
  for (let left = 2_000; !seen(); left--) {
    if (left === 0) throw new Error('it never happened');
    await new Promise((done) => setTimeout(done, 20));
  }
}

async function ready(overrides: Readonly<Record<string, string>> = {}): Promise<Served> {
  const served = await serve(overrides);
  const early = served.ended.then((status) => {
    throw new Error(`ended with ${status ?? 'a signal'}: ${served.said()}`);
  });
  await Promise.race([until(() => messages(served.log).includes('ready')), early]);
  early.catch(() => undefined);
  return served;
}

test('a taken terminal port is named before anything else is touched', async () => {
  const squatter = createServer();
  const port = await freePort();
  await new Promise<void>((done) => squatter.listen(port, '127.0.0.1', done));
  const { ended, said } = await serve({ KALABARG_TERMINAL_PORT: String(port) });
  expect(await ended).toBe(1);
  squatter.close();
  expect(said()).toBe(
    `kalabarg: Port ${port} is taken by another program. Free it, or choose another with KALABARG_TERMINAL_PORT=<port>.\n`,
  );
});

test('a role that could rewrite the books is refused, unless that is asked for', async () => {
  const { ended, said, log } = await serve({ DATABASE_URL: postgres.url });
  expect(await ended).toBe(1);
  expect(said()).toContain('DATABASE_URL: kalabarg is a superuser, and could rewrite the books.');
  expect(messages(log)).not.toContain('listening for terminals');
  const later = { DATABASE_URL: postgres.url, KALABARG_ALLOW_OWNER: 'true', REDIS_URL: 'ftp://nowhere' };
  const allowed = await serve(later);
  expect(await allowed.ended).toBe(1); // for what it finds last
  expect(messages(allowed.log)).toEqual(
    expect.arrayContaining(['the role of DATABASE_URL may rewrite the books', 'listening for terminals']),
  );
});

test('a key that is not the certificate’s is named, and the process ends', async () => {
  const other = join(folder, 'other');
  await ensureCertificates(other, [], Date.now());
  const mixed = join(folder, 'mixed');
  await ensureCertificates(mixed, [], Date.now());
  writeFileSync(join(mixed, 'tls', 'server.key'), readFileSync(join(other, 'tls', 'server.key')));
  const { ended, said } = await serve({ KALABARG_DATA: mixed });
  expect(await ended).toBe(1);
  expect(said()).toContain(
    `${join(mixed, 'tls', 'server.key')} is not the key of ${join(mixed, 'tls', 'server.crt')}.`,
  );
});

test('what fails last takes down everything that came up before it', async () => {
  const { ended, said, log } = await serve({ REDIS_URL: 'ftp://nowhere' });
  expect(await ended).toBe(1);
  expect(said()).toContain('REDIS_URL must be redis://host:6379');
  expect(messages(log)).toEqual(expect.arrayContaining(['listening for terminals', 'could not start', 'stopped']));
});

test('an idle gateway has no drawn device of the demo, and stops at once, with status 0', async () => {
  const { child, ended, log, shops } = await ready();
  for (const method of ['GET', 'POST'])
    expect((await fetch(`http://127.0.0.1:${shops}/pos`, { method })).status).toBe(404);
  const since = Date.now();
  child.kill('SIGTERM');
  expect(await ended).toBe(0);
  expect(Date.now() - since).toBeLessThan(10_000); // the promise of docs/operations.md, not a speed: idle took 20 s
  expect(messages(log).slice(-2)).toEqual(['stopping', 'stopped']);
});

test('a gateway that is told to stop while it starts does not start', async () => {
  const { child, ended, log } = await serve();
  await until(() => messages(log).length > 0);
  child.kill('SIGTERM');
  expect(await ended).toBe(143);
  expect(messages(log)).not.toContain('ready');
});

test('the log says version, ports and readiness; so do --version and the metrics', async () => {
  const { child, ended, log, http } = await ready();
  expect(messages(log)).toEqual(
    expect.arrayContaining(['kalabarg-gateway starts', 'listening for HTTP', 'listening for terminals', 'ready']),
  );
  expect(readFileSync(log, 'utf8')).toContain(`"version":"${VERSION}"`);
  const metrics = await (await fetch(`http://127.0.0.1:${http}/metrics`)).text();
  expect(metrics).toContain(`kalabarg_build_info{version="${VERSION}",node="${process.versions.node}"} 1`);
  child.kill('SIGINT');
  expect(await ended).toBe(0);
});

test('SIGHUP reads certificates again and SIGUSR1 opens the log again; neither ends the process nor opens a debugger', async () => {
  const { child, ended, log, http, said } = await ready();
  const alive = async (): Promise<boolean> => (await fetch(`http://127.0.0.1:${http}/healthz`)).ok;
  child.kill('SIGHUP');
  await until(() => messages(log).includes('certificates and settings were read again'));

  const certificate = join(data, 'tls', 'server.crt');
  const good = readFileSync(certificate);
  writeFileSync(certificate, 'garbage');
  child.kill('SIGHUP');
  await until(() => messages(log).includes('nothing was taken at SIGHUP: the gateway goes on with what it had'));
  writeFileSync(certificate, good);

  renameSync(log, `${log}.moved`);
  child.kill('SIGUSR1');
  await until(() => existsSync(log));
  child.kill('SIGHUP');
  await until(() => messages(log).includes('certificates and settings were read again'));
  expect(await alive()).toBe(true);
  expect(statSync(log).mode & 0o777).toBe(0o600);
  expect(said()).not.toMatch(/debugger/i);
  child.kill('SIGTERM');
  expect(await ended).toBe(0);
});
