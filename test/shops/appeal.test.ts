import { expect, test } from '@jest/globals';
import {
  actOnNotice,
  APPEAL_MS,
  DECISION_MS,
  FINAL_MS,
  NOTICE_STATES,
  noticePosition,
  RESPONSE_MS,
  type NoticeAct,
  type NoticeFacts,
} from '../../src/shops/standing/appeal.ts';
import { sanctionFor, type SanctionTable } from '../../src/shops/standing/sanction.ts';
import { mayBecome, STANDING_STATES } from '../../src/shops/standing/standing.ts';

const DAY = 86_400_000;
const NOW = Date.UTC(2026, 10, 27, 8);
const GIVEN: NoticeFacts = { notifiedAt: NOW, notifiedBy: 'maryam' };

function run(acts: readonly [NoticeAct, number][]): NoticeFacts {
  return acts.reduce((facts, [what, at]) => {
    const acted = actOnNotice(facts, what, at);
    if (!acted.ok) throw new Error(`${what.kind}: ${acted.refusal}`);
    return acted.facts;
  }, GIVEN);
}
const decide = (upheld: boolean, person = 'reza'): NoticeAct => ({ kind: 'decide', person, upheld });
const final = (upheld: boolean, person = 'sara'): NoticeAct => ({ kind: 'decide_appeal', person, upheld });

test.each<[what: string, acts: [NoticeAct, number][], at: number, position: object]>([
  ['a notice waits on the shop', [], NOW, { state: 'NOTICE', on: 'shop', since: NOW, until: NOW + RESPONSE_MS }],
  ['a shop that is silent', [], NOW + RESPONSE_MS, { state: 'DECISION', on: 'decider', since: NOW + RESPONSE_MS }],
  [
    'a response is decided at once',
    [[{ kind: 'respond' }, NOW + DAY]],
    NOW + DAY,
    { state: 'DECISION', on: 'decider', since: NOW + DAY, until: NOW + DAY + DECISION_MS },
  ],
  [
    'nobody decides: it falls',
    [[{ kind: 'respond' }, NOW + DAY]],
    NOW + DAY + DECISION_MS,
    { state: 'FINAL', upheld: false },
  ],
  [
    'decided for the shop',
    [
      [{ kind: 'respond' }, NOW],
      [decide(false), NOW + DAY],
    ],
    NOW + DAY,
    { state: 'FINAL', upheld: false, since: NOW + DAY },
  ],
  [
    'decided against it: it may appeal',
    [
      [{ kind: 'respond' }, NOW],
      [decide(true), NOW + DAY],
    ],
    NOW + DAY,
    { state: 'APPEAL_OPEN', on: 'shop', until: NOW + DAY + APPEAL_MS },
  ],
  [
    'and does not',
    [
      [{ kind: 'respond' }, NOW],
      [decide(true), NOW + DAY],
    ],
    NOW + DAY + APPEAL_MS,
    { state: 'FINAL', upheld: true },
  ],
  [
    'and does',
    [
      [{ kind: 'respond' }, NOW],
      [decide(true), NOW],
      [{ kind: 'appeal' }, NOW + DAY],
    ],
    NOW + DAY,
    { state: 'APPEAL', on: 'appeal_decider', until: NOW + DAY + FINAL_MS },
  ],
  [
    'nobody decides the appeal: it falls',
    [
      [{ kind: 'respond' }, NOW],
      [decide(true), NOW],
      [{ kind: 'appeal' }, NOW],
    ],
    NOW + FINAL_MS,
    { state: 'FINAL', upheld: false },
  ],
  [
    'the appeal is lost',
    [
      [{ kind: 'respond' }, NOW],
      [decide(true), NOW],
      [{ kind: 'appeal' }, NOW],
      [final(true), NOW + DAY],
    ],
    NOW + DAY,
    { state: 'FINAL', upheld: true },
  ],
])('%s', (_, acts, at, position) => {
  expect(noticePosition(run(acts), at)).toMatchObject(position);
});

test.each<[what: string, acts: [NoticeAct, number][], act: NoticeAct, at: number, refusal: string]>([
  ['who gave notice decides', [[{ kind: 'respond' }, NOW]], decide(true, 'maryam'), NOW, 'same_person'],
  [
    'who decided decides the appeal',
    [
      [{ kind: 'respond' }, NOW],
      [decide(true), NOW],
      [{ kind: 'appeal' }, NOW],
    ],
    final(true, 'reza'),
    NOW,
    'same_person',
  ],
  [
    'who gave notice decides the appeal',
    [
      [{ kind: 'respond' }, NOW],
      [decide(true), NOW],
      [{ kind: 'appeal' }, NOW],
    ],
    final(true, 'maryam'),
    NOW,
    'same_person',
  ],
  ['it is decided before the shop could answer', [], decide(true), NOW + RESPONSE_MS - 1, 'not_now'],
  ['the shop answers too late', [], { kind: 'respond' }, NOW + RESPONSE_MS, 'not_now'],
  ['the shop answers twice', [[{ kind: 'respond' }, NOW]], { kind: 'respond' }, NOW, 'not_now'],
  [
    'it is appealed too late',
    [
      [{ kind: 'respond' }, NOW],
      [decide(true), NOW],
    ],
    { kind: 'appeal' },
    NOW + APPEAL_MS,
    'not_now',
  ],
  [
    'a notice that fell is appealed',
    [
      [{ kind: 'respond' }, NOW],
      [decide(false), NOW],
    ],
    { kind: 'appeal' },
    NOW,
    'not_now',
  ],
])('%s: refused', (_, acts, what, at, refusal) => {
  expect(actOnNotice(run(acts), what, at)).toEqual({ ok: false, refusal });
});

