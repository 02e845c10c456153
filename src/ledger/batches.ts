import { availableParallelism } from 'node:os';
import type pg from 'pg';
import { DECISIONS } from '../ops/function-set.ts';
import type { Clock } from '../ops/clock.ts';
import { sqlStateOf } from '../ops/errors.ts';
import { requestsOf, type Entry } from './entries.ts';
import { VERDICT_COLUMNS, type Verdict } from './verdicts.ts';

const MAX_BATCH = 256;
/** Batches at the database at once: while one waits for its commit to reach the disk, the next is decided. More than there are
 *  processors only makes batches smaller, which costs more than it hides (docs/ledger.md). */
const SLOTS = Math.min(4, Math.max(2, availableParallelism()));
/** Requests that wait for a slot. What is over it fails at once, rather than being decided when nobody waits any more. */
const MAX_WAITING = 20_000;
const RETRIES = 4;

/** As text: a parameter of the type itself would be lost to a session when a newer version creates the type again. */
const CALL = `select ${VERDICT_COLUMNS} from ${DECISIONS}.decide_batch($1::text::${DECISIONS}.ledger_request[]) order by ord`;

export interface BatchOptions {
  readonly pool: pg.Pool;
  readonly clock: Pick<Clock, 'soon' | 'sleep'>;
  /** Batches at the database at once (default: by the processors of this machine). */
  readonly slots?: number;
  /** Told the size of each batch. */
  readonly onBatch?: (size: number) => void;
  /** Told what each call that writes came to; undefined: it was committed. */
  readonly onCall?: (error: unknown) => void;
}

interface Waiting {
  readonly entry: Entry;
  readonly done: (verdict: Verdict) => void;
  readonly fail: (error: unknown) => void;
}

/** Requests that arrive while every slot is busy go together: one call, one commit, a verdict each (decision 4). */
export class Batches {
  readonly #options: BatchOptions;
  readonly #slots: number;
  #waiting: Waiting[] = [];
  #running = 0;
  #scheduled = false;
  #idle: (() => void)[] = [];

  constructor(options: BatchOptions) {
    this.#options = options;
    this.#slots = options.slots ?? SLOTS;
  }

  /** Durable when it resolves; nothing of the entry was written when it rejects. */
  decide(entry: Entry): Promise<Verdict> {
    if (this.#waiting.length >= MAX_WAITING) return Promise.reject(new Error('the ledger is overloaded'));
    return new Promise((done, fail) => {
      this.#waiting.push({ entry, done, fail });
      this.#schedule();
    });
  }

  /** Resolves when nothing waits or runs. */
  async drain(): Promise<void> {
    if (this.#waiting.length === 0 && this.#running === 0) return;
    await new Promise<void>((done) => this.#idle.push(done));
  }

  #schedule(): void {
    if (this.#scheduled || this.#running >= this.#slots) return;
    this.#scheduled = true;
    this.#options.clock.soon(() => {
      this.#scheduled = false;
      this.#flush();
    });
  }

  #flush(): void {
    while (this.#waiting.length > 0 && this.#running < this.#slots) {
      const batch = this.#take();
      this.#running++;
      this.#options.onBatch?.(batch.length);
      void this.#run(batch).finally(() => {
        this.#running--;
        if (this.#waiting.length > 0) this.#schedule();
        else if (this.#running === 0) for (const tell of this.#idle.splice(0)) tell();
      });
    }
  }

  /** The oldest first. A second entry of a name or a card waits for the next batch, so that it sees what became of the
   *  first; another card of the same household the database finds (`again`). */
  #take(): Waiting[] {
    const names = new Set<string>();
    const batch: Waiting[] = [];
    const later: Waiting[] = [];
    let looked = 0;
    for (const waiting of this.#waiting) {
      if (batch.length === MAX_BATCH) break;
      looked++;
      const { name, card } = waiting.entry;
      if (names.has(name) || (card !== undefined && names.has(card))) later.push(waiting);
      else {
        names.add(name);
        if (card !== undefined) names.add(card);
        batch.push(waiting);
      }
    }
    this.#waiting = later.concat(this.#waiting.slice(looked));
    return batch;
  }

  async #run(batch: readonly Waiting[], attempt = 1): Promise<void> {
    let verdicts: Verdict[];
    try {
      verdicts = await this.#call(batch);
      this.#options.onCall?.(undefined);
    } catch (error) {
      this.#options.onCall?.(error);
      if (!(await this.#again(batch, error, attempt))) for (const { fail } of batch) fail(error);
      return;
    }
    const again: Waiting[] = [];
    batch.forEach(({ entry, done, fail }, index) => {
      const verdict = verdicts[index];
      if (verdict === undefined) fail(new Error('the ledger gave no verdict'));
      else if (verdict.kind === 'again') again.push({ entry, done, fail });
      else done(verdict);
    });
    this.#waiting = again.concat(this.#waiting);
  }

  async #call(batch: readonly Waiting[]): Promise<Verdict[]> {
    const values = [requestsOf(batch.map(({ entry }) => entry))];
    const { rows } = await this.#options.pool.query<Verdict>({ name: 'decide-batch', text: CALL, values });
    return rows;
  }

  /** What a failed batch, of which nothing was written, is worth trying again.
   *  @returns false: nothing; the error goes to all of them */
  async #again(batch: readonly Waiting[], error: unknown, attempt: number): Promise<boolean> {
    const code = sqlStateOf(error);
    // Only what the server itself refused was surely not written; a lost connection leaves the commit in doubt.
    if (code === undefined) return false;
    if (TRANSIENT.has(code) && attempt < RETRIES) {
      await this.#options.clock.sleep(attempt * 5);
      await this.#run(batch, attempt + 1);
      return true;
    }
    if (NOT_OF_AN_ENTRY.test(code) || batch.length === 1) return false;
    const middle = batch.length >> 1;
    await this.#run(batch.slice(0, middle));
    await this.#run(batch.slice(middle));
    return true;
  }
}

/** Serialization failure, deadlock, and a name that another copy of the gateway took in the same instant. */
const TRANSIENT = new Set(['40001', '40P01', '23505']);
/** Connection, resources, operator's intervention, system: no entry is to blame, so that looking for it is of no use. */
const NOT_OF_AN_ENTRY = /^(08|53|57|58|25)/;
