export * from './library.ts';
export { openHsm, pkcs11Options } from './open.ts';
export { dropPreviousLmk, lmkIsInFile, lmkPlace, replaceLmkFile } from './software/lmk-file.ts';
export { derivedKey } from './derive.ts';
export { observed } from './observed.ts';
export type { Hsm, KeyRef, DukptKey } from './hsm.ts';
export {
  checkSpec,
  usageOf,
  demand,
  type Operation,
  algorithmOf,
  checkTransport,
  defaultMode,
  checkTranslation,
} from './usage.ts';
