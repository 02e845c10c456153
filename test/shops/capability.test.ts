import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { afterHours, CAPABILITIES, capabilityOf, reminderDue, type ShopFacts } from '../../src/shops/capability.ts';
import { ITEM_CODES, ITEM_STATES, type Item, type ItemCode } from '../../src/shops/item.ts';
import { appealPosition, mayDecide, type AppealFacts } from '../../src/shops/appeal.ts';
import { mayBecome, sanctionFor, STANDING_STATES, standingNow, type SanctionTable } from '../../src/shops/standing.ts';

const DAY = 86_400_000;
const NOW = Date.UTC(2026, 10, 27, 8);

function shop(changed: Partial<Record<ItemCode, Partial<Item>>> = {}, more: Partial<ShopFacts> = {}): ShopFacts {
  const items = ITEM_CODES.map((code): Item => ({
    code,
    state: 'met',
    version: 1,
    since: NOW - 100 * DAY,
    ...changed[code],
  }));
  return { items, standing: 'ACTIVE', standingSince: NOW - 100 * DAY, approvedAt: NOW - 90 * DAY, graceMs: 0, ...more };
}

test('an approved shop whose papers hold may do everything, without an end', () => {
  for (const capability of CAPABILITIES) expect(capabilityOf(capability, shop(), NOW)).toEqual({ state: 'allowed' });
});

test('before its approval nothing is allowed', () => {
  const { approvedAt: _, ...facts } = shop({ sheba: { state: 'due' } });
  expect(capabilityOf('payout', facts, NOW)).toEqual({ state: 'requested' });
  expect(capabilityOf('card_purchase', facts, NOW)).toEqual({ state: 'pending' });
});

test('a licence that ends next week stops the voucher and a second terminal after hours of that day, and nothing else', () => {
  const facts = shop({ guild_licence: { validUntil: NOW + 7 * DAY } });
  const until = afterHours(NOW + 7 * DAY);
  expect(capabilityOf('voucher_purchase', facts, NOW)).toEqual({ state: 'allowed', until, because: 'guild_licence' });
  expect(capabilityOf('voucher_purchase', facts, until)).toEqual({
    state: 'restricted',
    reason: { of: 'item', item: 'guild_licence' },
    since: until,
  });
  expect(capabilityOf('card_purchase', facts, until)).toEqual({ state: 'allowed' });
  expect(capabilityOf('payout', facts, until)).toEqual({ state: 'allowed' });
  expect(capabilityOf('new_terminal', facts, until).state).toBe('restricted');
});

test('what was found wrong counts at once; what is asked again, or not answered by a registry, does not', () => {
  const wrong = shop({ sheba: { state: 'failed', reason: 'not_the_owner', since: NOW } });
  expect(capabilityOf('payout', wrong, NOW)).toEqual({
    state: 'restricted',
    reason: { of: 'item', item: 'sheba', code: 'not_the_owner' },
    since: NOW,
  });
  expect(capabilityOf('payout', shop({ sheba: { state: 'unknown' } }), NOW)).toEqual({ state: 'allowed' });
  const asked = shop({ tax_code: { state: 'due', since: NOW } }, { graceMs: 10 * DAY });
  expect(capabilityOf('card_purchase', asked, NOW)).toEqual({
    state: 'allowed',
    until: afterHours(NOW + 10 * DAY),
    because: 'tax_code',
  });
});

test.each([
  ['SUSPENDED', [...CAPABILITIES]],
  ['DISQUALIFIED', [...CAPABILITIES]],
  ['RESTRICTED', ['new_terminal']],
  ['CLOSED', ['voucher_purchase', 'card_purchase', 'refund', 'new_terminal']],
] as const)('a shop that is %s', (standing, stopped) => {
  const facts = shop({}, { standing, standingSince: NOW });
  const now = CAPABILITIES.filter((capability) => capabilityOf(capability, facts, NOW).state === 'restricted');
  expect(now).toEqual(stopped);
});

test('nothing ends in opening hours: 02:00 in Tehran, not before the instant and less than a day after it', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 4e12 }), (ms) => {
      const end = afterHours(ms);
      expect(new Date(end).toISOString().slice(11, 16)).toBe('22:30');
      expect(end).toBeGreaterThanOrEqual(ms);
      expect(end - ms).toBeLessThan(DAY);
      expect(afterHours(end)).toBe(end);
    }),
  );
});

test('a restriction is never silent: fourteen, seven and one day before it the shop is reminded, once each', () => {
  const until = NOW + 20 * DAY;
  const sent: number[] = [];
  const days: number[] = [];
  for (let now = NOW; now < until + DAY; now += DAY / 4) {
    const due = reminderDue(until, now, sent);
    if (due === undefined) continue;
    sent.push(due);
    days.push((until - now) / DAY);
  }
  expect(sent).toEqual([14, 7, 1]);
  expect(days).toEqual([14, 7, 1]);
  expect(reminderDue(NOW + 3 * DAY, NOW, [])).toBe(7); // an end that was brought forward: the reminders before it are past
});

