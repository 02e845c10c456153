import { verify, X509Certificate, type KeyObject } from 'node:crypto';
import { GatewayError, messageOf } from '../../ops/errors.ts';
import { elementAt, elementsOf, isSequence, type Element } from './der.ts';

/** A list of revoked certificates (RFC 5280 5) that another authority wrote. */
export interface RevocationList {
  /** Name of its authority, as `issuerKey` gives it. */
  readonly issuer: string;
  /** Hexadecimal, small, without leading zeros. */
  readonly serials: ReadonlySet<string>;
  readonly thisUpdate: number;
  /** Undefined: it says none. A list that is past it still holds: it is better than none. */
  readonly nextUpdate: number | undefined;
}

/** How an authority is named for comparing, by its certificate's subject or by the issuer of a peer's certificate. */
export function issuerKey(name: unknown): string {
  return JSON.stringify(name);
}

/** Serials are compared as numbers. */
export function serialKey(hex: string): string {
  return hex.toLowerCase().replace(/^0+(?=.)/, '');
}

/** As many bytes as a list may have: some 300,000 certificates. */
const LONGEST = 16 * 1_048_576;
const PEM = /-----BEGIN (X509 CRL|CRL)-----([A-Za-z0-9+/=\s]+)-----END \1-----/g;
const HASHES: Readonly<Record<string, string | null>> = {
  '2a864886f70d01010b': 'sha256',
  '2a864886f70d01010c': 'sha384',
  '2a864886f70d01010d': 'sha512',
  '2a8648ce3d040302': 'sha256',
  '2a8648ce3d040303': 'sha384',
  '2a8648ce3d040304': 'sha512',
  '2b6570': null,
};

/** @param file where it stands, for messages
 *  @param bytes PEM with one list or several, or DER
 *  @param authorities PEM: who may sign
 *  @throws GatewayError `certificate.invalid`, naming the file and what is wrong with it */
export function readRevocationLists(file: string, bytes: Buffer, authorities: string): RevocationList[] {
  if (bytes.length > LONGEST) throw invalid(file, `has more than ${LONGEST} bytes`);
  const text = bytes.toString('latin1');
  const blocks = [...text.matchAll(PEM)].map(([, , base64 = '']) => Buffer.from(base64, 'base64'));
  const lists = blocks.length > 0 ? blocks : [bytes];
  const trusted = (authorities.match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g) ?? []).map(
    (pem) => new X509Certificate(pem),
  );
  return lists.map((list) => {
    try {
      return readOne(list, trusted);
    } catch (cause) {
      if (cause instanceof RangeError) throw invalid(file, `is no list of revoked certificates: ${messageOf(cause)}`, cause); // prettier-ignore
      throw cause instanceof Refused ? invalid(file, cause.message, cause) : cause;
    }
  });
}

class Refused extends Error {}

function readOne(bytes: Buffer, trusted: readonly X509Certificate[]): RevocationList {
  const outer = elementAt(bytes);
  const [tbs, algorithm, signature] = elementsOf(outer.content);
  if (!isSequence(outer) || tbs === undefined || algorithm === undefined || signature?.tag !== 0x03)
    throw new Refused('is no list of revoked certificates (PEM or DER)');
  const signer = trusted.find((each) => isSigned(tbs.whole, algorithm, signature.content.subarray(1), each.publicKey));
  if (signer === undefined) throw new Refused('is not signed by an authority of ca.crt');
  return { issuer: issuerKey(signer.toLegacyObject().subject), ...contentOf(tbs) };
}

function isSigned(content: Buffer, algorithm: Element, signature: Buffer, key: KeyObject): boolean {
  const hash = HASHES[elementAt(algorithm.content).content.toString('hex')];
  if (hash === undefined) throw new Refused('is signed in a way that is not taken: RSA (PKCS #1), ECDSA or Ed25519 with SHA-2'); // prettier-ignore
  try {
    return verify(hash, content, key, signature);
  } catch {
    return false; // a key of another kind
  }
}

function contentOf(tbs: Element): Omit<RevocationList, 'issuer'> {
  const parts = [...elementsOf(tbs.content)];
  if (parts[0]?.tag === 0x02) parts.shift(); // the version
  parts.splice(0, 2); // algorithm and issuer
  const times = parts.filter(({ tag }) => tag === 0x17 || tag === 0x18).map(instantOf);
  const revoked = parts.find(isSequence);
  const serials = new Set<string>();
  if (revoked !== undefined)
    for (const entry of elementsOf(revoked.content)) serials.add(serialKey(elementAt(entry.content).content.toString('hex'))); // prettier-ignore
  const [thisUpdate, nextUpdate] = times;
  if (thisUpdate === undefined) throw new Refused('does not say when it was made');
  return { serials, thisUpdate, nextUpdate };
}

/** UTCTime (of 1950 to 2049) or GeneralizedTime, in UTC. */
function instantOf({ tag, content }: Element): number {
  const text = content.toString('latin1');
  const full = tag === 0x17 ? `${Number(text.slice(0, 2)) < 50 ? '20' : '19'}${text}` : text;
  const [, year, month, day, hour, minute, second] = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(full) ?? [];
  const instant = Date.parse(`${year ?? ''}-${month ?? ''}-${day ?? ''}T${hour ?? ''}:${minute ?? ''}:${second ?? ''}Z`); // prettier-ignore
  if (Number.isNaN(instant)) throw new Refused('has a time that is none');
  return instant;
}

function invalid(file: string, why: string, cause?: unknown): GatewayError {
  return new GatewayError('certificate.invalid', `${file} ${why}.`, { cause });
}
