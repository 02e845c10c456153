import type { Random } from '../src/ops/random.ts';

/** Numbers that a seed repeats, and what is drawn with them. Each part of a run has a stream of its own (`stream`), so that one more
 *  draw in a part changes nothing in the others. */
export interface Chance {
  /** In [0, 1). */
  readonly fraction: () => number;
  /** A whole number from `least` to `most`, both of them included. */
  between(least: number, most: number): number;
  /** Whether something of this probability happens. */
  happens(probability: number): boolean;
  pick<T>(from: readonly T[]): T;
  /** One of the names, by their weights. */
  weighted<Name extends string>(weights: Readonly<Record<Name, number>>): Name;
  stream(name: string): Chance;
  /** The same as the product's port. */
  readonly port: Random;
}

export function chanceOf(seed: string): Chance {
  const fraction = generator(seed);
  const between = (least: number, most: number): number => least + Math.floor(fraction() * (most - least + 1));
  const bytes = (count: number): Buffer => Buffer.from(Array.from({ length: count }, () => between(0, 255)));
  const uuid = (): string => {
    const hex = bytes(16).toString('hex');
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`;
  };
  return {
    fraction,
    between,
    happens: (probability) => fraction() < probability,
    pick: (from) => {
      const picked = from[between(0, from.length - 1)];
      if (picked === undefined) throw new RangeError('nothing to pick from');
      return picked;
    },
    weighted: (weights) => {
      const names = Object.keys(weights) as (keyof typeof weights)[];
      const sum = names.reduce((total, name) => total + weights[name], 0);
      let left = fraction() * sum;
      for (const name of names) {
        left -= weights[name];
        if (left < 0) return name;
      }
      throw new RangeError('nothing to pick from');
    },
    stream: (name) => chanceOf(`${seed}/${name}`),
    port: { fraction, between, uuid, bytes },
  };
}

/** sfc32 over a hash of the text (both public domain): 32 bits a draw, no pattern at this scale. */
function generator(seed: string): () => number {
  let hash = 2_166_136_261;
  const word = (): number => {
    hash = Math.imul(hash ^ (hash >>> 16), 2_246_822_507);
    hash = Math.imul(hash ^ (hash >>> 13), 3_266_489_909);
    return (hash ^= hash >>> 16) >>> 0;
  };
  for (const char of seed) hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 16_777_619);
  let [a, b, c, d] = [word(), word(), word(), 1];
  const draw = (): number => {
    const sum = (((a + b) | 0) + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + sum) | 0;
    return (sum >>> 0) / 4_294_967_296;
  };
  for (let i = 0; i < 12; i++) draw();
  return draw;
}
