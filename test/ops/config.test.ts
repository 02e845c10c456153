import { expect, test } from '@jest/globals';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../../src/ops/config.ts';

test('defaults are those of wire.md 8', () => {
  expect(loadConfig({})).toMatchObject({ terminalPort: 8583, bankPort: 8600, httpPort: 8080, bankTimeoutMs: 15_000 });
});

test('the environment wins over the file, and the file over the default', () => {
  const file = join(mkdtempSync(join(tmpdir(), 'kalabarg-config-')), 'kalabarg.json');
  writeFileSync(file, JSON.stringify({ httpPort: 9001, bankPort: 9002 }));
  expect(loadConfig({ KALABARG_CONFIG: file, KALABARG_BANK_PORT: '9003' })).toMatchObject({
    httpPort: 9001,
    bankPort: 9003,
  });
});

test.each([
  [{ KALABARG_TERMINAL_PORT: 'eighty' }, /KALABARG_TERMINAL_PORT: got "eighty", wants: must be integer/],
  [{ KALABARG_HTTP_PORT: '70000' }, /KALABARG_HTTP_PORT: got 70000, wants: must be <= 65535/],
  [{ KALABARG_LOG_LEVEL: 'loud' }, /KALABARG_LOG_LEVEL: got "loud"/],
  [{ KALABARG_BANK_TIMEOUT_MS: '0' }, /KALABARG_BANK_TIMEOUT_MS: got 0, wants: must be >= 100/],
  [{ KALABARG_CONFIG: '/nowhere/kalabarg.json' }, /names \/nowhere\/kalabarg.json, which does not exist/],
])('%j is refused by name, value and want', (environment, message) => {
  expect(() => loadConfig(environment)).toThrow(message);
});

test('a setting that does not exist is refused by name and file', () => {
  const file = join(mkdtempSync(join(tmpdir(), 'kalabarg-config-')), 'kalabarg.json');
  writeFileSync(file, JSON.stringify({ httpPrt: 1 }));
  expect(() => loadConfig({ KALABARG_CONFIG: file })).toThrow(/httpPrt in .*kalabarg.json: no such setting/);
});
