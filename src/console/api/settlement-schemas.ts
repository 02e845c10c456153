import { Type, type Static } from 'typebox';
import { DOUBT_KINDS } from '../../handlers/bank/doubts.ts';
import { BOARD_STEPS, FILE_STATES } from '../../settlement/board/index.ts';
import { BREAK_CLASSES } from '../../settlement/acquirer/index.ts';
import { queryOf } from './figures.ts';
import { day, format, pageOf, PageQuery, time } from './schemas.ts';

/** What the API of settlement takes and gives: business days, payment files, banks' answers, breaks, doubts. */

const strict = { additionalProperties: false };
const oneOf = (values: readonly string[]) => Type.String({ enum: [...values] });
const rials = (description: string) => Type.String({ description: `${description}; whole rials` });
const nullable = (description: string) => Type.Union([Type.String(), Type.Null()], { description });
const since = (description: string) =>
  Type.Union([Type.String(), Type.Null()], { description: `${description}, ISO 8601 UTC; null: not yet` });
const currency = Type.Literal('IRR');

const waiting = Type.Object({
  on: oneOf(['system', 'operator', 'bank', 'shop']),
  since: time('Since when'),
  until: Type.Optional(time('By when')),
  late: Type.Boolean(),
  notOf: Type.Optional(Type.String({ description: 'Who made it: another person acts' })),
});

export const DaysQuery = Type.Object({ ...PageQuery.properties, format }, strict);
export type DaysQuery = Static<typeof DaysQuery>;
export const DayParams = Type.Object({ date: day('Business day') }, strict);
export type DayParams = Static<typeof DayParams>;

const board = {
  businessDay: Type.String(),
  businessDayJalali: Type.String(),
  state: oneOf(['open', 'closing', 'closed', 'netted', 'made', 'written', 'released', 'delivered', 'settled']),
  maker: nullable('Who makes its files'),
  checker: nullable('Who released them'),
  error: nullable('Of the step that failed when it was tried last'),
  steps: Type.Array(Type.Object({ step: oneOf(BOARD_STEPS), done: Type.Boolean(), at: since('When') })),
  files: Type.Object({ files: Type.Integer(), orders: Type.Integer(), rials: rials('Of all files'), inDoubt: Type.Integer({ description: 'Nobody knows whether the bank has them' }), currency, query: queryOf('files-of-day') }), // prettier-ignore
  answers: Type.Union([
    Type.Object({
      waiting: Type.Integer(),
      paid: Type.Integer(),
      returned: Type.Integer(),
      query: queryOf('orders-of-day'),
    }),
    Type.Null(),
  ]),
  acquirers: Type.Object({
    files: Type.Integer(),
    lines: Type.Integer(),
    matched: Type.Integer(),
    query: queryOf('acquirer-files-of-day'),
  }),
  breaks: Type.Object({
    open: Type.Integer(),
    rials: rials('Of the open ones'),
    currency,
    query: queryOf('open-breaks-of-day'),
  }),
  waiting: Type.Union([waiting, Type.Null()]),
  version: Type.Integer({ description: 'Of its clearing; 0: not begun' }),
};
export const BusinessDay = Type.Object(board);
export const ReleasedDay = Type.Object({
  ...board,
  heldNow: Type.Array(
    Type.Object({ order: Type.String(), merchant: Type.String(), rials: rials('Held'), reason: Type.String() }),
    { description: 'Not empty: nothing was released; look at the files that are made again, and release' },
  ),
});
export const BusinessDayPage = pageOf(BusinessDay);

