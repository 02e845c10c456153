import { sqlIn } from '../../ops/sql.ts';

/** The statements of the clearing, by name: `decide` is sql/decide.sql. */
export const sql = sqlIn(new URL('./sql/', import.meta.url));
