import type { Message } from '../../codec/index.ts';
import { keySchemeOf } from '../../field/key-scheme.ts';
import {
  aesDukptDerivationKey,
  aesDukptInitialKey,
  aesDukptWorkingKey,
  tdesDukptInitialKey,
  tdesDukptTransactionKey,
  tdesDukptWorkingKey,
} from '../../hsm/index.ts';
import type { TestKeys } from './test-keys.ts';

/** The base keys of sanitised DUKPT devices, known to everybody: X9.24's own test values. Whoever replays gives them to the
 *  gateway under test as `bdk:` and the key set of the KSN (docs/keys.md). */
export const TEST_BDKS = {
  TDES: Buffer.from('0123456789ABCDEFFEDCBA9876543210', 'hex'),
  AES: Buffer.from('FEDCBA9876543210F1F1F1F1F1F1F1F1', 'hex'),
} as const;

/** What a DUKPT message goes by: DE 53 says so, DE 48 tag 21 has the KSN.
 *  @returns undefined: it is no DUKPT message, or its KSN is none */
export function ksnOf(message: Message): Serial | undefined {
  return serialOf(message.get(53), message.get('48.21'));
}

/** Which transaction of which DUKPT device: what its keys are derived from. */
export interface Serial {
  readonly algorithm: 'TDES' | 'AES';
  readonly ksn: Buffer;
}

/** @param security as DE 53 has it
 *  @param text the KSN, in hexadecimal */
export function serialOf(security: string | undefined, text = ''): Serial | undefined {
  const scheme = keySchemeOf(security);
  if (scheme?.keys !== 'dukpt' || text.length !== 2 * scheme.ksnBytes || !/^[0-9A-Fa-f]+$/.test(text)) return undefined;
  return { algorithm: scheme.algorithm, ksn: Buffer.from(text, 'hex') };
}

/** The test keys of one DUKPT transaction: PIN, and MAC of the request or of its answer.
 *  @returns undefined: no device counts to this KSN */
export function dukptKeys({ algorithm, ksn }: Serial, answer: boolean): TestKeys | undefined {
  try {
    const bdk = TEST_BDKS[algorithm];
    if (algorithm === 'TDES') {
      const key = tdesDukptTransactionKey(tdesDukptInitialKey(bdk, ksn), ksn);
      const mac = tdesDukptWorkingKey(key, answer ? 'mac-response' : 'mac-request');
      return { algorithm, pin: tdesDukptWorkingKey(key, 'pin'), mac };
    }
    const key = aesDukptDerivationKey(aesDukptInitialKey(bdk, ksn), ksn);
    const mac = aesDukptWorkingKey(key, ksn, answer ? 'mac-verify' : 'mac-generate');
    return { algorithm, pin: aesDukptWorkingKey(key, ksn, 'pin'), mac };
  } catch (error) {
    if (error instanceof Error && error.name === 'HsmError') return undefined;
    throw error;
  }
}
