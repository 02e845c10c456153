import type { Shown } from '../../../practice/index.ts';
import { html, type Html } from '../../html.ts';
import { digits, ltr, momentOf, rialsOf, t, type Language, type Text } from '../../language.ts';
import { REFUSALS } from './codes.ts';

/** What stands on the display after an act, and the slip that comes out. */

const ACTS: Readonly<Record<Shown['act'], Text>> = {
  'sign-on': { fa: 'ارتباط با مرکز', en: 'Connect to the centre' },
  balance: { fa: 'ماندهٔ اعتبار کالابرگ', en: 'Voucher credit' },
  voucher: { fa: 'خرید یارانه‌ای', en: 'Subsidised purchase' },
  card: { fa: 'خرید', en: 'Purchase' },
  return: { fa: 'مرجوعی', en: 'Return' },
  totals: { fa: 'جمع روز', en: 'Totals of the day' },
};

export function actName(language: Language, act: Shown['act']): string {
  return t(language, ACTS[act]);
}

export function displayOf(language: Language, shown: Shown | undefined): Html {
  if (shown === undefined)
    return html`<p>${t(language, { fa: 'آماده. از منو انتخاب کنید.', en: 'Ready. Choose from the menu.' })}</p>`;
  const lines = linesOf(language, shown);
  return html`${shown.tookBack === true && html`<p>${t(language, TOOK_BACK)}</p>`}${lines.map((line) => html`<p>${line}</p>`)}`;
}

const TOOK_BACK: Text = { fa: 'فروش بی‌پاسخ برگشت خورد.', en: 'The sale without an answer was taken back.' };

function linesOf(language: Language, shown: Shown): (string | Html)[] {
  const say = (text: Text): string => t(language, text);
  switch (shown.kind) {
    case 'off':
      return [
        say({
          fa: 'پایانه به مرکز وصل نیست. نخست «ارتباط با مرکز».',
          en: 'Not connected. First “Connect to the centre”.',
        }),
      ];
    case 'silence':
      return [
        say({ fa: 'پاسخی از مرکز نرسید', en: 'No answer from the centre' }),
        say({ fa: 'خط قطع است. دوباره نفروشید.', en: 'The line is cut. Do not sell again.' }),
      ];
    case 'declined': {
      const rc = shown.rc ?? '';
      const known = REFUSALS.find((each) => each.rc.includes(rc));
      const why = language === 'fa' ? (shown.text ?? '') : known === undefined ? '' : known.means.en;
      return [html`${say({ fa: 'ناموفق، کد', en: 'Declined, code' })} ${ltr(digits(language, rc))}`, why];
    }
    default:
      return approvedLines(language, shown);
  }
}

function approvedLines(language: Language, shown: Shown): string[] {
  const say = (text: Text): string => t(language, text);
  if (shown.act === 'sign-on')
    return [say({ fa: 'وصل شد. کلیدهای تازه گرفته شد.', en: 'Connected. Fresh keys are here.' })];
  if (shown.act === 'balance') return [`${say({ fa: 'مانده:', en: 'Credit:' })} ${rials(language, shown.leftRials)}`];
  if (shown.act === 'totals') return [say({ fa: 'جمع روز روی رسید است', en: 'The totals are on the slip' })];
  const cash =
    shown.cashRials === undefined
      ? []
      : [`${say({ fa: 'نقد بگیرید:', en: 'Take in cash:' })} ${rials(language, shown.cashRials)}`];
  return [say({ fa: 'موفق', en: 'Approved' }), rials(language, shown.totalRials), ...cash];
}

function rials(language: Language, amount: string | undefined): string {
  return rialsOf(language, BigInt(amount ?? '0'));
}

/** The slip; nothing where none comes out. */
export function slipOf(language: Language, shown: Shown | undefined): Html {
  if (shown === undefined || shown.kind === 'off' || shown.kind === 'silence' || shown.act === 'sign-on') return html``;
  const say = (text: Text): string => t(language, text);
  const amount = (name: Text, value: string | undefined) =>
    value !== undefined &&
    html`<dt>${say(name)}</dt>
      <dd>${rials(language, value)}</dd>`;
  const number = (name: Text, value: string | undefined) =>
    value !== undefined &&
    html`<dt>${say(name)}</dt>
      <dd>${ltr(value)}</dd>`;
  const { totals } = shown;
  const sum = (name: Text, { count, rials: of }: NonNullable<Shown['totals']>['returns']) =>
    html`<dt>${say(name)}</dt>
      <dd>${digits(language, count)} · ${rials(language, of)}</dd>`;
  return html`<div class="slip" aria-label="${say({ fa: 'رسید تمرینی', en: 'Practice slip' })}" role="group">
    <p class="slip-head">${say({ fa: 'فروشگاه تمرینی', en: 'Practice shop' })}<br>${actName(language, shown.act)}: <strong>${shown.kind === 'approved' ? say({ fa: 'موفق', en: 'approved' }) : html`${say({ fa: 'ناموفق، کد', en: 'declined, code' })} ${ltr(digits(language, shown.rc ?? ''))}`}</strong></p>
    <dl class="facts">
    ${shown.act !== 'balance' && shown.act !== 'totals' && amount({ fa: 'مبلغ', en: 'Total' }, shown.totalRials)}
    ${amount({ fa: 'از کالابرگ', en: 'From the voucher' }, shown.voucherRials)}${amount({ fa: 'از کارت', en: 'From the card' }, shown.cardRials)}${amount({ fa: 'نقد', en: 'In cash' }, shown.cashRials)}${amount({ fa: 'ماندهٔ اعتبار', en: 'Credit left' }, shown.leftRials)}
    ${totals !== undefined && html`${sum({ fa: 'خرید', en: 'Purchases' }, totals.purchases)}${sum({ fa: 'برگشت تراکنش', en: 'Reversals' }, totals.reversals)}${sum({ fa: 'مرجوعی', en: 'Returns' }, totals.returns)}`}
    ${number({ fa: 'شمارهٔ مرجع', en: 'Reference' }, shown.rrn)}${number({ fa: 'پیگیری', en: 'Trace' }, shown.stan)}${number({ fa: 'کارت', en: 'Card' }, shown.pan)}${number({ fa: 'پایانه', en: 'Terminal' }, shown.terminal)}
    </dl>
    <p><small>${momentOf(language, shown.at)}<br>${say({ fa: 'تمرین است؛ پولی جابه‌جا نشد.', en: 'Practice: no money was moved.' })}</small></p>
  </div>`; // prettier-ignore
}
