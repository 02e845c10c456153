import 'reflect-metadata';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { webcrypto } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as x509 from '@peculiar/x509';
import type pg from 'pg';
import { checklistOf } from '../../src/enrolment/index.ts';
import { openPool } from '../../src/ops/database.ts';
import { shopOf } from '../../src/shops/index.ts';
import { addActor, loginToken } from '../support/people.ts';
import { approvedCase } from '../support/shops.ts';
import { runCommand, startSystem, type CommandResult, type System } from '../support/system.ts';

/** From the approval to the first sale, on the running program: nothing but the device's own request is done by hand. */
const TYPED = Date.UTC(2026, 10, 20, 8);
let system: System;
let pool: pg.Pool;
let token = '';
beforeAll(async () => {
  system = await startSystem();
  pool = openPool(system.databaseUrl(), 3);
  pool.on('error', () => undefined);
});
afterAll(async () => {
  await pool.end();
  await system.stop();
});

const kalabarg = (...args: string[]): Promise<CommandResult> =>
  runCommand(args, { ...system.environment, KALABARG_TOKEN: token });

async function bound(merchant: string): Promise<string> {
  for (;;) {
    const { rows } = await pool.query<{ terminal: string }>(
      'select terminal_id as terminal from devices where merchant_id = $1 and told_at is not null',
      [merchant],
    );
    if (rows[0] !== undefined) return rows[0].terminal;
    await new Promise((done) => setTimeout(done, 200));
  }
}

test('an approved shop gets its terminal by itself; with its key and certificate the device signs on and sells', async () => {
  const staff = {
    clerk: await addActor(pool, 'nasrin', ['clerk']),
    reviewers: [await addActor(pool, 'sara', ['reviewer']), await addActor(pool, 'reza', ['reviewer'])],
  } as const;
  token = await loginToken(pool, await addActor(pool, 'omid', ['engineer', 'keeper']));
  const { merchantId: merchant = '' } = await approvedCase(pool, staff, TYPED);
  const terminal = await bound(merchant);

  x509.cryptoProvider.set(webcrypto);
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const request = await x509.Pkcs10CertificateRequestGenerator.create({
    name: `CN=${terminal}`,
    keys,
    signingAlgorithm: algorithm,
  });
  const file = (name: string, text: string): string => {
    writeFileSync(join(system.data, name), text, { mode: 0o600 }); // keys that others may read are refused
    return join(system.data, name);
  };
  const certified = await kalabarg(
    'terminals',
    'issue',
    terminal,
    '--csr',
    file('device.csr', request.toString('pem')),
  );
  expect(certified).toMatchObject({ status: 0, stderr: '' });
  const exported = await kalabarg('keys', 'export', `terminal:${terminal}`, '--under', 'zmk:terminals');
  expect(exported).toMatchObject({ status: 0, stdout: expect.stringMatching(/^D\d{4}K1A/) as unknown });
  const key = x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey), 'PRIVATE KEY');
  const device = [
    ...['--terminal', terminal, '--merchant', merchant],
    ...['--cert', file('device.crt', certified.stdout), '--cert-key', file('device.key', key)],
    ...['--key-block', file('device.block', exported.stdout)],
  ];
  const before = await checklistOf(pool, await shopOf(pool, merchant), Date.now());
  expect(before.map(({ code, state }) => [code, state])).toEqual([
    ['terminal_connected', 'open'],
    ['new_menu', 'unknown'],
    ['staff_trained', expect.any(String)],
    ['first_purchase', 'open'],
    ['first_payout', 'open'],
  ]);
  const sold = await kalabarg(
    'simulate',
    'terminal',
    'purchase',
    ...device,
    '--amount',
    '2500000',
    '--household',
    '7',
    '--json',
  );
  expect([sold.status, sold.stderr, JSON.parse(sold.stdout)]).toMatchObject([0, '', { rc: '00' }]);
  const after = await checklistOf(pool, await shopOf(pool, merchant), Date.now());
  expect(after.find(({ code }) => code === 'terminal_connected')).toMatchObject({ state: 'done', detail: terminal });
  expect(after.find(({ code }) => code === 'first_purchase')).toMatchObject({ state: 'done' });
  expect(after.find(({ code }) => code === 'new_menu')).toMatchObject({ state: 'done' });
  const { rows } = await pool.query<{ act: string; actor: string; known: boolean }>(
    `select act, actor, actor_id is not null as known from audit where act in ('terminal.certified', 'key.export') order by act`,
  );
  expect(rows).toEqual([
    { act: 'key.export', actor: 'omid', known: true },
    { act: 'terminal.certified', actor: 'omid', known: true },
  ]);
});

test('another certificate, another key, or another shop’s number lets the device in nowhere', async () => {
  const { rows } = await pool.query<{ terminal: string; merchant: string }>(
    'select terminal_id as terminal, merchant_id as merchant from devices where terminal_id is not null limit 1',
  );
  const [own = { terminal: '', merchant: '' }] = rows;
  const files = [
    '--cert',
    join(system.data, 'device.crt'),
    '--cert-key',
    join(system.data, 'device.key'),
    '--key-block',
    join(system.data, 'device.block'),
  ];
  const wrongNumber = await kalabarg(
    'simulate',
    'terminal',
    'echo',
    '--terminal',
    '10000001',
    '--merchant',
    own.merchant,
    ...files,
  );
  expect(wrongNumber.status).not.toBe(0);
  const demo = [
    '--cert',
    join(system.data, 'tls', 'terminals', '10000001.crt'),
    '--cert-key',
    join(system.data, 'tls', 'terminals', '10000001.key'),
  ];
  const foreign = await kalabarg(
    'simulate',
    'terminal',
    'echo',
    '--terminal',
    own.terminal,
    '--merchant',
    own.merchant,
    ...demo,
    '--key-block',
    join(system.data, 'device.block'),
  );
  expect(foreign.status).not.toBe(0);
  const half = await kalabarg('simulate', 'terminal', 'echo', '--terminal', own.terminal, '--merchant', own.merchant);
  expect(half).toMatchObject({ status: 1, stderr: expect.stringContaining('--key-block') as unknown });
});
