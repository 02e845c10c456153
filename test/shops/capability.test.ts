import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  afterHours,
  CAPABILITIES,
  capabilityOf,
  reminderDue,
  STOPPED_BY,
  type Remedy,
  type ShopFacts,
} from '../../src/shops/standing/capability.ts';
import { ITEM_CODES, ITEM_STATES, type Item, type ItemCode } from '../../src/shops/requirements/item.ts';
import { STANDING_STATES } from '../../src/shops/standing/standing.ts';

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
  return { items, listed: 'approved', standing: 'ACTIVE', standingSince: NOW - 100 * DAY, ...more };
}

/** The same without an approval. */
function applicant({ items, standing, standingSince, ended }: ShopFacts): ShopFacts {
  return { items, standing, standingSince, ...(ended === undefined ? {} : { ended }) };
}

test('an approved shop whose papers hold may do everything, without an end; so may one from a file, without papers', () => {
  for (const capability of CAPABILITIES) {
    expect(capabilityOf(capability, shop(), NOW)).toEqual({ state: 'allowed' });
    expect(capabilityOf(capability, shop({}, { items: [] }), NOW)).toEqual({ state: 'allowed' });
  }
});

test.each<[what: string, changed: Parameters<typeof shop>[0], more: Partial<ShopFacts>, state: string]>([
  ['a case with an item to fill in', { sheba: { state: 'due' } }, {}, 'requested'],
  ['a case that is being looked at', { sheba: { state: 'verifying' } }, {}, 'pending'],
  ['a case that was withdrawn', {}, { ended: true }, 'off'],
  ['nobody who ever asked', {}, { items: [] }, 'off'],
])('%s allows nothing', (_, changed, more, state) => {
  const facts = applicant(shop(changed, more));
  for (const capability of CAPABILITIES) expect(capabilityOf(capability, facts, NOW)).toEqual({ state });
});

test('a licence that ends next week stops the voucher and a second terminal after hours of that day, and nothing else', () => {
  const facts = shop({ guild_licence: { validUntil: NOW + 7 * DAY } });
  const until = afterHours(NOW + 7 * DAY);
  expect(capabilityOf('voucher_purchase', facts, NOW)).toEqual({ state: 'allowed', until, because: 'guild_licence' });
  expect(capabilityOf('voucher_purchase', facts, until - 1)).toMatchObject({ state: 'allowed' });
  expect(capabilityOf('voucher_purchase', facts, until)).toEqual({
    state: 'restricted',
    reason: { of: 'item', item: 'guild_licence' },
    remedy: 'show_again',
    since: until,
  });
  const states = CAPABILITIES.map((capability) => capabilityOf(capability, facts, until).state);
  expect(states).toEqual(['restricted', 'allowed', 'allowed', 'allowed', 'restricted']);
});

test('what was found wrong counts at once; what a registry does not answer does not', () => {
  const wrong = shop({ sheba: { state: 'failed', reason: 'not_the_owner', since: NOW } });
  expect(capabilityOf('payout', wrong, NOW)).toMatchObject({
    state: 'restricted',
    reason: { of: 'item', item: 'sheba', code: 'not_the_owner' },
    since: NOW,
  });
  expect(capabilityOf('payout', shop({ sheba: { state: 'unknown' } }), NOW)).toEqual({ state: 'allowed' });
});

test.each([
  ['RESTRICTED', ['new_terminal'], 'appeal'],
  ['SUSPENDED', ['voucher_purchase', 'card_purchase', 'payout', 'new_terminal'], 'wait'],
  ['DISQUALIFIED', ['voucher_purchase', 'card_purchase', 'new_terminal'], 'appeal'],
  ['CLOSED', ['voucher_purchase', 'card_purchase', 'refund', 'new_terminal'], 'none'],
] as const)('a shop that is %s', (standing, stopped, remedy) => {
  const facts = shop({}, { standing, standingSince: NOW, standingUntil: NOW + DAY });
  const now = CAPABILITIES.map((capability) => ({ capability, ...capabilityOf(capability, facts, NOW) }));
  expect(now.filter(({ state }) => state === 'restricted').map(({ capability }) => capability)).toEqual(stopped);
  expect(capabilityOf(stopped[0], facts, NOW)).toEqual({
    state: 'restricted',
    reason: { of: 'standing', standing },
    remedy,
    since: NOW,
    until: NOW + DAY,
  });
});

