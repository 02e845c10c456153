import { pino, type Logger, type LoggerOptions } from 'pino';
import { LogSink, type SinkOptions } from './log-sink.ts';
import { Repeats } from './repeats.ts';

export type Log = Logger;

/** The log of a process that stays up. */
export interface Logging {
  readonly log: Log;
  /** Writes a line of another process as it is. @param line with its line feed */
  pass(line: string): void;
  /** Opens the log file again, after it was moved away. */
  reopen(): void;
  /** Lines that could not be written, and lines that were counted together instead. */
  counts(): { readonly dropped: number; readonly repeated: number };
  /** Writes what waits. */
  close(): void;
}

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

const SAY_MS = 2_000;
/** pino's number for `warn`. */
const WARN = 40;

const OPTIONS: LoggerOptions = {
  base: null,
  timestamp: time,
  redact: { paths: SECRET_NAMES.flatMap((name) => [name, `*.${name}`]), censor: '[redacted]' },
};

let timeOf = NaN;
let timeText = '';

/** Busy lines share their millisecond. */
function time(): string {
  const now = Date.now();
  if (now !== timeOf) {
    timeOf = now;
    timeText = `,"time":"${new Date(now).toISOString()}"`;
  }
  return timeText;
}

/** Structured logs, one JSON object a line, on standard error: a command's own output stays clean. */
export function createLog(level: string): Log {
  return pino({ ...OPTIONS, level }, pino.destination({ fd: 2, sync: true }));
}

/** Structured logs, one JSON object a line. A disk that is full costs lines, never the process; warnings and errors that come
 *  again and again are counted together.
 *  @param base stands in each line
 *  @throws GatewayError `log.file` */
export function openLog(
  level: string,
  to: SinkOptions,
  base: Readonly<Record<string, unknown>> | null = null,
): Logging {
  const sink = new LogSink(to);
  const repeats = new Repeats(() => Date.now());
  const log = pino(
    {
      ...OPTIONS,
      base,
      level,
      hooks: {
        logMethod(args, method, number) {
          const [about, message] = args as unknown[];
          if (number < WARN || typeof message !== 'string' || !isObject(about)) {
            method.apply(this, args);
            return;
          }
          const emit = (said: object): void => {
            method.call(this, said, message);
          };
          if (repeats.admits(message, about, emit)) method.apply(this, args);
        },
      },
    },
    sink,
  );
  const timer = setInterval(() => {
    repeats.say();
  }, SAY_MS);
  timer.unref();
  const end = (): void => {
    repeats.say(true);
    sink.flushSync();
  };
  process.once('exit', end);
  return {
    log,
    pass: (line) => {
      sink.write(line);
    },
    reopen: () => {
      sink.reopen();
    },
    counts: () => ({ dropped: sink.dropped, repeated: repeats.counted }),
    close: () => {
      clearInterval(timer);
      process.off('exit', end);
      end();
      sink.close();
    },
  };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
