import { open } from 'node:fs/promises';
import type { Faults } from '../../files/faults.ts';

/** A message of the file, as it stands behind its length. */
export interface IpmRecord {
  /** From 1. */
  readonly number: number;
  readonly bytes: Buffer;
}

const BLOCK = 1_014;
const BLOCK_DATA = 1_012;
const FILL = 0x40;
const LENGTH_BYTES = 4;
const SHORTEST = 12; // MTI and one bitmap
const LONGEST = 8_192;
const READ_BYTES = 256 * BLOCK;

/** Cuts an IPM file into its messages: each behind its length (4 bytes, big-endian, itself not counted), a length of zero at
 *  the end; plain, or in blocks of 1,014 bytes of which the last two are 0x40. Memory is bounded by one reading and one
 *  record. A fault of the frame ends the reading: what follows could mean anything. Source: files.md, domain/04. */
export async function* ipmRecords(path: string, faults: Faults): AsyncGenerator<IpmRecord> {
  const file = await open(path, 'r');
  try {
    const cutter = new RecordCutter(faults, await isBlocked(file));
    const chunk = Buffer.alloc(READ_BYTES);
    let position = 0;
    for (;;) {
      const { bytesRead } = await file.read(chunk, 0, READ_BYTES, position);
      if (bytesRead === 0) break;
      yield* cutter.take(chunk.subarray(0, bytesRead), position);
      if (cutter.broken) return;
      position += bytesRead;
    }
    cutter.end(position);
  } finally {
    await file.close();
  }
}

/** Plain files end with a length of zero, blocked ones with 0x40; a cut one still has the end of its first block. */
async function isBlocked(file: Awaited<ReturnType<typeof open>>): Promise<boolean> {
  const { size } = await file.stat();
  if (size < BLOCK) return false;
  const blockEnd = Buffer.alloc(BLOCK - BLOCK_DATA);
  await file.read(blockEnd, 0, blockEnd.length, BLOCK_DATA);
  const fileEnd = Buffer.alloc(LENGTH_BYTES);
  await file.read(fileEnd, 0, LENGTH_BYTES, size - LENGTH_BYTES);
  return isFill(blockEnd) && fileEnd.some((byte) => byte !== 0);
}

function isFill(bytes: Buffer): boolean {
  return bytes.every((byte) => byte === FILL);
}

class RecordCutter {
  readonly #faults: Faults;
  readonly #blocked: boolean;
  #rest: Buffer = Buffer.alloc(0);
  #number = 0;
  #ended = false;
  broken = false;

  constructor(faults: Faults, blocked: boolean) {
    this.#faults = faults;
    this.#blocked = blocked;
  }

  /** @param position of the chunk in the file */
  *take(chunk: Buffer, position: number): Generator<IpmRecord> {
    const data = this.#blocked ? this.#unblocked(chunk, position) : chunk;
    this.#rest = Buffer.concat([this.#rest, data]);
    let at = 0;
    while (!this.broken && !this.#ended && this.#rest.length - at >= LENGTH_BYTES) {
      const length = this.#rest.readUInt32BE(at);
      if (length === 0) this.#ended = true;
      else if (length < SHORTEST || length > LONGEST) {
        this.#fault(`its length is ${length}: a record has ${SHORTEST} to ${LONGEST} bytes`);
      } else if (this.#rest.length - at - LENGTH_BYTES < length) break;
      else yield { number: ++this.#number, bytes: this.#rest.subarray(at + LENGTH_BYTES, at + LENGTH_BYTES + length) };
      at += length === 0 ? LENGTH_BYTES : LENGTH_BYTES + length;
    }
    if (!this.broken) this.#rest = Buffer.from(this.#rest.subarray(at));
    if (this.#ended) this.#checkTail();
  }

  /** @param size of the file */
  end(size: number): void {
    if (this.broken) return;
    if (this.#blocked && size % BLOCK !== 0) this.#fault(`the file is cut inside a block of ${BLOCK} bytes`);
    else if (!this.#ended && this.#rest.length === 0) this.#fault('the file ends without the length of zero');
    else if (!this.#ended) this.#fault('the file ends inside this record');
    else if (this.#blocked && this.#rest.length >= BLOCK_DATA) this.#fault('a block follows the end');
  }

  /** Behind the end: nothing, or the fill of the last block. */
  #checkTail(): void {
    const filled = this.#blocked && isFill(this.#rest);
    if (this.#rest.length > 0 && !filled) this.#fault('bytes follow the length of zero, which ends the file');
    else if (this.#rest.length > READ_BYTES) this.#fault('fill without end follows the end of the file');
  }

  /** The chunk without the two bytes that end each block. */
  #unblocked(chunk: Buffer, position: number): Buffer {
    const parts: Buffer[] = [];
    for (let at = 0; at < chunk.length;) {
      const inBlock = (position + at) % BLOCK;
      const until = inBlock < BLOCK_DATA ? BLOCK_DATA : BLOCK;
      const part = chunk.subarray(at, at + until - inBlock);
      if (until === BLOCK_DATA) parts.push(part);
      else if (!isFill(part)) {
        this.#fault(`block ${Math.floor((position + at) / BLOCK) + 1} does not end with 40 40`);
        break;
      }
      at += part.length;
    }
    return Buffer.concat(parts);
  }

  #fault(reason: string): void {
    this.broken = true;
    this.#faults.add(this.#number + 1, 1, reason);
  }
}
