import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  scryptSync,
  sign,
  type KeyObject,
} from 'node:crypto';
import { Type } from 'typebox';
import { GatewayError } from '../../ops/errors.ts';
import type { Random } from '../../ops/random.ts';
import { open, seal } from '../../ops/seal.ts';
import { canonicalJson } from '../format/index.ts';
import { hex, object, reader } from '../format/names.ts';

/** Keys that sign metadata: Ed25519. Offline ones lie in files of their own, each under a passphrase. */

/** As metadata names a key; its id is the SHA-256 of this in canonical JSON. */
export interface PublicKey {
  readonly keytype: 'ed25519';
  readonly scheme: 'ed25519';
  readonly keyval: { readonly public: string };
}

export interface SigningKey {
  readonly keyid: string;
  readonly public: PublicKey;
  /** @returns hex */
  readonly sign: (data: Buffer) => string;
}

export function keyidOf(key: PublicKey): string {
  return createHash('sha256').update(canonicalJson(key)).digest('hex');
}

export function signingKeyOf(privateKey: KeyObject): SigningKey {
  const { x = '' } = createPublicKey(privateKey).export({ format: 'jwk' });
  const value = Buffer.from(x, 'base64url').toString('hex');
  const key: PublicKey = { keytype: 'ed25519', scheme: 'ed25519', keyval: { public: value } };
  return { keyid: keyidOf(key), public: key, sign: (data) => sign(null, data, privateKey).toString('hex') };
}

const KeyFile = object({
  format: Type.Literal('kalabarg-update-key/1'),
  role: Type.String({ pattern: '^[a-z][a-z0-9_-]{0,120}$' }),
  keyid: hex(32),
  public: object({
    keytype: Type.Literal('ed25519'),
    scheme: Type.Literal('ed25519'),
    keyval: object({ public: hex(32) }),
  }),
  /** scrypt of the passphrase */
  salt: hex(16),
  sealed: Type.Optional(Type.String({ pattern: '^[0-9a-f]{100,400}$' })),
});
const readKeyFile = reader('key file of updates', KeyFile);

/** scrypt: 64 MiB, about a fifth of a second. */
const COST = { N: 65_536, r: 8, p: 1, maxmem: 128 * 1_048_576 };
export const LEAST_PASSPHRASE = 12;

/** Makes a key and puts it under a passphrase.
 *  @returns the text of its file
 *  @throws GatewayError `updates.passphrase` for a short one */
export function makeKeyFile(role: string, passphrase: string, random: Pick<Random, 'bytes'>): string {
  demandPassphrase(passphrase);
  const { privateKey } = generateKeyPairSync('ed25519');
  const { keyid, public: publicKey } = signingKeyOf(privateKey);
  const salt = random.bytes(16);
  const der = privateKey.export({ type: 'pkcs8', format: 'der' });
  const sealed = seal(scryptSync(passphrase, salt, 32, COST), der, keyid).toString('hex');
  const file = { format: 'kalabarg-update-key/1', role, keyid, public: publicKey, salt: salt.toString('hex'), sealed };
  return `${JSON.stringify(file, undefined, 2)}\n`;
}

function demandPassphrase(passphrase: string): void {
  if (Array.from(passphrase).length >= LEAST_PASSPHRASE) return;
  throw new GatewayError('updates.passphrase', `A passphrase has at least ${LEAST_PASSPHRASE} characters.`);
}

/** @throws GatewayError `updates.malformed`, `updates.passphrase` */
export function openKeyFile(text: string, passphrase: string): SigningKey {
  const { sealed, salt, keyid } = readKeyFile(jsonOf(text, 'key file of updates'));
  if (sealed === undefined)
    throw new GatewayError(
      'updates.passphrase',
      'This file has only the public half of the key: take the file that was made with it.',
    );
  const der = open(scryptSync(passphrase, Buffer.from(salt, 'hex'), 32, COST), Buffer.from(sealed, 'hex'), keyid);
  if (der === undefined)
    throw new GatewayError(
      'updates.passphrase',
      'The passphrase does not open this key file, or the file was changed.',
    );
  return signingKeyOf(createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }));
}

/** The public half, which may be sent: of a whole key file, or of the half that was sent.
 *  @throws GatewayError `updates.malformed` */
export function publicHalf(text: string): { readonly role: string; readonly key: PublicKey } {
  const { role, keyid, public: key } = readKeyFile(jsonOf(text, 'key file of updates'));
  if (keyidOf(key) !== keyid)
    throw new GatewayError('updates.malformed', 'The key file names another key than it holds.');
  return { role, key };
}

/** @returns the text of a file without the private half */
export function withoutPrivate(text: string): string {
  const file = readKeyFile(jsonOf(text, 'key file of updates'));
  return `${JSON.stringify({ ...file, sealed: undefined }, undefined, 2)}\n`;
}

/** @throws GatewayError `updates.malformed` */
export function jsonOf(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new GatewayError('updates.malformed', `This is no ${what}: it is not JSON.`, { cause });
  }
}
