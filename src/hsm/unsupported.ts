import { HsmError } from './errors.ts';
import type { PaymentHsm } from './payment-hsm.ts';

/** What issuers do with a card's PIN, CVV and cryptogram, and data keys: an acquirer's HSM needs none of it. */
type Issuing =
  'verifyPvv' | 'verifyIbm3624' | 'verifyCvv' | 'verifyArqc' | 'generateArpc' | 'encryptData' | 'decryptData';

/** The issuer's part of the interface for back-ends that do not have it. */
export function noIssuing(backend: string): Pick<PaymentHsm, Issuing> {
  const refuse = (): Promise<never> => Promise.reject(unsupported(backend, 'issuer functions'));
  return {
    verifyPvv: refuse,
    verifyIbm3624: refuse,
    verifyCvv: refuse,
    verifyArqc: refuse,
    generateArpc: refuse,
    encryptData: refuse,
    decryptData: refuse,
  };
}

/** Key pairs that stay on the device, for back-ends that keep none. */
export function noSigning(backend: string): Pick<PaymentHsm, 'makeSigningKey' | 'signBy'> {
  const refuse = (): Promise<never> => Promise.reject(unsupported(backend, 'key pairs that stay on the device'));
  return { makeSigningKey: refuse, signBy: refuse };
}

export function unsupported(backend: string, what: string): HsmError {
  return new HsmError('hsm.unsupported', `The ${backend} back-end does not do ${what}.`);
}
