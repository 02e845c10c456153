import { xor } from '../crypto/bytes.ts';
import { HsmError } from '../errors.ts';
import type { DukptKey, KeyRef } from '../hsm.ts';
import { padBit, sameMac } from '../crypto/mac.ts';
import type { MacOptions } from '../payment-hsm.ts';
import { unsupported } from '../unsupported.ts';
import { demandUsage, isDukpt, type Operation } from '../usage.ts';
import type { KeyStore } from './key-store.ts';
import type { Handle } from './module.ts';
import { cbcFromZero, cmacBy } from './objects.ts';
import { first } from './vault.ts';

const DEFAULT_BYTES = 8;
const MIN_BYTES = 4;
const MAX_DATA = 65_536;
const DES_BLOCK = 8;

/** @throws HsmError `mac.length`, `data.length`, `key.*` */
export function makeMac(store: KeyStore, key: KeyRef | DukptKey, data: Buffer, options: MacOptions): Promise<Buffer> {
  return mac(store, key, 'generate-mac', data, options);
}

/** Made again and compared here, in constant time: tokens refuse to verify a MAC that was cut. */
export async function checkMac(
  store: KeyStore,
  key: KeyRef | DukptKey,
  data: Buffer,
  sent: Buffer,
  options: MacOptions,
): Promise<boolean> {
  return sameMac(await mac(store, key, 'verify-mac', data, options), sent);
}

async function mac(
  store: KeyStore,
  key: KeyRef | DukptKey,
  operation: Operation,
  data: Buffer,
  { bytes = DEFAULT_BYTES, padding = 1 }: MacOptions,
): Promise<Buffer> {
  if (isDukpt(key)) throw unsupported('pkcs11', 'DUKPT: PKCS#11 has no derivation for it');
  demandUsage(operation, key.usage);
  const blockBytes = key.algorithm === 'AES' ? 16 : DES_BLOCK;
  if (data.length > MAX_DATA) throw new HsmError('data.length', `A MAC is made over ${MAX_DATA} bytes at most.`);
  if (!Number.isInteger(bytes) || bytes < MIN_BYTES || bytes > blockBytes) {
    throw new HsmError('mac.length', `A MAC has ${MIN_BYTES} to ${blockBytes} bytes under this key.`);
  }
  const full = await store.use(key, operation, (handles) => {
    if (key.usage === 'M6') return cmac(store, key, first(handles), data);
    const padded = padding === 2 ? padBit(data, blockBytes) : padZero(data, blockBytes);
    return key.usage === 'M3' ? retailMac(store, handles, padded) : cbcMac(store, key, first(handles), padded);
  });
  return Buffer.from(full.subarray(0, bytes));
}

function cmac({ vault: { sessions } }: KeyStore, key: KeyRef, handle: Handle, data: Buffer): Promise<Buffer> {
  return sessions.run('C_Sign', (session) => {
    sessions.cryptoki.C_SignInit(session, cmacBy(key.algorithm), handle);
    return sessions.cryptoki.C_SignAsync(session, data, Buffer.alloc(16));
  });
}

/** The last block of a CBC. */
async function cbcMac(
  { vault: { sessions } }: KeyStore,
  key: Pick<KeyRef, 'algorithm'>,
  handle: Handle,
  data: Buffer,
): Promise<Buffer> {
  const out = await sessions.run('C_Encrypt', (session) => {
    sessions.cryptoki.C_EncryptInit(session, cbcFromZero(key.algorithm), handle);
    return sessions.cryptoki.C_EncryptAsync(session, data, Buffer.alloc(data.length + 16));
  });
  return Buffer.from(out.subarray(data.length - (key.algorithm === 'AES' ? 16 : DES_BLOCK), data.length));
}

/** ISO 9797-1 algorithm 3 of what PKCS#11 has: single DES but for the last block, as TDES with the left half twice. What
 *  stands before the last block is seen by this process. */
async function retailMac(store: KeyStore, [whole, half]: readonly Handle[], data: Buffer): Promise<Buffer> {
  if (whole === undefined || half === undefined) throw new HsmError('key.token', 'The token holds no M3 key.');
  const last = data.subarray(-DES_BLOCK);
  if (data.length === DES_BLOCK) return store.vault.encrypt('TDES', whole, last);
  const chain = await cbcMac(store, { algorithm: 'TDES' }, half, data.subarray(0, -DES_BLOCK));
  return store.vault.encrypt('TDES', whole, xor(last, chain));
}

/** ISO 9797-1 padding method 1: zeros to a whole block, at least one. */
function padZero(data: Buffer, blockBytes: number): Buffer {
  const padded = Buffer.alloc(Math.max(1, Math.ceil(data.length / blockBytes)) * blockBytes);
  data.copy(padded);
  return padded;
}
