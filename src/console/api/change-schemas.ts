import { Type, type Static } from 'typebox';
import { CHANGE_ITEMS, ITEM_CODES } from '../../shops/index.ts';
import { day, time } from './schemas.ts';

/** What changes about shops that work (people.md 4). */

const strict = { additionalProperties: false };
const reason = Type.String({ minLength: 10, maxLength: 1_000 });

export const ChangeBody = Type.Object({ kind: Type.String({ enum: Object.keys(CHANGE_ITEMS) }) }, strict);
export type ChangeBody = Static<typeof ChangeBody>;

export const ClosedBody = Type.Object({ reason }, strict);
export type ClosedBody = Static<typeof ClosedBody>;

export const ReverifyBody = Type.Object(
  {
    items: Type.Array(Type.String({ enum: [...ITEM_CODES] }), { minItems: 1, maxItems: 9, uniqueItems: true }),
    until: day('Last day on which what was shown counts'),
    reason,
  },
  strict,
);
export type ReverifyBody = Static<typeof ReverifyBody>;

export const ShebaChanges = Type.Object({
  items: Type.Array(
    Type.Object({
      id: Type.String(),
      case: Type.String(),
      oldSheba: Type.String(),
      newSheba: Type.String(),
      approvedAt: time('Two persons had signed'),
      inForce: Type.String({ description: 'Business day from which on clearings go to the new one' }),
      bankClosed: Type.Boolean({ description: 'The bank has closed the old account: no 72 hours' }),
      state: Type.String({ enum: ['waiting', 'in_force', 'stopped'] }),
      reason: Type.Union([Type.String(), Type.Null()], { description: 'Why it was stopped' }),
    }),
  ),
});

export const Reminders = Type.Object({
  items: Type.Array(
    Type.Object({
      item: Type.String({ enum: [...ITEM_CODES] }),
      ends: time('When the item counts no more'),
      days: Type.Integer({ description: 'Before the end; 0: it has ended' }),
      at: time('When'),
      told: Type.Boolean({ description: 'False: nobody knows a mobile of the shop' }),
    }),
  ),
});
