import { Type, type Static } from 'typebox';
import { queryOf } from './figures.ts';
import { time } from './schemas.ts';

/** Jobs of settlement: a doorbell, so that a job that is lost or done twice changes nothing (docs/settlement.md). */

export const JOB_STATES = ['waiting', 'active', 'delayed', 'failed', 'completed', 'waiting-children'] as const;
const orNull = <T extends Parameters<typeof Type.Union>[0][number]>(type: T) => Type.Union([type, Type.Null()]);

export const JobQuery = Type.Object(
  { state: Type.Optional(Type.String({ enum: [...JOB_STATES] })) },
  { additionalProperties: false },
);
export type JobQuery = Static<typeof JobQuery>;
export const JobList = Type.Object({
  query: queryOf('jobs-by-state'),
  backend: Type.String(),
  counts: Type.Record(Type.String(), Type.Integer()),
  items: Type.Array(
    Type.Object({
      id: Type.String(),
      step: Type.String(),
      businessDay: orNull(Type.String()),
      shard: orNull(Type.Integer()),
      state: Type.String(),
      attempts: Type.Integer(),
      at: time('It was rung'),
      error: orNull(Type.String({ description: 'Of the last attempt' })),
    }),
    { description: 'The newest, at most 100' },
  ),
});
