import { expect, test } from '@jest/globals';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeSettings, loadConfig, settingsInEffect, unknownNames } from '../../src/ops/config.ts';

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
  [{ KALABARG_TERMINAL_PORT: 'eighty' }, /KALABARG_TERMINAL_PORT: got "eighty"; must be integer/],
  [{ KALABARG_HTTP_PORT: '70000' }, /KALABARG_HTTP_PORT: got 70000; must be <= 65535/],
  [{ KALABARG_LOG_LEVEL: 'loud' }, /KALABARG_LOG_LEVEL: got "loud"/],
  [{ KALABARG_BANK_TIMEOUT_MS: '0' }, /KALABARG_BANK_TIMEOUT_MS: got 0; must be >= 100/],
  [{ KALABARG_CONFIG: '/nowhere/kalabarg.json' }, /names \/nowhere\/kalabarg.json, which does not exist/],
])('%j is refused by name, value and want', (environment, message) => {
  expect(() => loadConfig(environment)).toThrow(message);
});

test('a setting that does not exist is refused by name and file', () => {
  const file = join(mkdtempSync(join(tmpdir(), 'kalabarg-config-')), 'kalabarg.json');
  writeFileSync(file, JSON.stringify({ httpPrt: 1 }));
  expect(() => loadConfig({ KALABARG_CONFIG: file })).toThrow(/httpPrt in .*kalabarg.json: no such setting/);
});

test('the HSM is chosen in its own part, from the file and the environment', () => {
  const file = join(mkdtempSync(join(tmpdir(), 'kalabarg-config-')), 'kalabarg.json');
  writeFileSync(file, JSON.stringify({ hsm: { backend: 'payshield', hosts: '10.0.0.1:1500', tls: true } }));
  const { hsm } = loadConfig({ KALABARG_CONFIG: file, KALABARG_PAYSHIELD_HEADER: '8' });
  expect(hsm).toMatchObject({
    backend: 'payshield',
    hosts: '10.0.0.1:1500',
    tls: true,
    headerChars: 8,
    timeoutMs: 5_000,
  });
  expect(loadConfig({}).hsm).toMatchObject({ backend: 'software', allowClearPinBlockInHost: false });
});

test.each([
  [{ KALABARG_HSM: 'abacus' }, /KALABARG_HSM: got "abacus"/],
  [{ KALABARG_PKCS11_SESSIONS: '0' }, /KALABARG_PKCS11_SESSIONS: got 0; must be >= 1/],
  [{ KALABARG_LMK: 'c0ffee' }, /KALABARG_LMK: got a value that is not shown here; must match pattern/],
])('%j is refused without showing what is secret', (environment, message) => {
  expect(() => loadConfig(environment)).toThrow(message);
});

test('an unknown setting of the HSM is refused by its whole name', () => {
  const file = join(mkdtempSync(join(tmpdir(), 'kalabarg-config-')), 'kalabarg.json');
  writeFileSync(file, JSON.stringify({ hsm: { backnd: 'software' } }));
  expect(() => loadConfig({ KALABARG_CONFIG: file })).toThrow(/hsm.backnd in .*kalabarg.json: no such setting/);
  writeFileSync(file, JSON.stringify({ hsm: 'software' }));
  expect(() => loadConfig({ KALABARG_CONFIG: file })).toThrow(/hsm in .*kalabarg.json: got "software"/);
});

test('every setting is described', () => {
  const settings = describeSettings();
  expect(settings.map(({ key }) => key)).toContain('hsm.backend');
  expect(settings.filter(({ environment, description }) => environment === '' || description === '')).toEqual([]);
});

test('what holds is shown with where it comes from, and nothing secret', () => {
  const file = join(mkdtempSync(join(tmpdir(), 'kalabarg-config-')), 'kalabarg.json');
  writeFileSync(file, JSON.stringify({ bankPort: 9002 }));
  const environment = {
    KALABARG_CONFIG: file,
    KALABARG_HTTP_PORT: '9001',
    KALABARG_LMK: 'ab'.repeat(32),
    DATABASE_URL: 'postgres://kalabarg:hush@db/kalabarg',
  };
  const shown = new Map(settingsInEffect(environment).map(({ key, value, source }) => [key, [value, source]]));
  expect(shown.get('httpPort')).toEqual(['9001', 'KALABARG_HTTP_PORT']);
  expect(shown.get('bankPort')).toEqual(['9002', file]);
  expect(shown.get('terminalPort')).toEqual(['8583', 'default']);
  expect(shown.get('hsm.lmk')).toEqual(['(set, not shown)', 'KALABARG_LMK']);
  expect(shown.get('databaseUrl')).toEqual(['postgres://kalabarg:…@db/kalabarg', 'DATABASE_URL']);
});

test('a name that is no setting is told, with the nearest that is one', () => {
  expect(unknownNames({ KALABARG_HTP_PORT: '1', KALABARG_HTTP_PORT: '1', KALABARG_TEST_FULL: '1', HOME: '/' })).toEqual(
    [{ name: 'KALABARG_HTP_PORT', nearest: 'KALABARG_HTTP_PORT' }],
  );
});
