import { blockCipher, type BlockCipher } from '../crypto/cipher.ts';
import {
  aesDukptDerivationKey,
  aesDukptInitialKey,
  aesDukptWorkingKey,
  type AesDukptUse,
} from '../crypto/dukpt-aes.ts';
import {
  tdesDukptCounter,
  tdesDukptInitialKey,
  tdesDukptTransactionKey,
  tdesDukptWorkingKey,
  type TdesDukptUse,
} from '../crypto/dukpt-tdes.ts';
import type { DukptKey, KeyRef, KeyUsage } from '../hsm.ts';
import { isDukpt, type Operation } from '../usage.ts';
import type { KeyStore, LiveKey } from './key-store.ts';

/** A key ready for one operation, stored or derived. */
export interface WorkingKey {
  readonly usage: KeyUsage;
  readonly cipher: BlockCipher;
}

export interface DukptUses {
  readonly tdes: TdesDukptUse;
  readonly aes: AesDukptUse;
  /** The usage a derived key stands for. */
  readonly usage: { readonly tdes: KeyUsage; readonly aes: KeyUsage };
}

/** The cipher of a stored key, or of the key that its base key and KSN give for this use.
 *  @throws HsmError `key.usage`, `key.mode`, `key.token`, `dukpt.ksn` */
export function workingKey(store: KeyStore, key: KeyRef | DukptKey, operation: Operation, uses: DukptUses): WorkingKey {
  if (!isDukpt(key)) return store.open(key, operation);
  const bdk = store.open(key.bdk, 'derive-dukpt');
  return bdk.algorithm === 'TDES' ? tdesKey(bdk, key.ksn, uses) : aesKey(bdk, key, uses);
}

function tdesKey(bdk: LiveKey, ksn: Buffer, uses: DukptUses): WorkingKey {
  tdesDukptCounter(ksn);
  // The last five bits of these eight bytes belong to the counter.
  const id = ksn.toString('latin1', 0, 7) + String((ksn[7] ?? 0) & 0xe0);
  const initial = bdk.initialKeys.get(id) ?? tdesDukptInitialKey(bdk.key, ksn);
  bdk.initialKeys.set(id, initial);
  const key = tdesDukptWorkingKey(tdesDukptTransactionKey(initial, ksn), uses.tdes);
  return { usage: uses.usage.tdes, cipher: blockCipher('TDES', key) };
}

function aesKey(bdk: LiveKey, { ksn }: DukptKey, uses: DukptUses): WorkingKey {
  const id = ksn.toString('latin1', 0, 8);
  const initial = bdk.initialKeys.get(id) ?? aesDukptInitialKey(bdk.key, ksn);
  const derivation = aesDukptDerivationKey(initial, ksn);
  bdk.initialKeys.set(id, initial);
  return { usage: uses.usage.aes, cipher: blockCipher('AES', aesDukptWorkingKey(derivation, ksn, uses.aes)) };
}
