import { Type, type Static } from 'typebox';
import { CASE_STATES, ITEM_CODES, LINKS, PARTIES, REASON_CODES } from '../../shops/index.ts';
import { day, time } from './schemas.ts';

/** The reviewers' desk: claims, comments, differences, relations, templates, agreement (people.md 4). */

const strict = { additionalProperties: false };
const oneOf = (values: readonly string[]) => Type.String({ enum: [...values] });
const orNull = <T extends Parameters<typeof Type.Union>[0][number]>(type: T) => Type.Union([type, Type.Null()]);
const texts = Type.Object({ fa: Type.String(), en: Type.String() });

export const ClaimBody = Type.Object(
  { person: Type.Optional(Type.String({ pattern: '^[1-9]\\d{0,17}$', description: 'Left out: you' })) },
  strict,
);
export type ClaimBody = Static<typeof ClaimBody>;
export const Claim = Type.Object({ person: Type.String(), name: Type.String(), until: time('It ends by itself') });

export const CommentBody = Type.Object({ text: Type.String({ minLength: 1, maxLength: 2_000 }) }, strict);
export type CommentBody = Static<typeof CommentBody>;
export const Comment = Type.Object({
  id: Type.String(),
  person: Type.String(),
  name: Type.String(),
  text: Type.String(),
  at: time('Said'),
});
export const Comments = Type.Object({ items: Type.Array(Comment) });

/** What is beside the fields of a case for who reviews it. */
export const Desk = Type.Object({
  claim: orNull(Claim),
  papers: Type.Array(
    Type.Object({
      id: Type.String(),
      item: oneOf(ITEM_CODES),
      kind: Type.String(),
      pages: Type.Integer(),
      href: Type.String(),
    }),
  ),
  differences: Type.Array(
    Type.Object({
      code: oneOf(ITEM_CODES),
      version: Type.Integer(),
      fields: Type.Array(Type.Object({ field: Type.String(), before: Type.Unknown(), after: Type.Unknown() })),
      reason: orNull(oneOf(REASON_CODES)),
      note: orNull(Type.String()),
    }),
    { description: 'Of each item that was submitted again: what changed since the version before' },
  ),
  relations: Type.Array(
    Type.Object({
      item: oneOf(LINKS),
      why: texts,
      case: orNull(Type.String({ description: 'Its number' })),
      merchant: orNull(Type.String()),
      name: Type.String(),
      state: Type.String(),
      standing: orNull(Type.String()),
      party: orNull(oneOf(PARTIES)),
      because: orNull(texts),
      decision: orNull(Type.String({ description: 'Why that shop is disqualified' })),
    }),
    { description: 'Who else said the same, as it is now' },
  ),
});

export const ReasonTemplates = Type.Object({
  items: Type.Array(
    Type.Object({
      code: oneOf(REASON_CODES),
      since: Type.String({ description: 'ISO day' }),
      fa: Type.String(),
      en: Type.String(),
      remedyFa: Type.String(),
      remedyEn: Type.String(),
    }),
  ),
});

export const AgreementQuery = Type.Object({ since: Type.Optional(day('Decided since then')) }, strict);
export type AgreementQuery = Static<typeof AgreementQuery>;
export const Agreement = Type.Object({
  looks: Type.Integer({ description: 'Decided cases that one more reviewer looked at' }),
  agreed: Type.Integer(),
  rate: orNull(Type.Number({ description: '0 to 1' })),
  waiting: Type.Integer(),
});

/** A shop item by item, whether two persons approved it or a file brought it. */
export const ShopItems = Type.Object({
  merchant: Type.String(),
  name: Type.String(),
  guild: Type.String(),
  listed: oneOf(['applied', 'approved', 'suspended']),
  state: oneOf(CASE_STATES),
  waiting: Type.Optional(
    Type.Object({
      on: Type.String(),
      since: time('Since when'),
      until: time('Until when'),
      can: Type.Array(Type.String()),
      items: Type.Array(oneOf(ITEM_CODES)),
    }),
  ),
  items: Type.Array(
    Type.Object({
      code: oneOf(ITEM_CODES),
      state: oneOf(['met', 'waived', 'submitted', 'due']),
      source: Type.String({ enum: ['registry', 'case'], description: 'registry: the list says so' }),
      value: orNull(Type.Record(Type.String(), Type.String())),
      since: orNull(time('Of the state')),
      validUntil: orNull(time('Until when it holds')),
    }),
  ),
});
