import { Type, type Static } from 'typebox';
import { COMPONENTS } from '../../updates/format/index.ts';
import { PlanSchema } from '../../updates/rollouts/index.ts';
import { queryOf } from './figures.ts';
import { instant, pageOf, time } from './schemas.ts';

/** Signed updates of terminals (docs/updates.md). */

const strict = { additionalProperties: false };
const oneOf = (values: readonly string[]) => Type.String({ enum: [...values] });
const orNull = <T extends Parameters<typeof Type.Union>[0][number]>(type: T) => Type.Union([type, Type.Null()]);

export const UpdateStatus = Type.Object({
  metadata: Type.Array(
    Type.Object({
      role: Type.String(),
      version: Type.Integer(),
      expires: time('When nothing is updated by it any more; trading goes on'),
      state: oneOf(['ok', 'soon', 'ended']),
    }),
  ),
  frozen: orNull(Type.Object({ reason: Type.String(), until: time('Until when nothing is installed or widened') })),
});

const release = {
  id: Type.String(),
  component: oneOf(COMPONENTS),
  line: Type.String({ description: 'The role of targets that speaks of it' }),
  profile: Type.String(),
  psp: orNull(Type.String()),
  hardware: Type.Array(Type.String()),
  software: orNull(Type.String({ description: 'Of firmware: as certification calls it' })),
  counter: Type.Integer(),
  path: Type.String(),
  sha256: Type.String(),
  sha512: Type.String(),
  length: Type.Integer(),
  minFrom: Type.Integer(),
  deltas: Type.Array(
    Type.Object({ counter: Type.Integer(), sha256: Type.String(), path: Type.String(), length: Type.Integer() }),
  ),
  effectiveFrom: time('When it may be installed'),
  effectiveUntil: orNull(time('Until when')),
  textFa: Type.String(),
  textEn: Type.String(),
  stagedBy: Type.String(),
  approvedBy: orNull(Type.String()),
  state: oneOf(['staged', 'approved', 'published', 'withdrawn']),
  certified: orNull(Type.Boolean({ description: 'Firmware: on every model and profile that it is for' })),
  uncertified: Type.Array(Type.String(), { description: 'What is not certified, and what to do' }),
};
export const ReleaseBody = Type.Object(release);
export const ReleasePage = pageOf(ReleaseBody);

const rollout = {
  id: Type.String(),
  releaseId: Type.String(),
  path: Type.String(),
  textFa: Type.String(),
  textEn: Type.String(),
  plan: PlanSchema,
  state: oneOf(['proposed', 'running', 'halted', 'done', 'ended']),
  step: Type.Integer({ description: '0: own terminals; n: the n-th share of the plan' }),
  stepSince: orNull(time('Since when')),
  proposedBy: Type.String(),
  releasedBy: orNull(Type.String()),
  haltedBy: orNull(Type.String({ description: 'gateway: by itself' })),
  haltedAt: orNull(time('When')),
  haltReason: orNull(Type.String()),
  version: Type.Integer(),
};
export const RolloutBody = Type.Object(rollout);
export const RolloutPage = pageOf(RolloutBody);

const counts = <Name extends string>(query: string, names: readonly Name[]) =>
  Type.Object({
    query: queryOf(query),
    ...(Object.fromEntries(names.map((name) => [name, Type.Integer()])) as Record<
      Name,
      ReturnType<typeof Type.Integer>
    >),
  });
const group = counts('rollout-days', [
  'terminals',
  'purchases',
  'approved',
  'reversed',
  'gaps',
  'macFailures',
  'tradedBefore',
  'silent',
]);
export const RolloutSeen = Type.Object({
  ...rollout,
  devices: counts('rollout-devices', ['had', 'confirmed', 'failed', 'underWay', 'waiting', 'unknown']),
  closedDays: Type.Integer(),
  updated: group,
  control: group,
  subjects: Type.Array(
    Type.Object({
      model: orNull(Type.String()),
      software: orNull(Type.String()),
      profile: Type.String(),
      verdict: orNull(oneOf(['passed', 'failed'])),
    }),
    { description: 'Firmware: devices that it reaches beside own ones, and what certification says of each' },
  ),
  next: oneOf(['wait', 'halt', 'advance', 'finish']),
  why: Type.Array(Type.String(), { description: 'What it waits for' }),
  events: Type.Array(
    Type.Object({
      at: time('When'),
      what: Type.String(),
      step: Type.Integer(),
      actor: Type.String(),
      reason: orNull(Type.String()),
    }),
  ),
});

export const NewRolloutBody = Type.Object(
  {
    releaseId: Type.String({ pattern: '^[1-9]\\d{0,17}$' }),
    plan: Type.Record(Type.String({ maxLength: 40 }), Type.Unknown(), {
      maxProperties: 30,
      description: 'own, and what differs from the defaults (docs/updates.md)',
    }),
    reason: Type.Optional(Type.String({ minLength: 1, maxLength: 1_000 })),
  },
  strict,
);
export type NewRolloutBody = Static<typeof NewRolloutBody>;
export const HaltBody = Type.Object({ reason: Type.String({ minLength: 5, maxLength: 1_000 }) }, strict);
export type HaltBody = Static<typeof HaltBody>;

export const FreezeBody = Type.Object({
  id: Type.String(),
  from: time('From when nothing is installed or widened'),
  until: time('Until when'),
  reason: Type.String(),
  madeBy: Type.String(),
  endedAt: orNull(time('When people ended it before its time')),
  state: oneOf(['coming', 'now', 'over', 'ended']),
});
export const FreezePage = pageOf(FreezeBody);
export const NewFreezeBody = Type.Object(
  {
    from: Type.Optional(instant('From when; now if absent')),
    until: instant('Until when, at most 400 days from now'),
    reason: Type.String({ minLength: 1, maxLength: 300 }),
  },
  strict,
);
export type NewFreezeBody = Static<typeof NewFreezeBody>;

export const ReplacementPage = pageOf(
  Type.Object({
    terminal: Type.String(),
    serial: Type.String(),
    merchant: Type.String(),
    name: Type.String(),
    model: orNull(Type.String()),
    reason: oneOf(['refuses', 'never-reported', 'replacement']),
  }),
);
