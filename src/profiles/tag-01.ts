import type { BasketLine } from './basket.ts';
import { listCodec } from './wire/list.ts';

/** A basket as wire.md 5 has it in tag 01, for who speaks the contract without a profile. */
const TAG_01 = listCodec({
  list: 'basket',
  of: [
    ['goods', 13],
    ['unit', 2],
    ['quantity', 6],
    ['amount', 12],
  ],
});

/** @returns undefined when it is not 1 to 30 well-formed lines of 33 digits with a quantity and amount above zero */
export function parseBasket(text: string): BasketLine[] | undefined {
  return TAG_01.readBasket(text, 0n);
}

export function formatBasket(lines: readonly BasketLine[]): string {
  return TAG_01.writeBasket(lines);
}
