import { Type, type Static } from 'typebox';
import { BREAK_CLASSES } from '../settlement/acquirer/index.ts';

/** What the break desk's API takes. Money is whole rials, as digits. */

/** Something that can be read, without control characters other than tab and line feed. */
const TEXT = '^(?=\\s*\\S)[^\\u0000-\\u0008\\u000b-\\u001f]+$';
const strict = { additionalProperties: false };
const name = Type.String({ minLength: 1, maxLength: 64, pattern: TEXT });

export const IdParams = Type.Object({ id: Type.String({ pattern: '^[1-9]\\d{0,17}$' }) }, strict);
export type IdParams = Static<typeof IdParams>;

const STATES = ['unresolved', 'open', 'proposed', 'resolved', 'all'] as const;

export const ListQuery = Type.Object(
  {
    state: Type.Union(
      STATES.map((state) => Type.Literal(state)),
      { default: 'unresolved' },
    ),
    class: Type.Optional(Type.Union(BREAK_CLASSES.map((each) => Type.Literal(each)))),
    /** Of a business day or settlement date, ISO. */
    day: Type.Optional(Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$' })),
    owner: Type.Optional(name),
    /** Only those older than the rules allow. */
    alarm: Type.Boolean({ default: false }),
    /** The number of the last one of the page before. */
    after: Type.Optional(Type.String({ pattern: '^\\d{1,18}$' })),
    limit: Type.Integer({ minimum: 1, maximum: 200, default: 50 }),
  },
  strict,
);
export type ListQuery = Static<typeof ListQuery>;

export const AssignBody = Type.Object({ owner: name }, strict);
export type AssignBody = Static<typeof AssignBody>;

export const CommentBody = Type.Object({ text: Type.String({ maxLength: 2_000, pattern: TEXT }) }, strict);
export type CommentBody = Static<typeof CommentBody>;

export const ResolveBody = Type.Object(
  {
    post: Type.Union([Type.Literal('credit'), Type.Literal('debit'), Type.Literal('none')]),
    /** Left out: what the break is about. Never more. */
    rials: Type.Optional(Type.String({ pattern: '^\\d{1,15}$' })),
    reason: Type.String({ maxLength: 500, pattern: TEXT }),
  },
  strict,
);
export type ResolveBody = Static<typeof ResolveBody>;

/** Approving and rejecting say nothing more: nothing, or an empty object. */
export const NoBody = Type.Union([Type.Null(), Type.Object({}, strict)]);
