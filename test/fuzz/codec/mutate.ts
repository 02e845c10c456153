/** A seeded generator (mulberry32): a finding can be found again. */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const INTERESTING = [
  0x00, 0x01, 0x09, 0x0a, 0x0f, 0x10, 0x20, 0x30, 0x39, 0x3d, 0x40, 0x43, 0x44, 0x7f, 0x80, 0x81, 0x82, 0x99,
];
const MORE = [0x9a, 0x9f, 0xa0, 0xc3, 0xd0, 0xd8, 0xdf, 0xe0, 0xf0, 0xf9, 0xff];
const BYTES = [...INTERESTING, ...MORE];
const MOST_BYTES = 1_200;

/** One to four changes, as AFL makes them: bits, bytes, blocks, a splice with another input. */
export function mutate(input: Buffer, other: Buffer, random: () => number): Buffer {
  let bytes = Buffer.from(input);
  const below = (most: number): number => Math.floor(random() * most);
  for (let changes = 1 + below(4); changes > 0; changes--) {
    const at = below(bytes.length + 1);
    switch (below(9)) {
      case 0:
        if (at < bytes.length) bytes[at] = (bytes[at] ?? 0) ^ (1 << below(8));
        break;
      case 1:
        if (at < bytes.length) bytes[at] = BYTES[below(BYTES.length)] ?? 0;
        break;
      case 2:
        if (at < bytes.length) bytes[at] = below(256);
        break;
      case 3:
        if (at < bytes.length) bytes[at] = ((bytes[at] ?? 0) + (random() < 0.5 ? 1 : 255)) & 0xff;
        break;
      case 4:
        bytes = bytes.subarray(0, at);
        break;
      case 5:
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + below(4))]);
        break;
      case 6:
        bytes = Buffer.concat([
          bytes.subarray(0, at),
          Buffer.from([BYTES[below(BYTES.length)] ?? 0]),
          bytes.subarray(at),
        ]);
        break;
      case 7:
        bytes = Buffer.concat([bytes.subarray(0, at), other.subarray(below(other.length + 1))]);
        break;
      default: {
        const from = below(bytes.length + 1);
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(from, from + 1 + below(16)), bytes.subarray(at)]);
      }
    }
    bytes = Buffer.from(bytes.subarray(0, MOST_BYTES));
  }
  return bytes;
}
