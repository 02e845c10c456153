import { describe } from '../codec/index.ts';
import type { Clock } from '../ops/clock.ts';
import { GatewayError } from '../ops/errors.ts';
import { FAULTS, QUESTIONS, type Case } from './case.ts';
import { HandGone, type Hand } from './hand.ts';
import type { Host } from './host/host.ts';
import { instructionOf } from './instructions.ts';
import type { CaseSeen, SeenRequest } from './seen.ts';
import type { Result, RunState, RunStore, ShownFrame, Subject } from './state.ts';
import { isSpeakable } from './speech.ts';
import { findingsOf } from './watch.ts';

export interface RunOptions {
  readonly subject: Subject;
  readonly cases: readonly Case[];
  readonly host: Host;
  readonly hand: Hand;
  readonly store: RunStore;
  readonly clock: Clock;
  /** Names a new run. */
  readonly name: string;
  /** That the person types; undefined: the card's own. */
  readonly pin?: string | undefined;
  /** Cases that are done again though they have a result. */
  readonly again?: ReadonlySet<string>;
  /** A device that does not come to rest in so long is stuck, ms; undefined: the person decides. */
  readonly patienceMs?: number;
  readonly onCase?: (one: Case, result: Result, done: number, all: number) => void;
}

/** Leads the device through its cases, on from where the run was left. Each result is kept before the next case begins.
 *  @returns the run; `finished` is false where the person left
 *  @throws GatewayError `certification.other-device` where the file holds the run of another */
export async function runCases(options: RunOptions): Promise<{ readonly state: RunState; readonly finished: boolean }> {
  const { cases, store, hand, host, again, onCase } = options;
  let state = stateOf(options);
  const due = cases.filter(({ id }) => state.results[id] === undefined || again?.has(id) === true);
  for (const [index, one] of due.entries()) {
    let result: Result;
    const attempts = (state.results[one.id]?.attempts ?? 0) + 1;
    const does = one.needs === undefined || options.subject.capabilities.includes(one.needs);
    if (!does || !isSpeakable(one, host.speech)) {
      result = blank('not-applicable', options.clock.now(), attempts);
    } else {
      try {
        await hand.begin(one);
        const seen = host.begin();
        await perform(one, seen, options);
        result = judged(one, seen, options.clock.now(), attempts);
      } catch (error) {
        if (error instanceof HandGone) return { state, finished: false };
        throw error;
      }
    }
    state = { ...state, results: { ...state.results, [one.id]: result } };
    store.write(state);
    onCase?.(one, result, index + 1, due.length);
  }
  return { state, finished: true };
}

function stateOf({ store, subject, clock, name }: RunOptions): RunState {
  const kept = store.read();
  if (kept === undefined)
    return { format: 1, run: name, startedAt: new Date(clock.now()).toISOString(), subject, results: {} };
  const told = (of: Subject): string => [of.vendor, of.model, of.software, of.profile, of.terminal].join(' · ');
  if (told(kept.subject) !== told(subject))
    throw new GatewayError(
      'certification.other-device',
      `The run in this file is of ${told(kept.subject)}; this is ${told(subject)}. Give another --state.`,
    );
  return { ...kept, subject };
}

async function perform(one: Case, seen: CaseSeen, options: RunOptions): Promise<void> {
  const { host, hand, clock, pin, patienceMs } = options;
  for (const [index, step] of one.steps.entries()) {
    host.step(index, step);
    const doing = hand.perform(step.deed, instructionOf(step.deed, pin));
    if (patienceMs === undefined) await doing;
    else if (!(await inTime(doing, clock, patienceMs))) seen.stuck.push(index);
    for (const ask of step.asks ?? []) {
      const said = await hand.answer(ask, QUESTIONS[ask.question]);
      seen.papers.push({ ...ask, step: index, said });
    }
  }
}

async function inTime(work: Promise<void>, clock: Clock, ms: number): Promise<boolean> {
  const stop = new AbortController();
  const late = clock.sleep(ms, stop.signal).then(() => false);
  try {
    return await Promise.race([work.then(() => true), late]);
  } finally {
    stop.abort();
  }
}

function judged(one: Case, seen: CaseSeen, now: number, attempts: number): Result {
  const findings = findingsOf(one, seen);
  return {
    ...blank(findings.length === 0 ? 'passed' : 'failed', now, attempts),
    findings,
    frames: seen.requests.flatMap(framesOf),
    papers: seen.papers.map(({ step, question, about, said, expect }) => ({
      step,
      question,
      about: about === undefined ? '' : String(about),
      said,
      expected: expect ?? null,
    })),
    lines: seen.lines.map(({ at, step, what, connection, why }) => ({
      at: new Date(at).toISOString(),
      step,
      what: `${what}${connection === 0 ? '' : ` #${connection}`}${why === undefined ? '' : `: ${why}`}`,
    })),
  };
}

function blank(verdict: Result['verdict'], now: number, attempts: number): Result {
  return { verdict, at: new Date(now).toISOString(), attempts, findings: [], frames: [], papers: [], lines: [] };
}

/** A request and its answer, masked. */
function framesOf(seen: SeenRequest): ShownFrame[] {
  const { at, step, connection, said, mac, pinGood, repeats, reused, fault, answer, tx } = seen;
  const notes = [
    mac === 'wrong' ? 'MAC wrong' : mac === 'none' ? 'no MAC' : 'MAC good',
    ...(pinGood === undefined ? [] : [pinGood ? 'PIN block opens' : 'PIN block does not open']),
    ...(repeats === undefined ? [] : ['repeat']),
    ...(reused ? ['STAN was used before'] : []),
    ...(tx.kind === 'refused' ? [`${tx.path ?? ''} ${tx.reason}`.trim()] : []),
  ];
  const shown = (text: string): string => text.replace(/[\u2066-\u2069]/g, '');
  const request: ShownFrame = {
    at: new Date(at).toISOString(),
    from: 'device',
    step,
    connection,
    text: shown(describe(said, { language: 'en' })),
    note: notes.join(' · '),
  };
  if (answer === undefined) return [request];
  return [
    request,
    {
      at: new Date(answer.at).toISOString(),
      from: 'gateway',
      step,
      connection,
      text: shown(describe(answer.message, { language: 'en' })),
      note: fault === undefined ? '' : FAULTS[fault].en,
    },
  ];
}
