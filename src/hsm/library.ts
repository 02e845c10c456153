/** What stands by itself, and is the package @kalabarg/payment-hsm: imports no package of others and no setting of the gateway. */
export { HsmError, type HsmErrorCode } from './errors.ts';
export type * from './hsm.ts';
export type * from './payment-hsm.ts';
export { softwareHsm, type SoftwareHsmOptions } from './software/software.ts';
export { decodePinBlock, decryptPinBlock, encodePinBlock, encryptPinBlock } from './crypto/pin-block.ts';
export { cmac, retailMac } from './crypto/mac.ts';
export { kcv } from './crypto/kcv.ts';
export { unwrapKeyBlock, wrapKeyBlock, type KeyBlockContent, type UnwrappedKey } from './crypto/key-block.ts';
export { type KeyBlockHeader, type KeyBlockVersion } from './crypto/key-block-header.ts';
export {
  tdesDukptInitialKey,
  tdesDukptTransactionKey,
  tdesDukptWorkingKey,
  type TdesDukptUse,
} from './crypto/dukpt-tdes.ts';
export {
  aesDukptDerivationKey,
  aesDukptInitialKey,
  aesDukptWorkingKey,
  type AesDukptUse,
  type DerivedSpec,
} from './crypto/dukpt-aes.ts';
export { createPkcs11Lmk, pkcs11Hsm, type Pkcs11Options } from './pkcs11/pkcs11.ts';
export { payshieldHsm } from './payshield/payshield.ts';
export { type PayshieldOptions } from './payshield/session.ts';
export { type Endpoint } from './payshield/connection.ts';
export { type LmkKind } from './payshield/tokens.ts';
