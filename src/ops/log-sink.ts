import {
  closeSync,
  fchmodSync,
  fstatSync,
  openSync,
  renameSync,
  write as writeTo,
  writeSync,
  type Stats,
} from 'node:fs';
import { GatewayError, fileFault, messageOf } from './errors.ts';

export interface SinkOptions {
  /** Where lines go; undefined: standard error. */
  readonly file?: string;
  /** The file is moved to `<file>.1` when it is this long, and `<file>.1` to `<file>.2`. */
  readonly maxBytes: number;
  /** How many moved files stay. */
  readonly keep: number;
}

const STDERR = 2;
/** Lines are written together, this often or when there are this many characters of them, whichever is first. What a kill -9
 *  cuts off is at most that: the log tells what happened, the database knows it. */
const FLUSH_MS = 100;
const FLUSH_CHARACTERS = 8_192;
/** What waits for a slow disk; what is over it is dropped and counted. */
const MAX_WAITING_CHARACTERS = 4 << 20;
const RETRY_MS = 1_000;
/** Not worth a refusal to start: the disk is full now, and may not be later. */
const FULL = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

/** Where log lines go. It never throws and never ends the process: what cannot be written is dropped and counted, and the
 *  first line after that says how many were lost. */
export class LogSink {
  readonly #options: SinkOptions;
  readonly #timer: NodeJS.Timeout;
  #fd: number | undefined;
  #regular = false;
  #bytes = 0;
  #waiting = '';
  #writing = false;
  #retryAt = 0;
  #dropped = 0;
  #unsaid = 0;
  #why = '';
  /** The last write ended within a line. */
  #torn = false;

