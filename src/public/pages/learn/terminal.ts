import { GOODS, PIN, SETS, type Act, type AtTerminal, type Good } from '../../../practice/index.ts';
import { digitsOf } from '../../../field/persian.ts';
import type { LessonCode } from '../../../training/index.ts';
import type { Form } from '../../forms.ts';
import { html, type Html, type Part } from '../../html.ts';
import { digits, ltr, rialsOf, t, type Language, type Text } from '../../language.ts';
import { actName, displayOf, slipOf } from './slip.ts';

/** The drawn terminal: a form that works as it stands; assets/learn.js makes one question a time of it, with keys. */

const MENU = ['voucher', 'card', 'balance', 'return', 'sign-on', 'totals'] as const;

export interface Drawing {
  readonly language: Language;
  readonly lesson: LessonCode;
  readonly csrf: Part;
  readonly at: AtTerminal;
  /** What was wrong with what was typed. */
  readonly fault?: Text | undefined;
}

export function terminalForm({ language, lesson, csrf, at, fault }: Drawing): Html {
  const say = (text: Text): string => t(language, text);
  const { goods } = SETS[lesson];
  const words = { sending: say({ fa: 'در حال ارتباط با مرکز…', en: 'Asking the centre…' }), lost: say({ fa: 'پاسخی نرسید. صفحه را تازه کنید و ببینید چه شده است.', en: 'No answer came. Reload the page, and see what was done.' }) }; // prettier-ignore
  const key = (value: string, name: string | Html, kind: string, label?: Text) =>
    html`<button type="button" class="key ${kind}" data-key="${value}"${label !== undefined && html` aria-label="${say(label)}"`}>${name}</button>`; // prettier-ignore
  return html`<form class="pos" method="post" action="/learn/${lesson}/terminal" autocomplete="off" data-words="${JSON.stringify(words)}">
    ${csrf}<input type="hidden" name="seen" value="${at.seat.acts}">
    <div class="pos-screen${fault !== undefined && ' wrong'}" role="status" tabindex="-1" data-screen>${fault === undefined ? displayOf(language, at.seat.shown) : html`<p>${say(fault)}</p>`}</div>
    <div class="pos-ask">
    <fieldset data-step="act"><legend>${say({ fa: 'منو', en: 'Menu' })}</legend>${MENU.map((act, n) => html`<label><input type="radio" name="act" value="${act}"${n === 0 && html` checked`}> <span>${digits(language, n + 1)} ${actName(language, act)}</span></label>\n`)}</fieldset>
    ${goods.length > 0 && html`<fieldset data-step="goods" data-for="voucher"><legend>${say({ fa: 'بارکد کالاها', en: 'Codes of the goods' })}</legend>${goods.map((good, n) => html`<label><input type="checkbox" name="good-${good}" value="1"> <span>${digits(language, n + 1)} ${GOODS[good][language]}${comma(language)} ${rialsOf(language, GOODS[good].rials)}</span></label>\n`)}</fieldset>`}
    <div data-step="amount" data-for="voucher card return"><label for="pos-amount">${say({ fa: 'مبلغ (ریال)', en: 'Amount (rials)' })}</label><input id="pos-amount" name="amount" type="text" inputmode="numeric" dir="ltr" maxlength="15"></div>
    <fieldset data-step="rest" data-for="voucher"><legend>${say({ fa: 'اگر اعتبار کافی نبود', en: 'If the credit is not enough' })}</legend><label><input type="radio" name="rest" value="card" checked> <span>${digits(language, 1)} ${say({ fa: 'باقی از کارت', en: 'rest from the card' })}</span></label>
    <label><input type="radio" name="rest" value="cash"> <span>${digits(language, 2)} ${say({ fa: 'باقی نقد', en: 'rest in cash' })}</span></label></fieldset>
    <div data-step="rrn" data-for="return"><label for="pos-rrn">${say({ fa: 'شمارهٔ مرجع رسید', en: 'Reference of the slip' })}</label><input id="pos-rrn" name="rrn" type="text" inputmode="numeric" dir="ltr" maxlength="20" value="${at.rrn}"></div>
    <div data-step="pin" data-for="voucher card return"><label for="pos-pin">${say({ fa: 'رمز (مشتری می‌زند)', en: 'PIN (the customer types it)' })}</label><input id="pos-pin" name="pin" type="password" inputmode="numeric" dir="ltr" maxlength="8" autocomplete="off"></div>
    </div>
    <div class="pos-keys" dir="ltr" hidden>
    ${['1', '2', '3', '4', '5', '6', '7', '8', '9'].map((digit) => key(digit, digits(language, digit), 'digit'))}
    ${key('cancel', '✕', 'red', { fa: 'انصراف', en: 'Cancel' })}${key('0', digits(language, 0), 'digit')}${key('clear', '←', 'yellow', { fa: 'پاک کردن', en: 'Clear' })}
    </div>
    <button class="key green" data-go>${say({ fa: 'تأیید', en: 'Enter' })}</button>
  </form>${slipOf(language, at.seat.shown)}`; // prettier-ignore
}

