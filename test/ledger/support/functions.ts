import type pg from 'pg';
import { DECISIONS } from '../../../src/ops/function-set.ts';
import { transaction } from '../../../src/ops/database.ts';

/** A row as JSON, by the names of its columns. */
export type Row = Readonly<Record<string, unknown>>;

/** A composite argument of that type. */
export interface Composite {
  readonly type: string;
  readonly row: Row;
}

export const entry = (row: Row): Composite => ({ type: 'ledger_entry', row });
export const context = (row: Row): Composite => ({ type: 'ledger_context', row });
export const sale = (row: Row): Composite => ({ type: 'transactions', row });

export type Argument = Composite | string | number | boolean | null;

/** Functions of `decisions`, each called alone on what it is given. */
export interface Functions {
  /** @returns its result as JSON */
  call(name: string, ...args: readonly Argument[]): Promise<unknown>;
  insert(table: string, row: Row): Promise<void>;
  rows(query: string): Promise<Row[]>;
}

/** Runs `work` with the functions and the tables; nothing of it stays. */
export function alone<T>(pool: pg.Pool, work: (functions: Functions) => Promise<T>): Promise<T> {
  const inside = async (tx: pg.PoolClient): Promise<T> => {
    await tx.query(`set local search_path = ${DECISIONS}, public`);
    return work(functionsOn(tx));
  };
  return transaction(pool, inside, { undo: true });
}

function functionsOn(tx: pg.PoolClient): Functions {
  return {
    async call(name, ...args) {
      const isRow = (arg: Argument): arg is Composite => typeof arg === 'object' && arg !== null;
      const places = args.map((arg, index) =>
        isRow(arg) ? `jsonb_populate_record(null::${arg.type}, $${index + 1})` : `$${index + 1}`,
      );
      const values = args.map((arg) => (isRow(arg) ? JSON.stringify(arg.row) : arg));
      const { rows } = await tx.query<{ result: unknown }>(
        `select to_jsonb(${name}(${places.join(', ')})) as result`,
        values,
      );
      return rows[0]?.result;
    },
    async insert(table, row) {
      const columns = Object.keys(row).join(', ');
      await tx.query(
        `insert into ${table} (${columns}) select ${columns} from jsonb_populate_record(null::${table}, $1)`,
        [JSON.stringify(row)],
      );
    },
    rows: async (query) => (await tx.query<Row>(query)).rows,
  };
}
