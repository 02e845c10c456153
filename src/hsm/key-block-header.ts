import { HsmError } from './errors.ts';

export type KeyBlockVersion = 'A' | 'B' | 'C' | 'D';

/** The clear part of a key block (X9.143:2021 6.2). */
export interface KeyBlockHeader {
  readonly version: KeyBlockVersion;
  /** Two characters: `P0`, `M3`, … */
  readonly usage: string;
  /** `T` TDES, `A` AES, `D` DES, … */
  readonly algorithm: string;
  /** Mode of use: `B` both, `E` encrypt, `D` decrypt, `C` MAC both, `G` generate, `V` verify, `X` derive, `N` any. */
  readonly mode: string;
  readonly keyVersion: string;
  /** `E` exportable, `N` not, `S` sensitive. */
  readonly exportability: string;
  readonly optional: readonly { readonly id: string; readonly data: string }[];
  /** Characters of the header, optional blocks included. */
  readonly length: number;
}

const FIXED_CHARS = 16;
/** Bounds what a peer can make us parse; X9.143 blocks in use are far shorter. */
const MAX_CHARS = 9_999;

/** Reads and checks the header of a key block.
 *  @throws HsmError `keyblock.format` with the offset and what was wrong */
export function parseHeader(block: string): KeyBlockHeader {
  const version = block.charAt(0);
  if (!isVersion(version)) throw wrong(0, 'the version must be A, B, C or D');
  if (block.length < FIXED_CHARS || block.length > MAX_CHARS) throw wrong(0, 'a key block has 16 to 9999 characters');
  if (!/^[\x20-\x7e]+$/.test(block)) throw wrong(0, 'a key block is printable ASCII');
  const length = block.slice(1, 5);
  if (!/^\d{4}$/.test(length) || Number(length) !== block.length) {
    throw wrong(1, `the block says ${length} characters and has ${block.length}`);
  }
  if (!/^[0-9A-Z]{4}$/.test(block.slice(5, 9))) throw wrong(5, 'usage, algorithm and mode must be letters and digits');
  if (!/^[ENS]$/.test(block.charAt(11))) throw wrong(11, 'exportability must be E, N or S');
  const count = block.slice(12, 14);
  if (!/^\d\d$/.test(count)) throw wrong(12, 'the number of optional blocks must be two digits');
  const { optional, end } = parseOptional(block, Number(count));
  const unit = version === 'D' ? 16 : 8;
  if (end % unit !== 0) throw wrong(end, `the header must be a multiple of ${unit} characters`);
  return {
    version,
    usage: block.slice(5, 7),
    algorithm: block.charAt(7),
    mode: block.charAt(8),
    keyVersion: block.slice(9, 11),
    exportability: block.charAt(11),
    optional,
    length: end,
  };
}

function isVersion(text: string): text is KeyBlockVersion {
  return text === 'A' || text === 'B' || text === 'C' || text === 'D';
}

/** Optional blocks: id, length in two hexadecimal digits (all of it), data; `00` and a longer length where it is long. */
function parseOptional(block: string, count: number): { optional: { id: string; data: string }[]; end: number } {
  const optional: { id: string; data: string }[] = [];
  let at = FIXED_CHARS;
  for (let i = 0; i < count; i++) {
    const id = block.slice(at, at + 2);
    let head = 4;
    let length = hexNumber(block, at + 2, 2);
    if (length === 0) {
      const digits = hexNumber(block, at + 4, 2);
      if (digits === 0 || digits > 4) throw wrong(at + 4, 'an extended length has 1 to 4 digits');
      head = 6 + digits;
      length = hexNumber(block, at + 6, digits);
    }
    if (length < head || at + length > block.length) throw wrong(at + 2, `optional block ${i + 1} does not fit`);
    optional.push({ id, data: block.slice(at + head, at + length) });
    at += length;
  }
  return { optional, end: at };
}

function hexNumber(block: string, at: number, digits: number): number {
  const text = block.slice(at, at + digits);
  if (text.length !== digits || !/^[0-9A-Fa-f]+$/.test(text)) throw wrong(at, 'a length must be hexadecimal');
  return parseInt(text, 16);
}

function wrong(offset: number, reason: string): HsmError {
  return new HsmError('keyblock.format', `Key block, offset ${offset}: ${reason}.`);
}
