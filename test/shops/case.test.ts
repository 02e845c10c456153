import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { act, type Act } from '../../src/shops/case/act.ts';
import { positionOf, type CaseFacts, type CaseState } from '../../src/shops/case/case.ts';
import {
  ITEM_EVENTS,
  ITEM_STATES,
  REASON_CODES,
  type Item,
  type ItemCode,
  type ItemEvent,
} from '../../src/shops/requirements/item.ts';
import { CASE_KINDS, CHANGE_ITEMS } from '../../src/shops/requirements/kinds.ts';

const DAY = 86_400_000;
const NOW = Date.UTC(2026, 10, 27, 8);

/** `stopped`: failed in a way that only a person can decide about. */
function caseOf(
  states: Partial<Record<ItemCode, Item['state'] | 'stopped'>>,
  more: Partial<CaseFacts> = {},
): CaseFacts {
  const items = Object.entries(states).map(([code, state]) => ({
    code: code as ItemCode,
    ...(state === 'stopped' ? { state: 'failed' as const, reason: 'disqualified_party' as const } : { state }),
    version: 1,
    since: NOW,
  }));
  return {
    items,
    begunAt: NOW,
    due: NOW + 30 * DAY,
    reviews: [],
    reviewWithinMs: 2 * DAY,
    answerWithinMs: 10 * DAY,
    ...more,
  };
}

function run(facts: CaseFacts, acts: readonly Act[], now = NOW): CaseFacts {
  return acts.reduce((before, what) => {
    const after = act(before, what, now);
    if (!after.ok) throw new Error(`${JSON.stringify(what)}: ${after.refusal}`);
    return after.facts;
  }, facts);
}

const item = (code: ItemCode, event: ItemEvent, version: number, said = {}): Act => ({
  kind: 'item',
  code,
  event,
  version,
  said,
});
const sign = (person: string, verdict: 'approve' | 'refuse'): Act => ({ kind: 'sign', person, verdict });

test('an application goes from its first field to its approval, returned once for its licence', () => {
  let facts = caseOf({ guild_licence: 'due', sheba: 'due' });
  const states: CaseState[] = [];
  const step = (...acts: Act[]): void => {
    facts = run(facts, acts);
    states.push(positionOf(facts, NOW).state);
  };
  step(item('guild_licence', 'submit', 1), item('sheba', 'submit', 1));
  step({ kind: 'submit' });
  step(item('guild_licence', 'check', 2), item('sheba', 'check', 2));
  step(item('sheba', 'hold', 2), item('guild_licence', 'fail', 2, { reason: 'ended' }));
  expect(positionOf(facts, NOW).waiting).toEqual({
    on: 'applicant',
    since: NOW,
    until: NOW + 10 * DAY,
    can: ['fill_in', 'submit', 'withdraw'],
    items: ['guild_licence'],
  });
  step(item('guild_licence', 'submit', 2));
  step(item('guild_licence', 'check', 3), item('guild_licence', 'hold', 3));
  step(sign('maryam', 'approve'));
  step(sign('reza', 'approve'));
  expect(states).toEqual([
    'DRAFT',
    'SUBMITTED',
    'CHECKING',
    'RETURNED',
    'SUBMITTED',
    'REVIEW_1',
    'REVIEW_2',
    'APPROVED',
  ]);
});

test('what is typed without its paper stays due, and counts when the paper comes', () => {
  const typed = run(caseOf({ guild_licence: 'due' }), [item('guild_licence', 'lack', 1, { reason: 'paper_missing' })]);
  expect(typed.items[0]).toMatchObject({ state: 'due', reason: 'paper_missing', version: 2 });
  expect(act(typed, { kind: 'submit' }, NOW)).toEqual({ ok: false, refusal: 'items_due' });
  expect(positionOf(typed, NOW).waiting).toMatchObject({ on: 'applicant', items: ['guild_licence'] });
  const sent = run(typed, [item('guild_licence', 'submit', 2), { kind: 'submit' }]);
  expect(positionOf(sent, NOW).state).toBe('SUBMITTED');
  const taken = act(sent, item('guild_licence', 'lack', 3), NOW);
  expect(taken).toEqual({ ok: false, refusal: 'not_asked' });
});

