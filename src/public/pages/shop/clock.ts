import { followed, headline, type DayPay, type Portion } from '../../../settlement/shop/index.ts';
import { html, type Html } from '../../html.ts';
import { comma, dayOf, digits, ltr, momentOf, t, type Language } from '../../language.ts';
import { CAUSE, colourOf, STAGE, STEPS, waitingText } from './clock-words.ts';
import { moneyOf, type Unit } from './money.ts';

/** The pay clock, drawn. */

interface Drawing {
  readonly language: Language;
  readonly unit: Unit;
  readonly byDay: ReadonlyMap<string, DayPay>;
  /** Of the pages of days. */
  readonly base: string;
}

/** Noon of a day, for words that name days. */
export function noonOf(day: string): number {
  return Date.parse(`${day}T12:00:00+03:30`);
}

/** Five steps from the till to the account; the one at which it stands says for whom it waits. */
function trackOf(language: Language, portion: Portion): Html {
  const at = STEPS.findIndex(({ stages }) => stages.includes(portion.stage));
  const colour = colourOf(portion);
  return html`<ol class="track">
    ${STEPS.map(({ text }, step) => {
      const state = step < at || portion.stage === 'paid' ? 'done' : step === at ? colour : 'next';
      return html`<li class="${state}"${step === at && html` aria-current="step"`}><span>${t(language, text)}</span></li>\n`;
    })}
  </ol>`; // prettier-ignore
}

/** One portion of a day: how much, where it is, who has it, until when; why, and what to do. */
export function portionOf({ language, unit, byDay, base }: Drawing, portion: Portion): Html {
  const at = followed(portion, byDay);
  const { order, cause } = at;
  const waits = waitingText(language, at);
  const tail = order === undefined ? undefined : order.sheba.slice(-4);
  return html`<div class="card ${colourOf(at)} clock">
    <p class="clock-head"><strong>${moneyOf(language, unit, portion.rials)}</strong> <span>${t(language, STAGE[at.stage])}</span></p>
    ${trackOf(language, at)}
    ${at.paidAt !== undefined && html`<p>${momentOf(language, at.paidAt)}${tail !== undefined && html`${comma(language)}${t(language, { fa: 'به شبایی که با این رقم‌ها پایان می‌یابد:', en: 'to the Sheba that ends in' })} ${ltr(`…${tail}`)}`}</p>`}
    ${waits !== undefined && html`<p>${waits}</p>`}
    ${cause !== undefined && html`<p>${t(language, CAUSE[cause.code].why)} ${t(language, CAUSE[cause.code].what)}</p>`}
    ${portion.into !== undefined && html`<p>${t(language, { fa: 'در تسویهٔ این روز است:', en: 'It is in the settlement of' })} <a href="${base}/days/${portion.into}">${dayOf(language, noonOf(portion.into))}</a></p>`}
    ${order !== undefined && html`<details><summary>${t(language, { fa: 'شمارهٔ حواله و دستهٔ بانکی', en: 'Number of the order and its batch' })}</summary>
      <dl class="facts"><dt>${t(language, { fa: 'شمارهٔ حواله', en: 'Order' })}</dt><dd>${ltr(order.id)}</dd>
      <dt>${t(language, { fa: 'دسته', en: 'Batch' })}</dt><dd>${ltr(order.file)}</dd>
      <dt>${t(language, { fa: 'سامانه و چرخه', en: 'Rail and cycle' })}</dt><dd>${order.rail === 'PAYA' ? t(language, { fa: 'پایا', en: 'PAYA' }) : t(language, { fa: 'ساتنا', en: 'SATNA' })} ${dayOf(language, noonOf(order.payOn))} ${digits(language, order.cycle === 'SATNA' ? '' : order.cycle)}</dd>
      ${order.reason !== null && html`<dt>${t(language, { fa: 'پاسخ بانک', en: 'What the bank said' })}</dt><dd>${ltr(order.reason)}</dd>`}</dl></details>`}
  </div>`; // prettier-ignore
}

/** A word and a colour for a day in a list. */
export function tagOf(language: Language, pay: DayPay, byDay: ReadonlyMap<string, DayPay>): Html {
  const first = headline(pay.portions);
  if (first === undefined) return html`<span class="tag">${t(language, { fa: 'بدون فروش', en: 'No sales' })}</span>`;
  const at = followed(first, byDay);
  const text = at.stage === 'paid' ? t(language, STAGE.paid) : t(language, SHORT[at.stage]);
  return html`<span class="tag ${colourOf(at)}">${text}</span>`;
}

const SHORT = {
  open: { fa: 'امروز', en: 'Today' },
  closing: { fa: 'بستن حساب', en: 'Adding up' },
  checking: { fa: 'در بررسی', en: 'Being checked' },
  sending: { fa: 'در راه بانک', en: 'Going to the bank' },
  bank: { fa: 'نزد بانک', en: 'With the bank' },
  held: { fa: 'نگه‌داشته', en: 'Held' },
  waiting: { fa: 'تسویهٔ بعدی', en: 'Next settlement' },
  small: { fa: 'مبلغ کم', en: 'Small sum' },
  owing: { fa: 'بدهی', en: 'Owing' },
  moved: { fa: 'روز دیگر', en: 'Another day' },
  paid: { fa: 'واریز شد', en: 'Paid' },
} as const;
