/** Primitives, for the payShield simulator, which does on its side what an HSM does. */
export { oddParity } from './bytes.ts';
export { blockCipher, type BlockCipher } from './cipher.ts';
export { kcv } from './kcv.ts';
export { cmacWith, sameMac, padBit } from './mac.ts';
export { decipherField, reencipherPin } from './pin-block.ts';
export { unwrapVariant, wrapVariant } from './variant.ts';
