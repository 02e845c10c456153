import type { LessonCode } from '../training/index.ts';

/** What a lesson puts before the drawn terminal: amounts that its task and its check share. Whole rials. */

/** Beside the eleven goods of the scheme there is one that the voucher does not buy. */
export const GOODS = {
  rice: { code: '0000000000004', category: '04', rials: 1_800_000n, fa: 'برنج، ۵ کیلو', en: 'Rice, 5 kg' },
  oil: { code: '0000000000006', category: '06', rials: 700_000n, fa: 'روغن، ۱ لیتر', en: 'Oil, 1 litre' },
  soap: {
    code: '0000000000099',
    category: undefined,
    rials: 300_000n,
    fa: 'مایع ظرف‌شویی',
    en: 'Washing-up liquid',
  },
} as const;
export type Good = keyof typeof GOODS;

export interface LessonSet {
  /** What the customer has on the voucher when the lesson begins. */
  readonly creditRials: bigint;
  /** Goods that lie on the counter: their codes are read instead of an amount typed. */
  readonly goods: readonly Good[];
}

export const SETS: Readonly<Record<LessonCode, LessonSet>> = {
  menu: { creditRials: 10_000_000n, goods: [] },
  start: { creditRials: 10_000_000n, goods: [] },
  balance: { creditRials: 7_350_000n, goods: [] },
  credit: { creditRials: 10_000_000n, goods: ['rice', 'oil'] },
  split: { creditRials: 3_000_000n, goods: [] },
  refusals: { creditRials: 4_000_000n, goods: ['rice', 'soap'] },
  line: { creditRials: 6_000_000n, goods: [] },
  close: { creditRials: 8_000_000n, goods: [] },
};

/** What the tasks ask for. */
export const TASK = {
  menuRials: 500_000n,
  splitRials: 5_000_000n,
  lineRials: 800_000n,
  /** Sold before the lesson begins, and what the customer brings back of it. */
  soldRials: 1_200_000n,
  returnRials: 400_000n,
} as const;