test('whatever its items, a capability is one of the states, and an end lies ahead', () => {
  const item = fc.record({ state: fc.constantFrom(...ITEM_STATES), since: fc.integer({ min: 0, max: NOW }) });
  const items = fc.array(item, { minLength: ITEM_CODES.length, maxLength: ITEM_CODES.length });
  fc.assert(
    fc.property(
      items,
      fc.constantFrom(...CAPABILITIES),
      fc.constantFrom(...STANDING_STATES),
      (list, capability, standing) => {
        const facts = shop(
          {},
          { standing, items: list.map((one, i) => ({ ...one, code: ITEM_CODES[i]!, version: 1 })) },
        );
        const now = capabilityOf(capability, facts, NOW);
        if (now.state === 'allowed' && now.until !== undefined) expect(now.until).toBeGreaterThan(NOW);
        if (now.state === 'restricted') expect(now.since).toBeLessThanOrEqual(NOW);
      },
    ),
  );
});

test('a suspension ends by itself: the shop is back where it was', () => {
  const decisions = [
    { state: 'RESTRICTED' as const, at: NOW - 9 * DAY },
    { state: 'SUSPENDED' as const, at: NOW - 5 * DAY, until: NOW - DAY },
  ];
  expect(standingNow(decisions, NOW - 2 * DAY)).toEqual({ state: 'SUSPENDED', since: NOW - 5 * DAY });
  expect(standingNow(decisions, NOW)).toEqual({ state: 'RESTRICTED', since: NOW - DAY });
  expect(standingNow([], NOW).state).toBe('ACTIVE');
});

test('what is closed stays closed, and nobody goes from disqualified to suspended', () => {
  expect(STANDING_STATES.filter((to) => mayBecome('CLOSED', to))).toEqual([]);
  expect(STANDING_STATES.filter((to) => mayBecome('DISQUALIFIED', to))).toEqual(['ACTIVE', 'CLOSED']);
});

const TABLES: SanctionTable[] = [
  {
    version: '1404-1',
    from: 0,
    weights: { fee: 2 },
    countsForDays: 365,
    sanctions: [{ points: 4, state: 'RESTRICTED', days: 30 }],
  },
  {
    version: '1405-1',
    from: NOW - 10 * DAY,
    weights: { fee: 3, cash_out: 10 },
    countsForDays: 180,
    sanctions: [
      { points: 5, state: 'RESTRICTED', days: 30 },
      { points: 10, state: 'DISQUALIFIED', days: 365 },
    ],
  },
];

test.each([
  ['none', [], 0, undefined],
  ['one of the old table, by its weight of then', [{ kind: 'fee', at: NOW - 20 * DAY }], 2, undefined],
  [
    'an old and a new one',
    [
      { kind: 'fee', at: NOW - 20 * DAY },
      { kind: 'fee', at: NOW - DAY },
    ],
    5,
    'RESTRICTED',
  ],
  ['one that the old table counts for a year', [{ kind: 'fee', at: NOW - 300 * DAY }], 2, undefined],
  ['one that no longer counts', [{ kind: 'fee', at: NOW - 400 * DAY }], 0, undefined],
  ['cash-out', [{ kind: 'cash_out', at: NOW - DAY }], 10, 'DISQUALIFIED'],
  ['a kind that no table knows', [{ kind: 'rudeness', at: NOW }], 0, undefined],
])('violations add up: %s', (_, violations, points, state) => {
  const sanction = sanctionFor(violations, TABLES, NOW);
  expect({ points: sanction.points, state: sanction.sanction?.state, version: sanction.version }).toEqual({
    points,
    state,
    version: '1405-1',
  });
});

test('an appeal waits on one party at a time, and ends by itself', () => {
  const notice: AppealFacts = { notifiedAt: NOW, notifiedBy: 'a' };
  const at = (facts: AppealFacts, days: number): ReturnType<typeof appealPosition> =>
    appealPosition(facts, NOW + days * DAY);
  expect(at(notice, 1)).toEqual({ state: 'NOTICE', on: 'shop', since: NOW, until: NOW + 10 * DAY });
  expect(at(notice, 11)).toMatchObject({ state: 'DECISION', on: 'decider', since: NOW + 10 * DAY });
  const decided = { ...notice, respondedAt: NOW + DAY, decision: { person: 'b', at: NOW + 2 * DAY, upheld: true } };
  expect(at(decided, 3)).toMatchObject({ state: 'APPEAL_OPEN', on: 'shop' });
  expect(at(decided, 13)).toMatchObject({ state: 'FINAL' });
  expect(at({ ...decided, decision: { ...decided.decision, upheld: false } }, 3)).toMatchObject({ state: 'FINAL' });
  const appealed = { ...decided, appealedAt: NOW + 4 * DAY };
  expect(at(appealed, 5)).toMatchObject({ state: 'APPEAL', on: 'decider' });
  expect(['a', 'b', 'c'].filter((person) => mayDecide(appealed, person))).toEqual(['c']);
  expect(at({ ...appealed, final: { person: 'c', at: NOW + 6 * DAY, upheld: false } }, 7)).toEqual({
    state: 'FINAL',
    since: NOW + 6 * DAY,
  });
});
