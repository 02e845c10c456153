import { expect, test } from '@jest/globals';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bankEndpoints } from '../../../src/handlers/bank/endpoints.ts';

const config = (bankHost: string, data = '/nowhere') => ({
  bankHost,
  bankPort: 8600,
  simulatorHost: '127.0.0.1',
  data,
});

test.each([
  ['', [{ host: '127.0.0.1', port: 8600 }]],
  ['switch.example', [{ host: 'switch.example', port: 8600 }]],
  [
    'a.example:7000, tcp://b.example',
    [
      { host: 'a.example', port: 7000 },
      { host: 'b.example', port: 8600 },
    ],
  ],
  ['[::1]:7000', [{ host: '::1', port: 7000 }]],
])('KALABARG_BANK_HOST=%s', (text, endpoints) => {
  expect(bankEndpoints(config(text))).toEqual({ endpoints, listen: undefined });
});

test('a bank may be listened for', () => {
  expect(bankEndpoints(config('listen://0.0.0.0:8601'))).toEqual({
    endpoints: [],
    listen: { host: '0.0.0.0', port: 8601 },
  });
});

test('TLS takes its certificates from the data folder', () => {
  const data = mkdtempSync(join(tmpdir(), 'kalabarg-endpoints-'));
  mkdirSync(join(data, 'bank'));
  writeFileSync(join(data, 'bank', 'ca.crt'), 'CA');
  expect(bankEndpoints(config('tls://a.example', data)).endpoints[0]?.tls).toEqual({ ca: 'CA' });
  for (const name of ['client.crt', 'client.key']) writeFileSync(join(data, 'bank', name), name);
  expect(bankEndpoints(config('tls://a.example', data)).endpoints[0]?.tls).toEqual({
    ca: 'CA',
    cert: 'client.crt',
    key: 'client.key',
  });
  rmSync(data, { recursive: true });
});

test.each(['tls://a.example', 'ftp://a', 'a:b', 'a:99999', 'a,,b', 'listen://a,listen://b'])(
  '%s is refused',
  (text) => {
    expect(() => bankEndpoints(config(text))).toThrow(/KALABARG_BANK_HOST/);
  },
);
