import { expect, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { payshieldHsm } from '../../src/hsm/index.ts';
import { runCommand } from '../support/system.ts';

const COMMAND = fileURLToPath(new URL('../../bin/kalabarg.js', import.meta.url));
const environment = { PATH: process.env['PATH'] ?? '' };

test('kalabarg simulate hsm is a payShield until it is stopped', async () => {
  const child = spawn(process.execPath, [COMMAND, 'simulate', 'hsm', '--port', '0', '--header', '6'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [listening] = (await once(child.stdout, 'data')) as [Buffer];
  const port = Number(/:(\d+),/.exec(listening.toString())?.[1]);
  const hsm = payshieldHsm({ endpoints: [{ host: '127.0.0.1', port }], headerChars: 6 });
  const { ready, detail } = await hsm.status();
  expect({ ready, detail }).toEqual({ ready: true, detail: expect.stringMatching(/^LMK [0-9A-F]{16}/) });
  await hsm.close();
  const hosts = { KALABARG_HSM: 'payshield', KALABARG_PAYSHIELD_HOSTS: `127.0.0.1:${port}` };
  const said = await runCommand(['hsm', 'status'], { ...environment, ...hosts, KALABARG_PAYSHIELD_HEADER: '6' });
  expect(said).toMatchObject({ status: 0, stdout: `payshield: ready; ${detail}\n` });
  child.kill('SIGTERM');
  expect(await once(child, 'exit')).toEqual([0, null]);
});

test.each([
  [['--port', 'many'], '--port many: give a whole number from 0 to 65535'],
  [['--header', '0'], '--header 0: give a whole number from 1 to 64'],
  [['--tls-cert', 'server.crt'], 'give a certificate and its key'],
])('kalabarg simulate hsm %j says what is wrong', async (options, message) => {
  const { status, stderr } = await runCommand(['simulate', 'hsm', ...options], environment);
  expect(status).toBe(1);
  expect(stderr).toContain(message);
});

test('kalabarg hsm status says that nothing answers, and what was tried', async () => {
  const nowhere = {
    KALABARG_HSM: 'payshield',
    KALABARG_PAYSHIELD_HOSTS: '127.0.0.1:1',
    KALABARG_HSM_TIMEOUT_MS: '200',
  };
  const { status, stdout } = await runCommand(['hsm', 'status'], { ...environment, ...nowhere });
  expect(status).toBe(1);
  expect(stdout).toMatch(/^payshield: not ready; .*127\.0\.0\.1:1/);
});
