import 'reflect-metadata';
import {
  createPrivateKey,
  generateKeyPairSync,
  sign,
  verify,
  webcrypto,
  X509Certificate,
  type KeyObject,
} from 'node:crypto';
import { join } from 'node:path';
import * as x509 from '@peculiar/x509';
import type { Pool, PoolClient } from 'pg';
import { derivedKey, HsmError, type KeyRef, type PaymentHsm } from '../../hsm/index.ts';
import { readPem } from '../../ops/certificate-check.ts';
import type { Config } from '../../ops/config.ts';
import { DAY_MS } from '../../ops/clock.ts';
import { GatewayError, messageOf } from '../../ops/errors.ts';
import { open, seal } from '../../ops/seal.ts';
import { audit, type By } from '../../people/index.ts';
import { bits, elementAt, elementsOf, sequence } from './der.ts';

/** The authority that terminals' certificates are of. Its key is in files that are configured, or kept by the HSM. */
export interface AuthoritySource {
  /** PEM: the authorities that the terminal port trusts: what is issued must be let in there. */
  readonly trusted: string;
  readonly files?: { readonly cert: string; readonly key: string };
  /** Opens the key of an authority that the HSM keeps. */
  readonly hsm?: () => Promise<KeyHsm>;
}
export type KeyHsm = Pick<PaymentHsm, 'generateKey' | 'generateMac' | 'makeSigningKey' | 'signBy'>;

export interface Authority {
  readonly certificate: x509.X509Certificate;
  /** Its name, as it stands in `terminal_certificates.issuer`. */
  readonly name: string;
  readonly algorithm: SigningAlgorithm;
  /** The object identifier of how it signs. */
  readonly signatureOid: string;
  readonly notAfter: number;
  /** @returns the signature as certificates and lists have it, DER
   *  @throws GatewayError `certificates.authority`; HsmError of a token that is away */
  sign(content: Buffer): Promise<Buffer>;
}

interface SigningAlgorithm {
  readonly name: string;
  readonly namedCurve?: string;
  readonly hash: string;
}

/** How its key is reached: here, clear while it signs, or on a token that signs by itself. */
interface Held {
  readonly pem: string;
  readonly where: string;
  readonly key: KeyObject | { readonly token: (content: Buffer) => Promise<Buffer> };
}

const PEM = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

/** @param demo its development CA issues, where none is configured
 *  @throws GatewayError `certificates.authority` */
export function authorityOf(
  { data, terminalCaCert: cert, terminalCaKey: key }: Pick<Config, 'data' | 'terminalCaCert' | 'terminalCaKey'>,
  demo: boolean,
  hsm?: () => Promise<KeyHsm>,
): AuthoritySource {
  const trusted = join(data, 'tls', 'ca.crt');
  const kept = hsm === undefined ? {} : { hsm };
  if (cert !== '' && key !== '') return { trusted, files: { cert, key }, ...kept };
  if (cert !== '' || key !== '')
    throw new GatewayError(
      'certificates.authority',
      'KALABARG_TERMINAL_CA_CERT and KALABARG_TERMINAL_CA_KEY go together: set both, or neither.',
    );
  return demo ? { trusted, files: { cert: trusted, key: join(data, 'tls', 'ca.key') }, ...kept } : { trusted, ...kept };
}

/** The authority of the files that are configured, else the newest that the HSM keeps.
 *  @throws GatewayError `certificates.authority`: what is wrong with it, or that there is none */
export async function openAuthority(db: Pool | PoolClient, source: AuthoritySource, now: number): Promise<Authority> {
  x509.cryptoProvider.set(webcrypto);
  const { trusted, files } = source;
  const { pem, key, where } = files === undefined ? await fromHsm(db, source) : fromFiles(files);
  const own = read(where, () => new X509Certificate(pem));
  const notAfter = Date.parse(own.validTo);
  if (!own.ca) throw wrong(where, 'is no authority: it cannot issue certificates');
  if (now >= notAfter || now < Date.parse(own.validFrom))
    throw wrong(where, `is valid from ${own.validFrom} to ${own.validTo}`);
  if (!('token' in key) && !own.checkPrivateKey(key)) throw wrong(files?.key ?? where, `is not the key of ${where}`);
  const known = (readPem(trusted).match(PEM) ?? []).some(
    (each) => new X509Certificate(each).fingerprint256 === own.fingerprint256,
  );
  if (!known) throw wrong(where, `is not in ${trusted}: the gateway would refuse what it issues. Add it there`);
  const algorithm = algorithmOf(files?.key ?? where, 'token' in key ? own.publicKey : key);
  const hash = algorithm.hash.replace('-', '').toLowerCase();
  return {
    certificate: new x509.X509Certificate(pem),
    name: nameOf(own.subject),
    algorithm,
    signatureOid: SIGNATURES[`${algorithm.name} ${algorithm.hash}`] ?? '',
    notAfter,
    sign: async (content) => {
      if (!('token' in key)) return sign(hash, content, key);
      const signature = await key.token(content);
      // a token may hold another key under that name: what it signed would be let in nowhere
      if (!verify(hash, content, own.publicKey, signature))
        throw wrong(where, 'does not sign with its key: the token holds another one');
      return signature;
    },
  };
}

