import { Type, type Static } from 'typebox';
import type { BasketLine } from '../../ledger/index.ts';
import { schemaCheck } from '../../ops/schema.ts';

/** What is said to a remote authority and what it answers: JSON, amounts as texts of whole rials, orders named by our own id, so that every
 *  act may be repeated (docs/counterparts.md). What does not fit its schema, or is not about what was asked, is no answer. */

const Rials = Type.String({ pattern: '^(0|[1-9]\\d{0,11})$' });
const OrderId = Type.String({ pattern: '^[1-9]\\d{0,18}$' });
const Trace = Type.String({ pattern: '^[0-9A-Za-z._-]{1,64}$' });

const Ordered = Type.Object({ orderId: OrderId, orderTrace: Trace });

const Inquired = Type.Union([
  Type.Object({
    orderId: OrderId,
    orderTrace: Trace,
    decision: Type.Literal('reserved'),
    totalRials: Rials,
    subsidizedRials: Rials,
    cashRials: Rials,
    reservedSeconds: Type.Integer({ minimum: 1, maximum: 600 }),
    balanceRials: Type.Optional(Rials),
    cardToken: Type.Optional(Type.String({ pattern: '^[0-9A-Za-z._-]{1,100}$' })),
  }),
  Type.Object({
    orderId: OrderId,
    orderTrace: Trace,
    decision: Type.Literal('declined'),
    reason: Type.String({ pattern: '^[a-z][a-z.-]{0,39}$' }),
  }),
]);

/** `unknown`: it has no such order. */
export const ORDER_STATES = ['reserved', 'confirmed', 'cancelled', 'lapsed', 'reversed', 'unknown'] as const;
export type OrderState = (typeof ORDER_STATES)[number];

const Standing = Type.Object({
  orderId: OrderId,
  state: Type.String({ enum: [...ORDER_STATES] }),
  subsidizedRials: Type.Optional(Rials),
  reason: Type.Optional(Type.String({ pattern: '^[a-z][a-z.-]{0,39}$' })),
});

const ListLine = Type.Object({
  orderId: Type.String({ pattern: '^[0-9A-Za-z._-]{1,64}$' }),
  orderTrace: Trace,
  state: Type.String({ enum: ['confirmed', 'reversed'] }),
  subsidizedRials: Rials,
  merchant: Type.String({ pattern: '^\\d{15}$' }),
  terminal: Type.String({ pattern: '^\\d{8}$' }),
  rrn: Type.String({ pattern: '^[0-9A-Za-z]{0,12}$' }),
});

const DayList = Type.Object({
  day: Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$' }),
  lines: Type.Array(ListLine, { maxItems: 5_000 }),
  /** How many there are in all pages, and of how many rials: the list is whole when they agree. */
  count: Type.Integer({ minimum: 0, maximum: 10_000_000 }),
  subsidizedRials: Type.String({ pattern: '^(0|[1-9]\\d{0,17})$' }),
  /** The next page. */
  next: Type.Optional(Type.String({ pattern: '^[0-9A-Za-z._-]{1,64}$' })),
});

export type Ordered = Static<typeof Ordered>;
export type Inquired = Static<typeof Inquired>;
export type Standing = Static<typeof Standing> & { readonly state: OrderState };
export type DayList = Static<typeof DayList>;

type Reader<T> = (json: unknown) => T | undefined;

function reader<T>(schema: object): Reader<T> {
  const check = schemaCheck(schema);
  return (json) => (check(json).length === 0 ? (json as T) : undefined);
}

export const readOrdered: Reader<Ordered> = reader(Ordered);
export const readInquired: Reader<Inquired> = reader(Inquired);
export const readStanding: Reader<Standing> = reader(Standing);
export const readDayList: Reader<DayList> = reader(DayList);

/** What the authority's "no" is to a terminal (wire.md 6); what nobody agreed on is "not permitted". */
const DECLINES: Readonly<Record<string, string>> = {
  'card.unknown': '14',
  'credit.none': '51',
  'household.blocked': '57',
  'limit.amount': '61',
  'limit.count': '65',
  'basket.sum': '40',
};

export function declineCode(reason: string): string {
  return DECLINES[reason] ?? '57';
}

/** A basket as the authority takes it. */
export function itemsOf(basket: readonly BasketLine[]): unknown[] {
  return basket.map(({ goods, unit, quantity, amountRials }) => ({
    goods,
    unit,
    quantity,
    rials: String(amountRials),
  }));
}
