import { createCipheriv, createHash, createHmac, pbkdf2Sync, type KeyObject } from 'node:crypto';
import { explicit, integer, NULL, octets, oid, sequence, set, tlv } from './der.ts';

/** A PKCS #12 file (RFC 7292) with a key, its certificate and its authority's: PBES2 with AES-256 and PBKDF2-SHA256, a MAC of
 *  HMAC-SHA256, as OpenSSL 3 writes it. */

const DATA = oid('1.2.840.113549.1.7.1');
const ENCRYPTED_DATA = oid('1.2.840.113549.1.7.6');
const SHROUDED_KEY_BAG = oid('1.2.840.113549.1.12.10.1.2');
const CERT_BAG = oid('1.2.840.113549.1.12.10.1.3');
const X509_CERTIFICATE = oid('1.2.840.113549.1.9.22.1');
const FRIENDLY_NAME = oid('1.2.840.113549.1.9.20');
const LOCAL_KEY_ID = oid('1.2.840.113549.1.9.21');
const PBES2 = oid('1.2.840.113549.1.5.13');
const PBKDF2 = oid('1.2.840.113549.1.5.12');
const HMAC_SHA256 = oid('1.2.840.113549.2.9');
const AES_256_CBC = oid('2.16.840.1.101.3.4.1.42');
const SHA256 = oid('2.16.840.1.101.3.4.2.1');

const ITERATIONS = 100_000;

export interface Pkcs12Content {
  readonly name: string;
  readonly key: KeyObject;
  /** DER. */
  readonly certificate: Buffer;
  readonly authority: Buffer;
}

/** @param passphrase of ASCII
 *  @param random draws salts and vectors */
export function pkcs12(content: Pkcs12Content, passphrase: string, random: (count: number) => Buffer): Buffer {
  const { name, key, certificate, authority } = content;
  const id = createHash('sha256').update(certificate).digest();
  const attributes = set(sequence(FRIENDLY_NAME, set(tlv(0x1e, utf16(name)))), sequence(LOCAL_KEY_ID, set(octets(id))));
  const shrouded = encrypted(key.export({ type: 'pkcs8', format: 'der' }), passphrase, random);
  const keys = sequence(
    sequence(SHROUDED_KEY_BAG, explicit(0, sequence(shrouded.algorithm, octets(shrouded.bytes))), attributes),
  );
  const certificates = encrypted(sequence(certBag(certificate, attributes), certBag(authority)), passphrase, random);
  const safe = sequence(
    sequence(
      ENCRYPTED_DATA,
      explicit(0, sequence(integer(0), sequence(DATA, certificates.algorithm, tlv(0x80, certificates.bytes)))),
    ),
    sequence(DATA, explicit(0, octets(keys))),
  );
  const salt = random(16);
  const mac = createHmac('sha256', macKey(passphrase, salt)).update(safe).digest();
  const macData = sequence(sequence(sequence(SHA256, NULL), octets(mac)), octets(salt), integer(ITERATIONS));
  return sequence(integer(3), sequence(DATA, explicit(0, octets(safe))), macData);
}

function certBag(certificate: Buffer, ...attributes: Buffer[]): Buffer {
  return sequence(CERT_BAG, explicit(0, sequence(X509_CERTIFICATE, explicit(0, octets(certificate)))), ...attributes);
}

function encrypted(
  plain: Buffer,
  passphrase: string,
  random: (count: number) => Buffer,
): { algorithm: Buffer; bytes: Buffer } {
  const [salt, iv] = [random(16), random(16)];
  const key = pbkdf2Sync(passphrase, salt, ITERATIONS, 32, 'sha256');
  const cipher = createCipheriv('aes-256-cbc', key, iv);
  const bytes = Buffer.concat([cipher.update(plain), cipher.final()]);
  for (const secret of [plain, key]) secret.fill(0);
  const derivation = sequence(PBKDF2, sequence(octets(salt), integer(ITERATIONS), sequence(HMAC_SHA256, NULL)));
  return { algorithm: sequence(PBES2, sequence(derivation, sequence(AES_256_CBC, octets(iv)))), bytes };
}

/** RFC 7292 appendix B.2 for one block of SHA-256 and the purpose of a MAC. */
function macKey(passphrase: string, salt: Buffer): Buffer {
  const BLOCK = 64;
  const filled = (bytes: Buffer): Buffer => Buffer.alloc(Math.ceil(bytes.length / BLOCK) * BLOCK, bytes);
  const password = Buffer.concat([utf16(passphrase), Buffer.alloc(2)]);
  let hash = Buffer.concat([Buffer.alloc(BLOCK, 3), filled(salt), filled(password)]);
  for (let round = 0; round < ITERATIONS; round++) hash = createHash('sha256').update(hash).digest();
  return hash;
}

function utf16(text: string): Buffer {
  return Buffer.from(text, 'utf16le').swap16();
}
