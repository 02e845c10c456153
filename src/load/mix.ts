import { GatewayError } from '../ops/errors.ts';

/** What a simulated customer does. */
export const KINDS = [
  'purchase',
  'split',
  'cash',
  'inquiry',
  'quote',
  'ordinary',
  'balance',
  'reversal',
  'return',
  'echo',
] as const;
export type Kind = (typeof KINDS)[number];

export const DEFAULT_MIX = 'purchase=70,inquiry=20,reversal=5,split=5';
const MAX_WEIGHT = 1_000_000;

/** How often each kind comes, against the others. */
export type Mix = readonly { readonly kind: Kind; readonly weight: number }[];

/** `purchase=70,inquiry=20,reversal=5`
 *  @throws GatewayError `option.invalid` */
export function parseMix(text: string): Mix {
  const mix = text.split(',').map((part) => {
    const [name = '', weight = ''] = part.trim().split('=');
    const kind = KINDS.find((one) => one === name);
    if (kind === undefined || !/^\d{1,7}(\.\d{1,3})?$/.test(weight) || Number(weight) > MAX_WEIGHT)
      throw new GatewayError('option.invalid', `--mix ${part}: give kind=weight, with a kind of ${KINDS.join(', ')}.`);
    return { kind, weight: Number(weight) };
  });
  if (mix.every(({ weight }) => weight === 0))
    throw new GatewayError('option.invalid', '--mix: give a weight that is not zero.');
  return mix;
}

/** @param dice in [0, 1) */
export function draw(mix: Mix, dice: number): Kind {
  const total = mix.reduce((sum, { weight }) => sum + weight, 0);
  let at = dice * total;
  for (const { kind, weight } of mix) {
    at -= weight;
    if (at < 0) return kind;
  }
  return mix.findLast(({ weight }) => weight > 0)?.kind ?? 'purchase';
}

/** Numbers in [0, 1) that are the same for the same seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
