import type { BasketLine } from '../../../src/profiles/basket.ts';

const LINE_LENGTH = 33;
const MAX_LINES = 30;
/** Goods n13, unit n2 (00 piece, 01 gram, 02 millilitre), quantity n6, amount n12. */
const LINE = /^(\d{13})(00|01|02)(\d{6})(\d{12})$/;

/** Reads a basket (wire.md 5, tag 01).
 *  @returns undefined when it is not 1 to 30 well-formed lines of 33 digits with a quantity and amount above zero */
export function parseBasket(text: string): BasketLine[] | undefined {
  if (text.length === 0 || text.length % LINE_LENGTH !== 0 || text.length > LINE_LENGTH * MAX_LINES) return undefined;
  const lines: BasketLine[] = [];
  for (let at = 0; at < text.length; at += LINE_LENGTH) {
    const match = LINE.exec(text.slice(at, at + LINE_LENGTH));
    if (match === null) return undefined;
    const [, goods = '', unit = '', quantity = '', amount = ''] = match;
    const line = { goods, unit: unit as BasketLine['unit'], quantity: Number(quantity), amountRials: BigInt(amount) };
    if (line.quantity === 0 || line.amountRials === 0n) return undefined;
    lines.push(line);
  }
  return lines;
}
