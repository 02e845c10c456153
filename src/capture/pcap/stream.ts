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

  /** Its beginning was seen. Otherwise its first byte may be anywhere in a frame, or none of its data: a keep-alive of TCP sends
   *  a byte again that was before it (RFC 9293 3.8.4). */
  get begun(): boolean {
    return Number.isFinite(this.#floor);
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

  /** The stream in order. Of bytes sent twice the first copy counts, whatever the second one says; a byte is there when
   *  it and all before it are. */
  chunks(): Chunk[] {
    const sorted = this.#pieces.map((piece, order) => ({ ...piece, order }));
    sorted.sort((a, b) => a.from - b.from || a.order - b.order);
    const chunks: Chunk[] = [];
    let next = Number.isFinite(this.#floor) ? this.#floor : (sorted[0]?.from ?? 0);
    let at = 0;
    for (const { piece, from, to } of firstCopies(sorted)) {
      if (to <= next) continue;
      const start = Math.max(from, next);
      at = Math.max(at, piece.at);
      chunks.push({ at, bytes: piece.bytes.subarray(start - piece.from, to - piece.from), gap: start - next });
      next = to;
    }
    return chunks;
  }
}

interface Ordered extends Piece {
  /** Place in the order of arrival. */
  readonly order: number;
}

interface Part {
  readonly piece: Ordered;
  /** Which of its bytes count: numbers in the stream. */
  readonly from: number;
  to: number;
}

/** The parts of pieces that nothing which came earlier covers, in the order of the stream.
 *  @param sorted by where they begin */
function firstCopies(sorted: readonly Ordered[]): Part[] {
  const parts: Part[] = [];
  const open: Ordered[] = []; // that begin at or before `at`, the earliest first
  let at = sorted[0]?.from ?? 0;
  for (let taken = 0; taken < sorted.length || open.length > 0;) {
    for (; taken < sorted.length && (sorted[taken]?.from ?? 0) <= at; taken++) insert(open, sorted[taken] as Ordered);
    const [first] = open;
    const following = sorted[taken]?.from;
    if (first === undefined) {
      if (following === undefined) break;
      at = following;
      continue;
    }
    const end = endOf(first);
    if (end <= at) {
      open.shift();
      continue;
    }
    const to = following === undefined ? end : Math.min(end, following);
    const last = parts.at(-1);
    if (last?.piece === first && last.to === at) last.to = to;
    else parts.push({ piece: first, from: at, to });
    at = to;
  }
  return parts;
}

function insert(open: Ordered[], piece: Ordered): void {
  let place = open.length;
  while (place > 0 && (open[place - 1] as Ordered).order > piece.order) place--;
  // What ends before an earlier one does can never count.
  const before = open[place - 1];
  if (before !== undefined && endOf(before) >= endOf(piece)) return;
  open.splice(place, 0, piece);
}

function endOf({ from, bytes }: Piece): number {
  return from + bytes.length;
}
