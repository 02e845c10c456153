/** Bytes of one direction that were there at `at`. `gap`: bytes before them that the capture does not hold. */
export interface Chunk {
  readonly at: number;
  readonly bytes: Buffer;
  readonly gap: number;
}

interface Piece {
  /** Byte number in the stream, counted from where it begins. */
  readonly from: number;
  readonly at: number;
  readonly bytes: Buffer;
}

const WRAP = 2 ** 32;

/** One direction of a TCP connection: takes segments in any order, gives its bytes in theirs. Everything is kept until
 *  the end (as views of the file), so that reordering has no limit. */
export class TcpStream {
  readonly #pieces: Piece[] = [];
  #base: number | undefined;
  /** Nothing before this byte is data: known where the SYN was seen. */
  #floor = Number.NEGATIVE_INFINITY;
  #last = 0;

  /** The number of the first data byte, from its SYN (RFC 9293 3.4: a SYN takes one number). */
  open(sequence: number): void {
    this.#floor = this.#number((sequence + 1) % WRAP);
  }

  add(sequence: number, at: number, bytes: Buffer): void {
    if (bytes.length > 0) this.#pieces.push({ from: this.#number(sequence), at, bytes });
  }

  get bytes(): number {
    return this.#pieces.reduce((sum, { bytes }) => sum + bytes.length, 0);
  }

  /** Sequence numbers go round: the same number nearest to the last one seen. */
  #number(sequence: number): number {
    this.#base ??= sequence;
    const near = this.#base + this.#last;
    const forward = (((sequence - near) % WRAP) + WRAP) % WRAP;
    const number = this.#last + (forward >= WRAP / 2 ? forward - WRAP : forward);
    this.#last = number;
    return number;
  }

  /** The stream in order. Of bytes sent twice the first copy counts; a byte is there when it and all before it are. */
  chunks(): Chunk[] {
    const sorted = this.#pieces.map((piece, order) => ({ ...piece, order }));
    sorted.sort((a, b) => a.from - b.from || a.order - b.order);
    const chunks: Chunk[] = [];
    let next = Number.isFinite(this.#floor) ? this.#floor : (sorted[0]?.from ?? 0);
    let at = 0;
    for (const piece of sorted) {
      const skip = Math.max(0, next - piece.from);
      if (skip >= piece.bytes.length) continue;
      const gap = Math.max(0, piece.from - next);
      at = Math.max(at, piece.at);
      chunks.push({ at, bytes: piece.bytes.subarray(skip), gap });
      next = piece.from + piece.bytes.length;
    }
    return chunks;
  }
}