export const BusinessDayBody = Type.Object({
  ...board,
  totals: Type.Object({
    query: queryOf('nets-of-day'),
    currency,
    merchants: Type.Integer(),
    purchases: Type.Integer(),
    purchaseRials: rials('Moved'),
    returns: Type.Integer(),
    returnRials: rials('Moved back'),
    reversals: Type.Integer(),
    reversalRials: rials('Moved back'),
    feeRials: rials('Fees'),
    carriedRials: rials('Taken up from earlier days'),
    netRials: rials('purchase − return − reversal − fee + carried'),
    payShops: Type.Integer(),
    carryShops: Type.Integer(),
    holdShops: Type.Integer(),
    zeroShops: Type.Integer(),
    orders: Type.Array(Type.Object({ state: Type.String(), orders: Type.Integer(), rials: rials('Of them') })),
  }),
  findings: Type.Array(
    Type.Object({
      day: Type.String(),
      merchant: Type.Union([Type.String(), Type.Null()]),
      rials: rials('By how much'),
      reason: Type.String(),
    }),
    { description: 'What keeps its orders from being made; two persons may accept exactly these' },
  ),
  waiver: Type.Union([Type.Object({ reason: Type.String(), proposedBy: Type.String(), at: time('When') }), Type.Null()], { description: 'Proposed: another person decides' }), // prettier-ignore
  held: Type.Array(Type.Object({ merchant: Type.String(), rials: rials('Held'), reason: Type.String() }), {
    description: 'Shops that are not paid, and why; at most 200',
  }),
  events: Type.Array(
    Type.Object({ at: time('When'), actor: Type.String(), event: Type.String(), detail: Type.Unknown() }),
  ),
});

export const FileQuery = Type.Object(
  {
    day: Type.Optional(day('Business day')),
    state: Type.Optional(oneOf(FILE_STATES)),
    ...PageQuery.properties,
    format,
  },
  strict,
);
export type FileQuery = Static<typeof FileQuery>;
export const FileParams = Type.Object(
  { id: Type.String({ pattern: '^[A-Z0-9]{1,35}$', description: 'MsgId' }) },
  strict,
);
export type FileParams = Static<typeof FileParams>;
export const OrderParams = Type.Object(
  { id: Type.String({ pattern: '^[A-Z0-9]{1,35}$', description: 'InstrId' }) },
  strict,
);
export type OrderParams = Static<typeof OrderParams>;

const file = {
  id: Type.String({ description: 'MsgId' }),
  businessDay: Type.String(),
  businessDayJalali: Type.String(),
  rail: oneOf(['PAYA', 'SATNA']),
  orders: Type.Integer(),
  rials: rials('CtrlSum'),
  currency,
  query: queryOf('files-of-day'),
  payOn: Type.String(),
  cycle: Type.String(),
  sha256: nullable('Of its bytes'),
  bytes: nullable('Its length'),
  state: oneOf(FILE_STATES),
  maker: Type.String(),
  checker: nullable('Who released it'),
  writtenAt: since('Written, read back and summed'),
  releasedAt: since('Let go by a second person'),
  leavingAt: since('From when on the bank may have it'),
  deliveredAt: since('The bank has it'),
  againBy: nullable('Said that it did not arrive: another person must say so too'),
  version: Type.Integer({ description: 'Of its clearing' }),
};
export const PaymentFile = Type.Object(file);
export const PaymentFilePage = pageOf(PaymentFile);
const FileLine = Type.Object({
  position: Type.Integer(),
  id: Type.String({ description: 'InstrId' }),
  merchant: Type.String(),
  name: Type.String(),
  sheba: Type.String({ description: 'Masked; the whole of it: GET /payment-orders/:id/sheba' }),
  rials: rials('Amount'),
  state: oneOf(['made', 'sent', 'accepted', 'paid', 'returned', 'held']),
  reason: nullable('Of the bank, or why it is held'),
  changedAt: time('Since when it is so'),
});
export const LinesQuery = Type.Object(
  {
    state: Type.Optional(oneOf(['made', 'sent', 'accepted', 'paid', 'returned', 'held'])),
    ...PageQuery.properties,
    format,
  },
  strict,
);
export type LinesQuery = Static<typeof LinesQuery>;
export const PaymentFileBody = Type.Object({ ...file, receipt: Type.Unknown() });
export const FileLinePage = pageOf(FileLine);
export const ShebaBody = Type.Object({ id: Type.String(), sheba: Type.String(), name: Type.String() });

