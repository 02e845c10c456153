import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type pg from 'pg';
import { systemClock } from '../../src/ops/clock.ts';
import { openPool } from '../../src/ops/database.ts';
import { openLedger } from '../../src/ledger/index.ts';
import { capabilitiesOf, mayNow, shopFacts } from '../../src/shops/standing/capabilities.ts';
import { afterHours, CAPABILITIES, capabilityOf, RESTS_ON, STOPPED_BY } from '../../src/shops/standing/capability.ts';
import { ITEM_CODES } from '../../src/shops/requirements/item.ts';
import { STANDING_STATES } from '../../src/shops/standing/standing.ts';
import { addHousehold, header, outcome, purchaseRequest, quoteRequest, returnRequest, reversalRequest } from '../ledger/model/world.ts'; // prettier-ignore
import { DAY, GOOD, openTestLedger, SHOP, type OpenLedger, type TestLedger } from '../ledger/support/books.ts';
import { addActor } from '../support/people.ts';
import { gatewayLogin } from '../support/postgres.ts';
import { decideStanding, forget, showProofs } from './support/standing.ts';

/** What capabilities mean where money moves: the ledger and the making of pay-outs read them in the shop's row. */
const NOW = Date.now();
let books: TestLedger;
let owner: pg.Pool;
let ledger: OpenLedger;
let people: [string, string];
const shop = SHOP.merchant;

beforeAll(async () => {
  books = await openTestLedger({ copies: 2 });
  ({ pool: owner, ledger } = books);
  people = [(await addActor(owner, 'sara')).id, (await addActor(owner, 'reza')).id];
});
afterAll(() => books.close());

const day = (days: number): string => new Date(NOW + days * DAY).toISOString().slice(0, 10);
const home = () => addHousehold(owner, 2, [{ rials: 10_000n, from: day(-9), to: day(9) }]);

/** What is asked of a shop, each on its own: rc and why. */
async function tries(at = Date.now()): Promise<Record<string, string>> {
  const { cards } = await home();
  const card = cards[0]!;
  const answer = async (decision: Promise<Parameters<typeof outcome>[0]>): Promise<string> => {
    const decided = await decision;
    if (decided.kind === 'held') {
      const done = await ledger.complete(decided.ref, GOOD);
      return `${done.rc} ${done.reason}`;
    }
    const { rc, reason } = outcome(decided);
    return `${rc} ${reason}`;
  };
  const head = () => header(SHOP, card, at);
  return {
    voucher: await answer(ledger.purchase(purchaseRequest(head(), 100n, 'cash'))),
    'voucher and card': await answer(ledger.purchase(purchaseRequest(head(), 20_000n, 'card'))),
    card: await answer(ledger.forward({ ...head(), totalRials: 50n })),
    quote: await answer(ledger.quote(quoteRequest(head(), 100n, 'cash', undefined, false))),
  };
}

/** Bought and held before, then what comes later. */
async function before(): Promise<() => Promise<Record<string, string>>> {
  const { cards } = await home();
  const card = cards[0]!;
  const at = Date.now();
  const [bought, corrected] = [header(SHOP, card, at), header(SHOP, card, at)];
  const first = outcome(await ledger.purchase(purchaseRequest(bought, 100n, 'cash')));
  await ledger.purchase(purchaseRequest(corrected, 100n, 'cash'));
  const held = await ledger.purchase(purchaseRequest(header(SHOP, card, at), 20_000n, 'card'));
  if (held.kind !== 'held') throw new Error('not held');
  return async () => {
    const later = Date.now();
    const returned = await ledger.return(returnRequest(header(SHOP, card, later), 50n, first.rrn));
    return {
      'open hold': (await ledger.complete(held.ref, GOOD)).rc,
      reversal: (await ledger.reverse(reversalRequest(corrected, later))).rc,
      return: outcome(returned).rc,
    };
  };
}

const ALL = { voucher: '00 approved', 'voucher and card': '00 approved', card: '00 forwarded', quote: '00 quoted' };
const NOTHING = Object.fromEntries(Object.keys(ALL).map((each) => [each, '03 merchant.suspended']));
const TAKEN = { 'open hold': '00', reversal: '00', return: '00' };

