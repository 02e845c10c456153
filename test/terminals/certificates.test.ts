import 'reflect-metadata';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { webcrypto, X509Certificate } from 'node:crypto';
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSecureContext } from 'node:tls';
import * as x509 from '@peculiar/x509';
import type pg from 'pg';
import { ensureCertificates } from '../../src/demo/machine/index.ts';
import type { EmbeddedPostgres } from '../../src/demo/machine/postgres.ts';
import { softwareHsm } from '../../src/hsm/index.ts';
import { rewrapKeys } from '../../src/merchants/index.ts';
import { systemClock } from '../../src/ops/clock.ts';
import { openPool, transaction } from '../../src/ops/database.ts';
import { systemRandom } from '../../src/ops/random.ts';
import {
  certify,
  certifyWithKey,
  importCertificates,
  listCertificates,
  makeAuthority,
  openAccess,
  readRevocationLists,
  revoke,
  wantsList,
  writeList,
  type AuthoritySource,
  type TerminalAccess,
  type TerminalCertificate,
} from '../../src/terminals/certificates/index.ts';
import { endTerminal, terminalOf } from '../../src/terminals/index.ts';
import { clientCertificate, USAGES } from '../support/client-certificate.ts';
import { gatewayLogin, temporaryPostgres } from '../support/postgres.ts';

