import type pg from 'pg';
import { auditProgrammes, verifyLedger } from '../../src/ledger/index.ts';
import { readAnnouncements, stepsOf, type Step } from './announcements.ts';
import { act, eachState, noteRefreshes, openBooks } from './books.ts';
import { live } from './model.ts';
import { householdOf, type Buying } from './population.ts';

/** The scheme of 1404 and 1405 as it happened (announcements.yaml), lived through by the product and by the model (model.ts): at each announced
 *  date what every household has, until when, and what its purchases were answered must be the same. */

export interface ReplayOptions {
  readonly pool: pg.Pool;
  readonly households: number;
  readonly seed: number;
  /** Of a household, about. */
  readonly purchases: number;
  readonly tell: (line: string) => void;
}

export interface Replayed {
  /** Dates at which every household was compared. */
  readonly compared: number;
  readonly purchases: number;
  readonly refused: number;
  /** The first of them; none: all is as the model has it. */
  readonly differences: readonly string[];
  readonly different: number;
  /** Of a few households: how many differ where the model hears of no moved end. None would mean that the comparison sees nothing. */
  readonly deaf: number | undefined;
  /** `ledger verify` and `programme audit`: none, all is in order. */
  readonly faults: readonly string[];
}

/** Of so many households all texts are kept, so that a difference can be shown; of more their digests alone. */
const KEEP = 20_000;
const SHOWN = 5;

export async function replay1405({ pool, households, seed, purchases, tell }: ReplayOptions): Promise<Replayed> {
  const steps = stepsOf(readAnnouncements());
  const markets = steps.filter(({ kind }) => kind === 'market').length;
  const buying: Buying = { seed, purchases, markets };
  const books = { pool, households, buying };
  noteRefreshes(steps);
  await openBooks(books, steps[0]!.at);
  const told = new Told(households);
  const done = { purchases: 0, refused: 0 };
  for (const step of steps) {
    const begun = performance.now();
    await act(books, step, (n, text) => {
      done.purchases++;
      if (!text.includes(' ')) done.refused++;
      told.answer(n, text);
    });
    if (step.kind === 'compare')
      await eachState(books, step.at, (n, text) => {
        told.state(step, n, text);
      });
    tell(
      `${step.day.jalali} ${step.kind}: ${((performance.now() - begun) / 1_000).toFixed(1)} s${step.kind === 'compare' ? `: ${step.what}` : ''}`,
    );
  }
  const { differences, different } = compare(told, steps, buying, households);
  const compared = steps.filter(({ kind }) => kind === 'compare').length;
  const unmoved = steps.filter(({ kind }) => kind !== 'approve');
  const deaf = households > KEEP ? undefined : compare(told, unmoved, buying, households).different;
  return { compared, ...done, differences, different, deaf, faults: await faultsOf(pool, tell) };
}

/** What the ledger said of each household, by comparison: its state, and the answers so far. */
class Told {
  readonly #answers: Uint32Array;
  readonly #states = new Map<Step, Uint32Array>();
  readonly #texts = new Map<string, string>();
  readonly #households: number;
  constructor(households: number) {
    this.#households = households;
    this.#answers = new Uint32Array(households + 1);
  }
  answer(n: number, text: string): void {
    this.#answers[n] = digest(text, this.#answers[n]!);
  }
  state(step: Step, n: number, text: string): void {
    const states = this.#states.get(step) ?? new Uint32Array(this.#households + 1);
    this.#states.set(step, states);
    states[n] = digest(text, this.#answers[n]!);
    if (this.#households <= KEEP) this.#texts.set(`${step.at} ${n}`, text);
  }
  /** @returns undefined: it is the same */
  difference(step: Step, n: number, answers: number, text: string): string | undefined {
    if (this.#states.get(step)?.[n] === digest(text, answers)) return undefined;
    const had = this.#texts.get(`${step.at} ${n}`);
    const what =
      had === text
        ? 'the answer to a purchase since the date before'
        : `\n  ledger ${had ?? '(not kept)'}\n  model  ${text}`;
    return `household ${n} on ${step.day.jalali}: ${what}`;
  }
}

/** FNV-1a, 32 bits. */
function digest(text: string, seed: number): number {
  let hash = seed ^ 0x811c_9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x0100_0193);
  return hash >>> 0;
}

/** Lives every household's life by the model, and looks what the ledger had at each date. */
function compare(told: Told, steps: readonly Step[], buying: Buying, households: number) {
  const differences: string[] = [];
  let different = 0;
  for (let n = 1; n <= households; n++) {
    let answers = 0;
    let last = '';
    let found: string | undefined;
    live(householdOf(buying.seed, n), steps, buying, {
      answer: (step, text) => {
        answers = digest(text, answers);
        last = `${step.day.jalali}: ${text}`;
      },
      state: (step, text) => {
        const difference = found === undefined ? told.difference(step, n, answers, text) : undefined;
        if (difference !== undefined) found = `${difference} (the model's last answer ${last})`;
      },
    });
    if (found === undefined) continue;
    different++;
    if (differences.length < SHOWN) differences.push(found);
  }
  return { differences, different };
}

async function faultsOf(pool: pg.Pool, tell: (line: string) => void): Promise<string[]> {
  const begun = performance.now();
  const faults = (await verifyLedger(pool)).map(
    ({ check, count, examples }) => `${check}: ${count} (${examples.join(', ')})`,
  );
  const verified = performance.now();
  for (const { programme, period, skipped, examples } of await auditProgrammes(pool))
    if (skipped > 0) faults.push(`${programme} ${period}: ${skipped} months skipped (${examples.join(', ')})`);
  const [verify, audit] = [verified - begun, performance.now() - verified].map((ms) => (ms / 1_000).toFixed(1));
  tell(`ledger verify: ${verify ?? ''} s; programme audit: ${audit ?? ''} s`);
  return faults;
}