test.each<[what: string, arrange: () => Promise<unknown>, now: object, later: object]>([
  ['nothing was decided', () => Promise.resolve(), ALL, TAKEN],
  ['it is restricted', () => decide('RESTRICTED'), ALL, TAKEN],
  ['it is suspended: what was bought before goes its way', () => decide('SUSPENDED', DAY), NOTHING, TAKEN],
  ['it is disqualified', () => decide('DISQUALIFIED'), NOTHING, TAKEN],
  ['it is closed: it takes no return either', () => decide('CLOSED'), NOTHING, { ...TAKEN, return: '03' }],
  [
    'a file suspends it: its device may be stolen, so no return',
    () => owner.query(`update merchants set status = 'suspended' where merchant_id = $1`, [shop]),
    NOTHING,
    { ...TAKEN, return: '03' },
  ],
  [
    'its licence has ended: it sells by card only',
    () => showProofs(owner, shop, { guild_licence: NOW - 2 * DAY, tax_code: null }),
    {
      voucher: '58 merchant.no-voucher',
      'voucher and card': '58 merchant.no-voucher',
      card: '00 forwarded',
      quote: '58 merchant.no-voucher',
    },
    TAKEN,
  ],
  [
    'its tax code has ended: neither',
    () => showProofs(owner, shop, { tax_code: NOW - 2 * DAY }),
    {
      voucher: '58 merchant.no-voucher',
      'voucher and card': '58 merchant.no-voucher',
      card: '58 merchant.no-card',
      quote: '58 merchant.no-voucher',
    },
    TAKEN,
  ],
  ['its Sheba has ended: that is a matter of pay-outs', () => showProofs(owner, shop, { sheba: 0 }), ALL, TAKEN],
])('when %s', async (_, arrange, now, later) => {
  const after = await before();
  await arrange();
  try {
    expect([await tries(), await after()]).toEqual([now, later]);
  } finally {
    await forget(owner, shop);
  }
});

const decide = (state: string, ms?: number): Promise<void> =>
  decideStanding(owner, shop, people, { state, ...(ms === undefined ? {} : { until: Date.now() + ms }) });

test('a shop with voucher and without card takes vouchers, whole or with cash, and no card part', async () => {
  await owner.query('update merchants set card_until = 0 where merchant_id = $1', [shop]);
  expect(await tries()).toEqual({
    voucher: '00 approved',
    'voucher and card': '58 merchant.no-card',
    card: '58 merchant.no-card',
    quote: '00 quoted',
  });
  const { cards } = await home();
  const covered = await ledger.purchase(purchaseRequest(header(SHOP, cards[0]!, Date.now()), 100n, 'card'));
  expect(outcome(covered).rc).toBe('00');
  const asked = await ledger.quote(quoteRequest(header(SHOP, cards[0]!, Date.now()), 20_000n, 'card', undefined, true));
  expect(outcome(asked)).toMatchObject({ rc: '58', reason: 'merchant.no-card' });
  await forget(owner, shop);
});

test('a suspension counts from the commit on, and ends to the millisecond, on every copy, without any job', async () => {
  const end = Date.now() + 60_000;
  const { cards } = await home();
  const rc = async (copy: OpenLedger, at: number): Promise<string> =>
    outcome(await copy.purchase(purchaseRequest(header(SHOP, cards[0]!, at), 1n, 'cash'))).rc;
  await decideStanding(owner, shop, people, { state: 'SUSPENDED', until: end, unconfirmed: true });
  for (const copy of books.ledgers) {
    expect([await rc(copy, Date.now()), await rc(copy, end - 1), await rc(copy, end)]).toEqual(['03', '03', '00']);
  }
  await forget(owner, shop);
});

test('papers end at 02:00 in Tehran after their last day: to the millisecond', async () => {
  const lastDay = Date.parse(`${day(3)}T20:30:00Z`);
  const end = afterHours(lastDay);
  expect(new Date(end).toISOString()).toBe(`${day(3)}T22:30:00.000Z`);
  await showProofs(owner, shop, { guild_licence: lastDay });
  expect((await tries(end - 1))['voucher']).toBe('00 approved');
  expect(await tries(end)).toMatchObject({ voucher: '58 merchant.no-voucher', card: '00 forwarded' });
  await forget(owner, shop);
});

test('A-B-A of a file against decisions: what is in force stops the shop whatever the file says, and the file’s word is back after', async () => {
  const says = (status: string) => owner.query('update merchants set status = $2 where merchant_id = $1', [shop, status]); // prettier-ignore
  const voucher = async (): Promise<string | undefined> => (await tries())['voucher'];
  await decide('SUSPENDED', DAY);
  for (const status of ['approved', 'suspended', 'approved']) {
    await says(status);
    expect(await voucher()).toBe('03 merchant.suspended');
  }
  await says('suspended');
  await decideStanding(owner, shop, people, { state: 'ACTIVE', at: Date.now() });
  expect(await voucher()).toBe('03 merchant.suspended'); // the file’s
  await says('approved');
  expect(await voucher()).toBe('00 approved');
  await forget(owner, shop);
});