export const AnswersQuery = Type.Object({ ...PageQuery.properties, format }, strict);
export type AnswersQuery = Static<typeof AnswersQuery>;
export const AnswerPage = pageOf(
  Type.Object({
    id: Type.String({ description: 'SHA-256' }),
    kind: oneOf(['pain.002', 'csv', 'camt.053']),
    identity: Type.String({ description: 'What it calls itself' }),
    name: Type.String(),
    lines: Type.Integer(),
    takenAt: time('When'),
    leftovers: Type.Integer(),
    openLeftovers: Type.Integer(),
  }),
);

const Leftover = Type.Object({
  id: Type.String(),
  statement: Type.String(),
  file: Type.String(),
  line: Type.Integer(),
  direction: oneOf(['DBIT', 'CRDT', 'NONE']),
  rials: nullable('Whole rials; null: the bank does not say'),
  bookedOn: Type.String(),
  shown: Type.String({ description: 'References and text, as they stand there' }),
  reason: Type.String(),
  raisedAt: time('When'),
  closedBy: nullable('Who said what it is'),
  note: nullable('What it is'),
  version: Type.Integer(),
});
export const LeftoverQuery = Type.Object(
  { state: Type.String({ enum: ['open', 'all'], default: 'open' }), ...PageQuery.properties, format },
  strict,
);
export type LeftoverQuery = Static<typeof LeftoverQuery>;
export const LeftoverPage = pageOf(Leftover);
export const LeftoverBody = Leftover;

export const BreakQuery = Type.Object(
  {
    state: Type.String({ enum: ['unresolved', 'open', 'proposed', 'resolved', 'all'], default: 'unresolved' }),
    class: Type.Optional(oneOf(BREAK_CLASSES)),
    day: Type.Optional(day('Business day or settlement date')),
    merchant: Type.Optional(Type.String({ pattern: '^\\d{15}$' })),
    owner: Type.Optional(Type.String({ maxLength: 64 })),
    alarm: Type.Boolean({ default: false, description: 'Only those older than the rules allow' }),
    ...PageQuery.properties,
    format,
  },
  strict,
);
export type BreakQuery = Static<typeof BreakQuery>;
const aBreak = {
  id: Type.String(),
  class: oneOf(BREAK_CLASSES),
  state: oneOf(['open', 'proposed', 'resolved']),
  settlementDate: Type.String(),
  businessDay: nullable('Of our transaction'),
  merchant: Type.String(),
  terminal: Type.String(),
  rrn: Type.String(),
  rials: rials('What the two sides disagree about'),
  currency,
  detail: Type.String(),
  owner: nullable('Who looks after it'),
  post: nullable('credit, debit or none'),
  postRials: nullable('Whole rials'),
  proposedBy: nullable('Another person approves'),
  reason: nullable('Of what is proposed, or was done'),
  ageDays: Type.Integer(),
  alarm: Type.Boolean(),
  version: Type.Integer(),
};
export const BreakPage = pageOf(Type.Object(aBreak));
export const BreakBody = Type.Object({
  ...aBreak,
  transaction: nullable('Its id, where there is one of ours'),
  events: Type.Array(
    Type.Object({ at: time('When'), actor: Type.String(), event: Type.String(), detail: Type.String() }),
  ),
});

export const DoubtQuery = Type.Object(
  {
    kind: Type.Optional(oneOf(DOUBT_KINDS)),
    owner: Type.Optional(Type.String({ maxLength: 60 })),
    ...PageQuery.properties,
    format,
  },
  strict,
);
export type DoubtQuery = Static<typeof DoubtQuery>;
const doubt = {
  id: nullable('Of an advice; null: a held transaction, which ends by itself'),
  kind: oneOf(DOUBT_KINDS),
  mti: Type.String(),
  terminal: Type.String(),
  rrn: Type.String(),
  rials: rials('Amount'),
  currency,
  since: time('Since when'),
  attempts: Type.Integer(),
  why: nullable('Of the last attempt'),
  nextAt: since('When it is tried again'),
  owner: Type.String({ description: 'gateway, or the person who has taken it' }),
  note: nullable('What is known'),
  version: Type.Union([Type.Integer(), Type.Null()]),
};
export const DoubtPage = Type.Object({
  ...pageOf(Type.Object(doubt)).properties,
  counts: Type.Array(
    Type.Object({
      kind: oneOf(DOUBT_KINDS),
      count: Type.Integer(),
      oldest: time('Since when'),
      query: queryOf('doubts-by-kind'),
    }),
  ),
});
export const DoubtBody = Type.Object(doubt);