/** The life of certificates in the database and in the memory of two copies (terminals.md 2). */
const BY = { actor: { id: null, name: 'a test' }, reason: 'a test' };
const random = systemRandom.bytes;
const now = Date.now();
const DAY = 86_400_000;
let folder: string;
let source: AuthoritySource;
let server: EmbeddedPostgres;
let pool: pg.Pool;
let owner: pg.Pool;
const copies: TerminalAccess[] = [];
let terminals = 90_000_000;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kalabarg-certificates-'));
  const { ca } = await ensureCertificates(folder, [], now);
  source = { trusted: ca, files: { cert: ca, key: ca.replace(/crt$/, 'key') } };
  server = await temporaryPostgres();
  owner = openPool(server.url, 2);
  pool = openPool(await gatewayLogin(server.url), 6);
  for (const each of [owner, pool]) each.on('error', () => undefined);
  await owner.query(
    `insert into merchants (merchant_id, name, guild, sheba, status) values ('000000000000001', 'x', 'dairy', 'IR710560000000100324200001', 'approved')`,
  );
  for (let copy = 0; copy < 2; copy++)
    copies.push(await openAccess({ pool, clock: systemClock, renewDays: 365, onError: () => undefined }));
});
afterAll(async () => {
  for (const copy of copies) await copy.close();
  await pool.end();
  await owner.end();
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function newTerminal(): Promise<string> {
  const terminal = String(++terminals);
  await owner.query(`insert into terminals (terminal_id, merchant_id) values ($1, '000000000000001')`, [terminal]);
  return terminal;
}

const P256 = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
type Keys = webcrypto.CryptoKeyPair;

async function newKeys(): Promise<Keys> {
  x509.cryptoProvider.set(webcrypto);
  return webcrypto.subtle.generateKey(P256, true, ['sign', 'verify']);
}

async function issue(terminal: string, given?: Keys, from = source, at = now): Promise<TerminalCertificate> {
  const keys = given ?? (await newKeys());
  const request = await x509.Pkcs10CertificateRequestGenerator.create({ name: `CN=${terminal}`, keys, signingAlgorithm: P256 }); // prettier-ignore
  const csr = request.toString('pem');
  return transaction(pool, (db) => certify(db, { authority: from, random }, { terminal, csr }, BY, at));
}

const revokeOne = (sha256: string, reason: 'keyCompromise' | 'superseded' = 'keyCompromise') =>
  transaction(pool, (db) => revoke(db, { which: { sha256 }, reason }, BY));

const seen = ({ sha256, serial }: { sha256: string; serial: string }) => ({ sha256, serial, issuer: '{}' });

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await systemClock.sleep(20);
}

test('a key with its certificate comes as PKCS #12 that TLS takes, with its passphrase alone', async () => {
  const terminal = await newTerminal();
  const made = await transaction(pool, (db) => certifyWithKey(db, { authority: source, random }, terminal, BY, now));
  expect(made.passphrase).toMatch(/^([2-9a-km-np-z]{4}-){4}[2-9a-km-np-z]{4}$/);
  const { passphrase, pkcs12: pfx } = made;
  expect(() => createSecureContext({ pfx, passphrase })).not.toThrow();
  expect(() => createSecureContext({ pfx, passphrase: passphrase.replace(/.$/, '1') })).toThrow('mac verify failure');
  const broken = Buffer.from(pfx);
  broken[200] = (broken[200] ?? 0) ^ 1;
  expect(() => createSecureContext({ pfx: broken, passphrase })).toThrow();
  expect(new X509Certificate(made.certificate.pem).subject).toBe(`CN=${terminal}`);
  const { rows } = await owner.query<{ n: string }>(
    `select count(*) as n from audit where position($1 in coalesce(after::text, '')) > 0`,
    [passphrase],
  );
  expect(rows[0]?.n).toBe('0');
});

test('the certificates of a terminal come the newest first, whatever the size of a page', async () => {
  const terminal = await newTerminal();
  const issued: string[] = [];
  for (let n = 0; n < 5; n++) issued.unshift((await issue(terminal, undefined, source, now + n * 1_000)).sha256);
  const seenOnPages: string[] = [];
  for (let after: string | undefined; seenOnPages.length < 10;) {
    const page = await listCertificates(pool, { terminal, after, limit: 2 });
    seenOnPages.push(...page.map(({ sha256 }) => sha256));
    after = page.at(-1)?.sha256;
    if (page.length < 2) break;
  }
  expect(seenOnPages).toEqual(issued);
});

describe('revocation', () => {
  test('reaches every copy, stays, and its key is never certified again; a new key is', async () => {
    const terminal = await newTerminal();
    const keys = await newKeys();
    const certificate = await issue(terminal, keys);
    for (const copy of copies) expect(copy.refusal(terminal, seen(certificate))).toBeUndefined();
    let told = 0;
    copies[0]?.onChange(() => told++);
    expect(await revokeOne(certificate.sha256)).toMatchObject([{ terminal, reason: 'keyCompromise' }]);
    for (const copy of copies) await until(() => copy.refusal(terminal, seen(certificate)) === 'the certificate is revoked'); // prettier-ignore
    expect(told).toBeGreaterThan(0);
    expect(await revokeOne(certificate.sha256, 'superseded')).toEqual([]);
    await expect(issue(terminal, keys)).rejects.toMatchObject({ code: 'certificates.key' });
    const next = await issue(terminal, undefined, source, now + 1_000);
    for (const copy of copies) expect(copy.refusal(terminal, seen(next))).toBeUndefined();
    expect(await listCertificates(pool, { terminal, limit: 10 })).toMatchObject([
      { sha256: next.sha256, revokedAt: null, source: 'csr' },
      { sha256: certificate.sha256, reason: 'keyCompromise' },
    ]);
    expect((await terminalOf(pool, terminal)).certificateEnds).toBe(`${next.notAfter.slice(0, 19)}Z`);
    const audited = await owner.query(`select actor, reason from audit where object = 'terminal:' || $1 and act = 'certificate.revoked'`, [terminal]); // prettier-ignore
    expect(audited.rows).toEqual([{ actor: 'a test', reason: 'a test' }]);
    await expect(pool.query('delete from terminal_revocations')).rejects.toThrow('permission denied');
  });

  test('of a stolen terminal is of all that bears its number, whoever issued it', async () => {
    const terminal = await newTerminal();
    const certificate = await issue(terminal);
    await transaction(pool, (db) => endTerminal(db, terminal, 'lost', BY));
    const stranger = { sha256: 'd'.repeat(64), serial: '01', issuer: '{"CN":"another CA"}' };
    for (const copy of copies) await until(() => copy.refusal(terminal, stranger) !== undefined);
    expect(await listCertificates(pool, { terminal, limit: 10 })).toMatchObject([{ reason: 'keyCompromise' }]);
    await expect(issue(terminal)).rejects.toMatchObject({ code: 'certificates.terminal' });
    expect(copies[0]?.mayRenew(terminal, seen(certificate))).toBe(false);
  });

  test('by two at once and while others are issued leaves no gap in the numbers', async () => {
    const made = await Promise.all(
      Array.from({ length: 12 }, async () => {
        const terminal = await newTerminal();
        return issue(terminal);
      }),
    );
    await Promise.all(made.map(({ sha256 }) => revokeOne(sha256)));
    const { rows } = await owner.query<{ gaps: string }>(
      'select max(seq) - count(*) as gaps from terminal_revocations',
    );
    expect(rows[0]?.gaps).toBe('0');
    for (const copy of copies)
      for (const each of made) await until(() => copy.refusal(each.terminal, seen(each)) !== undefined);
  });

  test('what is not there is not revoked', async () => {
    await expect(revokeOne('e'.repeat(64))).rejects.toMatchObject({ code: 'certificates.unknown' });
  });
});

describe('lists of revoked certificates', () => {
  test('ours is due with each revocation and each day, grows in number, and reads as another’s does', async () => {
    const terminal = await newTerminal();
    const certificate = await issue(terminal);
    await revokeOne(certificate.sha256);
    expect(await wantsList(pool, now)).toBe(true);
    const first = await writeList(pool, source, now);
    expect(await wantsList(pool, now)).toBe(false);
    expect(await wantsList(pool, now + 2 * DAY)).toBe(true);
    const second = await writeList(pool, source, now + 2 * DAY);
    expect(BigInt(second.number)).toBe(BigInt(first.number) + 1n);
    const ca = readFileSync(source.trusted, 'utf8');
    const [list] = readRevocationLists('x.crl', Buffer.from(first.pem), ca);
    expect(list?.serials.has(certificate.serial.replace(/^0+/, ''))).toBe(true);
    expect(list?.nextUpdate).toBe(Math.floor(now / 1_000) * 1_000 + 7 * DAY);
    // what others read it with
    const parsed = new x509.X509Crl(first.pem.replaceAll('X509 CRL', 'CRL'));
    expect(await parsed.verify({ publicKey: new x509.X509Certificate(ca).publicKey })).toBe(true);
    expect(parsed.entries).toHaveLength(first.entries);
    expect(parsed.findRevoked(certificate.serial)?.reason).toBe(x509.X509CrlReason.keyCompromise);
    expect(() => createSecureContext({ ca, crl: first.pem })).not.toThrow();
  });

  test('another authority’s keeps its terminals out, and its end lets nobody in again', async () => {
    const other = mkdtempSync(join(tmpdir(), 'kalabarg-certificates-'));
    const { ca } = await ensureCertificates(other, [], now);
    const foreign = { trusted: ca, files: { cert: ca, key: ca.replace(/crt$/, 'key') } };
    const made = await makeList(foreign, ['0102030405'], now - 30 * DAY);
    const authorities = readFileSync(ca, 'utf8');
    for (const bytes of [made.pem, made.pem.replaceAll('X509 CRL', 'CRL'), `${made.pem}${made.pem}`]) {
      const lists = readRevocationLists('x.crl', Buffer.from(bytes), authorities);
      const issuer = JSON.stringify(new X509Certificate(authorities).toLegacyObject().subject);
      copies[1]?.useLists(lists);
      expect(copies[1]?.refusal('90000001', { sha256: '', serial: '0102030405', issuer })).toMatch('list');
      expect(copies[1]?.refusal('90000001', { sha256: '', serial: '0102030406', issuer })).toBeUndefined();
      expect(copies[1]?.refusal('90000001', { sha256: '', serial: '0102030405', issuer: '{"CN":"x"}' })).toBeUndefined(); // prettier-ignore
    }
    copies[1]?.useLists([]);
    const ours = readFileSync(source.trusted, 'utf8');
    expect(() => readRevocationLists('x.crl', Buffer.from(made.pem), ours)).toThrow('x.crl is not signed by an authority'); // prettier-ignore
    const der = Buffer.from(made.pem.replace(/-----[^-]+-----|\s/g, ''), 'base64');
    expect(readRevocationLists('x.crl', der, authorities)).toHaveLength(1);
    for (let at = 0; at < der.length; at += 7) {
      const changed = Buffer.from(der);
      changed[at] = (changed[at] ?? 0) ^ 0x55;
      for (const bytes of [changed, der.subarray(0, at)])
        expect(() => readRevocationLists('x.crl', bytes, authorities)).toThrow(/^x\.crl /);
    }
    rmSync(other, { recursive: true, force: true });
  });

  async function makeList(of: AuthoritySource, serials: string[], at: number): Promise<{ pem: string }> {
    const certificate = new x509.X509Certificate(readFileSync(of.files?.cert ?? '', 'utf8'));
    const pkcs8 = x509.PemConverter.decodeFirst(readFileSync(of.files?.key ?? '', 'utf8'));
    const signingKey = await webcrypto.subtle.importKey('pkcs8', pkcs8, P256, false, ['sign']);
    const list = await x509.X509CrlGenerator.create({
      issuer: certificate.subject,
      thisUpdate: new Date(at),
      nextUpdate: new Date(at + DAY),
      entries: serials.map((serialNumber) => ({ serialNumber, revocationDate: new Date(at) })),
      signingAlgorithm: P256,
      signingKey,
    });
    return {
      pem: `-----BEGIN X509 CRL-----\n${Buffer.from(list.rawData).toString('base64')}\n-----END X509 CRL-----\n`,
    };
  }
});

describe('an authority whose key the HSM keeps', () => {
  test('issues once it is trusted, also after a change of LMK, and opens with no other HSM', async () => {
    const [first, second] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];
    const hsm = softwareHsm({ lmk: first });
    const { pem, tokenLabel } = await transaction(owner, (db) => makeAuthority(db, hsm, { name: 'Kalabarg terminals', random }, BY, now)); // prettier-ignore
    expect(tokenLabel).toBeNull();
    const kept = { trusted: source.trusted, hsm: () => Promise.resolve(hsm) };
    const terminal = await newTerminal();
    await expect(issue(terminal, undefined, kept)).rejects.toThrow('is not in');
    appendFileSync(source.trusted, pem);
    const certificate = await issue(terminal, undefined, kept);
    expect(new X509Certificate(certificate.pem).checkIssued(new X509Certificate(pem))).toBe(true);
    const changed = softwareHsm({ lmk: second, previousLmk: first });
    await rewrapKeys(owner, changed);
    const later = { trusted: source.trusted, hsm: () => Promise.resolve(softwareHsm({ lmk: second })) };
    expect((await issue(await newTerminal(), undefined, later)).pem).toContain('CERTIFICATE');
    await expect(issue(await newTerminal(), undefined, kept)).rejects.toThrow('put back the master key');
    await expect(pool.query('update terminal_authorities set sealed = sealed')).rejects.toThrow('permission denied');
  });
});