/** A name on one line. */
export function nameOf(name: string): string {
  return name.replaceAll('\n', ', ').slice(0, 1_000);
}

function fromFiles({ cert, key }: { cert: string; key: string }): Held {
  const [pem = ''] = readPem(cert).match(PEM) ?? [];
  return { pem, key: read(key, () => createPrivateKey(readPem(key))), where: cert };
}

interface KeptAuthority {
  readonly id: string;
  readonly certificate: string;
  readonly public: Buffer;
  /** Both null, or the label is: its key is sealed here, or lives on a token. */
  readonly sealed: Buffer | null;
  readonly hsm_key: KeyRef | null;
  readonly label: string | null;
}

const LABEL = 'kalabarg terminal authority';

async function fromHsm(db: Pool | PoolClient, { hsm }: AuthoritySource): Promise<Held> {
  const { rows } = await db.query<KeptAuthority>(
    `select authority_id::text as id, certificate, public, sealed, hsm_key, token_label as label from terminal_authorities order by authority_id desc limit 1`,
  );
  const [kept] = rows;
  if (kept === undefined || hsm === undefined)
    throw new GatewayError(
      'certificates.authority',
      'No authority for terminals is here: make one with kalabarg terminals authority, set KALABARG_TERMINAL_CA_CERT and ' +
        'KALABARG_TERMINAL_CA_KEY, or import what another authority issued (kalabarg terminals import).',
    );
  const where = `authority ${kept.id} (kalabarg terminals authority)`;
  const { sealed, hsm_key: hsmKey, label } = kept;
  if (label !== null) {
    const token = async (content: Buffer): Promise<Buffer> => (await hsm()).signBy(label, content);
    return { pem: kept.certificate, key: { token }, where };
  }
  if (sealed === null || hsmKey === null) throw wrong(where, 'has no key');
  try {
    const sealing = await derivedKey(await hsm(), hsmKey, LABEL, kept.public);
    const pkcs8 = open(sealing, sealed, kept.public.toString('hex'));
    if (pkcs8 === undefined) throw wrong(where, 'does not open with this HSM: its key was changed');
    return { pem: kept.certificate, key: createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' }), where };
  } catch (cause) {
    if (!(cause instanceof HsmError) || cause.code.startsWith('hsm.')) throw cause;
    throw wrong(where, 'does not open with this HSM: put back the master key that it was made under', cause);
  }
}

const YEARS = 10;

export interface MadeAuthority {
  /** Its certificate, PEM: the terminal port trusts it once it is in `<data>/tls/ca.crt`. */
  readonly pem: string;
  /** On a token: what its key is called there. null: it lies sealed in the database. */
  readonly tokenLabel: string | null;
}

/** Makes an authority of P-256 whose key the HSM keeps. Where the HSM keeps key pairs, it is made there and never leaves; else it is sealed under a
 *  key that only the HSM can make again, and clear only while it signs.
 *  @param owner connected as the owner of the tables
 *  @param sealed the second way, although the HSM keeps key pairs
 *  @throws GatewayError `certificates.name`; HsmError */
export async function makeAuthority(
  owner: PoolClient,
  hsm: KeyHsm,
  { name, random, sealed = false }: { name: string; random: (count: number) => Buffer; sealed?: boolean },
  by: By,
  now: number,
): Promise<MadeAuthority> {
  if (!/^[\p{L}\p{N} .'-]{1,64}$/u.test(name))
    throw new GatewayError('certificates.name', "An authority's name has 1 to 64 letters, digits, blanks, points, hyphens."); // prettier-ignore
  x509.cryptoProvider.set(webcrypto);
  const made = (sealed ? undefined : await onToken(hsm, `kalabarg-authority-${random(8).toString('hex')}`)) ?? (await inDatabase(hsm)); // prettier-ignore
  const publicKey = new x509.PublicKey(made.spki);
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serialOf(random(16)),
    subject: `CN=${name}`,
    issuer: `CN=${name}`,
    notBefore: new Date(Math.floor((now - 3_600_000) / 1_000) * 1_000),
    notAfter: new Date(Math.floor((now + YEARS * 365 * DAY_MS) / 1_000) * 1_000),
    signingAlgorithm: ECDSA_P256,
    publicKey,
    signature: unsigned(ECDSA_P256),
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(publicKey),
    ],
  });
  const pem = `${(await signed(certificate, made.sign)).toString('pem')}\n`;
  const { rows } = await owner.query<{ id: string }>(
    `insert into terminal_authorities (name, certificate, public, sealed, hsm_key, token_label, made_by) values ($1, $2, $3, $4, $5, $6, $7)
     returning authority_id::text as id`,
    [name, pem, made.spki, made.sealed, made.hsmKey, made.label, by.actor.name],
  );
  await audit(owner, by, {
    act: 'authority.made',
    object: `authority:${rows[0]?.id ?? ''}`,
    after: {
      name,
      sha256: new X509Certificate(pem).fingerprint256.replaceAll(':', '').toLowerCase(),
      ...(made.label === null ? {} : { tokenLabel: made.label }),
    },
  });
  return { pem, tokenLabel: made.label };
}

