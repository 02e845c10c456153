/** Tables of DES (FIPS 46-3), arranged so that a round is eight lookups and a key schedule 128 for its 16 rounds. */

/** S1-S8 as FIPS 46-3 prints them: four rows of sixteen hexadecimal digits. */
const S_BOXES = [
  'e4d12fb83a6c59070f74e2d1a6cb953841e8d62bfc973a50fc8249175b3ea06d',
  'f18e6b34972dc05a3d47f28ec01a69b50e7ba4d158c6932fd8a13f42b67c05e9',
  'a09e63f51dc7b428d709346a285ecbf1d6498f30b12c5ae71ad069874fe3b52c',
  '7de3069a1285bc4fd8b56f03472c1ae9a690cb7df13e52843f06a1d8945bc72e',
  '2c417ab6853fd0e9eb2c47d150fa3986421bad78f9c5630eb8c71e2d6f09a453',
  'c1af92680d34e75baf427c9561de0b389ef528c3704a1db6432c95fabe17608d',
  '4b2ef08d3c975a61d0b7491ae35c2f8614bdc37eaf6805926bd814a7950fe23c',
  'd2846fb1a93e50c71fd8a374c56b0e927b419ce206adf35821e74a8dfc90356b',
];

/** Bit numbers of the input (1 is the leftmost), in the order of the output. */
const P = [
  16, 7, 20, 21, 29, 12, 28, 17, 1, 15, 23, 26, 5, 18, 31, 10, 2, 8, 24, 14, 32, 27, 3, 9, 19, 13, 30, 6, 22, 11, 4, 25,
];
const PC1_C = [
  57, 49, 41, 33, 25, 17, 9, 1, 58, 50, 42, 34, 26, 18, 10, 2, 59, 51, 43, 35, 27, 19, 11, 3, 60, 52, 44, 36,
];
const PC1_D = [
  63, 55, 47, 39, 31, 23, 15, 7, 62, 54, 46, 38, 30, 22, 14, 6, 61, 53, 45, 37, 29, 21, 13, 5, 28, 20, 12, 4,
];
const PC2 = [
  14, 17, 11, 24, 1, 5, 3, 28, 15, 6, 21, 10, 23, 19, 12, 4, 26, 8, 16, 7, 27, 20, 13, 2, 41, 52, 31, 37, 47, 55, 30,
  40, 51, 45, 33, 48, 44, 49, 39, 56, 34, 53, 46, 42, 50, 36, 29, 32,
];

/** SP[box * 64 + six bits]: S-box, then P, rotated left by one, as the round function wants it. */
export const SP = buildSp();
/** PC1_TABLE[(byte index * 256 + byte) * 2 + half]: what a key byte adds to C (half 0) and D (half 1), 28 bits each. */
export const PC1_TABLE = buildPc1();
/** PC2_TABLE[(chunk * 128 + seven bits) * 2 + word]: what seven bits of C (chunks 0-3) or D (4-7) add to a round key.
 *  Word 0 holds the six-bit groups of S1, S3, S5, S7, one a byte; word 1 those of S2, S4, S6, S8. */
export const PC2_TABLE = buildPc2();

function buildSp(): Int32Array {
  const table = new Int32Array(8 * 64);
  S_BOXES.forEach((box, index) => {
    for (let input = 0; input < 64; input++) {
      const row = ((input >> 4) & 2) | (input & 1);
      const value = parseInt(box.charAt(row * 16 + ((input >> 1) & 15)), 16);
      const before = value << (28 - 4 * index);
      let after = 0;
      P.forEach((source, position) => {
        if ((before >>> (32 - source)) & 1) after |= 1 << (31 - position);
      });
      table[index * 64 + input] = (after << 1) | (after >>> 31);
    }
  });
  return table;
}

function buildPc1(): Int32Array {
  const table = new Int32Array(8 * 256 * 2);
  [PC1_C, PC1_D].forEach((choice, half) => {
    choice.forEach((source, position) => {
      const byteIndex = (source - 1) >> 3;
      const mask = 0x80 >> ((source - 1) & 7);
      for (let byte = 0; byte < 256; byte++) {
        if (byte & mask) add(table, (byteIndex * 256 + byte) * 2 + half, 1 << (27 - position));
      }
    });
  });
  return table;
}

function buildPc2(): Int32Array {
  const table = new Int32Array(8 * 128 * 2);
  PC2.forEach((source, position) => {
    const chunk = Math.floor((source - 1) / 7);
    const mask = 0x40 >> ((source - 1) % 7);
    const box = Math.floor(position / 6);
    const bit = 1 << (24 - 8 * (box >> 1) + 5 - (position % 6));
    for (let bits = 0; bits < 128; bits++) {
      if (bits & mask) add(table, (chunk * 128 + bits) * 2 + (box & 1), bit);
    }
  });
  return table;
}

function add(table: Int32Array, index: number, bits: number): void {
  table[index] = (table[index] ?? 0) | bits;
}
