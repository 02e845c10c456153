import type { Pool, PoolClient } from 'pg';
import { sqlIn } from '../../ops/sql.ts';

const sql = sqlIn(new URL('./sql/', import.meta.url));

/** What of one purchase is the card part of each programme, and the fees of it: by the rows that hold on a day. Rials as text. */
interface PurchaseCosts {
  readonly cardParts: readonly {
    readonly programme: string;
    readonly from: string;
    readonly kind: 'price' | 'fee';
    readonly rials: string;
    readonly mostRials: string | null;
    readonly payee: string | null;
    readonly account: string | null;
  }[];
  readonly fees: readonly {
    readonly fee: string;
    readonly from: string;
    readonly of: 'card' | 'voucher' | 'total';
    /** 0 for a guild that is exempt. */
    readonly rials: string;
    readonly exempt: boolean;
    readonly payee: string;
    readonly account: string;
  }[];
}

/** Nothing is bought: the rows are asked as a purchase and a netting ask them. */
export async function costsOf(
  db: Pool | PoolClient,
  { voucherRials, cardRials, guild, day }: { voucherRials: bigint; cardRials: bigint; guild?: string | undefined; day: string },
): Promise<PurchaseCosts> {
  const { rows } = await db.query<{ costs: PurchaseCosts }>(sql('costs'), [voucherRials, cardRials, guild ?? '', day]);
  return rows[0]?.costs ?? { cardParts: [], fees: [] };
} // prettier-ignore
