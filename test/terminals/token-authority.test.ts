import 'reflect-metadata';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { webcrypto, X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as x509 from '@peculiar/x509';
import type pg from 'pg';
import type { EmbeddedPostgres } from '../../src/demo/machine/postgres.ts';
import { createPkcs11Lmk, pkcs11Hsm, softwareHsm, type PaymentHsm, type Pkcs11Options } from '../../src/hsm/index.ts';
import { rewrapKeys } from '../../src/merchants/index.ts';
import { openPool, transaction } from '../../src/ops/database.ts';
import { systemRandom } from '../../src/ops/random.ts';
import {
  certify,
  certifyWithKey,
  makeAuthority,
  readRevocationLists,
  revoke,
  writeList,
  type AuthoritySource,
} from '../../src/terminals/certificates/index.ts';
import { gatewayLogin, temporaryPostgres } from '../support/postgres.ts';
import { hasPkcs11, softHsm, type SoftHsm } from '../support/soft-hsm.ts';

/** An authority whose key was made on a token (SoftHSM) and signs there: issued, renewed, revoked by it. */
const BY = { actor: { id: null, name: 'a test' }, reason: 'a test' };
const random = systemRandom.bytes;
const P256 = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const now = Date.now();
const suite = hasPkcs11 ? describe : describe.skip;

suite('an authority on a token', () => {
  let soft: SoftHsm;
  let own: Pkcs11Options;
  let foreign: Pkcs11Options;
  let hsm: PaymentHsm;
  let server: EmbeddedPostgres;
  let pool: pg.Pool;
  let owner: pg.Pool;
  let folder: string;
  let source: AuthoritySource;
  let authority: X509Certificate;
  let label: string | null;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'kalabarg-token-authority-'));
    soft = await softHsm('authority-test', 'another-token');
    [own = {} as Pkcs11Options, foreign = own] = soft.tokens;
    hsm = await pkcs11Hsm(own);
    server = await temporaryPostgres();
    owner = openPool(server.url, 2);
    pool = openPool(await gatewayLogin(server.url), 4);
    for (const each of [owner, pool]) each.on('error', () => undefined);
    await owner.query(
      `insert into merchants (merchant_id, name, guild, sheba, status) values ('000000000000001', 'x', 'dairy', 'IR710560000000100324200001', 'approved');
       insert into terminals (terminal_id, merchant_id) select (90000001 + n)::text, '000000000000001' from generate_series(0, 9) n`,
    );
    const made = await transaction(owner, (db) => makeAuthority(db, hsm, { name: 'On a token', random }, BY, now));
    label = made.tokenLabel;
    authority = new X509Certificate(made.pem);
    const trusted = join(folder, 'ca.crt');
    writeFileSync(trusted, made.pem);
    source = { trusted, hsm: () => Promise.resolve(hsm) };
  });
  afterAll(async () => {
    await hsm.close();
    await pool.end();
    await owner.end();
    await server.stop();
    await soft.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  async function issue(terminal: string, from = source, renewal = false) {
    x509.cryptoProvider.set(webcrypto);
    const keys = await webcrypto.subtle.generateKey(P256, true, ['sign', 'verify']);
    const request = await x509.Pkcs10CertificateRequestGenerator.create({ name: `CN=${terminal}`, keys, signingAlgorithm: P256 }); // prettier-ignore
    const csr = request.toString('pem');
    return transaction(pool, (db) => certify(db, { authority: from, random }, { terminal, csr, renewal }, BY, now));
  }
  const isOurs = (pem: string) => {
    const own = new X509Certificate(pem);
    return own.checkIssued(authority) && own.verify(authority.publicKey);
  };

  test('has its key there and nowhere else', async () => {
    expect([authority.subject, authority.ca, authority.verify(authority.publicKey)]).toEqual([
      'CN=On a token',
      true,
      true,
    ]);
    expect(label).toMatch(/^kalabarg-authority-[0-9a-f]{16}$/);
    const { rows } = await owner.query('select sealed, hsm_key, token_label from terminal_authorities');
    expect(rows).toEqual([{ sealed: null, hsm_key: null, token_label: label }]);
  });

  test('issues, renews, and makes a device its PKCS #12', async () => {
    const first = await issue('90000001');
    const next = await issue('90000001', source, true);
    const made = await transaction(pool, (db) =>
      certifyWithKey(db, { authority: source, random }, '90000002', BY, now),
    );
    for (const { pem } of [first, next, made.certificate]) expect(isOurs(pem)).toBe(true);
    expect(new X509Certificate(next.pem).keyUsage).toEqual(['1.3.6.1.5.5.7.3.2']);
    const { rows } = await pool.query(`select source from terminal_certificates where terminal_id = '90000001' order by issued_at, source`); // prettier-ignore
    expect(rows).toEqual(expect.arrayContaining([{ source: 'csr' }, { source: 'renewal' }]));
  });

  test('signs the list of what was revoked', async () => {
    const { sha256, serial } = await issue('90000003');
    await transaction(pool, (db) => revoke(db, { which: { sha256 }, reason: 'keyCompromise' }, BY));
    const list = await writeList(pool, source, now);
    const [read] = readRevocationLists('terminals.crl', Buffer.from(list.pem), readFileSync(source.trusted, 'utf8'));
    expect(read?.issuer).toContain('On a token');
    expect(list.entries).toBe(1);
    expect(list.pem.length).toBeGreaterThan(0);
    expect(JSON.stringify([...(read?.serials ?? [])])).toContain(serial);
  });

  test('goes on after a change of LMK, which it is not under', async () => {
    await createPkcs11Lmk(own);
    await rewrapKeys(owner, hsm);
    expect(isOurs((await issue('90000004')).pem)).toBe(true);
  });

  test('issues nothing where the token holds no such key, or another one', async () => {
    const other = await pkcs11Hsm(foreign);
    const elsewhere = { ...source, hsm: () => Promise.resolve(other) };
    await expect(issue('90000005', elsewhere)).rejects.toMatchObject({ code: 'key.token' });
    await other.makeSigningKey(label ?? '');
    await expect(issue('90000005', elsewhere)).rejects.toMatchObject({ code: 'certificates.authority' });
    const software = softwareHsm({ lmk: Buffer.alloc(32, 1) });
    await expect(issue('90000005', { ...source, hsm: () => Promise.resolve(software) })).rejects.toMatchObject({ code: 'hsm.unsupported' }); // prettier-ignore
    const { rows } = await pool.query(`select from terminal_certificates where terminal_id = '90000005'`);
    expect(rows).toEqual([]);
    await other.close();
  });

  test('is sealed in the database where that is asked for', async () => {
    const how = { name: 'Sealed', random, sealed: true };
    const { pem, tokenLabel } = await transaction(owner, (db) => makeAuthority(db, hsm, how, BY, now));
    expect([tokenLabel, new X509Certificate(pem).subject]).toEqual([null, 'CN=Sealed']);
    writeFileSync(join(folder, 'sealed.crt'), pem);
    const sealed = { ...source, trusted: join(folder, 'sealed.crt') };
    expect(new X509Certificate((await issue('90000006', sealed)).pem).issuer).toBe('CN=Sealed');
  });
});
