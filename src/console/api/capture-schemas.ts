import { Type, type Static } from 'typebox';
import { time } from './schemas.ts';

/** Recordings of this gateway: sanitised as they are written; what is secret is masked all the same. */

const strict = { additionalProperties: false };
const orNull = <T extends Parameters<typeof Type.Union>[0][number]>(type: T) => Type.Union([type, Type.Null()]);
const speaker = Type.String({ enum: ['terminal', 'bank', 'gateway'] });
const fileName = Type.String({ pattern: '^[\\w-][\\w.-]{0,99}\\.jsonl$', description: 'Of a recording' });
const connection = Type.String({ maxLength: 100, description: 'Of one connection alone' });

export const Recordings = Type.Object({
  replayTo: orNull(
    Type.String({ description: 'host:port of the gateway that recordings are played against; null: none' }),
  ),
  recording: orNull(
    Type.Object({
      file: Type.String(),
      terminals: Type.Array(Type.String(), { description: 'Empty: a share of all connections' }),
      share: Type.Number(),
      bank: Type.Boolean(),
      until: time('It ends by itself'),
      maxBytes: Type.Integer(),
    }),
  ),
  items: Type.Array(
    Type.Object({ file: Type.String(), bytes: Type.Integer(), changedAt: time('It was written to last') }),
  ),
});

export const NewRecordingBody = Type.Object(
  {
    terminals: Type.Optional(
      Type.Array(Type.String({ pattern: '^[\\x21-\\x7e]{1,8}$' }), { minItems: 1, maxItems: 100, uniqueItems: true }),
    ),
    share: Type.Optional(
      Type.Number({ exclusiveMinimum: 0, maximum: 1, description: 'Of new connections, where no terminals are named' }),
    ),
    bank: Type.Boolean({ default: true, description: 'With what goes to and from the bank switch' }),
    minutes: Type.Integer({ minimum: 1, maximum: 1_440, default: 60 }),
    maxMegabytes: Type.Integer({ minimum: 1, maximum: 1_024, default: 256 }),
    reason: Type.String({ minLength: 3, maxLength: 1_000 }),
  },
  strict,
);
export type NewRecordingBody = Static<typeof NewRecordingBody>;

export const RecordingParams = Type.Object({ file: fileName }, strict);
export type RecordingParams = Static<typeof RecordingParams>;
export const FramesQuery = Type.Object(
  {
    connection: Type.Optional(connection),
    cursor: Type.Optional(Type.String({ maxLength: 200 })),
    limit: Type.Integer({ minimum: 1, maximum: 200, default: 100 }),
  },
  strict,
);
export type FramesQuery = Static<typeof FramesQuery>;

export const Frames = Type.Object({
  file: Type.String(),
  items: Type.Array(
    Type.Object({
      at: time('When it was complete'),
      from: speaker,
      to: speaker,
      connection: Type.String(),
      dialect: Type.String(),
      mti: orNull(Type.String()),
      answers: orNull(Type.Integer({ description: 'Place in this page of the request that it answers' })),
      tookMs: orNull(Type.Number({ description: 'Since that request' })),
      note: orNull(
        Type.String({ enum: ['keep-alive', 'undecodable', 'unanswered', 'unasked'], description: 'Within this page' }),
      ),
      hex: Type.String({ description: 'Two digits a byte; of secret elements **' }),
      fields: Type.Array(
        Type.Object({
          de: Type.Integer(),
          name: Type.String(),
          value: Type.String({ description: 'Masked where it is secret' }),
          at: Type.Integer({ description: 'Its first byte' }),
          length: Type.Integer(),
          secret: Type.Boolean(),
        }),
      ),
    }),
  ),
  next: orNull(Type.String({ description: '`cursor` of the next page; null: there is none now' })),
});

export const TestQuery = Type.Object({ connection: Type.Optional(connection) }, strict);
export type TestQuery = Static<typeof TestQuery>;

export const ReplayBody = Type.Object(
  { connection: Type.Optional(connection), reason: Type.String({ minLength: 3, maxLength: 1_000 }) },
  strict,
);
export type ReplayBody = Static<typeof ReplayBody>;
export const ReplayReport = Type.Object({
  file: Type.String(),
  to: Type.String({ description: 'host:port that it was played against' }),
  different: Type.Integer({ description: 'Requests whose answer differs' }),
  tookMs: Type.Number(),
  notes: Type.Array(Type.String(), { description: 'What was left out, and the like' }),
  items: Type.Array(
    Type.Object({
      number: Type.Integer({ description: 'Among the requests, from 1' }),
      title: Type.String(),
      connection: Type.String(),
      recordedMs: orNull(Type.Number()),
      tookMs: orNull(Type.Number()),
      differences: Type.Array(
        Type.Object({
          path: Type.String({ description: 'Element, tag or value' }),
          name: Type.String(),
          expected: orNull(Type.String({ description: 'As recorded; masked where it is secret' })),
          actual: orNull(Type.String()),
        }),
      ),
    }),
  ),
});
