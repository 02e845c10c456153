import { tehran } from '../../../ops/clock.ts';
import type { Component, DirectorItem, TargetCustom } from '../../../updates/format/index.ts';
import type { DeviceState } from './state.ts';
import { releaseKey } from './state.ts';
import type { SlotContent } from './slots.ts';

/** Whether a device takes what it is told, and when. All of it is a function of what it knows. */

/** Why the device looks for updates: its clock, a word of the gateway, a person, or the end of a sale. */
export type Why = 'date' | 'host' | 'manual' | 'sale';

export interface Sensors {
  /** Per cent; undefined: on mains. */
  readonly battery: number | undefined;
  readonly freeBytes: number;
  readonly queuedReversals: number;
  /** Since the last transaction. */
  readonly idleS: number;
}

export interface DeviceKind {
  readonly model: string;
  readonly profile: string;
}

/** What is signed for a file, next to what the director says of it. */
export interface SignedTarget {
  readonly length: number;
  readonly sha256: string;
  readonly sha512: string;
  readonly custom: TargetCustom;
}

/** @returns the stable word of a refusal; undefined: it may be fetched */
export function refusalOf(
  component: Component,
  item: DirectorItem,
  target: SignedTarget | undefined,
  installed: SlotContent,
  kind: DeviceKind,
  now: number,
): string | undefined {
  const has = installed[component]?.releaseCounter ?? 0;
  if (item.releaseCounter < has) return 'rollback';
  // what the director names must exist: signed offline, under this name, and the same in every byte
  if (target === undefined) return 'target';
  const { custom } = target;
  if (target.length !== item.length || target.sha256 !== item.sha256 || target.sha512 !== item.sha512) return 'target';
  if (custom.component !== component || custom.releaseCounter !== item.releaseCounter) return 'target';
  if (!isForModel(custom.hardwareIds, kind.model)) return 'model';
  if (custom.profile !== '*' && custom.profile !== kind.profile) return 'profile';
  if (custom.minFrom > has) return 'min-from';
  if (custom.effectiveUntil !== undefined && Date.parse(custom.effectiveUntil) <= now) return 'ended';
  return undefined;
}

/** `PX 100` and `px-100` are one model. */
function isForModel(hardwareIds: readonly string[], model: string): boolean {
  const plain = (name: string): string => name.toLowerCase().replaceAll(/[^a-z0-9_]+/g, '-');
  return hardwareIds.some((each) => each === '*' || plain(each) === plain(model));
}

/** What must be so before a file that is here may be installed. */
export type NotYet = 'trigger' | 'not-before' | 'window' | 'reversals' | 'battery' | 'idle';

const TRIGGERED: Readonly<Record<DirectorItem['trigger'], readonly Why[]>> = {
  DATE: ['date', 'host', 'manual', 'sale'],
  HOST: ['host', 'manual'],
  MANU: ['manual'],
  SALE: ['sale', 'manual'],
};

/** @returns the first thing that is not so; undefined: it may be installed now */
export function notYet(
  item: DirectorItem,
  effectiveFrom: string,
  why: Why,
  sensors: Sensors,
  now: number,
): NotYet | undefined {
  const { conditions, window } = item;
  if (!TRIGGERED[item.trigger].includes(why)) return 'trigger';
  if (now < Date.parse(item.notBefore) || now < Date.parse(effectiveFrom)) return 'not-before';
  // A person at the device knows better than a window when the shop is closed; never better than what protects the money.
  if (why !== 'manual' && !isWithin(window, now)) return 'window';
  if (conditions.noQueuedReversals && sensors.queuedReversals > 0) return 'reversals';
  if (sensors.battery !== undefined && sensors.battery < conditions.batteryMin) return 'battery';
  if (why !== 'manual' && sensors.idleS < conditions.idleS) return 'idle';
  return undefined;
}

/** Local times of day; `from` after `to` goes over midnight, the same twice is the whole day. */
export function isWithin({ from, to }: DirectorItem['window'], now: number): boolean {
  const { time } = tehran(now);
  const at = `${time.slice(0, 2)}:${time.slice(2, 4)}`;
  if (from === to) return true;
  return from < to ? from <= at && at < to : from <= at || at < to;
}

/** Whether a release that went wrong may be tried again (catm.002 ReTry).
 *  @returns undefined: it may */
export function heldBack(
  component: Component,
  item: DirectorItem,
  { failures, stopped }: DeviceState,
  why: Why,
  now: number,
): 'stopped' | 'given-up' | 'retry' | undefined {
  if (why === 'manual') return undefined; // a person looks
  if (stopped?.component === component && stopped.releaseCounter === item.releaseCounter) return 'stopped';
  const failure = failures[releaseKey(component, item.releaseCounter)];
  if (failure === undefined) return undefined;
  if (failure.count > item.retry.max) return 'given-up';
  return now < failure.at + item.retry.everyS * 1_000 ? 'retry' : undefined;
}
