import type pg from 'pg';
import { addDays } from '../../../src/field/jalali.ts';

/** Sales as the ledger keeps them, of shops that a test invents. */
export interface Sale {
  readonly day: string;
  readonly shop: number;
  /** Default: the shop's first. */
  readonly terminal?: string;
  readonly household: string;
  /** Seconds since midnight in Tehran. */
  readonly second: number;
  readonly total: number;
  /** Default: the whole. */
  readonly voucher?: number;
  /** Default: much. */
  readonly left?: number;
  /** Verdict of each line; default: no basket. */
  readonly codes?: readonly string[];
  readonly kind?: 'purchase' | 'return';
  readonly state?: 'approved' | 'reversed' | 'declined';
}

export const merchantOf = (shop: number): string => String(shop).padStart(15, '0');
export const terminalOf = (shop: number, till = 1): string => `${till}${String(shop).padStart(7, '0')}`;

/** A generator of numbers that is the same in every run. */
export function seeded(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

export async function openShops(owner: pg.Pool, shops: readonly { shop: number; guild: string }[]): Promise<void> {
  await owner.query(
    `insert into merchants (merchant_id, name, guild, sheba, status)
     select lpad(shop::text, 15, '0'), 'فروشگاه ' || shop, guild, 'IR380170000000100000000001', 'approved'
       from jsonb_to_recordset($1) as s (shop int, guild text)`,
    [JSON.stringify(shops)],
  );
}

/** Days that are closed, and the open one after them. */
export async function closeDays(owner: pg.Pool, first: string, days: number, closedAt: Date): Promise<string[]> {
  await owner.query('select prepare_days($1, $2)', [first, days + 1]);
  const all = Array.from({ length: days }, (_, index) => addDays(first, index));
  await owner.query('insert into business_days select day, $2 from unnest($1::date[]) as day', [all, closedAt]);
  await owner.query('insert into business_days values ($1)', [addDays(first, days)]);
  return all;
}

const TEHRAN_MS = 3.5 * 3_600_000;

export interface KeptSale extends Required<Omit<Sale, 'codes'>> {
  readonly id: number;
  readonly rrn: string;
  readonly at: number;
  readonly codes: readonly string[] | undefined;
}

/** Puts sales in the books. @returns them as they are kept, in the order of their time within a shop and day */
export async function sell(owner: pg.Pool, sales: readonly Sale[], firstId = 1): Promise<KeptSale[]> {
  const kept = sales.map((sale, index): KeptSale => ({
    terminal: terminalOf(sale.shop),
    voucher: sale.total,
    left: 50_000_000,
    kind: 'purchase',
    state: 'approved',
    ...sale,
    codes: sale.codes,
    id: firstId + index,
    rrn: String(firstId + index).padStart(12, '0'),
    at: Date.parse(`${sale.day}T00:00:00Z`) - TEHRAN_MS + sale.second * 1_000,
  }));
  const rows = kept.map(({ codes, ...sale }) => ({
    ...sale,
    merchant: merchantOf(sale.shop),
    verdicts: codes === undefined ? null : codes.map((code) => `${code}${'0'.repeat(12)}`).join(''),
  }));
  await owner.query(
    `insert into transactions (household_id, transaction_id, business_day, kind, state, terminal_id, stan, local_time, local_date,
       merchant_id, masked, at, rc, reason, rrn, total_rials, voucher_rials, card_rials, left_rials, verdicts)
     select household, id, day, kind, state, terminal, '000001', '120000', '1127', merchant, '603799******0000', at,
            case state when 'declined' then '51' else '00' end, '', rrn, total, voucher, total - voucher, "left", verdicts
       from jsonb_to_recordset($1) as s (household text, id bigint, day date, kind text, state text, terminal text, merchant text,
              at bigint, rrn text, total bigint, voucher bigint, "left" bigint, verdicts text)`,
    [JSON.stringify(rows)],
  );
  return kept;
}