  /** @throws GatewayError `log.file` for a file that cannot be opened, unless the disk is full */
  constructor(options: SinkOptions) {
    this.#options = options;
    try {
      this.#open();
    } catch (cause) {
      if (!FULL.has((cause as NodeJS.ErrnoException).code ?? '')) {
        const { file = '' } = options;
        throw new GatewayError('log.file', `The log file ${fileFault(file, 'opened', cause)}`, { cause });
      }
    }
    this.#timer = setInterval(() => {
      this.#flush();
    }, FLUSH_MS);
    this.#timer.unref();
  }

  /** Lines that could not be written since the start. */
  get dropped(): number {
    return this.#dropped;
  }

  /** @param line with its line feed */
  write(line: string): void {
    if (this.#waiting.length + line.length > MAX_WAITING_CHARACTERS) {
      this.#drop(1, 'the disk is too slow');
      return;
    }
    this.#waiting += line;
    if (this.#waiting.length >= FLUSH_CHARACTERS) this.#flush();
  }

  /** Opens the file again by its name: it was moved away. Where that fails, lines go on to the old one. */
  reopen(): void {
    if (this.#options.file === undefined) return;
    this.flushSync();
    try {
      this.#open();
    } catch (error) {
      this.#say(`the log file cannot be opened again: ${messageOf(error)}`, {});
    }
  }

  /** Writes what waits, now: for the end of the process. */
  flushSync(): void {
    const text = this.#waiting;
    this.#waiting = '';
    if (text === '' || this.#fd === undefined) return;
    const bytes = Buffer.from(text);
    try {
      for (let at = 0; at < bytes.length;) at += writeSync(this.#fd, bytes, at);
    } catch (error) {
      this.#drop(linesOf(text), (error as NodeJS.ErrnoException).code ?? messageOf(error));
    }
  }

  close(): void {
    clearInterval(this.#timer);
    this.flushSync();
    if (this.#fd !== undefined && this.#fd !== STDERR) closeSync(this.#fd);
    this.#fd = undefined;
  }

  #open(): void {
    const { file } = this.#options;
    const before = this.#fd;
    this.#fd = file === undefined ? STDERR : openSync(file, 'a', 0o600);
    const stats = fstatSync(this.#fd);
    // A device is neither ours to protect nor to move.
    this.#regular = file !== undefined && stats.isFile();
    if (this.#regular) protect(this.#fd, stats);
    this.#bytes = this.#regular ? stats.size : 0;
    if (before !== undefined && before !== STDERR) closeSync(before);
  }

  #flush(): void {
    if (this.#writing || this.#waiting === '' || Date.now() < this.#retryAt) return;
    if (this.#fd === undefined && !this.#openedLate()) return;
    const unsaid = this.#unsaid;
    const text = this.#lost() + this.#waiting;
    this.#waiting = '';
    this.#write(Buffer.from(text), 0, unsaid);
  }

  /** The disk was full when the file was to be opened. */
  #openedLate(): boolean {
    try {
      this.#open();
      return true;
    } catch (error) {
      this.#failed(error as NodeJS.ErrnoException, linesOf(this.#waiting));
      this.#waiting = '';
      return false;
    }
  }

  /** @param unsaid losses that the first line of `bytes` tells of */
  #write(bytes: Buffer, from: number, unsaid: number): void {
    const fd = this.#fd;
    if (fd === undefined) return;
    this.#writing = true;
    writeTo(fd, bytes, from, bytes.length - from, null, (error, written) => {
      this.#writing = false;
      if (error !== null) {
        if (error.code === 'EAGAIN') this.#waiting = bytes.toString('utf8', from) + this.#waiting;
        else {
          const told = from === 0 && unsaid > 0 ? 1 : 0; // no line of anybody's, and still to be told
          this.#unsaid += told === 1 ? unsaid : 0;
          this.#failed(error, linesOf(bytes.toString('utf8', from)) - told);
        }
        return;
      }
      this.#bytes += written;
      this.#torn = bytes[from + written - 1] !== 0x0a;
      if (from + written < bytes.length) this.#write(bytes, from + written, unsaid);
      else this.#wrote();
    });
  }

  #wrote(): void {
    if (this.#regular && this.#bytes >= this.#options.maxBytes) this.#rotate();
    if (this.#waiting.length >= FLUSH_CHARACTERS) this.#flush();
  }

  #failed(error: NodeJS.ErrnoException, lines: number): void {
    this.#drop(lines, error.code ?? error.message);
    this.#retryAt = Date.now() + RETRY_MS;
  }

  #drop(lines: number, why: string): void {
    this.#dropped += lines;
    this.#unsaid += lines;
    this.#why = why;
  }

  /** What stands before the first line after a loss. */
  #lost(): string {
    const end = this.#torn ? '\n' : '';
    this.#torn = false;
    if (this.#unsaid === 0) return end;
    const line = lineOf('log lines were lost', { dropped: this.#unsaid, why: this.#why });
    this.#unsaid = 0;
    return end + line;
  }

  #rotate(): void {
    const { file, keep } = this.#options;
    if (file === undefined) return;
    try {
      for (let number = keep - 1; number >= 1; number--) move(`${file}.${number}`, `${file}.${number + 1}`);
      move(file, `${file}.1`);
      this.#open();
    } catch (error) {
      this.#bytes = 0; // tried again after as many bytes
      this.#say(`the log file cannot be moved: ${messageOf(error)}`, {});
    }
  }

  #say(message: string, about: object): void {
    this.#waiting += lineOf(message, about);
  }
}

/** Readable by its owner only, also one that an older version left readable by all. */
function protect(fd: number, { mode }: Stats): void {
  if ((mode & 0o077) === 0) return;
  try {
    fchmodSync(fd, 0o600);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') throw error; // another's file, which that one protects
  }
}

function move(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

function linesOf(text: string): number {
  let lines = text.endsWith('\n') || text === '' ? 0 : 1;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) lines++;
  return lines;
}

function lineOf(msg: string, about: object): string {
  return `${JSON.stringify({ level: 40, time: new Date().toISOString(), ...about, msg })}\n`;
}
