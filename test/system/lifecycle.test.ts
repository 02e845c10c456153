import { afterAll, expect, test } from '@jest/globals';
import { spawn, type ChildProcess } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runCommand, stopProcess, systemEnvironment, untilReady } from '../support/system.ts';

const folder = mkdtempSync(join(tmpdir(), 'kalabarg-life-'));
chmodSync(folder, 0o755);
const command = fileURLToPath(new URL('../../bin/kalabarg.js', import.meta.url));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

async function start(environment: Record<string, string>): Promise<ChildProcess> {
  const child = spawn(process.execPath, [command, 'start'], { env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
  await untilReady(child);
  return child;
}

function processesOn(data: string): string[] {
  const pids = readFileSync(join(data, 'postgres', 'cluster', 'postmaster.pid'), 'utf8');
  return [pids.split('\n')[0] ?? ''];
}

test('credit spent is still spent after Ctrl-C, after a kill -9, and nothing stays behind', async () => {
  const environment = await systemEnvironment(join(folder, 'data'));
  const data = join(folder, 'data');
  const buy = ['simulate', 'terminal', 'purchase', '--amount', '1000000', '--household', '5', '--rest', 'cash'];

  const first = await start(environment);
  expect((await runCommand(buy, environment)).stdout).toMatch(/credit left\s+9,000,000/);
  first.kill('SIGKILL');
  await new Promise((done) => first.once('exit', done));
  const [orphan] = processesOn(data);

  const second = await start(environment); // the killed run's postmaster and pid file are still there
  expect(alive(Number(orphan))).toBe(false);
  expect((await runCommand(buy, environment)).stdout).toMatch(/credit left\s+8,000,000/);
  const [postmaster] = processesOn(data);
  expect(await stopProcess(second)).toBe(0);
  expect(alive(Number(postmaster))).toBe(false);

  const third = await start(environment);
  expect((await runCommand(['simulate', 'terminal', 'inquiry', '--household', '5'], environment)).stdout).toMatch(
    /credit left\s+8,000,000/,
  );
  expect(await stopProcess(third)).toBe(0);
});

test.each(['KALABARG_TERMINAL_PORT', 'KALABARG_BANK_PORT', 'KALABARG_HTTP_PORT', 'KALABARG_PUBLIC_PORT'])(
  'a taken port is named, with %s',
  async (setting) => {
    const environment = await systemEnvironment(join(folder, setting));
    const squatter = await occupy(Number(environment[setting]));
    const { status, stderr } = await runCommand(['start'], environment);
    squatter.close();
    expect(status).toBe(1);
    expect(stderr).toContain(`Port ${environment[setting] ?? ''} is taken`);
    expect(stderr).toContain(`${setting}=<port>`);
  },
);

test('a wrong setting is named, with what it got and needs', async () => {
  const { status, stderr } = await runCommand(['start'], { KALABARG_HTTP_PORT: 'x' });
  expect([status, stderr]).toEqual([1, expect.stringContaining('KALABARG_HTTP_PORT: got "x"; must be integer')]);
});

/** A zombie (its parent was killed, nobody reaped it) is not alive. */
function alive(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false; // no such process
  }
}

function occupy(port: number): Promise<Server> {
  const server = createServer();
  return new Promise((done) => {
    server.listen(port, '127.0.0.1', () => {
      done(server);
    });
  });
}
