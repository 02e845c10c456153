import { HsmError } from '../errors.ts';
import type { DataRequest } from '../payment-hsm.ts';
import type { KeyStore } from './key-store.ts';
import { workingKey, type DukptUses } from './working-key.ts';

/** 32 KiB of TDES take 2 ms: longer data would hold the event loop. */
const MAX_BYTES = 32_768;
const USES: Readonly<Record<'request' | 'response', DukptUses>> = {
  request: { tdes: 'data-request', aes: 'data-encrypt', usage: { tdes: 'D0', aes: 'D0' } },
  response: { tdes: 'data-response', aes: 'data-decrypt', usage: { tdes: 'D0', aes: 'D0' } },
};

/** @throws HsmError `data.length`, `key.*`, `dukpt.ksn` */
export function encryptData(store: KeyStore, request: DataRequest): Buffer {
  const { cipher } = workingKey(store, request.key, 'encrypt-data', USES[request.direction ?? 'response']);
  const iv = checked(request, cipher.blockBytes);
  return request.mode === 'ECB' ? cipher.encrypt(request.data) : cipher.encryptCbc(request.data, iv);
}

export function decryptData(store: KeyStore, request: DataRequest): Buffer {
  const { cipher } = workingKey(store, request.key, 'decrypt-data', USES[request.direction ?? 'request']);
  const iv = checked(request, cipher.blockBytes);
  return request.mode === 'ECB' ? cipher.decrypt(request.data) : cipher.decryptCbc(request.data, iv);
}

/** The initialisation vector of a request whose lengths are right. */
function checked({ data, iv }: DataRequest, blockBytes: number): Buffer {
  if (data.length === 0 || data.length % blockBytes !== 0 || data.length > MAX_BYTES) {
    throw new HsmError('data.length', `Data must be whole blocks of ${blockBytes} bytes, ${MAX_BYTES} bytes at most.`);
  }
  if (iv !== undefined && iv.length !== blockBytes) {
    throw new HsmError('data.length', `The initialisation vector must have ${blockBytes} bytes.`);
  }
  return iv ?? Buffer.alloc(blockBytes);
}
