export * from './library.ts';
export { openHsm, pkcs11Options } from './open.ts';
export { dropPreviousLmk, lmkIsInFile, lmkPlace, replaceLmkFile } from './software/lmk-file.ts';
export { observed } from './observed.ts';
