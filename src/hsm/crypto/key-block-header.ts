import { HsmError } from '../errors.ts';

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
/** Of what an extended length says of itself: four bytes say more than any block has. */
const MAX_LENGTH_SIZE = 4;

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
  const { optional, end } = parseOptional(block, Number(count), version === 'D' ? 16 : 8);
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

interface OptionalBlocks {
  readonly optional: KeyBlockHeader['optional'];
  readonly end: number;
}

/** Optional blocks: id, length in two hexadecimal digits (all of it), data; where it is long, `00` and a longer length, which
 *  a number stands before. X9.143 counts that length in bytes of two digits (`02` is four digits); others count its digits.
 *  A block is whichever of the two its header works out as; its MAC decides that it was right. */
function parseOptional(block: string, count: number, unit: number): OptionalBlocks {
  const standard = readOptional(block, count, unit, 2);
  if (!(standard instanceof HsmError)) return standard;
  const other = readOptional(block, count, unit, 1);
  if (!(other instanceof HsmError)) return other;
  throw standard;
}

/** @param digitsEach  digits that one of an extended length's count stands for */
function readOptional(block: string, count: number, unit: number, digitsEach: number): OptionalBlocks | HsmError {
  const optional: { id: string; data: string }[] = [];
  let at = FIXED_CHARS;
  for (let i = 0; i < count; i++) {
    const id = block.slice(at, at + 2);
    let head = 4;
    let length = hexNumber(block, at + 2, 2);
    if (length === 0) {
      const size = hexNumber(block, at + 4, 2);
      if (size === undefined || size === 0 || size > MAX_LENGTH_SIZE)
        return wrong(at + 4, `an extended length has 1 to ${MAX_LENGTH_SIZE} bytes or digits`);
      head = 6 + size * digitsEach;
      length = hexNumber(block, at + 6, size * digitsEach);
    }
    if (length === undefined) return wrong(at + 2, 'a length must be hexadecimal');
    if (length < head || at + length > block.length) return wrong(at + 2, `optional block ${i + 1} does not fit`);
    optional.push({ id, data: block.slice(at + head, at + length) });
    at += length;
  }
  return at % unit === 0 ? { optional, end: at } : wrong(at, `the header must be a multiple of ${unit} characters`);
}

/** Undefined: not so many hexadecimal digits. */
function hexNumber(block: string, at: number, digits: number): number | undefined {
  const text = block.slice(at, at + digits);
  return text.length === digits && /^[0-9A-Fa-f]+$/.test(text) ? parseInt(text, 16) : undefined;
}

function wrong(offset: number, reason: string): HsmError {
  return new HsmError('keyblock.format', `Key block, offset ${offset}: ${reason}.`);
}
