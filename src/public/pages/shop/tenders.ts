import type { DaySum } from '../../../settlement/shop/index.ts';
import { html, type Html } from '../../html.ts';
import { comma, countOf, t, type Language } from '../../language.ts';
import { moneyOf, type Unit } from './money.ts';

/** What a day sold, tender by tender. */
export function tendersOf(language: Language, unit: Unit, sum: DaySum): Html {
  const count = (number: number, fa: string, en: string): string => countOf(language, number, { fa, en });
  const row = (fa: string, en: string, rials: bigint): Html =>
    html`<dt>${t(language, { fa, en })}</dt><dd>${moneyOf(language, unit, rials)}</dd>`; // prettier-ignore
  return html`<p class="figure">${moneyOf(language, unit, sum.total)}</p>
    <p>${count(sum.purchases, 'فروش', 'sale')}${sum.returns > 0 && html`${comma(language)}${count(sum.returns, 'برگشت کالا', 'return')}`}${sum.reversals > 0 && html`${comma(language)}${count(sum.reversals, 'اصلاحیه', 'reversal')}`}</p>
    <dl class="facts">
      ${row('کالابرگ', 'Voucher', sum.voucher)} ${row('کارت', 'Card', sum.card)} ${row('نقد', 'Cash', sum.cash)}
      ${sum.back !== 0n && row('برگشت به مشتری', 'Back to customers', sum.back)}
    </dl>`; // prettier-ignore
}
