import type { CauseCode, Party, Portion, Stage } from '../../../settlement/shop/index.ts';
import { momentOf, type Language, type Text } from '../../language.ts';

/** The pay clock in a shopkeeper's words. */

export const STAGE: Readonly<Record<Stage, Text>> = {
  open: { fa: 'روز کاری هنوز باز است', en: 'The business day is still open' },
  closing: { fa: 'روز بسته شد؛ حساب آن بسته می‌شود', en: 'The day is closed; it is being added up' },
  checking: { fa: 'حواله آماده است و نفر دوم آن را بررسی می‌کند', en: 'The order is ready; a second person checks it' },
  sending: { fa: 'حواله تأیید شد و به بانک فرستاده می‌شود', en: 'The order is approved and goes to the bank' },
  bank: { fa: 'حواله نزد بانک است', en: 'The bank has the order' },
  paid: { fa: 'واریز شد', en: 'Paid' },
  held: { fa: 'نگه داشته شده است', en: 'Held' },
  waiting: { fa: 'با تسویهٔ بعدی واریز می‌شود', en: 'Goes with the next settlement' },
  small: {
    fa: 'کمتر از کمترین مبلغ واریز است؛ روی فروش بعدی می‌رود',
    en: 'Below the least pay-out; goes on to your next sales',
  },
  owing: { fa: 'بدهی فروشگاه است؛ از فروش بعدی کم می‌شود', en: 'You owe it; it comes off your next sales' },
  moved: { fa: 'به روز دیگری رفت', en: 'Went on to another day' },
};

export const PARTY: Readonly<Record<Party, Text>> = {
  system: { fa: 'سامانه؛ خودکار', en: 'the system, by itself' },
  operator: { fa: 'کارشناس تسویهٔ ما', en: 'our settlement staff' },
  bank: { fa: 'بانک', en: 'the bank' },
  shop: { fa: 'شما', en: 'you' },
};

interface Remedy {
  readonly why: Text;
  readonly what: Text;
}

const WAIT: Text = { fa: 'لازم نیست کاری بکنید.', en: 'You need not do anything.' };

