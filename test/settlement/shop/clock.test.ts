import { expect, test } from '@jest/globals';
import type { CalendarData } from '../../../src/settlement/calendar/index.ts';
import { headline, payOf, portionsOfSales } from '../../../src/settlement/shop/clock.ts';
import type { CarryFacts, DayFacts, OrderFacts } from '../../../src/settlement/shop/facts.ts';

const at = (text: string): number => Date.parse(`${text}:00+03:30`);
const CALENDAR: CalendarData = {
  weekends: [{ calendar: 'bank', validFrom: '2020-01-01', weekdays: [5] }],
  holidays: new Map(),
  overrides: new Map(),
  payaCycles: [
    { validFrom: '2020-01-01', dayKind: 'business', at: '03:45' },
    { validFrom: '2020-01-01', dayKind: 'business', at: '10:45' },
    { validFrom: '2020-01-01', dayKind: 'holiday', at: '03:45' },
  ],
  railLimits: [],
};

const SUM = {
  purchases: 2,
  returns: 0,
  reversals: 0,
  voucher: 1_000n,
  card: 0n,
  cash: 0n,
  total: 1_000n,
  back: 0n,
  moved: 1_000n,
  fee: 20n,
  tableFees: {},
};
const OPEN: DayFacts = {
  day: '2026-11-24',
  closed: false,
  closedAt: null,
  state: null,
  madeAt: null,
  releasedAt: null,
  deliveredAt: null,
  failing: false,
  readyTime: '01:30',
  sum: SUM,
  net: null,
  orders: [],
  carries: [],
};
const CLOSED = { ...OPEN, closed: true, closedAt: at('2026-11-25T00:00') };
const MADE: DayFacts = {
  ...CLOSED,
  state: 'written',
  madeAt: at('2026-11-25T00:05'),
  net: { moved: 1_000n, fee: 20n, carriedIn: 0n, remainder: 0n, net: 980n, outcome: 'pay', reason: null },
};
const ORDER: OrderFacts = {
  id: '14050903000001',
  file: 'F1',
  sheba: 'IR380170000000100000000001',
  rials: 980n,
  rail: 'PAYA',
  state: 'made',
  reason: null,
  changedAt: at('2026-11-25T00:05'),
  payOn: '2026-11-25',
  cycle: '03:45',
  deliveredAt: null,
};
const CARRY: CarryFacts = {
  day: '2026-11-24',
  kind: 'held',
  rials: 980n,
  reason: 'the merchant is suspended',
  source: 'net 2026-11-24',
  blocked: false,
  into: null,
  refusedSheba: null,
  sheba: null,
  proposed: false,
};
const sent = (order: Partial<OrderFacts>): DayFacts => ({
  ...MADE,
  state: 'delivered',
  releasedAt: at('2026-11-25T00:20'),
  deliveredAt: at('2026-11-25T00:21'),
  orders: [{ ...ORDER, state: 'sent', deliveredAt: at('2026-11-25T00:21'), ...order }],
});
const left = (carry: Partial<CarryFacts>, outcome: 'hold' | 'carry' = 'hold'): DayFacts => ({
  ...MADE,
  net: { moved: 1_000n, fee: 20n, carriedIn: 0n, remainder: 0n, net: carry.rials ?? 980n, outcome, reason: null },
  carries: [{ ...CARRY, ...carry }],
});
const returned = (carry: Partial<CarryFacts>): DayFacts => ({
  ...sent({ state: 'returned', reason: 'AC04' }),
  carries: [
    {
      ...CARRY,
      kind: 'returned',
      reason: 'returned by the bank: AC04',
      source: 'order 14050903000001',
      blocked: true,
      refusedSheba: ORDER.sheba,
      sheba: ORDER.sheba,
      ...carry,
    },
  ],
});

