import { openQueues, type Queues } from '../../../src/settlement/jobs/queue.ts';
import { systemClock } from '../../../src/ops/clock.ts';
import { openLedgerBooks, type LedgerBooks, type Movement } from './ledger-books.ts';

/** Books, with queues and a clock that runs: everything a clearing needs. */
export interface Books extends Omit<LedgerBooks, 'add'> {
  queues(redisUrl?: string): Promise<Queues>;
  /** One purchase, return or reversal at shop n, rials by voucher and by card, on a business day that is opened for it. */
  move(n: number, day: string, kind: Movement['kind'], voucherRials: number, cardRials?: number): Promise<void>;
}

export async function openBooks(): Promise<Books> {
  const books = await openLedgerBooks();
  const opened = new Set<Queues>();
  let moved = 0;
  return {
    ...books,
    context: { ...books.context, clock: systemClock },
    move: async (shop, day, kind, voucher, card = 0) => {
      await books.openDay(day);
      await books.add([{ id: ++moved, shop, day, kind, voucher, card }]);
    },
    queues: async (redisUrl = '') => {
      const queues = await openQueues({ databaseUrl: books.databaseUrl, redisUrl });
      const own: Queues = {
        ...queues,
        close: async () => {
          if (opened.delete(own)) await queues.close();
        },
      };
      opened.add(own);
      return own;
    },
    close: async () => {
      for (const queues of opened) await queues.close();
      await books.close();
    },
  };
}

export function merchantId(n: number): string {
  return String(n).padStart(15, '0');
}

/** Shebas with good check digits at Melli, one per account number. */
export function testSheba(account: number): string {
  const bban = `017${String(account).padStart(19, '0')}`;
  const check = 98n - (BigInt(`${bban}182700`) % 97n);
  return `IR${String(check).padStart(2, '0')}${bban}`;
}
