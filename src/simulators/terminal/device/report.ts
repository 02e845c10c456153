import { COMPONENTS, type Component, type Installed, type VersionReport } from '../../../updates/format/index.ts';
import type { Sensors } from './plan.ts';
import type { SlotContent } from './slots.ts';
import type { DeviceState } from './state.ts';

/** What a report says beside what runs. */
export type Said = Partial<Pick<VersionReport, 'phase' | 'component' | 'releaseCounter' | 'reason' | 'attack'>>;

/** A report of what runs in the slot at work, and of what happened.
 *  @param content of that slot
 *  @param now the device's own time, ms */
export function reportOf(
  said: Said,
  counter: number,
  serial: string,
  state: DeviceState,
  content: SlotContent,
  { battery, freeBytes, queuedReversals }: Sensors,
  now: number,
): VersionReport {
  const components: Partial<Record<Component, Installed>> = {};
  for (const component of COMPONENTS) {
    const entry = content[component];
    if (entry === undefined) continue;
    const { file, sha256, releaseCounter } = entry;
    components[component] = { file, sha256, releaseCounter, slot: state.active };
  }
  return {
    serial,
    counter,
    components,
    ...said,
    timestampVersion: state.timestampVersion,
    clock: `${new Date(now).toISOString().slice(0, 19)}Z`,
    ...(battery === undefined ? {} : { battery }),
    freeBytes,
    queuedReversals,
  };
}
