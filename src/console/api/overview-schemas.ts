import { Type, type Static } from 'typebox';
import { RANGE_NAMES } from '../../overview/index.ts';
import { ENDING_KINDS } from '../../terminals/index.ts';
import { queryOf } from './figures.ts';
import { day, time } from './schemas.ts';

/** What happens now (docs/decisions/0076). A total names its query, so that a page can be held to where it came from. */

const strict = { additionalProperties: false };
const oneOf = (values: readonly string[]) => Type.String({ enum: [...values] });
const orNull = <T extends Parameters<typeof Type.Union>[0][number]>(type: T) => Type.Union([type, Type.Null()]);
const texts = Type.Object({ fa: Type.String(), en: Type.String() });
const rials = Type.String({ pattern: '^\\d+$', description: 'Whole rials' });
const count = Type.Integer({ minimum: 0 });
const ms = orNull(Type.Number({ description: 'ms; null: nothing was answered' }));

export const OverviewQuery = Type.Object({ range: Type.String({ enum: [...RANGE_NAMES], default: '15m' }) }, strict);
export type OverviewQuery = Static<typeof OverviewQuery>;

const figures = {
  purchases: Type.Integer({ description: 'Answered; a repeat (0201) is not counted again' }),
  approved: Type.Integer({ description: 'With 00, or 10 where the rest is due in cash' }),
  codes: Type.Record(Type.String(), count, { description: 'Purchases by response code' }),
  voucherRials: rials,
  cardRials: rials,
  cashRials: rials,
  p50Ms: ms,
  p95Ms: ms,
  p99Ms: ms,
};
const Traffic = Type.Object({
  query: queryOf('overview.points'),
  from: time('The first step begins'),
  stepSeconds: Type.Integer(),
  total: Type.Object(figures),
  points: Type.Array(Type.Object({ at: time('The step begins'), ...figures }), {
    description: 'Steps without a purchase are left out',
  }),
});

const Live = Type.Object({
  query: queryOf('overview.seconds'),
  from: time('The first second'),
  purchases: Type.Array(count, {
    description: 'In each second; the last is six seconds ago, when every copy has told',
  }),
  perSecond: Type.Number({ description: 'Of the last ten of them' }),
});

const Seen = Type.Object({
  kind: Type.String(),
  rc: Type.String(),
  text: texts,
  answers: count,
});

const Copy = Type.Object({
  copy: Type.String({ description: 'One run of one copy' }),
  version: Type.String(),
  serves: Type.Array(Type.String()),
  startedAt: time('Since when'),
  seenAt: time('When it told of itself last'),
  here: Type.Boolean({ description: 'It told of itself within half a minute' }),
  connections: count,
  bankLinks: count,
  driftMs: Type.Integer({ description: 'Its own clock, ahead of the database’s' }),
});

export const ALARM_LEVELS = ['warning', 'critical'] as const;
const Alarm = Type.Object({
  alarm: Type.String(),
  level: oneOf(ALARM_LEVELS),
  count,
  text: texts,
  target: Type.Object({ type: Type.String({ description: 'Where a page goes' }), id: orNull(Type.String()) }),
});

const Now = {
  at: time('When it was looked at'),
  live: Live,
  seen: Type.Object({ query: queryOf('overview.said'), items: Type.Array(Seen) }),
  links: Type.Object({ query: queryOf('overview.copies'), ready: count, copies: count, connections: count }),
  doubts: Type.Object({
    query: queryOf('overview.state'),
    items: Type.Array(Type.Object({ kind: oneOf(['advice', 'refused', 'held']), count, since: time('The oldest') })),
  }),
  queues: Type.Object({
    query: queryOf('overview.state'),
    advices: Type.Object({ waiting: count, since: orNull(time('The oldest')) }),
    jobs: orNull(Type.Record(Type.String(), count)),
  }),
  close: Type.Object({
    query: queryOf('overview.state'),
    openDay: orNull(Type.Object({ day: day('Open'), jalali: Type.String() })),
    settledDay: orNull(Type.Object({ day: day('The last that is at its end'), jalali: Type.String() })),
    clearings: Type.Array(
      Type.Object({
        businessDay: day('Its business day'),
        jalali: Type.String(),
        state: Type.String(),
        since: time('When it moved last'),
        maker: Type.String(),
        error: orNull(Type.String()),
      }),
    ),
  }),
  alarms: Type.Object({ query: queryOf('overview.alarms'), items: Type.Array(Alarm) }),
  certificates: Type.Object({
    query: queryOf('endings'),
    ends: Type.Array(
      Type.Object({
        what: oneOf(ENDING_KINDS),
        within: Type.Integer({ description: 'Days; 0: it has ended' }),
        count,
      }),
    ),
    soonest: Type.Array(Type.Object({ what: oneOf(ENDING_KINDS), name: Type.String(), endsAt: time('The end') })),
  }),
  copies: Type.Array(Copy),
};

export const OverviewNow = Type.Object(Now);
export const Overview = Type.Object({ range: oneOf(RANGE_NAMES), traffic: Traffic, ...Now });
