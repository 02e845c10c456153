import { afterSteps } from './after.ts';
import { answersOf, waitingOfAdvice, type Answer } from './answer.ts';
import type { Captured } from './captured.ts';
import { decidedSteps } from './decided.ts';
import type { Facts } from './facts.ts';
import { paidSteps, waitingOf } from './paid.ts';
import type { Step, Waiting } from './step.ts';

/** One transaction from its bytes to the shop's Sheba. Pure: it says what is known, and knows nothing else. */
export interface Timeline {
  /** In their order: by time; what has not come yet stands at the end, in the order of the road. */
  readonly steps: readonly Step[];
  /** Where it stands still, on exactly one party; undefined: it is at its end. */
  readonly waiting: Waiting | undefined;
  readonly answer: { readonly paid: Answer; readonly charged: Answer };
}

/** @param now ms since the epoch */
export function timelineOf(facts: Facts, captured: Captured | undefined, now: number): Timeline {
  const decided = decidedSteps(facts, captured, now);
  const after = afterSteps(facts, now);
  const posted = after.filter(({ kind }) => kind === 'postings');
  const beside = after.filter(({ kind }) => kind !== 'postings');
  const steps = inOrder([...decided, ...posted, ...paidSteps(facts, now)], beside);
  const leg = decided.find(({ kind, waiting }) => kind === 'card-leg' && waiting !== undefined)?.waiting;
  return { steps, waiting: standstill(facts, steps, leg, now), answer: answersOf(facts, leg, now) };
}

/** Of the sorts of a road that has not come to its end, the first that stands: the customer's money before the shop's, and money before
 *  what people say of it. */
function standstill(facts: Facts, steps: readonly Step[], leg: Waiting | undefined, now: number): Waiting | undefined {
  if (leg !== undefined) return leg;
  const advice = waitingOfAdvice(facts, now);
  if (advice !== undefined) return advice;
  const of = (kind: Step['kind']): Waiting | undefined =>
    steps.find((each) => each.kind === kind && each.waiting !== undefined)?.waiting;
  const { row, pay } = facts;
  const stands = row.kind === 'purchase' && row.state === 'approved';
  const money = stands && pay?.at !== undefined && pay.rials !== 0n ? waitingOf(pay.at, now, facts) : undefined;
  return of('confirmation') ?? of('dispute') ?? money ?? of('break') ?? of('complaint');
}

/** The road keeps its own order, whatever the clocks of its machines say of each other; what happened beside it stands where its time is. */
function inOrder(road: readonly Step[], beside: readonly Step[]): Step[] {
  let latest = -Infinity;
  const places = road.map((each, rank) => {
    // of what is over without a time that anybody kept, the time of what came before it
    latest = Math.max(latest, each.at ?? (each.outcome === 'open' ? Infinity : latest));
    return { each, rank, at: latest };
  });
  const others = beside.map((each, n) => ({ each, rank: road.length + n, at: each.at ?? Infinity }));
  return [...places, ...others]
    .sort((a, b) => (a.at === b.at ? a.rank - b.rank : a.at < b.at ? -1 : 1))
    .map(({ each }) => each);
}