test.each<[string, CaseFacts, Act, string]>([
  [
    'one person signs twice',
    run(caseOf({ sheba: 'met' }, { submittedAt: NOW }), [sign('a', 'approve')]),
    sign('a', 'approve'),
    'signed_before',
  ],
  [
    'the clerk who typed it signs',
    caseOf({ sheba: 'met' }, { submittedAt: NOW, clerk: 'c' }),
    sign('c', 'refuse'),
    'typed_it',
  ],
  [
    'a failed item is approved',
    caseOf({ sheba: 'met', relations: 'stopped' }, { submittedAt: NOW }),
    sign('a', 'approve'),
    'items_open',
  ],
  ['a draft is signed', caseOf({ sheba: 'met' }), sign('a', 'approve'), 'not_in_review'],
  ['an incomplete draft is sent', caseOf({ sheba: 'due' }), { kind: 'submit' }, 'items_due'],
  [
    'a registry answers of an older version',
    caseOf({ sheba: 'verifying' }, { submittedAt: NOW }),
    item('sheba', 'hold', 0),
    'older_version',
  ],
  [
    'the applicant changes what is being checked',
    caseOf({ sheba: 'verifying' }, { submittedAt: NOW }),
    item('sheba', 'submit', 1),
    'not_asked',
  ],
  ['what was withdrawn is sent', caseOf({ sheba: 'met' }, { withdrawnAt: NOW }), { kind: 'submit' }, 'ended'],
  ['what is in time is reopened', caseOf({ sheba: 'due' }), { kind: 'reopen' }, 'not_lapsed'],
  ['a draft that lapsed is filled in', caseOf({ sheba: 'due' }, { due: NOW }), item('sheba', 'submit', 1), 'lapsed'],
])('%s: refused', (_, facts, what, refusal) => {
  expect(act(facts, what, NOW)).toEqual({ ok: false, refusal });
});

test('a change after the first signature voids it; a second that differs asks for two new ones', () => {
  const reviewed = run(caseOf({ sheba: 'met', relations: 'stopped' }, { submittedAt: NOW }), [sign('a', 'refuse')]);
  expect(positionOf(run(reviewed, [item('relations', 'waive', 1)]), NOW).state).toBe('REVIEW_1');
  const waived = run(reviewed, [item('relations', 'waive', 1), sign('a', 'refuse'), sign('b', 'approve')]);
  expect(positionOf(waived, NOW)).toMatchObject({
    state: 'REVIEW_1',
    waiting: { on: 'reviewer', can: ['decide', 'return'] },
  });
});

test('a registry that does not answer is asked again, and is a person’s to decide when nobody is asked any more', () => {
  const silent = run(caseOf({ sheba: 'verifying' }, { submittedAt: NOW }), [
    item('sheba', 'silent', 1, { nextCheck: NOW + 900_000 }),
  ]);
  expect(positionOf(silent, NOW)).toMatchObject({
    state: 'CHECKING',
    waiting: { on: 'registry', until: NOW + 900_000 },
  });
  const given = run(silent, [item('sheba', 'check', 1), item('sheba', 'silent', 1)]);
  expect(positionOf(given, NOW)).toMatchObject({ state: 'REVIEW_1', waiting: { on: 'reviewer', items: ['sheba'] } });
});

/** Every case that these items, time and anybody's acts can lead to, and where each act leads. */
function explore(start: CaseFacts): Map<string, { facts: CaseFacts; now: number; to: Set<string> }> {
  const key = (facts: CaseFacts, now: number): string =>
    JSON.stringify([
      facts.items.map(({ state, reason, nextCheck }) => [
        state,
        reason === undefined ? 0 : reason,
        nextCheck === undefined,
      ]),
      facts.submittedAt !== undefined,
      facts.withdrawnAt !== undefined,
      now < facts.due,
      facts.reviews.map(({ person, verdict }) => [person, verdict]),
    ]);
  const seen = new Map<string, { facts: CaseFacts; now: number; to: Set<string> }>();
  const queue: { facts: CaseFacts; now: number }[] = [{ facts: start, now: NOW }];
  while (queue.length > 0) {
    const { facts, now } = queue.pop()!;
    const here = key(facts, now);
    if (seen.has(here)) continue;
    const to = new Set<string>();
    seen.set(here, { facts, now, to });
    const go = (after: CaseFacts, then: number): void => {
      to.add(key(after, then));
      queue.push({ facts: after, now: then });
    };
    for (const what of everyAct(facts, now)) {
      const after = act(facts, what, now);
      if (after.ok) go(after.facts, now);
    }
    go(facts, Math.max(now, facts.due)); // time passes
  }
  return seen;
}

function everyAct({ items }: CaseFacts, now: number): Act[] {
  const says = [{}, { reason: 'ended' }, { reason: 'disqualified_party' }, { nextCheck: now + 900_000 }] as const;
  return [
    ...items.flatMap(({ code, version }) =>
      ITEM_EVENTS.flatMap((event) => {
        const useful =
          event === 'fail' || event === 'reject'
            ? says.slice(1, 3)
            : event === 'silent'
              ? [says[0], says[3]]
              : [says[0]];
        return useful.map((said) => item(code, event, version, said));
      }),
    ),
    ...(['submit', 'withdraw', 'reopen'] as const).map((kind) => ({ kind })),
    ...['a', 'b', 'c'].flatMap((person) => [sign(person, 'approve'), sign(person, 'refuse')]),
  ];
}

