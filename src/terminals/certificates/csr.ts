import 'reflect-metadata';
import { createHash, createPublicKey, webcrypto, type KeyObject } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import { GatewayError } from '../../ops/errors.ts';

/** A terminal's request for a certificate (PKCS #10, RFC 2986), as a stranger may have written it. */

export interface CheckedCsr {
  /** SubjectPublicKeyInfo, DER. */
  readonly spki: Buffer;
  readonly spkiSha256: string;
  readonly publicKey: x509.PublicKey;
}

const LONGEST = 16_384;
const ONE_REQUEST =
  /^\s*-----BEGIN (?:NEW )?CERTIFICATE REQUEST-----\r?\n[A-Za-z0-9+/=\r\n]+-----END (?:NEW )?CERTIFICATE REQUEST-----\s*$/;
const EXTENSION_REQUEST = '1.2.840.113549.1.9.14';
const MOST_RSA_BITS = 4_096;

/** @param pem one request
 *  @param terminal DE 41: the only thing that the request may call itself
 *  @throws GatewayError `certificates.request`: what is wrong with it, and what it must be */
export async function checkCsr(pem: string, terminal: string): Promise<CheckedCsr> {
  if (pem.length > LONGEST || !ONE_REQUEST.test(pem))
    throw refused('it must be one PEM block, -----BEGIN CERTIFICATE REQUEST-----, of at most 16 KiB');
  const request = parsed(pem);
  demandName(request, terminal);
  demandExtensions(request);
  const spki = Buffer.from(request.publicKey.rawData);
  demandKey(spki);
  if (!(await verified(request))) throw refused('its signature is not made with its own key');
  return { spki, spkiSha256: createHash('sha256').update(spki).digest('hex'), publicKey: request.publicKey };
}

function refused(why: string, cause?: unknown): GatewayError {
  return new GatewayError('certificates.request', `The request for a certificate is refused: ${why}.`, { cause });
}

function parsed(pem: string): x509.Pkcs10CertificateRequest {
  x509.cryptoProvider.set(webcrypto);
  try {
    return new x509.Pkcs10CertificateRequest(pem);
  } catch (cause) {
    throw refused('it is not a PKCS #10 request', cause);
  }
}

/** Exactly CN = DE 41: what else stands in a name, somebody would take for checked. */
function demandName({ subjectName }: x509.Pkcs10CertificateRequest, terminal: string): void {
  const names = subjectName
    .toJSON()
    .flatMap((part) => Object.entries(part).flatMap(([type, values]) => values.map((value) => [type, value] as const)));
  if (names.length === 1 && names[0]?.[0] === 'CN' && names[0][1] === terminal) return;
  throw refused(`its subject must be CN=${terminal} and nothing else`);
}

function demandExtensions(request: x509.Pkcs10CertificateRequest): void {
  const strange = request.attributes.find(({ type }) => type !== EXTENSION_REQUEST);
  if (strange !== undefined) throw refused(`it holds the attribute ${strange.type}: leave it out`);
  for (const extension of request.extensions) {
    if (extension instanceof x509.BasicConstraintsExtension) {
      if (extension.ca) throw refused('it asks for an authority (CA:true)');
    } else if (extension instanceof x509.KeyUsagesExtension) {
      if (extension.usages !== x509.KeyUsageFlags.digitalSignature)
        throw refused('a terminal uses its key for digitalSignature alone');
    } else if (extension instanceof x509.ExtendedKeyUsageExtension) {
      if (extension.usages.length !== 1 || extension.usages[0] !== x509.ExtendedKeyUsage.clientAuth)
        throw refused('a terminal is a client: extended key usage clientAuth alone');
    } else if (!(extension instanceof x509.SubjectKeyIdentifierExtension)) {
      throw refused(`it asks for the extension ${extension.type}: a terminal has no other names and no other rights`);
    }
  }
}

/** P-256, RSA of 2048 to 4096 bits with a usual exponent, or Ed25519. */
function demandKey(spki: Buffer): void {
  const key = publicKeyOf(spki);
  const { namedCurve, modulusLength = 0, publicExponent = 0n } = key.asymmetricKeyDetails ?? {};
  if (key.asymmetricKeyType === 'ed25519') return;
  if (key.asymmetricKeyType === 'ec' && namedCurve === 'prime256v1') return;
  if (key.asymmetricKeyType === 'rsa') {
    if (modulusLength >= 2_048 && modulusLength <= MOST_RSA_BITS && publicExponent === 65_537n) return;
    throw refused(
      `an RSA key has 2048 to ${MOST_RSA_BITS} bits and the exponent 65537; this one has ${modulusLength} bits`,
    );
  }
  throw refused('its key must be P-256, RSA of at least 2048 bits, or Ed25519');
}

function publicKeyOf(spki: Buffer): KeyObject {
  try {
    return createPublicKey({ key: spki, format: 'der', type: 'spki' });
  } catch (cause) {
    throw refused('its key cannot be read', cause);
  }
}

const WEAK_HASHES = ['SHA-1', 'MD5', 'MD2'];

async function verified(request: x509.Pkcs10CertificateRequest): Promise<boolean> {
  const { hash } = request.signatureAlgorithm as { hash?: { name?: string } };
  if (hash?.name !== undefined && WEAK_HASHES.includes(hash.name))
    throw refused(`it is signed with ${hash.name}: use SHA-256`);
  try {
    return await request.verify();
  } catch (cause) {
    throw refused('its signature cannot be checked', cause);
  }
}