const ECDSA_P256 = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

interface MadeKey {
  readonly spki: Buffer;
  readonly sign: (content: Buffer) => Promise<Buffer>;
  readonly label: string | null;
  readonly sealed: Buffer | null;
  readonly hsmKey: KeyRef | null;
}

/** @returns undefined: the back-end keeps no key pairs */
async function onToken(hsm: KeyHsm, label: string): Promise<MadeKey | undefined> {
  try {
    const spki = await hsm.makeSigningKey(label);
    return { spki, sign: (content) => hsm.signBy(label, content), label, sealed: null, hsmKey: null };
  } catch (error) {
    if (error instanceof HsmError && error.code === 'hsm.unsupported') return undefined;
    throw error;
  }
}

async function inDatabase(hsm: KeyHsm): Promise<MadeKey> {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const pkcs8 = privateKey.export({ format: 'der', type: 'pkcs8' });
  const spki = publicKey.export({ format: 'der', type: 'spki' });
  const hsmKey = await hsm.generateKey({ usage: 'M6', algorithm: 'AES', bits: 256 });
  const sealed = seal(await derivedKey(hsm, hsmKey, LABEL, spki), pkcs8, spki.toString('hex'));
  pkcs8.fill(0);
  return { spki, sign: (content) => Promise.resolve(sign('sha256', content, privateKey)), label: null, sealed, hsmKey };
}

/** What stands where the signature will, in a certificate that is being made: keys of ours are no keys of the library's. */
export function unsigned({ namedCurve }: SigningAlgorithm): Buffer {
  return Buffer.alloc(namedCurve === 'P-384' ? 96 : 64, 1);
}

/** The certificate with its signature. */
export async function signed(
  certificate: x509.X509Certificate,
  by: (content: Buffer) => Promise<Buffer>,
): Promise<x509.X509Certificate> {
  const [content, how] = [...elementsOf(elementAt(Buffer.from(certificate.rawData)).content)];
  if (content === undefined || how === undefined) throw new RangeError('a certificate without its content');
  return new x509.X509Certificate(sequence(content.whole, how.whole, bits(await by(content.whole))));
}

/** A serial of 16 random bytes: positive, and without a leading zero (RFC 5280 4.1.2.2). */
export function serialOf(random: Buffer): string {
  const bytes = Buffer.from(random);
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return bytes.toString('hex');
}

function read<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    throw wrong(file, `cannot be read: ${messageOf(cause)}`, cause);
  }
}

function wrong(file: string, why: string, cause?: unknown): GatewayError {
  return new GatewayError('certificates.authority', `The authority for terminals: ${file} ${why}.`, { cause });
}

/** Object identifiers (RFC 5758, RFC 4055). */
const SIGNATURES: Readonly<Record<string, string>> = {
  'ECDSA SHA-256': '1.2.840.10045.4.3.2',
  'ECDSA SHA-384': '1.2.840.10045.4.3.3',
  'RSASSA-PKCS1-v1_5 SHA-256': '1.2.840.113549.1.1.11',
};

const CURVES: Readonly<Record<string, { namedCurve: string; hash: string }>> = {
  prime256v1: { namedCurve: 'P-256', hash: 'SHA-256' },
  secp384r1: { namedCurve: 'P-384', hash: 'SHA-384' },
};

function algorithmOf(file: string, { asymmetricKeyType, asymmetricKeyDetails }: KeyObject): SigningAlgorithm {
  const curve = CURVES[asymmetricKeyDetails?.namedCurve ?? ''];
  if (asymmetricKeyType === 'ec' && curve !== undefined) return { name: 'ECDSA', ...curve };
  if (asymmetricKeyType === 'rsa' && (asymmetricKeyDetails?.modulusLength ?? 0) >= 2_048)
    return { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };
  throw wrong(file, 'must be a key of P-256, P-384 or RSA of at least 2048 bits');
}
