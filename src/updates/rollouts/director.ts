import { createHash } from 'node:crypto';
import { canonicalJson, COMPONENTS, type Component, type Director, type DirectorItem } from '../format/index.ts';
import { isoOf, type Release } from '../repository/index.ts';
import { bucketOf } from './bucket.ts';
import type { Freeze } from './freeze.ts';
import { bucketsOf, NIGHT, type Plan } from './plan.ts';

/** What one device shall install: a pure function of what it is, what it has, and what is rolled out. */

export interface DeviceFacts {
  /** DE 41 */
  readonly terminal: string;
  readonly serial: string;
  readonly profile: string;
  readonly psp: string | null;
  readonly model: string | null;
  readonly province: string | null;
  /** Component → release counter, as it reported. */
  readonly installed: Readonly<Partial<Record<Component, number>>>;
}

export interface LiveRollout {
  readonly id: string;
  readonly releaseId: string;
  readonly state: 'proposed' | 'running' | 'halted' | 'done' | 'ended';
  readonly step: number;
  readonly plan: Plan;
}

/** What is in a director's word beside whom it is for, and until when. */
export type Instruction = Pick<Director, 'components' | 'halted'>;

/** @param releases that are published and not withdrawn
 *  @param rollouts the newest of each release */
export function instructionFor(
  device: DeviceFacts,
  releases: readonly Release[],
  rollouts: readonly LiveRollout[],
  { now, freeze }: { readonly now: number; readonly freeze?: Freeze | undefined },
): Instruction {
  const components: Partial<Record<Component, DirectorItem>> = {};
  let halted = false;
  const byRelease = new Map(rollouts.map((each) => [each.releaseId, each]));
  for (const component of COMPONENTS) {
    const fitting = releases.filter((release) => release.component === component && isFor(release, device));
    const has = device.installed[component] ?? 0;
    const offered = fitting
      .filter((release) => release.effectiveUntil === null || Date.parse(release.effectiveUntil) > now)
      .filter((release) => release.minFrom <= has && reaches(byRelease.get(release.id), release, device))
      .sort((a, b) => b.counter - a.counter)[0];
    halted ||= fitting.some((release) => {
      const rollout = byRelease.get(release.id);
      return (
        rollout?.state === 'halted' &&
        isInPopulation(rollout.plan, device) &&
        release.counter >= (offered?.counter ?? 0)
      );
    });
    const rollout = offered === undefined ? undefined : byRelease.get(offered.id);
    // a counter never falls: whoever has a later one keeps it, until a still later one takes it back
    if (offered === undefined || rollout === undefined || offered.counter < has) continue;
    components[component] = itemOf(offered, rollout.plan, has === 0 ? 'CREA' : 'UPDT', freeze);
  }
  return { components, halted };
}

/** Whether the release is for such a device at all. */
export function isFor({ profile, psp, hardware }: Release, device: DeviceFacts): boolean {
  return (
    (profile === '*' || profile === device.profile) &&
    (psp === null || psp === slugOf(device.psp).replaceAll('-', '_')) &&
    (hardware.includes('*') || hardware.some((each) => slugOf(each) === slugOf(device.model)))
  );
}

/** `PX 100` and `px-100` are one model: paths have small letters only. */
function slugOf(name: string | null): string {
  return (name ?? '').toLowerCase().replaceAll(/[^a-z0-9_]+/g, '-');
}

export function isInPopulation({ own, provinces, psps, models }: Plan, device: DeviceFacts): boolean {
  const among = (names: readonly string[] | undefined, name: string | null): boolean =>
    names === undefined || (name !== null && names.includes(name));
  return (
    own.includes(device.terminal) ||
    (among(provinces, device.province) && among(psps, device.psp) && among(models, device.model))
  );
}

function reaches(rollout: LiveRollout | undefined, release: Release, device: DeviceFacts): boolean {
  if (rollout === undefined || !isInPopulation(rollout.plan, device)) return false;
  if (rollout.state === 'done') return true;
  if (rollout.state !== 'running') return false;
  return (
    rollout.plan.own.includes(device.terminal) ||
    bucketOf(release.id, device.serial) < bucketsOf(rollout.plan, rollout.step)
  );
}

function itemOf(release: Release, plan: Plan, action: 'CREA' | 'UPDT', freeze: Freeze | undefined): DirectorItem {
  const notBefore = Math.max(Date.parse(release.effectiveFrom), freeze?.until ?? 0);
  return {
    action,
    file: release.path,
    length: release.length,
    sha256: release.sha256,
    sha512: release.sha512,
    releaseCounter: release.counter,
    trigger: plan.trigger,
    notBefore: isoOf(notBefore),
    window: { ...(plan.window ?? NIGHT), timeZone: 'Asia/Tehran' },
    retry: { max: plan.retries, everyS: plan.retryS },
    errorAction: plan.errorAction,
    conditions: { noQueuedReversals: true, batteryMin: plan.batteryMin, idleS: plan.idleS },
  };
}

/** Two instructions with the same digest say the same. */
export function digestOf(instruction: Instruction): string {
  return createHash('sha256').update(canonicalJson(instruction)).digest('hex');
}
