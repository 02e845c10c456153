import type { DaySum } from '../../../settlement/shop/index.ts';
import { html, type Html } from '../../html.ts';
import { comma, digits, t, type Language } from '../../language.ts';
import { moneyOf, type Unit } from './money.ts';

/** What a day sold, tender by tender. */
export function tendersOf(language: Language, unit: Unit, sum: DaySum): Html {
  const count = (number: number): string => digits(language, number);
  const row = (fa: string, en: string, rials: bigint): Html =>
    html`<dt>${t(language, { fa, en })}</dt><dd>${moneyOf(language, unit, rials)}</dd>`; // prettier-ignore
  return html`<p class="figure">${moneyOf(language, unit, sum.total)}</p>
    <p>${count(sum.purchases)} ${t(language, { fa: 'فروش', en: 'sales' })}${sum.returns > 0 && html`${comma(language)}${count(sum.returns)} ${t(language, { fa: 'برگشت کالا', en: 'returns' })}`}${sum.reversals > 0 && html`${comma(language)}${count(sum.reversals)} ${t(language, { fa: 'اصلاحیه', en: 'reversals' })}`}</p>
    <dl class="facts">
      ${row('کالابرگ', 'Voucher', sum.voucher)} ${row('کارت', 'Card', sum.card)} ${row('نقد', 'Cash', sum.cash)}
      ${sum.back !== 0n && row('برگشت به مشتری', 'Back to customers', sum.back)}
    </dl>`; // prettier-ignore
}
