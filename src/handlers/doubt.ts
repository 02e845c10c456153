/** What a failed call of the ledger leaves behind: nothing for sure, or perhaps a commit whose word was lost on the way. */

/** The attempt to connect failed: not a byte of the request got there. */
const NEVER_REACHED = new Set(['ECONNREFUSED', 'ENOENT', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOTFOUND', 'EAI_AGAIN']);
/** SQLSTATE: the server itself refused. Of the classes 08 (connection), 57 (operator), 58 (system) it died meanwhile. */
const SQLSTATE = /^(?:\d[0-9A-Z]{4}|[A-Z]{2}\d{3}|P0\d{3})$/;
const SERVER_DIED = /^(?:08|57|58)/;

/** Whether a request may have been committed although its call failed. RC 96 says that nothing was taken (wire.md 6), so
 *  such a request is answered with 68 instead: the terminal reverses, and loses nothing. */
export function mayBeCommitted(error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code;
  if (typeof code !== 'string') return true;
  if (code.includes('.')) return false; // ours: HSM, link, configuration; the ledger throws none of them
  if (SQLSTATE.test(code)) return SERVER_DIED.test(code);
  return !NEVER_REACHED.has(code);
}
