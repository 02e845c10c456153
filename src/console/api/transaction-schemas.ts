import { Type, type Static } from 'typebox';
import {
  ANSWER_CODES,
  HIT_KINDS,
  PARTIES,
  STEP_KINDS,
  TRANSACTION_KINDS,
  TRANSACTION_STATES,
} from '../../timeline/index.ts';
import { day, format, pageOf, PageQuery, time } from './schemas.ts';

/** What the API of transactions takes and gives: lists, one timeline, search. */

const strict = { additionalProperties: false };
const oneOf = (values: readonly string[]) => Type.String({ enum: [...values] });
const rials = (description: string) => Type.String({ description: `${description}; whole rials` });
const nullable = (description: string) => Type.Union([Type.String(), Type.Null()], { description });
const words = Type.Object({ fa: Type.String(), en: Type.String() });

export const TransactionQuery = Type.Object(
  {
    from: Type.Optional(day('First business day (default: 30 days before the last)')),
    to: Type.Optional(day('Last business day (default: the newest)')),
    terminal: Type.Optional(Type.String({ pattern: '^[0-9A-Za-z]{8}$', description: 'DE 41' })),
    merchant: Type.Optional(Type.String({ pattern: '^\\d{15}$', description: 'DE 42' })),
    rrn: Type.Optional(Type.String({ pattern: '^[0-9A-Za-z]{12}$', description: 'DE 37' })),
    stan: Type.Optional(
      Type.String({ pattern: '^\\d{6}$', description: 'DE 11: with terminal or merchant, or of two days at most' }),
    ),
    card: Type.Optional(
      Type.String({ pattern: '^\\d{6}\\*{1,9}\\d{4}$', description: 'First six and last four: 603799*0078' }),
    ),
    code: Type.Optional(Type.String({ pattern: '^[0-9A-Z]{2}$', description: 'DE 39' })),
    kind: Type.Optional(oneOf(TRANSACTION_KINDS)),
    state: Type.Optional(oneOf(TRANSACTION_STATES)),
    ...PageQuery.properties,
    format,
  },
  strict,
);
export type TransactionQuery = Static<typeof TransactionQuery>;

export const TransactionParams = Type.Object(
  { id: Type.String({ pattern: '^[A-Za-z0-9_-]{8,80}$', description: 'Opaque: of a list or a search' }) },
  strict,
);
export type TransactionParams = Static<typeof TransactionParams>;

const line = {
  id: Type.String({ description: 'Opaque' }),
  businessDay: Type.String({ description: 'ISO: the day of the decision' }),
  businessDayJalali: Type.String(),
  at: time('When the request came'),
  kind: oneOf(TRANSACTION_KINDS),
  state: oneOf(TRANSACTION_STATES),
  terminal: Type.String(),
  merchant: Type.String(),
  shop: Type.String({ description: 'Name of the merchant' }),
  card: Type.String({ description: 'First six and last four' }),
  rrn: Type.String(),
  stan: Type.String(),
  code: nullable('DE 39; null: held'),
  reason: Type.String({ description: 'Of the decision; words: codeWords' }),
  codeWords: Type.Union([words, Type.Null()]),
  totalRials: rials('Price'),
  voucherRials: rials('Of it, by credit'),
  cardRials: rials('Of it, by the bank card'),
  cashRials: rials('Of it, due in cash'),
  givenBackRials: rials('What returns and reversals gave back'),
  currency: Type.Literal('IRR'),
};
export const TransactionLine = Type.Object(line);
export const TransactionPage = pageOf(TransactionLine);

const related = Type.Object({
  id: Type.String(),
  kind: oneOf(TRANSACTION_KINDS),
  state: oneOf(TRANSACTION_STATES),
  at: time('When'),
  rials: rials('Price'),
});

const waiting = Type.Object({
  on: oneOf(PARTIES),
  since: time('Since when'),
  until: Type.Optional(time('By when; without it: no end of its own')),
  late: Type.Boolean({ description: '`until` is over' }),
  who: Type.Optional(Type.String({ description: 'The person, bank or device, where it is known' })),
  can: words,
});

export const TransactionBody = Type.Object({
  ...line,
  household: nullable('Of the card; null: it belongs to none'),
  authCode: nullable('DE 38'),
  localDate: Type.String({ description: 'DE 13' }),
  localTime: Type.String({ description: 'DE 12' }),
  creditLeftRials: rials('As it was said in the answer'),
  feeRials: rials('Of the card part, what the banking network keeps'),
  quoteRef: nullable('Of a reservation'),
  original: Type.Union([related, Type.Null()], { description: 'What a return or reversal takes back' }),
  related: Type.Array(related, { description: 'Returns and reversals of it' }),
});

const step = Type.Object({
  kind: oneOf(STEP_KINDS),
  at: Type.Union([Type.String(), Type.Null()], { description: 'When, ISO 8601 UTC; null: not yet, or not kept' }),
  durationMs: Type.Optional(Type.Integer({ description: 'How long it took, where both ends are kept' })),
  actor: Type.Object({
    kind: oneOf(['terminal', 'gateway', 'bank', 'person', 'shop', 'acquirer']),
    name: Type.String(),
  }),
  outcome: oneOf(['done', 'refused', 'failed', 'open', 'none']),
  titleKey: Type.String({ description: 'Stable, for pages that have their own words' }),
  title: words,
  facts: Type.Record(Type.String(), Type.Unknown(), { description: 'docs/api.md, The timeline' }),
  waiting: Type.Optional(waiting),
});

const answer = Type.Object({
  code: oneOf(ANSWER_CODES),
  title: words,
  facts: Type.Record(Type.String(), Type.Unknown()),
  waiting: Type.Optional(waiting),
});

export const TimelineBody = Type.Object({
  transaction: TransactionLine,
  steps: Type.Array(step, { description: 'In their order' }),
  waiting: Type.Union([waiting, Type.Null()], {
    description: 'Where it stands still: on exactly one party; null: it is at its end',
  }),
  answer: Type.Object({
    paid: Object.assign({}, answer, { description: 'Why was the shop not paid?' }),
    charged: Object.assign({}, answer, { description: 'Why was the customer charged?' }),
  }),
});
export type TimelineBody = Static<typeof TimelineBody>;

export const SearchQuery = Type.Object({ q: Type.String({ minLength: 1, maxLength: 200 }) }, strict);
export type SearchQuery = Static<typeof SearchQuery>;
export const SearchBody = Type.Object({ q: Type.String({ minLength: 1, maxLength: 200 }) }, strict);
export type SearchBody = Static<typeof SearchBody>;

const hit = Type.Object({
  kind: oneOf(HIT_KINDS),
  id: Type.String({ description: 'Of the thing, for its own route' }),
  title: Type.String({ description: 'Such as its number' }),
  detail: Type.String(),
  at: Type.Optional(time('When')),
  path: Type.String({ description: 'Of the API' }),
});
export const SearchResult = Type.Object({
  read: Type.Array(Type.String(), { description: 'As what the words were read: rrn, stan, terminal, …' }),
  hits: Type.Array(hit),
  more: Type.Boolean({ description: 'There is more than is shown' }),
});
