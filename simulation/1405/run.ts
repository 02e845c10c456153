import type pg from 'pg';
import { auditProgrammes, verifyLedger } from '../../src/ledger/index.ts';
import { readAnnouncements, stepsOf, type Step } from './announcements.ts';
import { act, noteRefreshes, openBooks, openSnapshot, type Books, type Snapshot } from './books.ts';
import { livedUntil, liveBeside, type Expected } from './lived.ts';
import { digest } from './months.ts';
import { Phases } from './phases.ts';
import type { Buying } from './population.ts';

/** The scheme of 1404 and 1405 as it happened (announcements.yaml), lived through by the product and by the model (model.ts): at each announced
 *  date what every household has, until when, and what its purchases were answered must be the same. */

export interface ReplayOptions {
  readonly pool: pg.Pool;
  readonly households: number;
  readonly seed: number;
  /** Of a household, about. */
  readonly purchases: number;
  /** The last Jalali day; undefined: all of it. */
  readonly until?: string;
  readonly tell: (line: string) => void;
  /** What the database has used of the processors so far. */
  readonly cpuMs?: () => number;
  /** Tests plant a fault in the product's side: `go` does what the step says. */
  readonly plant?: (step: Step, go: () => Promise<void>) => Promise<void>;
}

export interface Replayed {
  /** Dates at which every household was compared. */
  readonly compared: number;
  readonly purchases: number;
  /** And reversals. */
  readonly returns: number;
  readonly refused: number;
  /** The first of them; none: all is as the model has it. */
  readonly differences: readonly string[];
  /** Households. */
  readonly different: number;
  /** `ledger verify` and `programme audit`: none, all is in order. */
  readonly faults: readonly string[];
}

export async function replay1405(options: ReplayOptions): Promise<Replayed> {
  const { pool, households, seed, purchases, tell } = options;
  const plant = options.plant ?? ((_: Step, go: () => Promise<void>) => go());
  const phases = new Phases(options.cpuMs);
  const steps = stepsOf(readAnnouncements(), seed);
  const markets = steps.filter(({ kind }) => kind === 'market').length;
  const buying: Buying = { seed, purchases, markets };
  const books: Books = { pool, phases, households, buying, due: new Map(), faults: [] };
  noteRefreshes(steps);
  const lived = phases.time('the model, beside the rest', () => liveBeside({ households, buying }));
  await phases.time('households', () => openBooks(books, steps[0]!.at));
  const compared = new Compared(books, steps, lived);
  for (const step of steps) {
    if (options.until !== undefined && step.day.jalali > options.until) break;
    const begun = performance.now();
    await plant(step, () =>
      act(books, step, (n, text) => {
        compared.answer(n, text, step.kind);
      }),
    );
    if (step.kind === 'compare') await compared.begin(step);
    const took = ((performance.now() - begun) / 1_000).toFixed(1);
    tell(`${step.day.jalali} ${step.kind}: ${took} s${step.kind === 'compare' ? `: ${step.what}` : ''}`);
  }
  await compared.end();
  const faults = await faultsOf(pool, phases);
  for (const line of phases.table()) tell(line);
  return { ...compared.found(), faults: [...books.faults, ...faults] };
}

const SHOWN = 5;

/** Holds what the ledger says against what the model says. */
class Compared {
  readonly #books: Books;
  readonly #steps: readonly Step[];
  readonly #lived: Promise<Expected>;
  readonly #answers: Uint32Array;
  readonly #different: Uint8Array;
  readonly #differences: string[] = [];
  #under: Promise<void> = Promise.resolve();
  readonly #count = { compared: 0, purchases: 0, returns: 0, refused: 0, different: 0 };

  constructor(books: Books, steps: readonly Step[], lived: Promise<Expected>) {
    this.#books = books;
    this.#steps = steps;
    this.#lived = lived;
    this.#answers = new Uint32Array(books.households + 1);
    this.#different = new Uint8Array(books.households + 1);
  }

  answer(n: number, text: string, kind: Step['kind']): void {
    if (kind === 'market') this.#count.purchases++;
    else this.#count.returns++;
    if (!text.includes(' ')) this.#count.refused++;
    this.#answers[n] = digest(text, this.#answers[n]!);
  }

  /** All households at an announced date, while the books go on: what they were now is read. One date at a time. */
  async begin(step: Step): Promise<void> {
    await this.end();
    const snapshot = await openSnapshot(this.#books, step.at);
    const answers = this.#answers.slice();
    this.#under = this.#books.phases
      .time('comparisons, beside the rest', () => this.#compare(step, snapshot, answers))
      .finally(() => snapshot.close());
    this.#under.catch(() => undefined); // `end` tells
  }

  /** Waits for what has begun. */
  end(): Promise<void> {
    return this.#books.phases.time('waiting for comparisons', () => this.#under);
  }

  async #compare(step: Step, snapshot: Snapshot, answers: Uint32Array): Promise<void> {
    const { households } = this.#books;
    const expected = await this.#lived;
    const states = new Float64Array(households + 1);
    await snapshot.eachState((n, weight) => {
      states[n] = weight;
    });
    const first = this.#count.compared++ * (households + 1);
    for (let n = 1; n <= households; n++) {
      const sameState = states[n] === expected.states[first + n];
      if (sameState && answers[n] === expected.answers[first + n]) continue;
      if (this.#different[n] !== 0) continue;
      this.#different[n] = 1;
      this.#count.different++;
      if (this.#differences.length >= SHOWN) continue;
      const { has, last } = livedUntil(step, n, this.#steps, this.#books.buying);
      const what = sameState
        ? 'the answer to a purchase since the date before'
        : `\n  ledger ${await snapshot.stateOf(n)}\n  model  ${has}`;
      this.#differences.push(`household ${n} on ${step.day.jalali}: ${what} (the model's last answer ${last})`);
    }
  }

  found(): Omit<Replayed, 'faults'> {
    return { ...this.#count, differences: this.#differences };
  }
}

/** Both read one snapshot each, beside one another. */
async function faultsOf(pool: pg.Pool, phases: Phases): Promise<string[]> {
  const [found, audits] = await Promise.all([
    phases.time('ledger verify', () => verifyLedger(pool)),
    phases.time('programme audit', () => auditProgrammes(pool)),
  ]);
  const faults = found.map(({ check, count, examples }) => `${check}: ${count} (${examples.join(', ')})`);
  for (const { programme, period, skipped, examples } of audits)
    if (skipped > 0) faults.push(`${programme} ${period}: ${skipped} months skipped (${examples.join(', ')})`);
  return faults;
}