const NOON = at('2026-11-25T12:00');
test.each<[string, DayFacts, number, object]>([
  [
    'an open day waits for its end',
    OPEN,
    at('2026-11-24T12:00'),
    { stage: 'open', waitsOn: 'system', until: at('2026-11-25T00:00') },
  ],
  [
    'a day that nobody clears waits on an operator',
    CLOSED,
    at('2026-11-25T01:00'),
    { stage: 'closing', waitsOn: 'operator', until: at('2026-11-25T03:45'), late: false },
  ],
  [
    'a day that is being cleared waits on the system',
    { ...CLOSED, state: 'closed' },
    NOON,
    { stage: 'closing', waitsOn: 'system', late: true },
  ],
  [
    'a step that fails waits on an operator',
    { ...CLOSED, state: 'closed', failing: true },
    NOON,
    { waitsOn: 'operator' },
  ],
  [
    'orders that are made wait for a second person',
    { ...MADE, orders: [ORDER] },
    at('2026-11-25T01:00'),
    { stage: 'checking', waitsOn: 'operator', since: at('2026-11-25T00:05'), until: at('2026-11-25T03:45') },
  ],
  [
    'released orders are sent by the system',
    { ...MADE, state: 'released', releasedAt: at('2026-11-25T00:20'), orders: [ORDER] },
    NOON,
    { stage: 'sending', waitsOn: 'system', since: at('2026-11-25T00:20'), late: true },
  ],
  [
    'what was sent waits on the bank',
    sent({}),
    at('2026-11-25T09:00'),
    { stage: 'bank', waitsOn: 'bank', until: at('2026-11-25T09:45'), late: false },
  ],
  ['a bank that says nothing is late', sent({ state: 'accepted' }), NOON, { stage: 'bank', late: true }],
  [
    'what the bank blocks has no end',
    sent({ state: 'accepted', reason: 'BLCK' }),
    NOON,
    { stage: 'bank', late: false, cause: { code: 'bank_blocked', party: 'bank' } },
  ],
  [
    'what is paid waits on nobody',
    sent({ state: 'paid', changedAt: at('2026-11-25T04:10') }),
    NOON,
    { stage: 'paid', paidAt: at('2026-11-25T04:10'), late: false },
  ],
  [
    'a suspended shop waits on an operator',
    left({}),
    NOON,
    { stage: 'held', waitsOn: 'operator', cause: { code: 'suspended', party: 'operator' } },
  ],
  [
    'a question names its break',
    left({ reason: 'what it is owed is not explained: break 17' }),
    NOON,
    { cause: { code: 'not_explained', party: 'operator', of: '17' } },
  ],
  [
    'a wrong Sheba waits on the shop',
    left({ reason: 'the Sheba has wrong check digits' }),
    NOON,
    { stage: 'held', waitsOn: 'shop' },
  ],
  [
    'less than the least pay-out waits for more',
    left({ kind: 'small', reason: 'below the least payout' }, 'carry'),
    NOON,
    { stage: 'small', waitsOn: 'shop' },
  ],
  [
    'a negative net is owed by the shop',
    left({ kind: 'negative', rials: -5n, reason: 'the net is negative' }, 'carry'),
    NOON,
    { stage: 'owing', waitsOn: 'shop', rials: -5n },
  ],
  ['what a later day took up is there', left({ into: '2026-11-25' }), NOON, { stage: 'moved', into: '2026-11-25' }],
  [
    'a refused Sheba waits on the shop',
    returned({}),
    NOON,
    { stage: 'held', waitsOn: 'shop', cause: { code: 'sheba_refused', party: 'shop', of: 'AC04' } },
  ],
  ['a corrected Sheba waits on operators', returned({ sheba: 'IR1' }), NOON, { stage: 'held', waitsOn: 'operator' }],
  ['a proposal waits on the second operator', returned({ proposed: true }), NOON, { waitsOn: 'operator' }],
  [
    'what came back for another reason goes with the next clearing',
    returned({ reason: 'returned by the bank: AM04', blocked: false }),
    NOON,
    { stage: 'waiting', waitsOn: 'system' },
  ],
])('%s', (_, facts, now, expected) => {
  const { portions, net } = payOf(facts, CALENDAR, now);
  expect(portions).toHaveLength(1);
  expect(portions[0]).toMatchObject(expected);
  expect(portions[0]?.rials).toBe(net);
});

test('a day before a holiday is due in the holiday’s cycle', () => {
  expect(payOf({ ...OPEN, day: '2026-11-26' }, CALENDAR, NOON).due).toBe(at('2026-11-27T03:45'));
});

test('sales fill the orders of their day in their order, and the worst portion is the headline', () => {
  const [one, two] = [sent({ rials: 600n, state: 'paid' }), sent({ rials: 380n })].map((day) =>
    payOf(day, CALENDAR, NOON),
  );
  const portions = [...(one?.portions ?? []), ...(two?.portions ?? [])];
  const sales = [400n, 300n, 300n].map((rials, n) => ({ id: String(n), rials }));
  expect([...portionsOfSales(sales, portions)].map(([id, { stage }]) => [id, stage])).toEqual([
    ['0', 'paid'],
    ['1', 'paid'],
    ['2', 'bank'],
  ]);
  expect(headline(portions)?.stage).toBe('bank');
});
