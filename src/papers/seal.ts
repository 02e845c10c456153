import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  hkdfSync,
  randomBytes,
  webcrypto,
  type KeyObject,
} from 'node:crypto';
import { GatewayError } from '../ops/errors.ts';

/** How a paper lies on disk: `KBP1`, a nonce, AES-256-GCM under a key of its own, the tag. That key lies in the database, wrapped for
 *  the key of papers (X25519, HKDF, AES-256-GCM): who can wrap cannot unwrap, so that a process which only takes papers reads none. */

const MAGIC = Buffer.from('KBP1');
const NONCE = 12;
const TAG = 16;
const KEY = 32;
const WRAPPED = KEY + NONCE + KEY + TAG;

export interface KeyPair {
  /** 32 bytes each, X25519. */
  readonly public: Buffer;
  readonly private: Buffer;
}

export function makeKeyPair(): KeyPair {
  const { d = '', x = '' } = generateKeyPairSync('x25519').privateKey.export({ format: 'jwk' });
  return { public: Buffer.from(x, 'base64url'), private: Buffer.from(d, 'base64url') };
}

export function sha256(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest();
}

export interface Sealed {
  /** As it lies on disk. */
  readonly file: Buffer;
  readonly wrapped: Buffer;
}

/** @param content SHA-256 of the paper: the file and its key belong to it, and open for no other
 *  @param recipient the public half of the key of papers */
export function sealPaper(paper: Buffer, content: Buffer, recipient: Buffer): Sealed {
  const key = randomBytes(KEY);
  const nonce = randomBytes(NONCE);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(content);
  const file = Buffer.concat([MAGIC, nonce, cipher.update(paper), cipher.final(), cipher.getAuthTag()]);
  return { file, wrapped: wrap(key, content, recipient) };
}

function wrap(key: Buffer, content: Buffer, recipient: Buffer): Buffer {
  const once = generateKeyPairSync('x25519');
  const { x = '' } = once.publicKey.export({ format: 'jwk' });
  const own = Buffer.from(x, 'base64url');
  const shared = diffieHellman({ privateKey: once.privateKey, publicKey: publicKey(recipient) });
  const nonce = randomBytes(NONCE);
  const cipher = createCipheriv('aes-256-gcm', wrappingKey(shared, own, recipient), nonce).setAAD(content);
  return Buffer.concat([own, nonce, cipher.update(key), cipher.final(), cipher.getAuthTag()]);
}

/** @throws GatewayError `papers.key` */
export function unwrap(wrapped: Buffer, content: Buffer, pair: KeyPair): Buffer {
  if (wrapped.length !== WRAPPED) throw keyFault('has another length');
  const own = wrapped.subarray(0, KEY);
  const jwk = {
    kty: 'OKP',
    crv: 'X25519',
    x: pair.public.toString('base64url'),
    d: pair.private.toString('base64url'),
  };
  try {
    const shared = diffieHellman({
      privateKey: createPrivateKey({ key: jwk, format: 'jwk' }),
      publicKey: publicKey(own),
    });
    const nonce = wrapped.subarray(KEY, KEY + NONCE);
    const decipher = createDecipheriv('aes-256-gcm', wrappingKey(shared, own, pair.public), nonce, {
      authTagLength: TAG,
    });
    decipher.setAAD(content).setAuthTag(wrapped.subarray(-TAG));
    return Buffer.concat([decipher.update(wrapped.subarray(KEY + NONCE, -TAG)), decipher.final()]);
  } catch (cause) {
    throw keyFault('does not open: it was changed, or belongs to another paper', cause);
  }
}

/** Away from the event loop: the bytes may be ten million. @throws GatewayError `papers.damaged` */
export async function openFile(file: Buffer, key: Buffer, content: Buffer): Promise<Buffer> {
  const { subtle } = webcrypto;
  try {
    if (!file.subarray(0, MAGIC.length).equals(MAGIC)) throw new Error('it does not begin as a paper does');
    const imported = await subtle.importKey('raw', key, 'AES-GCM', false, ['decrypt']);
    const iv = file.subarray(MAGIC.length, MAGIC.length + NONCE);
    const options = { name: 'AES-GCM', iv, additionalData: content };
    return Buffer.from(await subtle.decrypt(options, imported, file.subarray(MAGIC.length + NONCE)));
  } catch (cause) {
    throw new GatewayError('papers.damaged', 'A paper on disk does not open: it was changed. Restore it from its backup.', { cause }); // prettier-ignore
  }
}

/** Away from the event loop. */
export async function digest(bytes: Buffer): Promise<Buffer> {
  return Buffer.from(await webcrypto.subtle.digest('SHA-256', bytes));
}

function publicKey(raw: Buffer): KeyObject {
  return createPublicKey({ key: { kty: 'OKP', crv: 'X25519', x: raw.toString('base64url') }, format: 'jwk' });
}

function wrappingKey(shared: Buffer, own: Buffer, recipient: Buffer): Buffer {
  return Buffer.from(hkdfSync('sha256', shared, Buffer.concat([own, recipient]), 'kalabarg paper', KEY));
}

function keyFault(why: string, cause?: unknown): GatewayError {
  return new GatewayError('papers.key', `The key of a paper ${why}.`, { cause });
}