const reason = Type.String({ minLength: 5, maxLength: 1_000 });
export const MakeBody = Type.Object(
  {
    profile: Type.Optional(
      Type.String({ enum: ['ccti-1', 'ccti-2', 'iso'], description: 'Of the bank (default: the settings’)' }),
    ),
    reason: Type.Optional(reason),
  },
  strict,
);
export type MakeBody = Static<typeof MakeBody>;
export const ActBody = Type.Object({ reason: Type.Optional(reason) }, strict);
export type ActBody = Static<typeof ActBody>;
export const WhyBody = Type.Object({ reason }, strict);
export type WhyBody = Static<typeof WhyBody>;
export const VerdictBody = Type.Object(
  { verdict: oneOf(['approve', 'reject']), reason: Type.Optional(reason) },
  strict,
);
export type VerdictBody = Static<typeof VerdictBody>;
export const DeliveryBody = Type.Object({ said: oneOf(['arrived', 'not-arrived']), reason }, strict);
export type DeliveryBody = Static<typeof DeliveryBody>;
export const NoteBody = Type.Object({ note: reason }, strict);
export type NoteBody = Static<typeof NoteBody>;
export const OwnerBody = Type.Object(
  {
    owner: Type.String({ minLength: 1, maxLength: 60, pattern: '^\\S(.{0,58}\\S)?$' }),
    note: Type.Optional(Type.String({ maxLength: 500 })),
  },
  strict,
);
export type OwnerBody = Static<typeof OwnerBody>;
export const AssignBody = Type.Object({ owner: Type.String({ minLength: 1, maxLength: 64 }) }, strict);
export type AssignBody = Static<typeof AssignBody>;
export const CommentBody = Type.Object({ text: Type.String({ minLength: 1, maxLength: 1_000 }) }, strict);
export type CommentBody = Static<typeof CommentBody>;
export const ProposalBody = Type.Object(
  {
    post: Type.String({
      enum: ['credit', 'debit', 'none'],
      description: 'To the shop’s next net; none: no money moves',
    }),
    rials: Type.Optional(
      Type.String({ pattern: '^[1-9]\\d{0,14}$', description: 'Left out: what the break is about' }),
    ),
    reason,
  },
  strict,
);
export type ProposalBody = Static<typeof ProposalBody>;

export const CarryPage = pageOf(
  Type.Object({
    merchant: Type.String(),
    carry: Type.String(),
    businessDay: Type.String({ description: 'Of the order that came back' }),
    rials: rials('Carried'),
    currency,
    reason: Type.String(),
    refusedSheba: Type.String({ description: 'Masked: to which the bank refused to pay' }),
    sheba: Type.String({ description: 'Masked: the shop’s now' }),
    proposedBy: nullable('Another person approves'),
  }),
);
export const CarryQuery = Type.Object({ format }, strict);
export type CarryQuery = Static<typeof CarryQuery>;
export const UnblockBody = Type.Object(
  { reason, sameSheba: Type.Boolean({ default: false, description: 'The refused Sheba is right: the bank erred' }) },
  strict,
);
export type UnblockBody = Static<typeof UnblockBody>;
export const Unblocked = Type.Object({ merchant: Type.String(), carries: Type.Integer(), rials: rials('Of them'), currency, state: oneOf(['proposed', 'approved', 'rejected']) }); // prettier-ignore
export const OrderHeld = Type.Object({ order: Type.String(), merchant: Type.String(), businessDay: Type.String(), rials: rials('Held'), currency, state: Type.Literal('held') }); // prettier-ignore