export const CAUSE: Readonly<Record<CauseCode, Remedy>> = {
  suspended: {
    why: { fa: 'فروشگاه معلق است.', en: 'The shop is suspended.' },
    what: {
      fa: 'اخطار را در «اخطارها و اعتراض» بخوانید و پاسخ بدهید.',
      en: 'Read the notice under “Notices” and answer it.',
    },
  },
  restricted: {
    why: { fa: 'واریز به این فروشگاه محدود شده است.', en: 'Pay-outs to this shop are restricted.' },
    what: { fa: 'در «مجوزها و مدارک» ببینید چه چیزی کم است.', en: 'See under “What you may do” what is missing.' },
  },
  disputed: {
    why: { fa: 'خریدی از این روز در دست بررسی است.', en: 'A purchase of this day is disputed.' },
    what: {
      fa: 'در «اخطارها و اعتراض» پاسخ بدهید. خریدهای دیگر جلوگیری نمی‌شوند.',
      en: 'Answer under “Notices”. Other purchases are not held.',
    },
  },
  unknown_shop: {
    why: { fa: 'فروشگاه در فهرست پذیرندگان پیدا نشد.', en: 'The shop is not in the list of merchants.' },
    what: { fa: 'با پشتیبانی تماس بگیرید.', en: 'Call support.' },
  },
  not_explained: {
    why: {
      fa: 'حساب این روز با دفترها جور نیست و بررسی می‌شود.',
      en: 'The day does not add up and is being looked into.',
    },
    what: WAIT,
  },
  suspense: {
    why: { fa: 'حساب معلق فروشگاه منفی است.', en: 'The shop’s suspense account is below zero.' },
    what: WAIT,
  },
  sheba_changed: {
    why: { fa: 'شبا پس از ساختن حواله عوض شد.', en: 'The Sheba changed after the order was made.' },
    what: { fa: 'با تسویهٔ بعدی به شبای تازه واریز می‌شود.', en: 'It goes to the new Sheba with the next settlement.' },
  },
  sheba_wrong: {
    why: { fa: 'شبای ثبت‌شده درست نیست.', en: 'The Sheba on file is wrong.' },
    what: { fa: 'در «تغییر مشخصات» شبای درست را بدهید.', en: 'Give the right Sheba under “Changes”.' },
  },
  sheba_refused: {
    why: {
      fa: 'بانک این شبا را نپذیرفت (حساب بسته یا نادرست).',
      en: 'The bank refused the Sheba (closed or wrong account).',
    },
    what: { fa: 'در «تغییر مشخصات» شبای درست را بدهید.', en: 'Give the right Sheba under “Changes”.' },
  },
  bank_returned: {
    why: { fa: 'بانک حواله را برگرداند.', en: 'The bank sent the order back.' },
    what: {
      fa: 'با تسویهٔ بعدی دوباره فرستاده می‌شود؛ لازم نیست کاری بکنید.',
      en: 'It is sent again with the next settlement; you need not do anything.',
    },
  },
  bank_blocked: {
    why: { fa: 'بانک حواله را نه پرداخته و نه برگردانده است.', en: 'The bank neither pays the order nor returns it.' },
    what: { fa: 'پیگیری از بانک با ماست.', en: 'We ask the bank.' },
  },
  small: { why: { fa: 'جمع کمتر از کمترین مبلغ واریز است.', en: 'The sum is below the least pay-out.' }, what: WAIT },
  negative: {
    why: { fa: 'برگشت‌ها بیش از فروش بود.', en: 'More went back than was sold.' },
    what: { fa: 'از فروش روزهای بعد کم می‌شود.', en: 'It comes off the sales of the next days.' },
  },
  correction: {
    why: { fa: 'پایان رسیدگی به یک مغایرت.', en: 'The end of a difference that was looked into.' },
    what: WAIT,
  },
  by_person: {
    why: { fa: 'کارشناس تسویه آن را نگه داشته است.', en: 'Our settlement staff hold it.' },
    what: {
      fa: 'اگر دلیلش را نمی‌دانید، از «شکایت‌ها» بپرسید.',
      en: 'If you do not know why, ask under “Complaints”.',
    },
  },
};

/** How a portion looks: green paid, amber on its way, red for somebody to act. */
export function colourOf({ stage, late, waitsOn }: Portion): 'good' | 'wait' | 'bad' {
  if (stage === 'paid') return 'good';
  if (stage === 'held' || stage === 'owing' || late) return 'bad';
  return waitsOn === 'operator' && stage === 'closing' ? 'bad' : 'wait';
}

/** «منتظر بانک، از …، تا …» */
export function waitingText(language: Language, { waitsOn, since, until, late }: Portion): string | undefined {
  if (waitsOn === undefined) return undefined;
  const party = PARTY[waitsOn][language];
  const from = since === undefined ? '' : momentOf(language, since);
  const to = until === undefined ? '' : momentOf(language, until);
  if (language === 'fa') {
    const end = to === '' ? '' : late ? `؛ باید تا ${to} انجام می‌شد` : `؛ تا ${to}`;
    return `منتظر ${party}${from === '' ? '' : ` از ${from}`}${end}`;
  }
  const end = to === '' ? '' : late ? `; was due by ${to}` : `; until ${to}`;
  return `Waits on ${party}${from === '' ? '' : ` since ${from}`}${end}`;
}

/** Where a day stands on the way from the till to the account. */
export const STEPS: readonly { readonly text: Text; readonly stages: readonly Stage[] }[] = [
  { text: { fa: 'فروش', en: 'Sold' }, stages: ['open'] },
  { text: { fa: 'بستن روز', en: 'Closed' }, stages: ['closing', 'small', 'owing', 'waiting'] },
  { text: { fa: 'بررسی', en: 'Checked' }, stages: ['checking', 'sending', 'held'] },
  { text: { fa: 'بانک', en: 'Bank' }, stages: ['bank'] },
  { text: { fa: 'واریز', en: 'Paid' }, stages: ['paid'] },
];
