import { repeatOf } from '../../field/mti.ts';
import type { Ledger, QueuedAdvice } from '../../ledger/index.ts';
import { backoffMs, type Link, type LinkAnswer } from '../../net/link/index.ts';
import type { Clock } from '../../ops/clock.ts';
import { messageOf } from '../../ops/errors.ts';
import type { Log } from '../../ops/log.ts';
import { systemRandom } from '../../ops/random.ts';
import type { Loop } from '../../ops/repeat.ts';
import { Pace } from './pace.ts';
import { adviceFields } from './request.ts';

export interface AdviceOptions {
  readonly ledger: Pick<Ledger, 'claimAdvices' | 'adviceDone' | 'adviceFailed'>;
  readonly link: Pick<Link, 'ready' | 'send'>;
  readonly clock: Clock;
  readonly log: Log;
  /** Patience with one 0430. */
  readonly timeoutMs: number;
  /** How often the queue is looked at while it is empty (default 250 ms). */
  readonly pollMs?: number;
  /** Pause after a failed attempt, doubling (default 500 ms to 60 s). */
  readonly retry?: { readonly baseMs: number; readonly capMs: number };
  /** Pause while the bank takes none, doubling (default 500 ms to 30 s). */
  readonly standstill?: { readonly baseMs: number; readonly capMs: number };
  /** An advice older than this is an alarm, at each of its attempts (default 60 s). */
  readonly alarmMs?: number;
  /** A number in [0, 1): spreads attempts (default: the machine's). */
  readonly random?: () => number;
  readonly onAttempt?: (advice: QueuedAdvice, result: string) => void;
  /** How many may be under way at once, as it changes. */
  readonly onWindow?: (size: number) => void;
}

/** DE 39 of an 0430 or 0230 that ends it: taken, taken before, refused for good, nothing to reverse (domain/02). */
const FINAL = new Set(['00', '02', '05', '25']);
/** It ends the attempts, not the doubt: a person must settle it with the bank (doubts.ts). */
const REFUSED = '05';
/** Store and forward: takes due advices from the ledger and sends each until a final answer comes. Nothing is ever
 *  discarded, for age or for attempts: it is retried, and alarms (wire.md 9.4); while the bank takes none, slowly (pace.ts). The ledger keeps the order per card, and
 *  leases, so that any number of copies can work at it. One that gets no answer holds up none of another card. */
export function forwardAdvices(options: AdviceOptions): Loop {
  const { clock, log, pollMs = 250 } = options;
  const pace = new Pace(options.random ?? systemRandom.fraction, options.standstill);
  options.onWindow?.(pace.window);
  const underWay = new Set<Promise<void>>();
  const work = async (): Promise<number> => {
    const advices = await claim(pace.room(underWay.size, clock.now()), options);
    for (const advice of advices) {
      const begunAt = clock.now();
      const mine = attempt(advice, options)
        .then((isTaken) => {
          if (isTaken) pace.taken();
          else pace.notTaken(begunAt, clock.now());
          options.onWindow?.(pace.window);
        })
        .catch((error: unknown) => {
          // Its lease ends, and it comes again: the bank takes a repeat for what it is.
          log.error({ advice: advice.id, error: messageOf(error) }, 'what became of an advice cannot be written');
        })
        .finally(() => underWay.delete(mine));
      underWay.add(mine);
    }
    return advices.length;
  };
  /** While there is something to take, without a pause. */
  const run = async (stopping: AbortSignal): Promise<void> => {
    while (!stopping.aborted) {
      const taken = await work();
      if (underWay.size >= pace.window) await Promise.race(underWay);
      else if (taken === 0) return;
    }
  };
  const loop = clock.every(pollMs, run, {
    first: 'now',
    onError: (error) => {
      log.error({ error: messageOf(error) }, 'the queue of reversals cannot be worked at; it is tried again');
    },
  });
  return {
    stop: async () => {
      await loop.stop();
      await Promise.all(underWay);
    },
  };
}

async function claim(room: number, { ledger, link, clock, timeoutMs }: AdviceOptions): Promise<QueuedAdvice[]> {
  if (room <= 0 || !link.ready()) return [];
  // The lease outlives the attempt: no other copy sends the same advice meanwhile.
  return ledger.claimAdvices(room, 2 * timeoutMs + 5_000, clock.now());
}

/** @returns whether the bank took it */
async function attempt(advice: QueuedAdvice, options: AdviceOptions): Promise<boolean> {
  const { ledger, link, clock, timeoutMs } = options;
  const answer = await link.send({
    // The ledger counts a claim as an attempt, this one too: one whose process died may have left.
    mti: advice.attempts <= 1 ? advice.mti : repeatOf(advice.mti),
    fields: adviceFields(advice),
    priority: 'reversal',
    deadlineAt: clock.now() + timeoutMs,
  });
  const rc = answer.kind === 'answer' ? answer.message.get(39) : undefined;
  if (rc !== undefined && FINAL.has(rc)) {
    await ledger.adviceDone(advice.id, rc);
    if (rc === REFUSED) options.log.error(about(advice, rc, options), 'ALARM: the bank refuses an advice for good');
    options.onAttempt?.(advice, rc);
    return true;
  }
  const why = reasonOf(answer, rc);
  alarm(advice, why, options);
  const { baseMs, capMs } = options.retry ?? { baseMs: 500, capMs: 60_000 };
  const pauseMs = backoffMs(advice.attempts, baseMs, capMs, options.random ?? systemRandom.fraction);
  await ledger.adviceFailed(advice.id, why, clock.now() + pauseMs);
  options.onAttempt?.(advice, why);
  return false;
}

function reasonOf(answer: LinkAnswer, rc: string | undefined): string {
  switch (answer.kind) {
    case 'answer':
      return `RC ${rc ?? 'missing'}`;
    case 'timeout':
      return 'no answer in time';
    case 'lost':
    case 'forged':
    case 'unreadable':
    case 'unsent':
      return answer.why;
  }
}

function alarm(advice: QueuedAdvice, why: string, options: AdviceOptions): void {
  const facts = about(advice, why, options);
  if (facts.ageMs >= (options.alarmMs ?? 60_000)) options.log.error(facts, 'ALARM: the bank has not taken an advice');
  else options.log.warn(facts, 'the bank has not taken an advice yet');
}

function about(
  { id, mti, terminal, rrn, attempts, queuedAt }: QueuedAdvice,
  why: string,
  { clock }: AdviceOptions,
): { readonly ageMs: number; readonly [name: string]: unknown } {
  return { advice: id, mti, terminal, rrn, attempts, ageMs: clock.now() - queuedAt, why };
}
