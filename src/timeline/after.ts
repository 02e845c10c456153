import { REVERSAL_MS } from '../complaints/index.ts';
import type { Advice, BreakFact, ComplaintFact, Facts } from './facts.ts';
import { opaqueId } from './kinds.ts';
import { BANK, GATEWAY, PARTIES, person, step, waits, type Step, type WaitsOn } from './step.ts';

/** What came after the answer: postings, what was taken back, what the bank still has to hear, and what people do about it. Pure. */

export function afterSteps(facts: Facts, now: number): Step[] {
  return [
    ...originalStep(facts),
    ...postingSteps(facts),
    ...backSteps(facts),
    ...facts.advices.map((advice) => adviceStep(advice, now)),
    ...facts.complaints.map((complaint) => complaintStep(complaint, now)),
    ...disputeSteps(facts, now),
    ...facts.breaks.map((each) => breakStep(each, now)),
    ...acquirerSteps(facts),
    ...shebaSteps(facts),
  ];
}

const iso = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString());

function originalStep({ original }: Facts): Step[] {
  if (original === undefined) return [];
  const { rrn, day, total, state, at, stan } = original;
  return [step('original', 'original.purchase', { at, facts: { id: opaqueId(original), rrn, stan, businessDay: day, totalRials: total, state } })]; // prettier-ignore
}

function postingSteps({ postings }: Facts): Step[] {
  const [first] = postings;
  if (first === undefined) return [];
  const entries = postings.map(({ line, kind, day, bucket, legs }) => ({ line, kind, businessDay: day, bucket, legs }));
  return [step('postings', 'postings.done', { at: first.at, facts: { businessDay: first.day, entries } })];
}

function backSteps({ row, related }: Facts): Step[] {
  return related
    .filter(({ kind }) => kind === 'return' || kind === 'reversal')
    .map((each) => {
      const { kind, state, at, terminal, total, voucher, cardPart, cash, day, code, reason, originalId } = each;
      const key = kind === 'reversal' ? 'reversal.done' : state === 'held' ? 'return.open' : state === 'declined' ? 'return.declined' : 'return.done'; // prettier-ignore
      return step(kind === 'reversal' ? 'reversal' : 'return', key, {
        at,
        actor: { kind: 'terminal', name: terminal },
        outcome: state === 'held' ? 'open' : state === 'declined' ? 'refused' : 'done',
        facts: {
          id: opaqueId(each),
          businessDay: day,
          totalRials: total,
          voucherRials: voucher,
          cardRials: cardPart,
          cashRials: cash,
          code,
          reason,
          // of a return that was reversed again
          ofReturn: originalId === row.id ? null : originalId,
        },
      });
    });
}

/** A lane's order, leases and pauses are the gateway's; each attempt that is known is counted. */
function adviceStep(advice: Advice, now: number): Step {
  const {
    id,
    mti,
    rials,
    leg,
    originalLeg,
    reason,
    queuedAt,
    dueAt,
    attempts,
    error,
    code,
    doneAt,
    owner,
    note,
    resolvedAt,
    refused,
  } = advice;
  const open = doneAt === null;
  const key = open
    ? 'advice.open'
    : refused
      ? 'advice.refused'
      : resolvedAt !== null
        ? 'advice.resolved'
        : 'advice.done';
  const waiting = open
    ? waits('bank', { since: queuedAt, until: queuedAt + REVERSAL_MS, can: 'bank.reversal' }, now)
    : refused
      ? waits('operator', { since: doneAt, who: owner === 'gateway' ? undefined : owner, can: 'operator.refused' }, now)
      : undefined;
  return step('advice', key, {
    at: doneAt ?? queuedAt,
    actor: resolvedAt === null ? BANK : person(owner),
    outcome: open ? 'open' : refused ? 'failed' : 'done',
    ...(doneAt === null ? {} : { durationMs: Math.max(0, Math.round(doneAt - queuedAt)) }),
    facts: {
      advice: id,
      mti,
      rials,
      why: reason,
      leg,
      originalLeg,
      queuedAt: iso(queuedAt),
      attempts,
      lastError: error,
      bankCode: code,
      nextAttempt: open ? iso(dueAt) : null,
      owner,
      note,
    },
    ...(waiting === undefined ? {} : { waiting }),
  });
}

/** Parties of a complaint, as a timeline names them. */
function partyOf(on: string): WaitsOn {
  return PARTIES.find((party) => party === on) ?? 'support';
}

function complaintStep({ id, number, kind, state, on, filedAt, since, until }: ComplaintFact, now: number): Step {
  const open = on !== null;
  return step('complaint', open ? 'complaint.open' : 'complaint.ended', {
    at: filedAt,
    actor: { kind: 'person', name: 'complainant' },
    outcome: open ? 'open' : 'done',
    facts: { complaint: id, number, kind, state },
    ...(open
      ? { waiting: waits(partyOf(on), { since: since ?? filedAt, until: until ?? undefined, who: number }, now) }
      : {}),
  });
}

function disputeSteps({ disputes }: Facts, now: number): Step[] {
  return disputes.map(({ id, rials, reason, at, until, released, proposed }) => {
    const open = !released && until > now;
    return step('dispute', open ? 'dispute.open' : 'dispute.ended', {
      at,
      actor: { kind: 'person', name: 'operator' },
      outcome: open ? 'open' : 'done',
      facts: { dispute: id, rials, reason, until: iso(until), proposed },
      ...(open ? { waiting: waits('operator', { since: at, until, can: 'operator.dispute' }, now) } : {}),
    });
  });
}

function breakStep(each: BreakFact, now: number): Step {
  const { id, state, detail, rials, owner, post, postRials, proposedBy, approvedBy, raisedAt, resolvedAt, ofShop } =
    each;
  const open = state !== 'resolved';
  return step('break', open ? 'break.open' : 'break.resolved', {
    at: resolvedAt ?? raisedAt,
    actor: approvedBy === null ? GATEWAY : person(approvedBy),
    outcome: open ? 'open' : 'done',
    facts: {
      break: id,
      class: each.class,
      state,
      rials,
      detail,
      owner,
      post,
      postRials,
      proposedBy,
      raisedAt: iso(raisedAt),
      ofShop,
    },
    ...(open ? { waiting: waits('operator', { since: raisedAt, who: owner, can: 'operator.break' }, now) } : {}),
  });
}

function acquirerSteps({ acquirer }: Facts): Step[] {
  return acquirer.map(({ psp, settlementDate, file, line, code, total, voucher, rule, at }) =>
    step('acquirer', 'acquirer.matched', {
      at,
      actor: { kind: 'acquirer', name: psp },
      facts: { file, line, settlementDate, code, totalRials: total, voucherRials: voucher, rule },
    }),
  );
}

function shebaSteps({ shebaChanges, orders }: Facts): Step[] {
  const days = orders.map(({ day }) => day);
  const first = days.toSorted()[0];
  // of the days on which it was to be paid, and of those that wait
  return shebaChanges
    .filter(({ inForce, state }) => state === 'waiting' || first === undefined || inForce >= first)
    .map(({ id, old, approvedAt, inForce, bankClosed, state, ...change }) =>
      step('sheba-change', 'sheba.changed', {
        at: approvedAt,
        actor: { kind: 'shop', name: 'shop' },
        facts: { change: id, from: old, to: change.new, inForce, bankClosed, state },
      }),
    );
}
