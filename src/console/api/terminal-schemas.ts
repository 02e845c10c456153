import { Type, type Static } from 'typebox';
import { TERMINAL_STATES, VERDICTS } from '../../terminals/index.ts';
import { format, pageOf, PageQuery, time } from './schemas.ts';

/** The registry of terminals (terminals.md 1). */

const strict = { additionalProperties: false };
const oneOf = (values: readonly string[]) => Type.String({ enum: [...values] });
const orNull = <T extends Parameters<typeof Type.Union>[0][number]>(type: T) => Type.Union([type, Type.Null()]);
const merchant = Type.String({ pattern: '^[0-9A-Za-z]{15}$', description: 'DE 42 of a shop' });
const number = Type.String({ pattern: '^[0-9A-Za-z]{8}$', description: 'DE 41' });
const onDay = Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$', description: 'A day in Tehran, ISO' });
const reason = Type.String({ minLength: 3, maxLength: 300 });

const shown = {
  terminal: number,
  merchant,
  state: oneOf(TERMINAL_STATES),
  profile: Type.String(),
  keyScheme: orNull(Type.String({ description: '01 to 04 as in DE 53; null: any' })),
  serial: orNull(Type.String()),
  model: orNull(Type.String()),
  psp: orNull(Type.String()),
  place: orNull(Type.String()),
  software: orNull(Type.String({ description: 'As it last said in DE 48 tag 02' })),
  components: Type.Record(Type.String(), Type.Unknown(), { description: 'Of its version report' }),
  slot: orNull(Type.String()),
  registeredAt: time('Since when'),
  lastContactAt: orNull(time('When it was heard last')),
  driftMs: orNull(Type.Number({ description: 'How far its clock is ahead of ours' })),
  masterKeyAt: orNull(time('Of its master key')),
  sessionKeysAt: orNull(time('Of its session keys')),
  certificateEnds: orNull(time('The last end of its certificates')),
  certification: orNull(
    Type.String({
      enum: [...VERDICTS],
      description: 'Of its model with its software in its profile; null: these are not known',
    }),
  ),
  endedAt: orNull(time('Retired or lost')),
  endReason: orNull(Type.String()),
  nextMove: orNull(Type.Object({ merchant, onDay })),
  version: Type.Integer(),
};
export const TerminalBody = Type.Object(shown);
export const TerminalPage = pageOf(TerminalBody);
export const TerminalRead = Type.Object({
  ...shown,
  moves: Type.Array(
    Type.Object({
      from: orNull(merchant),
      to: merchant,
      onDay,
      state: oneOf(['waits', 'done', 'dropped']),
      reason: Type.String(),
      by: Type.String(),
    }),
  ),
});
export const TerminalQuery = Type.Object(
  {
    ...PageQuery.properties,
    format,
    state: Type.Optional(oneOf(TERMINAL_STATES)),
    merchant: Type.Optional(merchant),
    psp: Type.Optional(Type.String({ maxLength: 60 })),
    model: Type.Optional(Type.String({ maxLength: 60 })),
    profile: Type.Optional(Type.String({ maxLength: 60 })),
    serial: Type.Optional(Type.String({ maxLength: 40 })),
    certification: Type.Optional(oneOf(VERDICTS)),
  },
  strict,
);
export type TerminalQuery = Static<typeof TerminalQuery>;

const about = {
  keyScheme: Type.Optional(orNull(oneOf(['01', '02', '03', '04']))),
  serial: Type.Optional(orNull(Type.String({ minLength: 1, maxLength: 60 }))),
  model: Type.Optional(orNull(Type.String({ minLength: 1, maxLength: 60 }))),
  psp: Type.Optional(orNull(Type.String({ minLength: 1, maxLength: 60 }))),
  place: Type.Optional(orNull(Type.String({ minLength: 1, maxLength: 200 }))),
  profile: Type.Optional(Type.String({ minLength: 1, maxLength: 60 })),
  reason: Type.Optional(reason),
};
export const NewTerminalBody = Type.Object({ terminal: Type.Optional(number), merchant, ...about }, strict);
export type NewTerminalBody = Static<typeof NewTerminalBody>;
export const TerminalPatch = Type.Object(about, { ...strict, minProperties: 1 });
export type TerminalPatch = Static<typeof TerminalPatch>;
export const MoveBody = Type.Object({ merchant, onDay: Type.Optional(onDay), reason }, strict);
export type MoveBody = Static<typeof MoveBody>;
export const TerminalReason = Type.Object({ reason }, strict);
export type TerminalReason = Static<typeof TerminalReason>;
