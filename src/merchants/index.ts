/** Terminals and the keys that are shared with them, the bank and other HSMs. */
export { openBdks, type Bdks } from './bdks.ts';
export { openTerminalDirectory, type TerminalRecord, type SessionKeys, type TerminalDirectory } from './directory.ts';
export { findKey, storeKey, bankZmk, injectDemoKeys } from './hsm-keys.ts';
export { keyActs, keysByAge, keysByScheme, sharedKeys, terminalKeys, type KeySummary } from './key-list.ts';
export { injectTmk } from './keys.ts';
export { assertLmk, hasTokens, checkedLmk, lmkFault } from './lmk.ts';
export { rewrapKeys } from './rewrap.ts';
