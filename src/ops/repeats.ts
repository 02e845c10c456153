/** A way to write one line. */
type Emit = (about: Readonly<Record<string, unknown>>) => void;

interface Kind {
  admitted: number;
  held: number;
  /** What the last one that was held said. */
  last: Readonly<Record<string, unknown>>;
  emit: Emit;
  /** When what was held is said. */
  sayAt: number;
}

/** Lines of one kind that are written before the rest are counted. */
const BURST = 5;
/** Of one message, whoever it is about. */
const MESSAGE_BURST = 50;
const FIRST_MS = 10_000;
/** While it goes on. */
const NEXT_MS = 60_000;
const MAX_KINDS = 1_000;

/** Counts what is said again and again instead of writing it: a flood of bad frames, or a database that is away, must not fill the
 *  disk nor hide everything else. Of one message about one terminal the first five are written; the others are said together after
 *  ten seconds, then every minute, with how many they were. Alarms are always written. */
export class Repeats {
  readonly #kinds = new Map<string, Kind>();
  readonly #now: () => number;
  #counted = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Lines that were counted and not written. */
  get counted(): number {
    return this.#counted;
  }

  /** @param emit writes a line of this kind, used later for what is said together
   *  @returns whether this one is to be written now */
  admits(message: string, about: Readonly<Record<string, unknown>>, emit: Emit): boolean {
    if (message.startsWith('ALARM')) return true;
    const terminal = typeof about['terminal'] === 'string' ? about['terminal'] : '';
    const all = this.#kind(message, about, emit);
    const own = this.#kinds.size < MAX_KINDS || this.#kinds.has(keyOf(message, terminal));
    const kind = terminal === '' || !own ? all : this.#kind(keyOf(message, terminal), about, emit);
    if (kind.admitted < BURST && all.admitted < MESSAGE_BURST) {
      kind.admitted++;
      if (kind !== all) all.admitted++;
      return true;
    }
    const counted = kind.admitted < BURST ? all : kind; // one more terminal of too many
    counted.held++;
    counted.last = about;
    this.#counted++;
    return false;
  }

  /** Says what was held back and is due.
   *  @param all whether it is due or not: for the end */
  say(all = false): void {
    const now = this.#now();
    for (const [key, kind] of this.#kinds) {
      if (!all && now < kind.sayAt) continue;
      if (kind.held === 0) {
        this.#kinds.delete(key);
        continue;
      }
      kind.emit({ ...kind.last, repeated: kind.held });
      kind.held = 0;
      kind.sayAt = now + NEXT_MS;
    }
  }

  #kind(key: string, about: Readonly<Record<string, unknown>>, emit: Emit): Kind {
    const known = this.#kinds.get(key);
    if (known !== undefined) return known;
    const kind = { admitted: 0, held: 0, last: about, emit, sayAt: this.#now() + FIRST_MS };
    this.#kinds.set(key, kind);
    return kind;
  }
}

function keyOf(message: string, terminal: string): string {
  return `${message}\u0000${terminal}`;
}
