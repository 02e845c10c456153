import { creditEndsIn, type PosSlip, type Result } from '../../../pos/index.ts';
import { html, type Html } from '../../html.ts';
import { ltr, momentOf, t, type Language, type Text } from '../../language.ts';
import type { Say } from '../../units.ts';
import { deedName } from './display.ts';

/** Slips as they hang from the printer, the newest first. */
export function paperOf(
  language: Language,
  shop: string,
  slips: readonly PosSlip[],
  printed: (result: Result) => Say,
): Html {
  if (slips.length === 0)
    return html`<p class="paper-out">${t(language, { fa: 'هنوز رسیدی چاپ نشده است.', en: 'No slip was printed yet.' })}</p>`; // prettier-ignore
  return html`${[...slips].reverse().map((slip) => slipOf(language, shop, slip, printed(slip.result)))}`;
}

function slipOf(language: Language, shop: string, { id, copy, result }: PosSlip, money: Say): Html {
  const say = (text: Text): string => t(language, text);
  const number = (name: Text, value: string | undefined) =>
    value !== undefined && html`<dt>${say(name)}</dt><dd>${ltr(value)}</dd>`; // prettier-ignore
  return html`<div class="slip" id="slip-${id}" role="group" aria-label="${say({ fa: 'رسید', en: 'Slip' })} ${id}">
    <p class="slip-head">${copy && html`<strong>${say({ fa: 'رونوشت', en: 'Copy' })}</strong><br>`}${shop}<br>${deedName(language, result.deed)}: <strong>${say({ fa: 'موفق', en: 'approved' })}</strong></p>
    ${goodsOf(language, result, money)}
    <dl class="facts">${amountsOf(language, result, money)}${number({ fa: 'شمارهٔ مرجع', en: 'Reference' }, result.rrn)}${number({ fa: 'پیگیری', en: 'Trace' }, result.stan)}${number({ fa: 'کارت', en: 'Card' }, result.card)}${number({ fa: 'پایانه', en: 'Terminal' }, result.terminal)}</dl>
    <p><small>${momentOf(language, result.at)}${creditEndsIn(language, result.ends).map((ends) => html`<br>${ends}`)}</small></p>
    ${result.token !== undefined && html`<p><a href="/r/${result.token}">${say({ fa: 'رسید کامل این خرید', en: 'The whole receipt of it' })}</a></p>`}
  </div>`; // prettier-ignore
}

function goodsOf(language: Language, { goods }: Result, money: Say): Html {
  return html`${
    goods.length > 0 &&
    html`<ul class="slip-goods">${goods.map(({ good, voucher }) => html`<li class="two"><span>${t(language, good.name)}</span><span>${money(good.rials)}${voucher !== undefined && voucher < good.rials && html`<br><small>${t(language, { fa: 'کالابرگ', en: 'voucher' })} ${money(voucher)}</small>`}</span></li>`)}</ul>` // prettier-ignore
  }`;
}

function amountsOf(language: Language, result: Result, money: Say): Html {
  const rows: readonly (readonly [Text, bigint | undefined])[] = [
    [{ fa: 'مبلغ', en: 'Total' }, result.total === 0n ? undefined : result.total],
    [{ fa: 'از کالابرگ', en: 'From the voucher' }, result.voucher],
    [{ fa: 'از کارت', en: 'From the card' }, result.byCard],
    [{ fa: 'نقد', en: 'In cash' }, result.cash],
    [{ fa: 'ماندهٔ اعتبار', en: 'Credit left' }, result.left],
    [{ fa: 'موجودی حساب', en: 'Balance' }, result.balance],
  ];
  return html`${rows.map(([name, rials]) => rials !== undefined && html`<dt>${t(language, name)}</dt><dd>${money(rials)}</dd>`)}`; // prettier-ignore
}
