import { sqlIn } from '../../ops/sql.ts';

/** The statements of the clearing, by name: `decide` is sql/decide.sql. */
export const sql = sqlIn(new URL('./sql/', import.meta.url));

/** For a transaction that sorts and groups all postings of a day: in the room that a statement has by default it would do so on disk. */
export const ROOM_FOR_A_DAY = `set local work_mem = '128MB'`;