describe('certificates of another authority', () => {
  const take = (pems: string, trusted = source.trusted) =>
    transaction(pool, (db) => importCertificates(db, { pems, trusted }, BY, now));

  test('are taken by their fingerprint, once, and can be revoked here', async () => {
    const terminal = await newTerminal();
    const { cert } = await clientCertificate(join(folder, '.'), `CN=${terminal}`, { usages: [USAGES.clientAuth] });
    const [taken] = await take(cert);
    expect(taken).toMatchObject({ terminal, serial: '0102030405' });
    expect(await take(cert)).toEqual([taken]);
    expect(await listCertificates(pool, { terminal, limit: 5 })).toMatchObject([{ source: 'imported' }]);
    await revokeOne(taken?.sha256 ?? '');
    for (const copy of copies) await until(() => copy.refusal(terminal, seen(taken!)) !== undefined);
  });

  test.each([
    ['a serial that was given before', 'certificates.serial', async () => (await clientCertificate(folder, `CN=${await newTerminal()}`, { usages: [USAGES.clientAuth] })).cert], // prettier-ignore
    ['a terminal that is not there', 'certificates.terminal', async () => (await clientCertificate(folder, 'CN=99999999', { usages: [USAGES.clientAuth] })).cert], // prettier-ignore
    ['a use that is no client’s', 'certificates.import', async () => (await clientCertificate(folder, `CN=${await newTerminal()}`, { usages: [USAGES.serverAuth] })).cert], // prettier-ignore
    ['a name that is no DE 41', 'certificates.import', async () => (await clientCertificate(folder, 'CN=nobody', { usages: [USAGES.clientAuth] })).cert], // prettier-ignore
    ['something that is no certificate', 'certificates.import', () => Promise.resolve('-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----')], // prettier-ignore
    ['nothing', 'certificates.import', () => Promise.resolve('')],
  ])('refused: %s', async (_, code, made) => {
    await expect(take(await made())).rejects.toMatchObject({ code });
  });

  test('a foreign authority’s, though it has the same names, is refused', async () => {
    const other = mkdtempSync(join(tmpdir(), 'kalabarg-certificates-'));
    await ensureCertificates(other, [], now);
    const { cert } = await clientCertificate(other, `CN=${await newTerminal()}`, { usages: [USAGES.clientAuth] });
    await expect(take(cert)).rejects.toMatchObject({ code: 'certificates.import' });
    rmSync(other, { recursive: true, force: true });
  });
});

test('a certificate that expired is known for its renewal, until it is too old, revoked or replaced by nobody', async () => {
  const terminal = await newTerminal();
  const old = await issue(terminal, undefined, source, now);
  await owner.query(`update terminal_certificates set not_before = not_before - interval '900 days', not_after = not_after - interval '900 days' where sha256 = $1`, [old.sha256]); // prettier-ignore
  const later = await openAccess({ pool, clock: systemClock, renewDays: 365, onError: () => undefined });
  const never = await openAccess({ pool, clock: systemClock, renewDays: 30, onError: () => undefined });
  expect(later.mayRenew(terminal, seen(old))).toBe(true);
  expect(later.mayRenew('90000001', seen(old))).toBe(false);
  expect(never.mayRenew(terminal, seen(old))).toBe(false);
  await revokeOne(old.sha256);
  await until(() => !later.mayRenew(terminal, seen(old)));
  await later.close();
  await never.close();
});
