import { captureError, linesOf, type CapturedFrame, type Speaker } from './frame.ts';

const SPEAKERS: readonly Speaker[] = ['terminal', 'bank', 'gateway'];
const HEX = /^(?:[0-9a-fA-F]{2})*$/;
const KEYS = ['at', 'from', 'connection', 'dialect', 'hex'] as const;
/** A capture may come from anybody: it must not make us open whatever it names. */
const DIALECT = /^(?:[\w-]{1,60}|[^\0]{1,300}\.json)$/;
const MAX_FAULTS = 100;
const MAX_NAME = 200;

/** `{"at":"<ISO 8601>","from":"terminal|bank|gateway","connection":"…","dialect":"…","hex":"…"}`, a line a frame.
 *  @throws GatewayError `capture.file` that lists every bad line, up to 100 */
export function parseJsonl(text: string | Buffer, file: string): CapturedFrame[] {
  const frames: CapturedFrame[] = [];
  const faults: string[] = [];
  const names = new Map<string, string>();
  for (const line of linesOf(typeof text === 'string' ? Buffer.from(text) : text, file)) {
    const frame = parseLine(line.text, names);
    if (typeof frame !== 'string') frames.push(frame);
    else if (faults.push(`line ${line.number}: ${frame}`) >= MAX_FAULTS) break;
  }
  if (faults.length > 0) throw captureError(file, 'not a capture', faults.join('\n  '));
  return frames;
}

/** @param names each connection's and dialect's name is kept once, not once a line
 *  @returns the frame, or what is wrong with the line */
function parseLine(line: string, names: Map<string, string>): CapturedFrame | string {
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch {
    return 'not JSON'; // the parser's own message quotes the content
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return 'not a JSON object';
  const values = json as Record<string, unknown>;
  const strange = Object.keys(values).find((key) => !(KEYS as readonly string[]).includes(key));
  if (strange !== undefined) return `no such key: ${JSON.stringify(strange.slice(0, 40))}`;
  const [at, from, connection, dialect, hex] = KEYS.map((key) => values[key]);
  if (typeof at !== 'string') return 'at: must be a time, ISO 8601';
  const ms = parseTime(at);
  if (ms === undefined) return 'at: not a time in ISO 8601';
  const speaker = SPEAKERS.find((name) => name === from);
  if (speaker === undefined) return `from: must be one of ${SPEAKERS.join(', ')}`;
  if (typeof connection !== 'string' || connection === '' || connection.length > MAX_NAME)
    return `connection: must be a name of at most ${MAX_NAME} characters`;
  if (typeof dialect !== 'string' || !DIALECT.test(dialect))
    return 'dialect: must be the name of a dialect, or a file of one (.json)';
  if (typeof hex !== 'string' || !HEX.test(hex)) return 'hex: not whole bytes in hexadecimal';
  const once = (name: string): string => names.get(name) ?? (names.set(name, name), name);
  return { at: ms, from: speaker, connection: once(connection), dialect: once(dialect), body: Buffer.from(hex, 'hex') };
}

/** ISO 8601 with up to nine digits behind the second. */
export function parseTime(text: string): number | undefined {
  const parts = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(\.\d{1,9})?(Z|[+-]\d{2}:?\d{2})$/.exec(text);
  if (parts === null) return undefined;
  const whole = Date.parse(`${parts[1] ?? ''}${parts[3] ?? 'Z'}`);
  return Number.isNaN(whole) ? undefined : whole + Math.round(Number(parts[2] ?? 0) * 1e6) / 1e3;
}

/** Milliseconds as ISO 8601 in UTC, with microseconds where there are some. */
export function formatTime(ms: number): string {
  const whole = Math.floor(ms);
  const micros = Math.round((ms - whole) * 1_000);
  const iso = new Date(micros === 1_000 ? whole + 1 : whole).toISOString();
  return micros === 0 || micros === 1_000 ? iso : `${iso.slice(0, -1)}${String(micros).padStart(3, '0')}Z`;
}

/** One line of a capture, with its line end. */
export function jsonLine(frame: CapturedFrame): string {
  const { at, from, connection, dialect, body } = frame;
  return `${JSON.stringify({ at: formatTime(at), from, connection, dialect, hex: body.toString('hex').toUpperCase() })}\n`;
}
