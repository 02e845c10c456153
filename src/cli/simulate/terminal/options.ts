import { Option } from 'commander';
import type { Language } from '../../../field/language.ts';
import { goodsCode, MOST_LINES, quantityOf, type BasketItem } from '../../../simulators/terminal/index.ts';
import { rials, wrongOption } from '../../options.ts';

/** Options of the simulated terminal that more than one of its commands have. */

export interface LanguageOption {
  readonly language: Language;
}

/** @param usual what a person sees who says nothing */
export function languageOption(usual: Language): Option {
  return new Option('--language <name>', 'what is shown and printed: Persian, with Jalali dates, or English')
    .choices(['fa', 'en'])
    .default(usual);
}

export const ITEM = '--item <code,quantity,rials>';
export const ITEM_SAYS =
  'a line of the basket, repeatable: barcode or number of a category, pieces or 1500g or 900ml, and what it costs';

/** `6260000000017,2,1800000`, `2,1500g,4200000`. */
export function item(text: string, before: readonly BasketItem[] = []): readonly BasketItem[] {
  const [code = '', count = '', amount = '', ...more] = text.split(',');
  const [goods, quantity] = [goodsCode(code), quantityOf(count)];
  if (goods === undefined || quantity === undefined || more.length > 0)
    throw wrongOption(`--item ${text}`, 'code,quantity,rials: 6260000000017,2,1800000 or 2,1500g,4200000');
  const amountRials = rials(`--item ${text}: rials ${amount}`, 12)(amount);
  if (amountRials === 0n) throw wrongOption(`--item ${text}`, 'an amount above zero');
  if (before.length === MOST_LINES) throw wrongOption('--item', `at most ${MOST_LINES} lines`);
  return [...before, { goods, ...quantity, amountRials }];
}