test('what a file says comes first: suspended stops everything, applied is not there yet', () => {
  const listed = { listed: 'suspended', listedAt: NOW - DAY } as const;
  for (const capability of CAPABILITIES) {
    expect(capabilityOf(capability, shop({}, listed), NOW)).toEqual({
      state: 'restricted',
      reason: { of: 'list', status: 'suspended' },
      remedy: 'ask',
      since: NOW - DAY,
    });
    expect(capabilityOf(capability, shop({}, { listed: 'applied' }), NOW)).toEqual({ state: 'pending' });
  }
});

test('nothing ends in opening hours: 02:00 in Tehran, not before the instant and less than a day after it', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 4e12 }), (ms) => {
      const end = afterHours(ms);
      expect(new Date(end).toISOString().slice(11)).toBe('22:30:00.000Z');
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
  expect([sent, days]).toEqual([
    [14, 7, 1],
    [14, 7, 1],
  ]);
  expect(reminderDue(NOW + 3 * DAY, NOW, [])).toBe(7); // an end that was brought forward: the reminders before it are past
});

test('whatever its items, a capability is one of the states, an end lies ahead, and what is restricted names why and what helps', () => {
  const item = fc.record({
    state: fc.constantFrom(...ITEM_STATES),
    since: fc.integer({ min: 0, max: NOW }),
    validUntil: fc.option(fc.integer({ min: 0, max: 2 * NOW }), { nil: undefined }),
  });
  const items = fc.array(item, { minLength: ITEM_CODES.length, maxLength: ITEM_CODES.length });
  const listed = fc.constantFrom('applied', 'approved', 'suspended', undefined);
  fc.assert(
    fc.property(
      items,
      fc.constantFrom(...CAPABILITIES),
      fc.constantFrom(...STANDING_STATES),
      listed,
      (list, capability, standing, status) => {
        const facts = applicant(shop({}, { standing }));
        const codes = list.map(({ validUntil, ...one }, i) => ({
          ...one,
          code: ITEM_CODES[i]!,
          version: 1,
          ...(validUntil === undefined ? {} : { validUntil }),
        }));
        const now = capabilityOf(
          capability,
          { ...facts, items: codes, ...(status === undefined ? {} : { listed: status }) },
          NOW,
        );
        if (now.state === 'allowed' && now.until !== undefined) expect(now.until).toBeGreaterThan(NOW);
        if (now.state === 'restricted') {
          expect(now.since).toBeLessThanOrEqual(NOW);
          expect(now.remedy).toBeTruthy();
        }
      },
    ),
  );
});

test('no dead end: whatever is restricted names what helps, and with that it is allowed again; only what is closed is for good', () => {
  const ended = { guild_licence: { validUntil: NOW - 9 * DAY }, sheba: { validUntil: NOW - 9 * DAY } };
  const helped: Record<Exclude<Remedy, 'none'>, (facts: ShopFacts) => ShopFacts> = {
    wait: (facts) => ({ ...facts, standing: 'ACTIVE' }), // it ends by itself
    appeal: (facts) => ({ ...facts, standing: 'ACTIVE' }),
    ask: (facts) => ({ ...facts, listed: 'approved' }),
    show_again: (facts) => ({
      ...facts,
      items: facts.items.map(({ code, state, version, since }) => ({ code, state, version, since })),
    }),
  };
  for (const standing of STANDING_STATES)
    for (const listed of ['approved', 'suspended'] as const)
      for (const changed of [{}, ended])
        for (const capability of CAPABILITIES) {
          let facts = shop(changed, { standing, listed });
          let now = capabilityOf(capability, facts, NOW);
          const remedies: Remedy[] = [];
          while (now.state === 'restricted' && now.remedy !== 'none' && remedies.length < 4) {
            remedies.push(now.remedy);
            facts = helped[now.remedy](facts);
            now = capabilityOf(capability, facts, NOW);
          }
          const closed = STOPPED_BY.CLOSED.includes(capability) && standing === 'CLOSED';
          expect([standing, listed, capability, now.state]).toEqual([standing, listed, capability, closed ? 'restricted' : 'allowed']); // prettier-ignore
        }
});
