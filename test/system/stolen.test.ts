import 'reflect-metadata';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { spawn, type ChildProcess } from 'node:child_process';
import { webcrypto, X509Certificate } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as x509 from '@peculiar/x509';
import { compile, loadSpec } from '../../src/codec/index.ts';
import { DEMO_TERMINALS } from '../../src/demo/programme.ts';
import { freePort } from '../../src/demo/machine/postgres.ts';
import { systemClock } from '../../src/ops/clock.ts';
import { SimulatedTerminal } from '../../src/simulators/terminal/index.ts';
import { clientCertificate, USAGES } from '../support/client-certificate.ts';
import { cardOf, startSystem, stopProcess, type System } from '../support/system.ts';

/** Two copies of the gateway: a terminal is stolen in the middle of its session, one renews its expired certificate, one moves to another shop. */
jest.setTimeout(240_000);

const COMMAND = fileURLToPath(new URL('../../bin/kalabarg.js', import.meta.url));
const codec = compile(loadSpec('kalabarg-pos'));
let system: System;
let copy: ChildProcess;
const ports: number[] = [];

beforeAll(async () => {
  system = await startSystem();
  const { databaseUrl } = JSON.parse(readFileSync(join(system.data, 'runtime.json'), 'utf8')) as {
    databaseUrl: string;
  };
  const [port, http, shops, updates] = [await freePort(), await freePort(), await freePort(), await freePort()];
  const environment = {
    ...system.environment,
    KALABARG_TERMINAL_PORT: String(port),
    KALABARG_HTTP_PORT: String(http),
    KALABARG_PUBLIC_PORT: String(shops),
    KALABARG_UPDATES_PORT: String(updates),
    KALABARG_BANK_HOST: `127.0.0.1:${system.environment['KALABARG_BANK_PORT'] ?? ''}`,
    DATABASE_URL: databaseUrl,
  };
  copy = spawn(process.execPath, [COMMAND, 'serve'], { env: environment, stdio: 'ignore' });
  const ready = () =>
    fetch(`http://127.0.0.1:${http}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    );
  while (!(await ready())) await systemClock.sleep(50);
  ports.push(Number(system.environment['KALABARG_TERMINAL_PORT']), port);
});
afterAll(async () => {
  await stopProcess(copy);
  await system.stop();
});

/** @param at which copy */
function connect(id: string, at: number, files?: { cert: string; key: string }): Promise<SimulatedTerminal> {
  const known = DEMO_TERMINALS.find(({ terminal }) => terminal === id);
  if (known === undefined) throw new Error(id);
  const folder = join(system.data, 'tls');
  const own = { cert: join(folder, 'terminals', `${id}.crt`), key: join(folder, 'terminals', `${id}.key`) };
  const endpoint = { host: '127.0.0.1', port: ports[at] ?? 0, tls: { ca: join(folder, 'ca.crt'), ...(files ?? own) } };
  return SimulatedTerminal.connect({ ...known, endpoint, codec, clock: systemClock, timeoutMs: 20_000, firstStan: 1 });
}

async function kalabarg(...args: string[]): Promise<string> {
  const { status, stdout, stderr } = await system.kalabarg(...args);
  expect([status, stderr]).toEqual([0, expect.any(String)]);
  return stdout;
}

test('a stolen terminal is cut off on both copies in the middle of its session, and never let in again', async () => {
  const [here, there, honest] = [
    await connect('10000005', 0),
    await connect('10000005', 1),
    await connect('10000006', 1),
  ];
  for (const each of [here, honest]) await each.signOn();
  expect((await here.financial('179800', 2_500_000n, cardOf(31))).rc).toBe('00');
  expect((await there.network('301')).rc).not.toBe('');
  expect(await kalabarg('terminals', 'lost', '10000005', '--reason', 'stolen at night', '--by', 'maryam')).toContain('is lost'); // prettier-ignore
  for (const each of [here, there]) {
    for (;;) {
      const heard = await each.network('301').then(
        () => true,
        () => false,
      );
      if (!heard) break;
    }
  }
  for (const at of [0, 1])
    await expect(connect('10000005', at).then((terminal) => terminal.network('301'))).rejects.toThrow();
  expect((await honest.financial('179800', 2_500_000n, cardOf(32))).rc).toBe('00');
  const shown = JSON.parse(await kalabarg('terminals', 'show', '10000005', '--json')) as Record<string, unknown>;
  expect(shown).toMatchObject({ state: 'lost', endReason: 'stolen at night' });
  honest.close();
});

const P256 = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

test('an expired certificate that is known renews itself and does nothing else, and trades with the next one', async () => {
  const id = '10000007';
  const notAfter = new Date(Date.now() - 86_400_000);
  const old = await clientCertificate(system.data, `CN=${id}`, { usages: [USAGES.clientAuth], notAfter });
  const write = (name: string, text: string): string => {
    writeFileSync(join(system.data, name), text);
    return join(system.data, name);
  };
  const files = { cert: write('old.crt', old.cert), key: write('old.key', old.key) };
  await expect(connect(id, 1, files).then((terminal) => terminal.network('301'))).rejects.toThrow(); // nobody knows it
  await kalabarg('terminals', 'import', files.cert, '--by', 'maryam');
  await stopProcess(copy); // a copy learns of expired ones within a minute, and at its start
  const terminal = await knownSoon(id, files);
  const refused = await terminal.financial('179898', 2_500_000n, cardOf(33, null));
  expect([refused.rc, refused.message.get('48.13')]).toEqual(['58', expect.stringContaining('گواهی')]);
  expect((await terminal.network('001')).rc).toBe('58');
  const keys = await webcrypto.subtle.generateKey(P256, true, ['sign', 'verify']);
  x509.cryptoProvider.set(webcrypto);
  const request = await x509.Pkcs10CertificateRequestGenerator.create({ name: `CN=${id}`, keys, signingAlgorithm: P256 }); // prettier-ignore
  const csr = Buffer.from(request.rawData).toString('base64');
  const ask = (fields: Record<string, string>, mac = true) => terminal.send('0800', { 70: '903', 48: fields }, { mac });
  expect((await ask({ '38': `0101${csr}` }, false)).rc).toBe('76');
  await terminal.newKeys();
  expect((await ask({ '38': `0101${csr}` }, false)).rc).toBe('76');
  expect((await ask({ '38': '0101AAAA' })).rc).toBe('30');
  expect((await ask({ '38': `0202${csr}` })).rc).toBe('30'); // its first part never came
  expect((await ask({ '39': '01' })).rc).toBe('30');
  const half = Math.ceil(csr.length / 2);
  expect((await ask({ '38': `0102${csr.slice(0, half)}` })).rc).toBe('00');
  const renewed = await ask({ '38': `0202${csr.slice(half)}` });
  const [, part, of, text = ''] = /^(\d\d)(\d\d)(.*)$/.exec(renewed.message.get('48.39') ?? '') ?? [];
  expect([renewed.rc, renewed.macGood, part]).toEqual(['00', true, '01']);
  let certificate = text;
  for (let next = 2; next <= Number(of); next++)
    certificate += (await ask({ '39': String(next).padStart(2, '0') })).message.get('48.39')?.slice(4) ?? '';
  const pem = new X509Certificate(Buffer.from(certificate, 'base64'));
  expect([pem.subject, Date.parse(pem.validTo) > Date.now()]).toEqual([`CN=${id}`, true]);
  const key = x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey), 'PRIVATE KEY');
  const renewedFiles = { cert: write('new.crt', pem.toString()), key: write('new.key', key) };
  const again = await connect(id, 0, renewedFiles);
  await again.signOn();
  expect((await again.financial('179800', 2_500_000n, cardOf(33))).rc).toBe('00');
  const listed = (await kalabarg('terminals', 'certificates', id, '--json')).trim().split('\n').map((line) => JSON.parse(line) as unknown); // prettier-ignore
  expect(listed).toMatchObject([{ source: 'renewal' }, { source: 'imported' }]);
  again.close();
  terminal.close();
});

/** Waits until the first copy knows the expired certificate. */
async function knownSoon(id: string, files: { cert: string; key: string }): Promise<SimulatedTerminal> {
  for (;;) {
    const terminal = await connect(id, 0, files).catch(() => undefined);
    const heard = await terminal?.network('001').catch(() => undefined);
    if (terminal !== undefined && heard !== undefined) return terminal;
    terminal?.close();
    await systemClock.sleep(500);
  }
}

test('a list of revoked certificates is there, and a terminal that moved trades for its new shop; what it did stays', async () => {
  const file = join(system.data, 'tls', 'terminals.crl');
  while (!existsSync(file)) await systemClock.sleep(100);
  expect(readFileSync(file, 'utf8')).toContain('BEGIN X509 CRL');
  expect(await kalabarg('terminals', 'crl')).toContain('BEGIN X509 CRL');
  const terminal = await connect('10000008', 0);
  await terminal.signOn();
  const bought = await terminal.financial('179800', 1_000_000n, cardOf(34));
  expect(bought.rc).toBe('00');
  await kalabarg(
    'terminals',
    'move',
    '10000008',
    '--merchant',
    '000000000000002',
    '--reason',
    'sold',
    '--by',
    'maryam',
  );
  const asOther = () => terminal.financial('179800', 1_000_000n, cardOf(34), { 42: '000000000000002' });
  let sold = await asOther();
  while (sold.rc === '03') sold = await asOther();
  expect(sold.rc).toBe('00');
  expect((await terminal.financial('179800', 1_000_000n, cardOf(34))).rc).toBe('03');
  const rows = await system.query<{ merchant: string; rials: string }>(
    `select merchant_id as merchant, sum(total_rials)::text as rials from transactions
      where terminal_id = '10000008' and kind = 'purchase' and state = 'approved' group by 1 order by 1`,
  );
  expect(rows).toEqual([
    { merchant: '000000000000001', rials: '1000000' },
    { merchant: '000000000000002', rials: '1000000' },
  ]);
  // what was bought at the old shop is taken back there
  expect((await terminal.reverse(bought.request, '17', { 37: bought.message.get(37), 42: '000000000000002' })).rc).toBe(
    '00',
  );
  terminal.close();
});
