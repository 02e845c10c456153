import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureCertificates } from '../../../src/demo/machine/certificates.ts';
import { openAuthority, type Order } from '../../../src/handlers/voucher/client.ts';
import { readAuthorities, type AuthoritySettings } from '../../../src/handlers/voucher/settings.ts';
import { systemClock } from '../../../src/ops/clock.ts';
import { startAuthoritySimulator, type AuthoritySimulator } from '../../../src/simulators/authority/index.ts';
import { clientCertificate } from '../../support/client-certificate.ts';

const ORDER: Order = {
  id: '1',
  terminal: '10000001',
  merchant: '000000000000001',
  stan: '000001',
  totalRials: 1_000n,
  basket: undefined,
  card: { pan: '6277600000000001' },
};

const folder = mkdtempSync(join(tmpdir(), 'kalabarg-authority-'));
const path = (name: string): string => join(folder, name);
let authority: AuthoritySimulator;
let settings: AuthoritySettings;

beforeAll(async () => {
  await ensureCertificates(folder, ['10000001'], Date.now());
  const ca = readFileSync(path('tls/ca.crt'), 'utf8');
  const server = {
    cert: readFileSync(path('tls/server.crt'), 'utf8'),
    key: readFileSync(path('tls/server.key'), 'utf8'),
  };
  authority = await startAuthoritySimulator({ host: '127.0.0.1', port: 0, clock: systemClock, tls: { ...server, ca } });
  const own = await clientCertificate(folder, 'CN=gateway');
  writeFileSync(path('own.crt'), own.cert);
  writeFileSync(path('own.key'), own.key);
  settings = {
    name: 'central',
    programme: 'remote',
    cards: ['627760'],
    url: authority.url,
    caFile: path('tls/ca.crt'),
    certFile: path('own.crt'),
    keyFile: path('own.key'),
    timeoutMs: 5_000,
    reserveSeconds: 120,
  };
});
afterAll(async () => {
  await authority.close();
  rmSync(folder, { recursive: true, force: true });
});

async function ask(changes: Partial<AuthoritySettings>) {
  const client = openAuthority({ ...settings, ...changes }, 'central in a test', systemClock);
  try {
    return await client.inquire(ORDER);
  } finally {
    client.close();
  }
}

describe('both sides show a certificate', () => {
  test('then orders are taken', async () => {
    expect(await ask({})).toMatchObject({ kind: 'said', value: { decision: 'reserved', subsidizedRials: '1000' } });
  });

  test('an authority whose certificate is of somebody else is not asked', async () => {
    const strange = mkdtempSync(join(tmpdir(), 'kalabarg-strange-'));
    await ensureCertificates(strange, ['10000001'], Date.now());
    expect(await ask({ caFile: join(strange, 'tls', 'ca.crt') })).toMatchObject({ kind: 'unknown' });
    rmSync(strange, { recursive: true, force: true });
  });

  test('a file that cannot be read is an error that names it', () => {
    expect(() => openAuthority({ ...settings, keyFile: path('none.key') }, 'central in a test', systemClock)).toThrow(
      expect.objectContaining({ code: 'settings.file', message: expect.stringContaining('none.key') }),
    );
  });
});

const GOOD = `
  - name: central
    programme: remote
    cards: ['627760']
    url: https://credit.example/v1
    caFile: ca.pem
    certFile: own.pem
    keyFile: own.key
`;

test.each<[what: string, text: string, says: RegExp]>([
  ['nothing in it', 'authorities: []', /authorities/],
  ['no certificate of ours', `authorities:${GOOD.replace(/ *certFile.*\n/, '')}`, /central: certFile is missing/],
  ['no CA', `authorities:${GOOD.replace(/ *caFile.*\n/, '')}`, /central: caFile is missing/],
  ['plain http to elsewhere', `authorities:${GOOD.replace('https', 'http')}`, /over https/],
  ['a password in the url', `authorities:${GOOD.replace('//', '//a:b@')}`, /no more/],
  ['a reservation of an hour', `authorities:${GOOD}    reserveSeconds: 3600\n`, /reserveSeconds/],
  ['a setting that there is not', `authorities:${GOOD}    reservSeconds: 120\n`, /no such setting/],
  ['one name twice', `authorities:${GOOD}${GOOD}`, /two authorities are called central/],
  ['one programme twice', `authorities:${GOOD}${GOOD.replace('central', 'other')}`, /programme remote has two/],
  [
    'cards of two',
    `authorities:${GOOD}${GOOD.replace('central', 'other').replace('remote', 'second').replace('627760', '62776012')}`,
    /62776012 are named twice/,
  ],
])('authorities.yaml with %s is refused, and why', (_, text, says) => {
  const data = mkdtempSync(join(tmpdir(), 'kalabarg-authorities-'));
  writeFileSync(join(data, 'authorities.yaml'), text);
  expect(() => readAuthorities(data)).toThrow(expect.objectContaining({ code: 'settings.file', message: expect.stringMatching(says) })); // prettier-ignore
  rmSync(data, { recursive: true, force: true });
});

test('without authorities.yaml our ledger decides everything', () => {
  expect(readAuthorities(folder)).toBeUndefined();
});