test('no dead end: whatever is done or left undone, each unfinished notice waits on one party that can do something, and all end both ways', () => {
  const people = ['maryam', 'reza', 'sara', 'babak'];
  const acts: NoticeAct[] = [
    { kind: 'respond' },
    { kind: 'appeal' },
    ...people.flatMap((person) => [true, false].flatMap((upheld) => [decide(upheld, person), final(upheld, person)])),
  ];
  const key = (facts: NoticeFacts, now: number): string => JSON.stringify([noticePosition(facts, now).state, facts]);
  const seen = new Map<string, { facts: NoticeFacts; now: number; to: string[] }>();
  const queue = [{ facts: GIVEN, now: NOW }];
  while (queue.length > 0) {
    const { facts, now } = queue.pop()!;
    const here = key(facts, now);
    if (seen.has(here)) continue;
    const { until } = noticePosition(facts, now);
    const next = acts.flatMap((what) => {
      const acted = actOnNotice(facts, what, now);
      return acted.ok ? [{ facts: acted.facts, now }] : [];
    });
    if (until !== undefined) next.push({ facts, now: until }); // a day passes
    seen.set(here, { facts, now, to: next.map((one) => key(one.facts, one.now)) });
    queue.push(...next);
  }
  const reach = (from: string, done = new Set<string>()): Set<string> => {
    if (done.has(from)) return done;
    done.add(from);
    for (const to of seen.get(from)!.to) reach(to, done);
    return done;
  };
  const states = new Set<string>();
  for (const [here, { facts, now }] of seen) {
    const position = noticePosition(facts, now);
    states.add(position.state);
    if (position.state === 'FINAL') {
      expect(position).toMatchObject({ can: [] });
      expect(position.on).toBeUndefined();
      continue;
    }
    expect(position.can).toHaveLength(1);
    expect(position.until).toBeGreaterThan(position.since);
    const ends = [...reach(here)].map((name) => noticePosition(seen.get(name)!.facts, seen.get(name)!.now));
    const verdicts = new Set(ends.filter(({ state }) => state === 'FINAL').map(({ upheld }) => upheld));
    expect([here, [...verdicts].sort()]).toEqual([here, [false, true]]);
  }
  expect([...states].sort()).toEqual([...NOTICE_STATES].sort());
});

test('what is closed stays closed; every other standing can become ACTIVE again', () => {
  expect(STANDING_STATES.filter((to) => mayBecome('CLOSED', to))).toEqual([]);
  for (const from of STANDING_STATES.slice(1, 4)) expect([from, mayBecome(from, 'ACTIVE')]).toEqual([from, true]);
  expect(STANDING_STATES.filter((to) => mayBecome('DISQUALIFIED', to))).toEqual(['ACTIVE', 'CLOSED']);
});

const words = { fa: 'الف', en: 'a' };
const kind = (code: string, points: number) => ({ code, points, ...words });
const TABLES: SanctionTable[] = [
  {
    version: '1404-1',
    from: '2025-03-21',
    countsForDays: 365,
    kinds: [kind('fee', 2)],
    sanctions: [{ points: 4, state: 'RESTRICTED', days: 30, ...words }],
  },
  {
    version: '1405-1',
    from: '2026-11-17',
    countsForDays: 180,
    kinds: [kind('fee', 3), kind('cash_out', 10)],
    sanctions: [
      { points: 5, state: 'RESTRICTED', days: 30, ...words },
      { points: 10, state: 'DISQUALIFIED', days: 365, ...words },
    ],
  },
];

test.each<[what: string, violations: [kind: string, daysAgo: number][], points: number, state: string | undefined]>([
  ['none', [], 0, undefined],
  ['one of the old table, by its weight of then', [['fee', 20]], 2, undefined],
  [
    'an old and a new one',
    [
      ['fee', 20],
      ['fee', 1],
    ],
    5,
    'RESTRICTED',
  ],
  ['one that the old table counts for a year', [['fee', 300]], 2, undefined],
  ['one that no longer counts', [['fee', 400]], 0, undefined],
  ['of the new table, on its first day', [['fee', 10]], 3, undefined],
  ['cash-out', [['cash_out', 1]], 10, 'DISQUALIFIED'],
  ['a kind that the table of its day does not know', [['cash_out', 20]], 0, undefined],
])('violations add up: %s', (_, violations, points, state) => {
  const found = sanctionFor(
    violations.map(([code, days]) => ({ kind: code, at: NOW - days * DAY })),
    TABLES,
    NOW,
  );
  expect([found.points, found.sanction?.state, found.version]).toEqual([points, state, '1405-1']);
});