test('the role at work cannot write what a shop may do, nor what it has shown', async () => {
  const gateway = openPool(await gatewayLogin(books.server.url), 1);
  gateway.on('error', () => undefined);
  await decide('SUSPENDED', DAY);
  for (const forged of [
    'update merchants set voucher_from = 0, voucher_until = 9223372036854775807',
    `update merchants set status = 'approved'`,
    'update shop_proofs set valid_until = null',
    `insert into shop_proofs (merchant_id, code, case_id, waived, since) values ('${shop}', 'sheba', 1, false, now())`,
    `select keep_proofs(1, '${shop}')`,
    `alter table merchants disable trigger all`,
    `delete from shop_decisions`,
    `update shop_decisions set until = now()`,
  ]) {
    await expect(gateway.query(forged)).rejects.toThrow(/permission denied|must be owner/);
  }
  expect(await mayNow(gateway, shop, 'voucher_purchase', Date.now())).toBe(false);
  await gateway.end();
  await forget(owner, shop);
});

test('the database enforces the very rule that the shop is told', async () => {
  const rests = await owner.query<{ capability: string; codes: string[] }>(
    `select capability, coalesce(array_agg(code order by code) filter (where code is not null), '{}') as codes from capability_items() group by 1`,
  );
  expect(Object.fromEntries(rests.rows.map(({ capability, codes }) => [capability, codes]))).toEqual(
    Object.fromEntries(CAPABILITIES.map((capability) => [capability, [...RESTS_ON[capability]].sort()])),
  );
  for (const state of STANDING_STATES) {
    const { rows } = await owner.query<{ stops: string[] }>('select standing_stops($1) as stops', [state]);
    expect(rows[0]?.stops).toEqual(STOPPED_BY[state]);
  }
  const ends = fc.option(fc.integer({ min: NOW - 20 * DAY, max: NOW + 20 * DAY }), { nil: null });
  const proofs = fc.dictionary(fc.constantFrom(...ITEM_CODES), ends);
  const decision = fc.record({
    state: fc.constantFrom(...STANDING_STATES),
    at: fc.integer({ min: NOW - 9 * DAY, max: NOW - DAY }),
    days: fc.option(fc.integer({ min: -1, max: 9 }), { nil: undefined }),
  });
  await fc.assert(
    fc.asyncProperty(proofs, fc.array(decision, { maxLength: 3 }), fc.constantFrom('approved', 'suspended', 'applied'), async (shown, decided, listed) => {
      await forget(owner, shop);
      await showProofs(owner, shop, shown);
      for (const { state, at, days } of decided) {
        const end = days === undefined && state !== 'SUSPENDED' ? undefined : Math.min(at + 10 * DAY, NOW + (days ?? 1) * DAY);
        await decideStanding(owner, shop, people, { state, at, ...(end === undefined || end <= at ? {} : { until: end }) });
      }
      await owner.query('update merchants set status = $2 where merchant_id = $1', [shop, listed]);
      const now = Date.now();
      const facts = await shopFacts(owner, shop);
      for (const capability of CAPABILITIES) {
        const said = capabilityOf(capability, facts, now);
        expect([capability, await mayNow(owner, shop, capability, now)]).toEqual([capability, said.state === 'allowed']);
        if (said.state === 'allowed' && said.until !== undefined && facts.standing === 'ACTIVE' && facts.standingUntil === undefined) {
          expect(await mayNow(owner, shop, capability, said.until - 1)).toBe(true);
          expect(await mayNow(owner, shop, capability, said.until)).toBe(false);
        }
      }
    }),
    { numRuns: 40 },
  ); // prettier-ignore
  await forget(owner, shop);
});

test('what a shop may do is told with why, since when and what helps', async () => {
  const ended = NOW - 2 * DAY;
  await showProofs(owner, shop, { guild_licence: ended, sheba: NOW + 5 * DAY });
  const told = await capabilitiesOf(owner, shop, Date.now());
  expect(told).toEqual([
    {
      capability: 'voucher_purchase',
      state: 'restricted',
      reason: { of: 'item', item: 'guild_licence' },
      remedy: 'show_again',
      since: afterHours(ended),
    },
    { capability: 'card_purchase', state: 'allowed' },
    { capability: 'payout', state: 'allowed', until: afterHours(NOW + 5 * DAY), because: 'sheba' },
    { capability: 'refund', state: 'allowed' },
    expect.objectContaining({ capability: 'new_terminal', state: 'restricted' }),
  ]);
  await forget(owner, shop);
  await expect(capabilitiesOf(owner, '999999999999999', NOW)).rejects.toMatchObject({ code: 'shops.unknown' });
});

test('a copy that starts after a suspension obeys it', async () => {
  await decide('SUSPENDED', DAY);
  const copy = openLedger({ pool: owner, clock: systemClock });
  const { cards } = await home();
  const refused = await copy.purchase(purchaseRequest(header(SHOP, cards[0]!, Date.now()), 1n, 'cash'));
  expect(outcome(refused)).toMatchObject({ rc: '03', reason: 'merchant.suspended' });
  await copy.close();
  await forget(owner, shop);
});
