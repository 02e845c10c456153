import type { Answer, Transaction } from '../profiles/index.ts';
import { refuse } from './answer.ts';
import { isOfAnotherMerchant, type Context } from './context.ts';

/** The goods that the voucher pays, for a device that shows them; it asks page by page. */
export async function goods(tx: Extract<Transaction, { kind: 'goods' }>, context: Context): Promise<Answer> {
  if (isOfAnotherMerchant(tx, context)) return refuse('03');
  const list = await context.ports.goods(context.receivedAt);
  return { rc: '00', goods: list, page: tx.page };
}
