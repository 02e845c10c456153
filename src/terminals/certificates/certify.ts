import { createHash, generateKeyPairSync, X509Certificate } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import type { PoolClient } from 'pg';
import { readPem } from '../../ops/certificate-check.ts';
import { GatewayError, messageOf } from '../../ops/errors.ts';
import { audit, type By } from '../../people/index.ts';
import { nameOf, openAuthority, type AuthoritySource } from './authority.ts';
import { checkCsr } from './csr.ts';
import { issueCertificate } from './issue.ts';
import { pkcs12 } from './pkcs12.ts';

export interface TerminalCertificate {
  readonly terminal: string;
  readonly serial: string;
  readonly sha256: string;
  readonly notAfter: string;
  readonly pem: string;
}

export interface Certifying {
  readonly authority: AuthoritySource;
  readonly random: (count: number) => Buffer;
}

/** How a certificate came to be. */
type Source = 'csr' | 'pkcs12' | 'renewal' | 'imported';

/** Gives a terminal a certificate for the key of its request. The same key again gets the same certificate, as long as most of it is
 *  ahead.
 *  @param source `renewal`: the device asked for it itself
 *  @throws GatewayError `certificates.request`, `certificates.authority`, `certificates.terminal`, `certificates.key` */
export async function certify(
  db: PoolClient,
  { authority: source, random }: Certifying,
  { terminal, csr: pem, renewal = false }: { terminal: string; csr: string; renewal?: boolean },
  by: By,
  now: number,
): Promise<TerminalCertificate> {
  const csr = await checkCsr(pem, terminal);
  await demandLive(db, terminal);
  const known = await sameKey(db, terminal, csr.spkiSha256, now);
  if (known !== undefined) return known;
  const authority = await openAuthority(db, source, now);
  const issued = await issueCertificate(authority, { publicKey: csr.publicKey, terminal }, now, random(16));
  const kept = { ...issued, terminal, issuer: authority.name, spkiSha256: csr.spkiSha256 };
  return keep(db, kept, renewal ? 'renewal' : 'csr', by, now);
}

export interface Pkcs12Certificate {
  readonly certificate: TerminalCertificate;
  /** For a device that makes no key of its own: the file, and the passphrase that opens it. Neither is kept. */
  readonly pkcs12: Buffer;
  readonly passphrase: string;
}

/** Makes a terminal a key of P-256 with its certificate.
 *  @throws GatewayError `certificates.authority`, `certificates.terminal` */
export async function certifyWithKey(
  db: PoolClient,
  { authority: source, random }: Certifying,
  terminal: string,
  by: By,
  now: number,
): Promise<Pkcs12Certificate> {
  await demandLive(db, terminal);
  const authority = await openAuthority(db, source, now);
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const spki = publicKey.export({ format: 'der', type: 'spki' });
  const issued = await issueCertificate(authority, { publicKey: new x509.PublicKey(spki), terminal }, now, random(16));
  const spkiSha256 = createHash('sha256').update(spki).digest('hex');
  const certificate = await keep(db, { ...issued, terminal, issuer: authority.name, spkiSha256 }, 'pkcs12', by, now);
  const passphrase = passphraseOf(random(20));
  const der = new X509Certificate(issued.pem).raw;
  const content = { name: terminal, key: privateKey, certificate: der, authority: Buffer.from(authority.certificate.rawData) }; // prettier-ignore
  return { certificate, pkcs12: pkcs12(content, passphrase, random), passphrase };
}

/** 20 signs of 32 in fours: 100 bits. None looks like another. */
const SIGNS = '23456789abcdefghijkmnpqrstuvwxyz';

function passphraseOf(random: Buffer): string {
  const signs = Array.from(random, (byte) => SIGNS[byte % SIGNS.length] ?? '').join('');
  return signs.match(/.{4}/g)?.join('-') ?? signs;
}

/** Takes certificates that another authority issued, which the terminal port trusts, into the registry: so that their end is watched,
 *  they can be revoked here, and a terminal whose one has expired is known.
 *  @throws GatewayError `certificates.import`, naming the first one that is wrong; then none is taken */
export async function importCertificates(
  db: PoolClient,
  { pems, trusted }: { pems: string; trusted: string },
  by: By,
  now: number,
): Promise<TerminalCertificate[]> {
  const blocks = pems.match(PEM) ?? [];
  if (blocks.length === 0 || blocks.length > MOST_AT_ONCE) throw refused(`there must be 1 to ${MOST_AT_ONCE} certificates, as PEM`); // prettier-ignore
  const authorities = (readPem(trusted).match(PEM) ?? []).map((pem) => new X509Certificate(pem));
  const taken: TerminalCertificate[] = [];
  for (const [index, pem] of blocks.entries()) taken.push(await importOne(db, pem, { authorities, trusted, place: index + 1 }, by, now)); // prettier-ignore
  return taken;
}

const PEM = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;
const MOST_AT_ONCE = 10_000;
const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2';

