import { systemClock } from '../../ops/clock.ts';
import { transaction } from '../../ops/database.ts';
import { GatewayError } from '../../ops/errors.ts';
import {
  endRollout,
  eventsOf,
  factsOf,
  haltRollout,
  lastStep,
  listRollouts,
  proposeAgain,
  proposeRollout,
  readFreeze,
  releaseRollout,
  rolloutOf,
  verdictOf,
  type ByPerson,
  type Rollout,
} from '../../updates/rollouts/index.ts';
import type { Permission } from '../../people/index.ts';
import type { Pool, PoolClient } from 'pg';
import { withBooks } from '../books.ts';
import { readText } from '../files.ts';
import { signedInFor } from '../people/signed-in.ts';
import { print, type JsonOption } from '../print.ts';
import { releaseNumber } from './releases.ts';

interface ProposeOptions extends JsonOption {
  readonly own: readonly string[];
  readonly plan?: string;
}

export async function proposeOne(release: string, options: ProposeOptions): Promise<void> {
  const plan = planOf(options);
  await acting(options, 'updates:make', async (db, by, now) => {
    const before = (await listRollouts(db, { limit: 1_000 })).find(
      (each) => each.releaseId === release && each.state === 'halted',
    );
    return before === undefined
      ? proposeRollout(db, releaseNumber(release), plan, by, now)
      : proposeAgain(db, before.id, by, now);
  });
}

function planOf({ own, plan }: ProposeOptions): object {
  if (plan === undefined) return { own };
  try {
    const read = JSON.parse(readText(plan)) as object;
    return own.length === 0 ? read : { ...read, own };
  } catch (cause) {
    if (cause instanceof GatewayError) throw cause;
    throw new GatewayError('updates.malformed', `${plan} is no plan of a rollout: it is not JSON.`, { cause });
  }
}

export async function releaseOne(id: string, options: JsonOption): Promise<void> {
  await acting(options, 'updates:approve', (db, by, now) => releaseRollout(db, releaseNumber(id), by, now));
}

export async function halt(id: string, options: JsonOption & { readonly reason: string }): Promise<void> {
  await acting(options, 'updates:stop', (db, by, now) => haltRollout(db, releaseNumber(id), options.reason, by, now));
}

export async function endOne(id: string, options: JsonOption): Promise<void> {
  await acting(options, 'updates:make', (db, by, now) => endRollout(db, releaseNumber(id), by, now));
}

async function acting(
  options: JsonOption,
  permission: Permission,
  work: (db: PoolClient, by: ByPerson, now: number) => Promise<Rollout>,
): Promise<void> {
  await withBooks(async (pool, config) => {
    const { actor } = await signedInFor(pool, config, permission);
    const rollout = await transaction(pool, (db) => work(db, { actor }, systemClock.now()));
    print(options, rollout, () => lineOfRollout(rollout));
  });
}

/** `rollout 3: menu/native-2.json, running, step 1 of 4 (1 %), since …` */
export function lineOfRollout(rollout: Rollout): string {
  const { id, path, state, step, plan, stepSince, haltReason, haltedBy } = rollout;
  const share = step === 0 ? 'own terminals' : `${plan.percents[step - 1] ?? 100} %`;
  const since = stepSince === null ? '' : `, since ${stepSince}`;
  const why = state === 'halted' ? `\n  halted by ${haltedBy ?? ''}: ${haltReason ?? ''}` : '';
  return `rollout ${id}: ${path}, ${state}, step ${step} of ${lastStep(plan)} (${share})${since}${why}`;
}

export async function show(id: string, options: JsonOption): Promise<void> {
  await withBooks(async (pool) => {
    const seen = await lookAt(pool, await rolloutOf(pool, releaseNumber(id)), systemClock.now());
    const events = await eventsOf(pool, id);
    print(options, { ...seen, events }, () => {
      const { devices } = seen.facts;
      return [
        lineOfRollout(seen.rollout),
        `  devices: ${devices.confirmed} confirmed, ${devices.failed} failed, ${devices.underWay} at it, ${devices.waiting} not begun, ${devices.unknown} silent; ${devices.had} had it already`,
        ...(seen.verdict.kind === 'wait'
          ? seen.verdict.why.map((why) => `  waits: ${why}`)
          : [`  next: ${seen.verdict.kind}`]),
        ...events.map(
          ({ at, what, step, actor, reason }) =>
            `  ${at} ${what}, step ${step}, ${actor}${reason === null ? '' : `: ${reason}`}`,
        ),
      ].join('\n');
    });
  });
}

/** What the machine sees, and would say now. */
export async function lookAt(pool: Pool, rollout: Rollout, now: number) {
  const facts = await factsOf(pool, rollout, await readFreeze(pool, now), now);
  return { rollout, facts, verdict: verdictOf(rollout, facts) };
}
