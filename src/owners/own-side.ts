import type { Pool, PoolClient } from 'pg';
import { transaction, type TransactionOptions } from '../ops/database.ts';
import { DOOR } from '../ops/function-set.ts';
import type { Owner } from './owner.ts';

/** A transaction that sees, of all money, the shops of one owner: the views of schema `door` stand before the tables of the same names
 *  (src/ledger/functions/door.sql). The same for every role, so that what the public role sees is what is tested everywhere.
 *  @param owner undefined: nobody is signed in, and there are no shops */
export async function ownSide<T>(
  pool: Pool,
  owner: Owner | undefined,
  work: (db: PoolClient) => Promise<T>,
  options: TransactionOptions = {},
): Promise<T> {
  return transaction(
    pool,
    async (db) => {
      await db.query(
        `select set_config('search_path', '${DOOR}, public', true), set_config('kalabarg.owner_session', $1, true)`,
        [owner?.session ?? ''],
      );
      return work(db);
    },
    options,
  );
}

/** Reads of one moment. */
export function readOwnSide<T>(pool: Pool, owner: Owner | undefined, read: (db: PoolClient) => Promise<T>): Promise<T> {
  return ownSide(pool, owner, read, { mode: 'isolation level repeatable read read only' });
}
