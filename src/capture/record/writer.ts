import { closeSync, createWriteStream, fstatSync, ftruncateSync, mkdirSync, openSync, readSync, type WriteStream } from 'node:fs'; // prettier-ignore
import { join } from 'node:path';
import type { CapturedFrame } from '../frame.ts';
import { jsonLine } from '../jsonl.ts';
import { Sanitiser } from '../sanitise/sanitise.ts';
import type { Intent } from '../sanitise/message.ts';
import { capturesFolder, type RecordingOrder } from './control.ts';

/** A slow disk may hold back this much; frames beyond it are left out and counted, the gateway goes on. */
const MAX_UNWRITTEN_BYTES = 8 << 20;

/** One recording's file. Frames are made clean before they reach it: nothing secret is ever on the disk (files.md). */
export class RecordingFile {
  readonly #stream: WriteStream;
  readonly #sanitiser: Sanitiser;
  readonly #maxBytes: number;
  #bytes = 0;
  frames = 0;
  /** Frames that were left out: the disk was slow, or they could not be made clean for certain. */
  dropped = 0;
  failed: string | undefined;

  constructor(data: string, order: RecordingOrder, key: Buffer) {
    const folder = capturesFolder(data);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const file = join(folder, order.file);
    this.#bytes = withoutTornLine(file);
    this.#stream = createWriteStream(file, { flags: 'a', mode: 0o600 });
    this.#stream.on('error', (error) => (this.failed = error.message));
    this.#sanitiser = new Sanitiser(key);
    this.#maxBytes = order.maxBytes;
  }

  get full(): boolean {
    return this.#bytes >= this.#maxBytes || this.failed !== undefined;
  }

  write(frame: CapturedFrame, intent?: Intent): void {
    const clean = this.#sanitiser.frame(frame, intent);
    if (clean === undefined || this.full || this.#stream.writableLength > MAX_UNWRITTEN_BYTES) {
      this.dropped++;
      return;
    }
    const line = jsonLine(clean);
    this.#bytes += line.length;
    this.frames++;
    this.#stream.write(line);
  }

  /** What a full disk cut off is left out, as it is where a recording goes on after a crash. */
  close(): Promise<void> {
    return new Promise((done) => {
      if (this.failed === undefined) {
        this.#stream.end(done);
        return;
      }
      this.#stream.destroy();
      withoutTornLine(String(this.#stream.path));
      done();
    });
  }
}

/** Cuts off what follows the last line end: a gateway that was killed, or whose disk was full, left half a line there, and with it nobody
 *  could read the rest.
 *  @returns how long the file is now */
function withoutTornLine(file: string): number {
  const opened = openSync(file, 'a+', 0o600);
  try {
    const piece = Buffer.alloc(65_536);
    for (let end = fstatSync(opened).size; ;) {
      const from = Math.max(0, end - piece.length);
      const read = readSync(opened, piece, 0, end - from, from);
      const feed = piece.subarray(0, read).lastIndexOf(0x0a);
      if (feed < 0 && from > 0) {
        end = from;
        continue;
      }
      ftruncateSync(opened, from + feed + 1);
      return from + feed + 1;
    }
  } finally {
    closeSync(opened);
  }
}
