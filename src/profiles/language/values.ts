/** The canonical values that a profile places in messages (docs/profiles.md has a row for each): closed lists, which the JSON
 *  schema offers to editors. A value is text here; handlers get it in the types of transaction.ts and answer.ts. */

/** What a value must look like, wherever it stands. */
export interface Form {
  readonly test: RegExp;
  /** For people: `six digits`. */
  readonly words: string;
  /** How many digits it has, where that is fixed: a numeric element of this width needs no further check. */
  readonly digits?: number;
  /** Up to so many digits, as amounts. */
  readonly upTo?: number;
}

const exactly = (digits: number): Form => ({
  test: new RegExp(`^\\d{${digits}}$`),
  words: `${digits} digits`,
  digits,
});
const rials: Form = { test: /^\d{1,12}$/, words: 'rials, at most 12 digits', upTo: 12 };
const any: Form = { test: /^/, words: 'text' };

/** Values of requests. */
export const REQUEST_VALUES = {
  processing: exactly(6),
  total: rials,
  cardPart: rials,
  transmission: exactly(10),
  stan: exactly(6),
  localTime: exactly(6),
  localDate: exactly(4),
  localYear: exactly(2),
  acquirer: any,
  nii: any,
  condition: any,
  terminal: any,
  merchant: any,
  software: any,
  pan: any,
  track2: any,
  expiry: any,
  entryMode: any,
  emv: any,
  currency: any,
  pin: any,
  pinAes: any,
  keyScheme: any,
  ksn: any,
  basket: any,
  quoteRef: any,
  quoteRrn: any,
  reserve: any,
  purchaseRrn: any,
  originalMti: exactly(4),
  originalStan: exactly(6),
  originalTransmission: exactly(10),
  originalRrn: any,
  corrected: rials,
  reason: any,
  network: any,
  updateWanted: any,
  updateReport: any,
  certificateRequest: any,
  certificateWanted: any,
  page: { test: /^\d{1,4}$/, words: 'a number, at most four digits' },
} as const satisfies Readonly<Record<string, Form>>;

export type RequestValue = keyof typeof REQUEST_VALUES;
export const REQUEST_NAMES = Object.keys(REQUEST_VALUES) as RequestValue[];

/** Values of answers. */
export const ANSWER_NAMES = [
  'code',
  'now',
  'nowLocalTime',
  'nowLocalDate',
  'rrn',
  'authCode',
  'total',
  'voucher',
  'card',
  'cash',
  'left',
  'quoteRef',
  'quote',
  'receiptToken',
  'text',
  'news',
  'creditDates',
  'chunk',
  'certificate',
  'fault',
  'tpk',
  'tak',
  'goods',
  'page',
  'lastPage',
  'stan',
  'terminal',
] as const;
export type AnswerValue = (typeof ANSWER_NAMES)[number];

/** The members of a line of a basket, and of what an answer says of it. */
export const BASKET_MEMBERS = ['goods', 'unit', 'quantity', 'amount', 'filler'] as const;
export const VERDICT_MEMBERS = ['verdict', 'voucher', 'filler'] as const;
export type BasketMember = (typeof BASKET_MEMBERS)[number];
export type VerdictMember = (typeof VERDICT_MEMBERS)[number];

/** What stands for a value that the wire does not carry: the named functions of wire/derived.ts. */
export const DERIVATIONS = [
  'local-time',
  'local-date',
  'quote-time',
  'quote-date',
  'utc',
  'own-merchant',
  'own-terminal',
] as const;
export type Derivation = (typeof DERIVATIONS)[number];

/** Elements that several canonical values are computed into: wire/computed.ts. */
export const COMPUTED = ['amounts', 'totals'] as const;
export type Computed = (typeof COMPUTED)[number];

/** Code pages of text: wire/page.ts. */
export const PAGES = ['utf8', 'cp1256', 'iran-system', 'iran-system-logical'] as const;
export type Page = (typeof PAGES)[number];

/** What a message asks for: the members of `Transaction`. */
export const KINDS = [
  'purchase',
  'quote',
  'quote-release',
  'return',
  'forward',
  'reversal',
  'advice',
  'totals',
  'network',
  'goods',
] as const;
export type Kind = (typeof KINDS)[number];

/** The response codes of the gateway (wire.md 6). */
export const CANONICAL_CODES: readonly string[] =
  '00 03 10 12 13 14 25 30 40 51 54 55 57 58 61 63 65 68 75 76 91 94 95 96'.split(' ');

/** Codes of approvals. */
export const APPROVED: ReadonlySet<string> = new Set(['00', '10']);

/** Codes after which a device stops repeating a reversal or advice, where its profile names none (domain/02). */
export const FINAL_CODES: readonly string[] = ['00', '02', '05', '25'];
