import { sqlStateOf } from '../ops/errors.ts';

/** Classes 08 (connection), 53 (resources), 57 (operator), 58 (system): it says nothing about this request. */
const OF_THE_SERVER = /^(?:08|53|57|58)/;

/** Whether a failed call of the ledger leaves open what became of the request: it may be committed without our having
 *  heard of it, or be the repeat of one that was approved long ago, which only the ledger knows. RC 96 says that nothing was
 *  taken (wire.md 6), and a repeat must get the answer of the first (wire.md 9.1): so who may be wrong does not answer. Every
 *  terminal repeats or reverses what it did not hear, and then learns what is true. */
export function outcomeUnknown(error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code;
  if (typeof code === 'string' && code.includes('.')) return false; // ours: HSM, link, configuration; the ledger throws none of them
  const state = sqlStateOf(error);
  return state === undefined || OF_THE_SERVER.test(state); // else the server refused the request itself, and rolled it back
}