/** The customer's card and what lies on the counter. */
export function counterOf(language: Language, lesson: LessonCode, pan: string | undefined): Html {
  const { goods } = SETS[lesson];
  return html`<p class="customer">${t(language, { fa: 'کارت مشتری تمرینی', en: 'The practice customer’s card' })}${pan !== undefined && html` ${ltr(pan)}`}${comma(language)} ${t(language, { fa: 'رمز', en: 'PIN' })} ${ltr(digits(language, PIN))}${goods.length > 0 && html`<br>${t(language, { fa: 'روی پیشخوان:', en: 'On the counter:' })} ${goods.map((good) => GOODS[good][language]).join(`${comma(language)} `)}`}</p>`; // prettier-ignore
}

function comma(language: Language): string {
  return language === 'fa' ? '،' : ',';
}

/** @returns what the keys ask for; or what is wrong with it */
export function actOf(form: Form, lesson: LessonCode): Act | { readonly fault: Text } {
  const act = form.get('act');
  if (act === 'balance' || act === 'sign-on' || act === 'totals') return { do: act };
  const goods = act === 'voucher' ? SETS[lesson].goods.filter((good) => form.has(`good-${good}`)) : [];
  const amount = digitsOf(form.get('amount').slice(0, 40)).replace(/[,٬]/g, '');
  if (goods.length === 0 && !/^0*[1-9]\d{0,8}$/.test(amount)) return { fault: NO_AMOUNT };
  const pin = digitsOf(form.get('pin').slice(0, 20));
  if (!/^\d{4}$/.test(pin)) return { fault: NO_PIN };
  const rials = BigInt(goods.length === 0 ? amount : totalOf(goods));
  if (act === 'voucher') return { do: act, goods, rials, rest: form.get('rest') === 'cash' ? 'cash' : 'card', pin };
  if (act === 'card') return { do: act, rials, pin };
  if (act !== 'return') return { fault: NO_ACT };
  const rrn = digitsOf(form.get('rrn').slice(0, 40));
  return /^\d{12}$/.test(rrn) ? { do: act, rrn, rials, pin } : { fault: NO_RRN };
}

function totalOf(goods: readonly Good[]): bigint {
  return goods.reduce((sum, good) => sum + GOODS[good].rials, 0n);
}

const NO_AMOUNT: Text = { fa: 'مبلغ را به ریال بزنید.', en: 'Type the amount in rials.' };
const NO_PIN: Text = { fa: 'رمز چهار رقم است.', en: 'The PIN has four digits.' };
const NO_ACT: Text = { fa: 'از منو انتخاب کنید.', en: 'Choose from the menu.' };
const NO_RRN: Text = {
  fa: 'شمارهٔ مرجع ۱۲ رقم است؛ روی رسید است.',
  en: 'The reference has 12 digits: it is on the slip.',
};
