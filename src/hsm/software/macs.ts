import { HsmError } from '../errors.ts';
import type { DukptKey, KeyRef } from '../hsm.ts';
import { cmacWith, padBit, sameMac } from '../crypto/mac.ts';
import type { MacOptions } from '../payment-hsm.ts';
import type { KeyStore } from './key-store.ts';
import { workingKey, type DukptUses, type WorkingKey } from './working-key.ts';

const DEFAULT_BYTES = 8;
const MIN_BYTES = 4;
/** 64 KiB take a millisecond: longer data would hold the event loop. */
const MAX_DATA = 65_536;
const USES: Readonly<Record<'request' | 'response', DukptUses>> = {
  request: { tdes: 'mac-request', aes: 'mac-generate', usage: { tdes: 'M3', aes: 'M6' } },
  response: { tdes: 'mac-response', aes: 'mac-verify', usage: { tdes: 'M3', aes: 'M6' } },
};

/** @throws HsmError `mac.length`, `data.length`, `key.*`, `dukpt.ksn` */
export function makeMac(store: KeyStore, key: KeyRef | DukptKey, data: Buffer, options: MacOptions): Buffer {
  const working = workingKey(store, key, 'generate-mac', USES[options.direction ?? 'response']);
  return macOf(working, data, options);
}

export function checkMac(
  store: KeyStore,
  key: KeyRef | DukptKey,
  data: Buffer,
  mac: Buffer,
  options: MacOptions,
): boolean {
  const working = workingKey(store, key, 'verify-mac', USES[options.direction ?? 'request']);
  return sameMac(macOf(working, data, options), mac);
}

function macOf({ usage, cipher }: WorkingKey, data: Buffer, options: MacOptions): Buffer {
  const bytes = options.bytes ?? DEFAULT_BYTES;
  if (data.length > MAX_DATA) throw new HsmError('data.length', `A MAC is made over ${MAX_DATA} bytes at most.`);
  if (!Number.isInteger(bytes) || bytes < MIN_BYTES || bytes > cipher.blockBytes) {
    throw new HsmError('mac.length', `A MAC has ${MIN_BYTES} to ${cipher.blockBytes} bytes under this key.`);
  }
  return fullMac(usage, cipher, options.padding === 2, data).subarray(0, bytes);
}

function fullMac(usage: string, cipher: WorkingKey['cipher'], bitPadded: boolean, data: Buffer): Buffer {
  if (usage === 'M6') return cmacWith(cipher, data);
  const padded = bitPadded ? padBit(data, cipher.blockBytes) : data;
  return usage === 'M3' ? cipher.retailMac(padded) : cipher.cbcMac(padded);
}
