import type { Pool, PoolClient } from 'pg';
import { DOOR } from '../ops/function-set.ts';
import { addDays } from '../field/jalali.ts';
import { dayOfRrn } from '../settlement/audit/index.ts';
import { followed, portionsOfSales, readPay } from '../settlement/shop/index.ts';
import type { ComplaintKind, Finding } from './complaint.ts';

type Db = Pool | PoolClient;

/** What somebody holds in hand: a receipt. */
export interface Receipt {
  readonly rrn: string;
  readonly terminal: string;
  readonly totalRials?: bigint | undefined;
  readonly last4?: string | undefined;
  /** Of this shop alone. */
  readonly merchant?: string | undefined;
}

export interface FoundPurchase {
  readonly household: string;
  readonly id: string;
  readonly day: string;
  readonly merchant: string;
  readonly terminal: string;
  readonly rrn: string;
  readonly total: string;
  readonly last4: string;
  readonly name: string;
}

const PURCHASE = `select household, id, day, merchant, terminal, rrn, total_rials as total, last4, name
  from ${DOOR}.purchase_of($1, $2, $3, $4, $5, $6)`;

/** The purchase of a receipt: everything on it has to agree.
 *  @param today the open business day */
export async function findPurchase(db: Db, receipt: Receipt, today: string): Promise<FoundPurchase | undefined> {
  const day = dayOfRrn(receipt.rrn, today);
  if (day === undefined) return undefined;
  const { rows } = await db.query<FoundPurchase>(PURCHASE, [
    receipt.rrn,
    receipt.terminal,
    [-1, 0, 1].map((shift) => addDays(day, shift)), // a business day ends by its cut-over
    receipt.totalRials ?? null,
    receipt.last4 ?? null,
    receipt.merchant ?? null,
  ]);
  return rows[0];
}

interface LookRow {
  readonly state: 'held' | 'approved' | 'declined' | 'reversed';
  readonly at: number;
  readonly voucher: string;
  readonly card: string;
  readonly givenBack: string;
  readonly whole: string;
  readonly reversalOpen: boolean;
  readonly reversalRefused: boolean;
}

export interface Look {
  readonly finding: Finding;
  /** ms since the epoch; of a finding that passes by itself. */
  readonly until?: number;
}

/** A purchase is decided, or swept, within minutes. */
const DOUBT_MS = 10 * 60_000;
/** A bank that takes a reversal gives the card's part back within this. */
export const REVERSAL_MS = 72 * 3_600_000;

/** What the system finds by itself: the purchase's timeline, what is in doubt, and until when. */
export async function lookAt(
  db: Db,
  { household, id, day, merchant, rrn }: Pick<FoundPurchase, 'household' | 'id' | 'day' | 'merchant' | 'rrn'>,
  kind: ComplaintKind,
  now: number,
): Promise<Look> {
  const { rows } = await db.query<LookRow>(`select * from ${DOOR}.look_at($1, $2, $3, $4)`, [household, id, day, rrn]);
  const [found] = rows;
  if (found === undefined) return { finding: 'stands' };
  if (found.state === 'held') return { finding: 'in_doubt', until: Math.max(found.at, now) + DOUBT_MS };
  // A reversal that the bank refused for good needs a person.
  if (found.reversalRefused) return { finding: 'stands' };
  if (found.reversalOpen) return { finding: 'reversing', until: now + REVERSAL_MS };
  if (found.state === 'declined') return { finding: 'not_deducted' };
  if (found.state === 'reversed') return { finding: 'reversed' };
  if (BigInt(found.givenBack) > 0n && found.givenBack === found.whole) return { finding: 'returned' };
  return kind === 'not_paid' ? lookAtPay(db, { merchant, id, day }, now) : { finding: 'stands' };
}

/** What the pay clock says of it. A sale may be posted a few days after it was asked for. */
async function lookAtPay(db: Db, sale: { merchant: string; id: string; day: string }, now: number): Promise<Look> {
  const pay = await readPay(db, sale.merchant, sale.day, addDays(sale.day, 3), now);
  const line = pay.lines.find((each) => each.kind === 'purchase' && each.id === sale.id);
  const day = pay.byDay.get(line?.day ?? '');
  if (line === undefined || day === undefined) return { finding: 'stands' };
  const sales = pay.lines.filter((each) => each.kind === 'purchase' && each.day === day.day);
  const portion = portionsOfSales(sales, day.portions).get(line.id);
  const at = portion === undefined ? undefined : followed(portion, pay.byDay);
  if (at?.stage === 'paid') return { finding: 'paid' };
  if (at === undefined || at.late || !UNDER_WAY.has(at.stage)) return { finding: 'stands' };
  return { finding: 'due', until: Math.max(day.due, at.until ?? 0) + DOUBT_MS };
}

const UNDER_WAY: ReadonlySet<string> = new Set(['open', 'closing', 'checking', 'sending', 'bank']);
