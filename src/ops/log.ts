import { pino, type DestinationStream, type Logger } from 'pino';

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

/** Structured logs, one JSON object a line.
 *  @param destination where lines go (default: standard error, so that a command's own output stays clean) */
export function createLog(level: string, destination: DestinationStream = pino.destination(2)): Log {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: { paths: SECRET_NAMES.flatMap((name) => [name, `*.${name}`]), censor: '[redacted]' },
    },
    destination,
  );
}