/** How the kinds of cases begin: the machine looks at the states of items, whatever they are called. */
test.each<[kind: string, start: CaseFacts]>([
  ['an application', caseOf({ guild_licence: 'due', relations: 'not_required' })],
  ['a change of Sheba, or a further terminal', caseOf({ sheba: 'due' })],
  ['a change of owner', caseOf({ owner_identity: 'due', relations: 'submitted' })],
  ['a change of address that a clerk typed', caseOf({ address: 'due', tax_code: 'due' }, { clerk: 'c' })],
])(
  'no dead end: from every case that can be, both ends can be reached, and an unfinished one waits on one party that can do something: %s',
  (_, start) => {
    const graph = explore(start);
    expect(graph.size).toBeGreaterThan(50);
    const back = new Map<string, string[]>();
    for (const [from, { to }] of graph) for (const one of to) back.set(one, [...(back.get(one) ?? []), from]);
    const states = new Set<CaseState>();
    for (const end of ['APPROVED', 'REFUSED'] as const) {
      const reaches = new Set<string>();
      const queue = [...graph]
        .filter(([, { facts, now }]) => positionOf(facts, now).state === end)
        .map(([name]) => name);
      while (queue.length > 0) {
        const name = queue.pop()!;
        if (reaches.has(name)) continue;
        reaches.add(name);
        queue.push(...(back.get(name) ?? []));
      }
      for (const [name, { facts, now }] of graph) {
        const { state, waiting } = positionOf(facts, now);
        states.add(state);
        const ended = state === 'APPROVED' || state === 'REFUSED' || state === 'WITHDRAWN';
        expect([name, waiting === undefined]).toEqual([name, ended]);
        if (ended) continue;
        expect([name, reaches.has(name)]).toEqual([name, true]);
        expect(waiting!.can.length).toBeGreaterThan(0);
        expect([name, waiting!.until > waiting!.since]).toEqual([name, true]);
      }
    }
    expect([...states].sort()).toEqual(
      [
        'APPROVED',
        'CHECKING',
        'DRAFT',
        'LAPSED',
        'REFUSED',
        'RETURNED',
        'REVIEW_1',
        'REVIEW_2',
        'SUBMITTED',
        'WITHDRAWN',
      ].sort(),
    );
  },
);

test('whatever is done to it, in whatever order, two different persons sign what is approved, and every item of it is settled', () => {
  const codes: ItemCode[] = ['guild_licence', 'sheba', 'relations'];
  const anyAct: fc.Arbitrary<Act> = fc.oneof(
    fc.record({
      kind: fc.constant('item' as const),
      code: fc.constantFrom(...codes),
      event: fc.constantFrom(...ITEM_EVENTS),
      version: fc.integer({ min: 0, max: 4 }),
      said: fc.record({ reason: fc.constantFrom(...REASON_CODES) }, { requiredKeys: [] }),
    }),
    fc.record({ kind: fc.constantFrom('submit' as const, 'withdraw' as const, 'reopen' as const) }),
    fc.record({
      kind: fc.constant('sign' as const),
      person: fc.constantFrom('a', 'b', 'clerk'),
      verdict: fc.constantFrom('approve' as const, 'refuse' as const),
    }),
  );
  const startState = fc.constantFrom(...ITEM_STATES);
  fc.assert(
    fc.property(
      startState,
      startState,
      startState,
      fc.boolean(),
      fc.array(anyAct, { maxLength: 40 }),
      (a, b, c, sent, acts) => {
        let facts = caseOf(
          { guild_licence: a, sheba: b, relations: c },
          { clerk: 'clerk', ...(sent ? { submittedAt: NOW } : {}) },
        );
        for (const what of acts) {
          const after = act(facts, what, NOW);
          if (after.ok) facts = after.facts;
        }
        const { state, waiting } = positionOf(facts, NOW);
        if (state === 'APPROVED') {
          expect(new Set(facts.reviews.map(({ person }) => person)).size).toBe(2);
          expect(facts.reviews.some(({ person }) => person === 'clerk')).toBe(false);
          expect(facts.items.every((one) => ['met', 'waived', 'not_required'].includes(one.state))).toBe(true);
        }
        expect(waiting === undefined).toBe(['APPROVED', 'REFUSED', 'WITHDRAWN'].includes(state));
      },
    ),
    { numRuns: 2_000 },
  );
});

test('each kind of change asks for items of its own, each once; a new owner shows all that is of the person, and the account', () => {
  expect([...Object.keys(CHANGE_ITEMS), 'application', 'reverify'].sort()).toEqual([...CASE_KINDS].sort());
  for (const items of Object.values(CHANGE_ITEMS)) {
    expect(items.length).toBeGreaterThan(0);
    expect(new Set(items).size).toBe(items.length);
  }
  expect(CHANGE_ITEMS.owner).toEqual(
    expect.arrayContaining(['owner_identity', 'mobile', 'sheba', 'terms', 'relations']),
  );
});
