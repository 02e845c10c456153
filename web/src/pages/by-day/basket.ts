import type { WhatIfAsked } from '../../api/scheme.ts';
import { goodsCodeOf } from '../../format/goods-code.ts';
import { rialsOf, type Looks } from '../../format/money.ts';
import { latinDigits } from '../../../../src/field/persian.ts';

/** A line of a basket as a person typed it. */
export interface TypedLine {
  readonly goods: string;
  /** 00 pieces, 01 grams, 02 millilitres */
  readonly unit: string;
  readonly quantity: string;
  /** In the reader's unit of money. */
  readonly amount: string;
}

export type BasketLine = NonNullable<WhatIfAsked['basket']>[number];

export const UNITS = ['00', '01', '02'] as const;
export const NO_LINE: TypedLine = { goods: '', unit: '00', quantity: '1', amount: '' };

/** @returns undefined: something is missing or wrong in it */
export function lineOf(looks: Looks, { goods, unit, quantity, amount }: TypedLine): BasketLine | undefined {
  const code = goodsCodeOf(goods);
  const count = latinDigits(quantity).trim();
  const amountRials = rialsOf(looks, amount);
  if (code === undefined || !/^[1-9]\d{0,5}$/.test(count) || amountRials === undefined) return undefined;
  return { goods: code, unit, quantity: Number(count), amountRials };
}
