import { Type, type Static } from 'typebox';
import { COMPLAINT_KINDS, COMPLAINT_STATES, FINDINGS, REMEDIES } from '../../complaints/index.ts';
import { format, PageQuery, time } from './schemas.ts';

/** What the API of complaints takes and gives. */

const strict = { additionalProperties: false };
const oneOf = (values: readonly string[]) => Type.String({ enum: [...values] });
const rials = Type.String({ pattern: '^\\d{1,15}$', description: 'Whole rials' });
const text = Type.String({ minLength: 1, maxLength: 1_000 });
const PARTIES = ['system', 'bank', 'complainant', 'support', 'second_person'];

export const ComplaintBody = Type.Object(
  {
    kind: oneOf(COMPLAINT_KINDS),
    rrn: Type.String({ pattern: '^[0-9A-Za-z]{12}$' }),
    terminal: Type.String({ pattern: '^\\d{8}$' }),
    totalRials: rials,
    last4: Type.String({ pattern: '^\\d{4}$' }),
    mobile: Type.Optional(Type.String({ pattern: '^09\\d{9}$', description: 'Whom to tell' })),
    text: Type.String({ maxLength: 1_000 }),
  },
  strict,
);
export type ComplaintBody = Static<typeof ComplaintBody>;

export const ComplaintQuery = Type.Object(
  {
    ...PageQuery.properties,
    format,
    waitsOn: Type.Optional(oneOf(PARTIES)),
    state: Type.Optional(oneOf(COMPLAINT_STATES)),
  },
  strict,
);
export type ComplaintQuery = Static<typeof ComplaintQuery>;

export const TextBody = Type.Object({ text }, strict);
export type TextBody = Static<typeof TextBody>;
export const WhyBody = Type.Object({ reason: Type.String({ minLength: 10, maxLength: 1_000 }) }, strict);
export type WhyBody = Static<typeof WhyBody>;
export const ProposalBody = Type.Object(
  {
    remedy: oneOf(REMEDIES),
    rials: Type.Optional(rials),
    reason: Type.String({ minLength: 10, maxLength: 1_000, description: 'What the complainant is told' }),
  },
  strict,
);
export type ProposalBody = Static<typeof ProposalBody>;
export const VerdictBody = Type.Object(
  { verdict: oneOf(['approve', 'reject']), reason: Type.String({ minLength: 1, maxLength: 1_000 }) },
  strict,
);
export type VerdictBody = Static<typeof VerdictBody>;

export const Complaint = Type.Object({
  id: Type.String(),
  number: Type.String({ description: 'What people say on the phone' }),
  kind: oneOf(COMPLAINT_KINDS),
  filedBy: oneOf(['customer', 'shop', 'support']),
  filedAt: time('When'),
  state: oneOf(COMPLAINT_STATES),
  waiting: Type.Optional(
    Type.Object({
      on: oneOf(PARTIES),
      since: time('Since when'),
      until: Type.Optional(time('By when')),
      can: Type.Array(Type.String(), { description: 'What that party can do now' }),
    }),
  ),
  finding: oneOf(FINDINGS),
  foundAt: time('When the system looked last'),
  merchant: Type.String(),
  shop: Type.String(),
  terminal: Type.String(),
  rrn: Type.String(),
  totalRials: rials,
  businessDay: Type.String(),
  told: Type.String(),
  asked: Type.Optional(Type.String()),
  remedy: Type.Optional(oneOf(REMEDIES)),
  remedyRials: Type.Optional(rials),
  reason: Type.Optional(Type.String()),
  posting: Type.Optional(Type.String({ description: 'The RRN of the return, or the break that was ended' })),
  version: Type.Integer(),
});
export const ComplaintPage = Type.Object({
  items: Type.Array(Complaint),
  next: Type.Union([Type.String(), Type.Null()]),
});
