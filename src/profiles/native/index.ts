import type { Mapping } from '../profile.ts';
import { networkCode, PROCESSING_CODES, readNative } from './read.ts';
import { ECHOED_EVER, writeNative } from './write.ts';

/** The wire contract itself (docs/wire.md 3 to 7). */
export const native: Mapping = {
  dialect: 'kalabarg-pos',
  mtis: new Set('0200 0201 0220 0221 0400 0401 0420 0421 0500 0501 0520 0521 0800 0801'.split(' ')),
  processingCodes: PROCESSING_CODES,
  salvaged: ECHOED_EVER,
  networkCode,
  read: readNative,
  write: writeNative,
};
