/** Which request an answer belongs to: DE 11 + DE 7 + DE 41 (wire.md 10), and the MTI that answers it. */
export interface Identity {
  /** MTI of the answer: 0210 for an 0200. */
  readonly answerMti: string;
  readonly stan: string;
  /** DE 7. */
  readonly transmission: string;
  /** DE 41; empty on network messages. */
  readonly terminal: string;
}

interface Waiting<Value> {
  readonly identity: Identity;
  readonly value: Value;
}

export type Match<Value> =
  | { readonly kind: 'matched'; readonly value: Value }
  /** Its request was given up already: it is, or is being, reversed. */
  | { readonly kind: 'late'; readonly gaveUpAt: number }
  | { readonly kind: 'duplicate' }
  /** undefined: nothing is near it. */
  | { readonly kind: 'unmatched'; readonly near: NearMiss | undefined };

/** The one part in which an answer differs from a request. */
export interface NearMiss {
  readonly but: string;
  /** For people: what was asked and what was answered. */
  readonly explanation: string;
}

interface Settled {
  readonly identity: Identity;
  readonly how: 'answered' | 'given-up';
  readonly at: number;
}

/** How many settled requests are remembered, to tell a late or second answer from an unknown one. */
const REMEMBERED = 10_000;
/** How many requests are compared to explain an answer that fits none: a bound on what a broken peer can cost. */
const COMPARED = 2_000;

const PARTS: readonly { readonly key: keyof Identity; readonly name: string }[] = [
  { key: 'answerMti', name: 'MTI' },
  { key: 'stan', name: 'DE 11' },
  { key: 'transmission', name: 'DE 7' },
  { key: 'terminal', name: 'DE 41' },
];

/** The requests that wait for an answer, on all connections of a link, in any order. */
export class Matching<Value> {
  readonly #waiting = new Map<string, Waiting<Value>>();
  readonly #settled = new Map<string, Settled>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  get size(): number {
    return this.#waiting.size;
  }

  /** @returns false when a request of the same identity is waiting already: a second must not leave */
  add(identity: Identity, value: Value): boolean {
    const key = keyOf(identity);
    if (this.#waiting.has(key)) return false;
    this.#waiting.set(key, { identity, value });
    return true;
  }

  /** Stops waiting: time-out, or the connection was lost. An answer after this is late. */
  giveUp(identity: Identity): void {
    if (this.#waiting.delete(keyOf(identity))) this.#remember(identity, 'given-up');
  }

  take(answer: Identity): Match<Value> {
    const key = keyOf(answer);
    const waiting = this.#waiting.get(key);
    if (waiting !== undefined) {
      this.#waiting.delete(key);
      this.#remember(answer, 'answered');
      return { kind: 'matched', value: waiting.value };
    }
    const settled = this.#settled.get(key);
    if (settled === undefined) return { kind: 'unmatched', near: this.#nearest(answer) };
    if (settled.how === 'answered') return { kind: 'duplicate' };
    this.#remember(answer, 'answered'); // a late answer that comes twice is a duplicate
    return { kind: 'late', gaveUpAt: settled.at };
  }

  #remember(identity: Identity, how: Settled['how']): void {
    const key = keyOf(identity);
    this.#settled.delete(key);
    this.#settled.set(key, { identity, how, at: this.#now() });
    if (this.#settled.size <= REMEMBERED) return;
    const oldest = this.#settled.keys().next();
    if (oldest.done !== true) this.#settled.delete(oldest.value);
  }

  /** A request that waits, else one that was given up a while ago: an answer may be both late and wrong. */
  #nearest(answer: Identity): NearMiss | undefined {
    let compared = 0;
    for (const { identity } of this.#waiting.values()) {
      if (compared++ >= COMPARED) return undefined;
      const near = nearMiss(identity, answer);
      if (near !== undefined) return near;
    }
    for (const { identity, how } of this.#settled.values()) {
      if (how === 'answered') continue;
      if (compared++ >= COMPARED) return undefined;
      const near = nearMiss(identity, answer);
      if (near !== undefined) return { ...near, explanation: `${near.explanation} (given up before)` };
    }
    return undefined;
  }
}

function nearMiss(asked: Identity, answer: Identity): NearMiss | undefined {
  const differing = PARTS.filter(({ key }) => asked[key] !== answer[key]);
  const [only] = differing;
  if (only === undefined || differing.length > 1) return undefined;
  const { key, name } = only;
  return { but: name, explanation: `would match but for ${name}: asked ${asked[key]}, answered ${answer[key]}` };
}

function keyOf({ answerMti, stan, transmission, terminal }: Identity): string {
  return `${answerMti}|${stan}|${transmission}|${terminal}`;
}
