import { pino, type Logger } from 'pino';

export type Log = Logger;

/** Names under which a secret could ever be logged by mistake. Redaction is the second net; the first is that nobody
 *  logs a message's fields at all, only its MTI, STAN, RRN, terminal and codes (wire.md 9.7). */
const SECRET_NAMES = [
  'pan',
  'track2',
  'pin',
  'pinBlock',
  'cvv',
  'key',
  'lmk',
  'tmk',
  'password',
  'databaseUrl',
  'fields',
  'hex',
];

/** Lines are written together, this often or when there are this many bytes of them, whichever is first. What a kill -9
 *  cuts off is at most that: the log tells what happened, the database knows it. */
const FLUSH_MS = 100;
const FLUSH_BYTES = 8_192;

/** Structured logs, one JSON object a line.
 *  @param file where lines go (default: standard error, so that a command's own output stays clean) */
export function createLog(level: string, file?: string): Log {
  const where = file === undefined ? { fd: 2 } : { dest: file };
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: { paths: SECRET_NAMES.flatMap((name) => [name, `*.${name}`]), censor: '[redacted]' },
    },
    pino.destination({ ...where, sync: false, minLength: FLUSH_BYTES, periodicFlush: FLUSH_MS }),
  );
}