async function importOne(
  db: PoolClient,
  pem: string,
  { authorities, trusted, place }: { authorities: readonly X509Certificate[]; trusted: string; place: number },
  by: By,
  now: number,
): Promise<TerminalCertificate> {
  let own: X509Certificate;
  try {
    own = new X509Certificate(pem);
  } catch (cause) {
    throw refused(`number ${place} is none: ${messageOf(cause)}`, cause);
  }
  const issuer = authorities.find((each) => own.checkIssued(each) && own.verify(each.publicKey));
  if (issuer === undefined) throw refused(`number ${place} (${nameOf(own.subject)}) is not of an authority of ${trusted}`); // prettier-ignore
  const terminal = /^CN=([0-9A-Za-z]{8})$/m.exec(own.subject)?.[1];
  if (terminal === undefined) throw refused(`number ${place} (${nameOf(own.subject)}) has no CN that is a DE 41`);
  if (own.ca || !own.keyUsage.includes(CLIENT_AUTH)) throw refused(`number ${place} (CN=${terminal}) is not for a client (clientAuth)`); // prettier-ignore
  await demandLive(db, terminal);
  const sha256 = own.fingerprint256.replaceAll(':', '').toLowerCase();
  const known = await byFingerprint(db, sha256);
  if (known !== undefined) return known;
  const spki = own.publicKey.export({ format: 'der', type: 'spki' });
  const kept = {
    terminal,
    serial: own.serialNumber.toLowerCase(),
    sha256,
    pem: `${pem}\n`,
    issuer: nameOf(own.issuer),
    spkiSha256: createHash('sha256').update(spki).digest('hex'),
    notBefore: Date.parse(own.validFrom),
    notAfter: Date.parse(own.validTo),
  };
  return keep(db, kept, 'imported', by, now);
}

function refused(why: string, cause?: unknown): GatewayError {
  return new GatewayError('certificates.import', `The certificates are not taken: ${why}.`, { cause });
}

interface Kept {
  readonly terminal: string;
  readonly serial: string;
  readonly sha256: string;
  readonly pem: string;
  readonly issuer: string;
  readonly spkiSha256: string;
  readonly notBefore: number;
  readonly notAfter: number;
}

/** @throws GatewayError `certificates.key`, `certificates.serial` */
async function keep(db: PoolClient, kept: Kept, source: Source, by: By, now: number): Promise<TerminalCertificate> {
  const { terminal, serial, sha256, pem } = kept;
  try {
    await db.query(
      `insert into terminal_certificates (serial, terminal_id, spki_sha256, sha256, pem, not_before, not_after, issued_at, issued_by, issuer, source)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
      [
        serial,
        terminal,
        kept.spkiSha256,
        sha256,
        pem,
        new Date(kept.notBefore),
        new Date(kept.notAfter),
        new Date(now),
        by.actor.id,
        kept.issuer,
        source,
      ],
    );
  } catch (error) {
    throw KEEP_FAULTS[error instanceof Error && 'constraint' in error ? String(error.constraint) : '']?.(error) ?? error; // prettier-ignore
  }
  const notAfter = new Date(kept.notAfter).toISOString();
  await audit(db, by, {
    act: 'terminal.certified',
    object: `terminal:${terminal}`,
    after: { serial, sha256, notAfter, source, issuer: kept.issuer },
  });
  return { terminal, serial, sha256, notAfter, pem };
}

const KEEP_FAULTS: Readonly<Record<string, (cause: unknown) => GatewayError>> = {
  certificate_key_is_of_one: (cause) =>
    new GatewayError('certificates.key', "That key is another terminal's: each device makes a key of its own.", { cause }), // prettier-ignore
  certificate_key_is_revoked: (cause) =>
    new GatewayError('certificates.key', 'That key is of a certificate that was revoked: make a new key on the device.', { cause }), // prettier-ignore
  terminal_certificates_issuer_serial_key: (cause) =>
    new GatewayError('certificates.serial', 'Its authority gave that serial before: serials never repeat (RFC 5280 4.1.2.2).', { cause }), // prettier-ignore
};

/** Two requests at once for one terminal wait for each other here.
 *  @throws GatewayError `certificates.terminal` */
async function demandLive(db: PoolClient, terminal: string): Promise<void> {
  await db.query(`select pg_advisory_xact_lock(8583, hashtext('certificate ' || $1))`, [terminal]);
  const { rows } = await db.query<{ live: boolean; ended: boolean }>(
    `select t.status = 'active' and m.status = 'approved' as live, t.ended is not null as ended
       from terminals t join merchants m using (merchant_id) where t.terminal_id = $1`,
    [terminal],
  );
  const [found] = rows;
  if (found === undefined) throw new GatewayError('certificates.terminal', `There is no terminal ${terminal}.`);
  if (!found.live || found.ended)
    throw new GatewayError(
      'certificates.terminal',
      `Terminal ${terminal} or its shop is not in service: it gets no certificate now.`,
    );
}

const SELECT = `
  select terminal_id as terminal, serial, sha256, pem, to_char(not_after at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as "notAfter"
    from terminal_certificates c`;
const NOT_REVOKED = `not exists (select 1 from terminal_revocations r where r.sha256 = c.sha256)`;

/** Until half of its life is over: whoever asks later gets a new one. */
async function sameKey(
  db: PoolClient,
  terminal: string,
  key: string,
  now: number,
): Promise<TerminalCertificate | undefined> {
  const { rows } = await db.query<TerminalCertificate>(
    `${SELECT} where terminal_id = $1 and spki_sha256 = $2 and $3 < not_before + (not_after - not_before) / 2 and ${NOT_REVOKED}
      order by issued_at desc limit 1`,
    [terminal, key, new Date(now)],
  );
  return rows[0];
}

async function byFingerprint(db: PoolClient, sha256: string): Promise<TerminalCertificate | undefined> {
  return (await db.query<TerminalCertificate>(`${SELECT} where sha256 = $1`, [sha256])).rows[0];
}
