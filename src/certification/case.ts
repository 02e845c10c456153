import type { Text } from '../field/language.ts';
import type { Answer } from '../profiles/index.ts';
import type { CaseSeen } from './seen.ts';
import type { Ask, Fault, RequestKind } from './words.ts';

export { FAULTS, QUESTIONS, type Ask, type Fault, type Question, type RequestKind } from './words.ts';

/** One case: what the person does on the device, what the gateway side does meanwhile, and what must, or must never, be seen. */
export interface Case {
  /** `reversal.repeated`: stable over versions. */
  readonly id: string;
  readonly area: Area;
  readonly title: Text;
  /** Where the contract says it: `wire.md 9.3`. */
  readonly source: string;
  /** A device that does not do this at all has the case as "does not apply". */
  readonly needs?: Capability;
  /** It looks at the time that purchases say, which not every profile has. */
  readonly asksTime?: boolean;
  readonly steps: readonly Step[];
  readonly must: readonly Check[];
  readonly never: readonly Check[];
}

export const AREAS = {
  connection: { fa: 'اتصال و ورود', en: 'Connection and sign-on' },
  keys: { fa: 'کلیدها', en: 'Keys' },
  purchase: { fa: 'خرید', en: 'Purchases' },
  inquiry: { fa: 'استعلام و رزرو', en: 'Inquiries and reserved quotes' },
  return: { fa: 'مرجوعی', en: 'Returns' },
  decline: { fa: 'رد تراکنش', en: 'Declines' },
  silence: { fa: 'بی‌پاسخ ماندن', en: 'Time-outs' },
  answer: { fa: 'پاسخ‌های نادرست', en: 'Answers that are wrong' },
  reversal: { fa: 'برگشت', en: 'Reversals' },
  power: { fa: 'قطع برق', en: 'Power cuts' },
  clock: { fa: 'ساعت و شماره‌ی پیگیری', en: 'Clock and STAN' },
  totals: { fa: 'جمع‌های پایانه', en: 'Totals' },
  update: { fa: 'به‌روزرسانی', en: 'Updates' },
  receipt: { fa: 'رسید', en: 'Receipts' },
  advice: { fa: 'تأیید تحویل کالا', en: 'Completion advices' },
} as const satisfies Readonly<Record<string, Text>>;
export type Area = keyof typeof AREAS;

/** What not every device does. */
export const CAPABILITIES = {
  basket: { fa: 'سبد کالا', en: 'a basket of goods' },
  cash: { fa: 'مانده‌ی نقدی', en: 'rest in cash' },
  ordinary: { fa: 'خرید عادی', en: 'ordinary purchases' },
  balance: { fa: 'مانده‌ی حساب بانکی', en: 'bank balance' },
  reserve: { fa: 'رزرو اعتبار', en: 'reserved quotes' },
  return: { fa: 'مرجوعی', en: 'returns' },
  cancel: { fa: 'ابطال خرید', en: 'cancelling a purchase' },
  totals: { fa: 'جمع‌های پایانه', en: 'totals' },
  update: { fa: 'به‌روزرسانی از راه پیام ۰۸۰۰', en: 'updates by 0800' },
  confirm: { fa: 'پیام تأیید ۰۲۲۰', en: 'completion advices (0220)' },
} as const satisfies Readonly<Record<string, Text>>;
export type Capability = keyof typeof CAPABILITIES;
export const CAPABILITY_NAMES = Object.keys(CAPABILITIES) as readonly Capability[];

export interface Step {
  readonly deed: Deed;
  /** How the gateway side acts in this step; what no rule is for is approved. */
  readonly rules?: readonly Rule[];
  /** What the person is asked afterwards. */
  readonly asks?: readonly Ask[];
}

export type PurchaseCode = '179800' | '179898' | '000000';

/** What the person does. Where the power goes: `cut`. */
export type Deed =
  | { readonly do: 'start' }
  | { readonly do: 'buy'; readonly code: PurchaseCode; readonly rials: bigint; readonly basket?: readonly Line[]; readonly quoted?: boolean; readonly cut?: CutPoint } // prettier-ignore
  | { readonly do: 'inquire' | 'balance' | 'release' | 'totals' | 'take-back'; readonly cut?: CutPoint }
  | { readonly do: 'quote'; readonly rials: bigint; readonly reserve: boolean }
  | { readonly do: 'give-back'; readonly rials: bigint; readonly cut?: CutPoint }
  | { readonly do: 'echo' | 'keys' | 'sign-off' | 'cut-power' }
  | { readonly do: 'restart'; readonly cut?: CutPoint }
  | { readonly do: 'set-clock'; readonly days: number }
  | { readonly do: 'set-stan'; readonly stan: number }
  | { readonly do: 'update'; readonly cut?: CutPoint }
  | { readonly do: 'report' };

/** A line of a basket: code of 13 digits, unit as in tag 01. */
export interface Line {
  readonly goods: string;
  readonly unit: '00' | '01' | '02';
  readonly quantity: number;
  readonly amountRials: bigint;
}

/** Where the power goes, as a person can see it. */
export type CutPoint =
  | 'before-send'
  | 'awaiting'
  | 'answered'
  | 'printing'
  | 'reversing'
  | 'confirming'
  | 'signing-on'
  | 'keying'
  | 'totalling'
  | 'fetching';

export interface Rule {
  readonly on: RequestKind;
  /** Only for so many of them, the first ones that this rule meets (default: all). */
  readonly times?: number;
  /** What is answered instead of an approval. */
  readonly answer?: Partial<Answer> & { readonly rc: string };
  readonly fault?: Fault;
}

/** A small named check. */
export interface Check {
  /** A stable word that says what is wrong when it does not hold: `reversal-missing`. */
  readonly fault: string;
  readonly text: Text;
  /** @returns why it does not hold, in a few words; undefined: it holds */
  readonly broken: (seen: CaseSeen) => string | undefined;
}
