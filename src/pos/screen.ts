import type { MoneyUnit } from '../field/money-unit.ts';
import type { Deed } from '../simulators/terminal/index.ts';
import type { CounterGood } from './counter.ts';

/** What stands on the display of the drawn device; words are the page's. Rials are bigint. */
export type Screen =
  | { readonly at: 'menu' }
  /** Goods by code, or an amount. */
  | { readonly at: 'how'; readonly deed: Deed }
  | {
      readonly at: 'goods';
      readonly deed: Deed;
      readonly goods: readonly CounterGood[];
      readonly typed: string;
      readonly unknown: boolean;
    }
  | { readonly at: 'amount'; readonly deed: Deed; readonly typed: string }
  | {
      readonly at: 'card';
      readonly deed: Deed;
      readonly rials: bigint;
      readonly typed: string;
      readonly unknown: boolean;
    }
  | { readonly at: 'split'; readonly deed: Deed; readonly rials: bigint; readonly split: Split; readonly card: string }
  | { readonly at: 'pin'; readonly deed: Deed; readonly rials: bigint; readonly digits: number; readonly card: string }
  | { readonly at: 'busy'; readonly what: Busy; readonly since: number }
  | Done;

export type Busy = 'sign-on' | 'quote' | 'sale' | 'taking-back';

/** How an amount would fall now. */
export interface Split {
  readonly voucher: bigint;
  readonly rest: bigint;
  readonly left: bigint;
}

export type Done =
  | { readonly at: 'done'; readonly how: 'approved' | 'declined'; readonly result: Result; readonly printed: boolean }
  /** `reversed`: the device took it back, and has the gateway's word for it. */
  | { readonly at: 'done'; readonly how: 'silence'; readonly reversed: boolean }
  | {
      readonly at: 'done';
      readonly how: 'taken-back' | 'nothing' | 'no-line' | 'reprinted' | 'no-paper';
    };

/** What an answer says, as far as it is shown or printed: nothing secret. */
export interface Result {
  readonly deed: Deed;
  readonly approved: boolean;
  readonly rc: string;
  /** DE 48 tag 13, Persian. */
  readonly text: string | undefined;
  readonly at: number;
  readonly rrn: string | undefined;
  readonly stan: string;
  /** First six and last four. */
  readonly card: string | undefined;
  readonly terminal: string;
  /** In which it was said. */
  readonly unit: MoneyUnit;
  readonly total: bigint;
  readonly voucher: bigint | undefined;
  readonly byCard: bigint | undefined;
  readonly cash: bigint | undefined;
  readonly left: bigint | undefined;
  readonly balance: bigint | undefined;
  /** Tag 17: when the credit ends and the next one comes. */
  readonly ends: string | undefined;
  /** Of the receipt page. */
  readonly token: string | undefined;
  readonly goods: readonly SoldGood[];
}

export interface SoldGood {
  readonly good: CounterGood;
  /** Verdict (wire.md 5, tag 12), and what of it the voucher paid; undefined: no answer says it. */
  readonly verdict: string | undefined;
  readonly voucher: bigint | undefined;
}
