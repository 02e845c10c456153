import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { spawn, type ChildProcess } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DECISIONS } from '../../src/ops/function-set.ts';
import { VERSION } from '../../src/ops/version.ts';
import { freePort, type EmbeddedPostgres } from '../../src/demo/machine/postgres.ts';
import { doorLogin, gatewayLogin, temporaryPostgres } from '../support/postgres.ts';
import { stopProcess } from '../support/system.ts';

const RUNS = { version: VERSION, functions: DECISIONS };

/** `kalabarg serve --only …`: each part as a process of its own, with its own role. */
jest.setTimeout(60_000);

const COMMAND = fileURLToPath(new URL('../../bin/kalabarg.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'kalabarg-parts-'));
const running: ChildProcess[] = [];
let postgres: EmbeddedPostgres;

beforeAll(async () => {
  postgres = await temporaryPostgres();
});
afterAll(async () => {
  await Promise.all(running.map(stopProcess));
  await postgres.stop();
  rmSync(folder, { recursive: true, force: true });
});

interface Part {
  readonly ended: Promise<number | null>;
  said(): string;
  /** Status, and the body as text. */
  get(port: 'http' | 'public', path: string, init?: RequestInit): Promise<[number, string]>;
  untilReady(): Promise<void>;
}

async function serve(only: string, data: string, databaseUrl: string): Promise<Part> {
  const ports = { terminal: await freePort(), http: await freePort(), public: await freePort() };
  const log = join(folder, `${ports.http}.log`);
  const child = spawn(process.execPath, [COMMAND, 'serve', '--only', only], {
    env: {
      PATH: process.env['PATH'] ?? '',
      DATABASE_URL: databaseUrl,
      KALABARG_DATA: data,
      KALABARG_TERMINAL_PORT: String(ports.terminal),
      KALABARG_HTTP_PORT: String(ports.http),
      KALABARG_PUBLIC_PORT: String(ports.public),
      KALABARG_UPDATES_PORT: '0',
      KALABARG_LOG_FILE: log,
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  running.push(child);
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  const ended = new Promise<number | null>((done) => child.once('exit', done));
  const get: Part['get'] = async (port, path, init) => {
    const answer = await fetch(`http://127.0.0.1:${ports[port]}${path}`, init);
    return [answer.status, await answer.text()];
  };
  const part: Part = {
    ended,
    said: () => errors,
    get,
    untilReady: async () => {
      for (;;) {
        const ready = await get('http', '/readyz').catch(() => undefined);
        if (ready?.[0] === 200) return;
        if (child.exitCode !== null) throw new Error(errors + readFileSync(log, 'utf8'));
        await new Promise((done) => setTimeout(done, 50));
      }
    },
  };
  return part;
}

test('jobs and console run without terminals; the public door runs alone, as a role that reads no money', async () => {
  const data = join(folder, 'inside');
  const inside = await serve('console,jobs', data, await gatewayLogin(postgres.url));
  await inside.untilReady();
  expect(JSON.parse((await inside.get('http', '/readyz'))[1])).toEqual({
    status: 'ready',
    ...RUNS,
    serves: ['console', 'jobs'],
  });
  expect((await inside.get('http', '/api/v1/me'))[0]).toBe(401);
  await expect(inside.get('public', '/')).rejects.toThrow('fetch failed');
  const metrics = (await inside.get('http', '/metrics'))[1];
  expect(metrics).toContain('kalabarg_serves{part="jobs"} 1');
  expect(metrics).toContain('kalabarg_serves{part="terminals"} 0');
  expect(metrics).toContain('kalabarg_housekeeping_success_timestamp_seconds{duty="credit"}');

  const outside = join(folder, 'outside');
  mkdirSync(join(outside, 'secrets'), { recursive: true });
  for (const file of ['door-codes.key', 'door-messages.key'])
    copyFileSync(join(data, 'secrets', file), join(outside, 'secrets', file));
  const door = await serve('public', outside, await doorLogin(postgres.url));
  await door.untilReady();
  expect(JSON.parse((await door.get('http', '/readyz'))[1])).toEqual({ status: 'ready', ...RUNS, serves: ['public'] });
  expect((await door.get('http', '/api/v1/me'))[0]).toBe(404);
  expect((await door.get('http', '/desk'))[0]).toBe(404);
  expect((await door.get('http', '/metrics'))[1]).toContain('kalabarg_serves{part="public"} 1');
  const [status, page] = await door.get('public', '/');
  expect([status, page]).toEqual([200, expect.stringContaining('<html lang="fa" dir="rtl"')]);
  expect((await door.get('public', '/sign-in'))[0]).toBe(200);
  expect((await door.get('public', '/r/none'))[0]).toBe(404); // asked as this role
  // the drawn devices are of the demo alone
  expect((await door.get('public', '/pos'))[0]).toBe(404);
  expect((await door.get('public', '/pos', { method: 'POST' }))[0]).toBe(404);
});

test('what a part wants is said one by one', async () => {
  const bare = join(folder, 'bare');
  const withoutKeys = await serve('public', bare, await doorLogin(postgres.url));
  expect(await withoutKeys.ended).toBe(1);
  expect(withoutKeys.said()).toContain('door-codes.key is missing. Copy it from');
  const inside = join(folder, 'inside');
  const asGateway = await serve('public', inside, await gatewayLogin(postgres.url));
  expect(await asGateway.ended).toBe(1);
  expect(asGateway.said()).toMatch(/gateway_1 may read the books.*kalabarg_public/);
  const unknown = await serve('doors', inside, postgres.url);
  expect(await unknown.ended).toBe(1);
  expect(unknown.said()).toContain('--only doors: give some of terminals, console, public, jobs');
  const terminals = await serve('terminals', inside, await gatewayLogin(postgres.url));
  expect(await terminals.ended).toBe(1);
  expect(terminals.said()).toContain('serve needs KALABARG_BANK_HOST');
});
