import { expect, test } from '@jest/globals';
import {
  COMPLAINT_KINDS,
  complaintPosition,
  decisionRefused,
  FINDINGS,
  type ComplaintAct,
  type ComplaintFacts,
} from '../../src/complaints/complaint.ts';

const DAY = 86_400_000;

/** What a party's act makes of the facts, as act.ts writes it. */
function after(facts: ComplaintFacts, act: ComplaintAct, now: number): ComplaintFacts {
  switch (act) {
    case 'contest':
      return { ...facts, contestedAt: now };
    case 'answer':
      return { ...facts, answeredAt: now };
    case 'ask':
      return { ...facts, askedAt: now };
    case 'withdraw':
      return { ...facts, ended: { at: now, how: 'withdrawn' } };
    case 'refuse':
      return { ...facts, ended: { at: now, how: 'refused' } };
    case 'propose':
      return { ...facts, proposal: { at: now, by: 'sara' } };
    case 'reject':
      return { ...facts, proposal: undefined };
    case 'approve':
      return { ...facts, ended: { at: now, how: 'accepted' } };
    case 'wait':
      return facts;
  }
}

/** Instants matter only by their order and by what is over. */
function keyOf(facts: ComplaintFacts, now: number): string {
  const { state, waiting } = complaintPosition(facts, now);
  return JSON.stringify([
    facts.kind,
    facts.finding,
    state,
    waiting?.can,
    facts.contestedAt !== undefined,
    facts.askedAt !== undefined,
    facts.proposal !== undefined,
  ]);
}

interface Node {
  readonly facts: ComplaintFacts;
  readonly now: number;
}

test('from every complaint that can be there is a way to an end, and each unfinished one waits on one party that can do something', () => {
  const seen = new Map<string, { node: Node; next: string[] }>();
  const queue: Node[] = COMPLAINT_KINDS.flatMap((kind) =>
    FINDINGS.map((finding) => ({
      now: 0,
      facts: {
        kind,
        finding,
        filedAt: 0,
        foundAt: 0,
        findingUntil: ['in_doubt', 'reversing', 'due'].includes(finding) ? DAY : undefined,
      },
    })),
  );
  for (const node of queue) {
    const key = keyOf(node.facts, node.now);
    if (seen.has(key)) continue;
    const { waiting, state } = complaintPosition(node.facts, node.now);
    if (waiting === undefined) {
      expect(['ACCEPTED', 'REFUSED', 'WITHDRAWN', 'ANSWERED']).toContain(state);
      seen.set(key, { node, next: [] });
      continue;
    }
    expect(waiting.can.length).toBeGreaterThan(0);
    expect(waiting.since).toBeLessThanOrEqual(node.now);
    expect(waiting.until).toBeGreaterThan(waiting.since);
    const acted = waiting.can.map((act) => ({ facts: after(node.facts, act, node.now + 1), now: node.now + 1 }));
    const later = waiting.until === Infinity ? [] : [{ facts: node.facts, now: Math.max(node.now, waiting.until) + 1 }];
    // The system looks again at what it watches, and may find anything.
    const looked =
      state === 'WATCHED'
        ? FINDINGS.map((finding) => ({ now: node.now + 1, facts: { ...node.facts, finding, foundAt: node.now + 1 } }))
        : [];
    const next = [...acted, ...later, ...looked];
    queue.push(...next);
    seen.set(key, { node, next: next.map(({ facts, now }) => keyOf(facts, now)) });
  }
  expect(seen.size).toBeGreaterThan(100);
  const ends = new Set([...seen].filter(([, { next }]) => next.length === 0).map(([key]) => key));
  for (let grew = true; grew;) {
    grew = false;
    for (const [key, { next }] of seen) {
      if (ends.has(key) || !next.some((each) => ends.has(each))) continue;
      ends.add(key);
      grew = true;
    }
  }
  expect([...seen.keys()].filter((key) => !ends.has(key))).toEqual([]);
});

const filed: ComplaintFacts = { kind: 'deducted', finding: 'stands', filedAt: 0, foundAt: 0 };
test.each<[string, ComplaintFacts, number, object]>([
  [
    'what stands goes to support, with a due date',
    filed,
    1,
    { state: 'OPEN', waiting: { on: 'support', since: 0, until: 3 * DAY } },
  ],
  [
    'a reversal under way answers by itself, and names the bank',
    { ...filed, finding: 'reversing', findingUntil: DAY },
    1,
    { state: 'WATCHED', waiting: { on: 'bank', until: DAY } },
  ],
  [
    'and goes to support when its time is over',
    { ...filed, finding: 'reversing', findingUntil: DAY },
    DAY,
    { state: 'OPEN', waiting: { on: 'support', since: DAY } },
  ],
  [
    'what went back answers it; the complainant may say no',
    { ...filed, finding: 'reversed' },
    1,
    { state: 'ANSWERED', waiting: { on: 'complainant', can: ['contest', 'withdraw'] } },
  ],
  [
    'and then support looks',
    { ...filed, finding: 'reversed', contestedAt: 5 },
    6,
    { state: 'OPEN', waiting: { on: 'support', since: 5 } },
  ],
  ['who does not say no is content after a while', { ...filed, finding: 'reversed' }, 31 * DAY, { state: 'ANSWERED' }],
  [
    'a shop that is not paid yet waits for the system',
    { ...filed, kind: 'not_paid', finding: 'due', findingUntil: DAY },
    1,
    { state: 'WATCHED', waiting: { on: 'system' } },
  ],
  ['a payment does not answer an overcharge', { ...filed, kind: 'overcharged', finding: 'paid' }, 1, { state: 'OPEN' }],
  [
    'who does not answer lapses, and goes on with an answer',
    { ...filed, askedAt: 1 },
    11 * DAY,
    { state: 'LAPSED', waiting: { can: ['answer'] } },
  ],
  [
    'an answer goes back to support',
    { ...filed, askedAt: 1, answeredAt: 12 * DAY },
    12 * DAY,
    { state: 'OPEN', waiting: { since: 12 * DAY } },
  ],
])('%s', (_, facts, now, expected) => {
  expect(complaintPosition(facts, now)).toMatchObject(expected);
});

test('who proposed does not decide', () => {
  const proposed = { ...filed, proposal: { at: 1, by: '7' } };
  expect([
    decisionRefused(proposed, '7', 2),
    decisionRefused(proposed, '8', 2),
    decisionRefused(filed, '8', 2),
  ]).toEqual(['proposed_it', undefined, 'not_proposed']);
});
