import { Type, type Static } from 'typebox';
import { schemaCheck } from '../../../ops/schema.ts';
import { COMPONENTS, SLOTS, type Component, type VersionReport } from '../../../updates/format/index.ts';
import type { Disk } from './disk.ts';

/** What a device knows of itself, in one file that changes whole: a phase and its report come to the disk together. */

export type Slot = (typeof SLOTS)[number];

const oneOf = <const Name extends string>(names: readonly Name[]) =>
  Type.Unsafe<Name>({ type: 'string', enum: [...names] });
const whole = Type.Integer({ minimum: 0 });
const Part = Type.Object({ component: oneOf(COMPONENTS), releaseCounter: whole, stopsOnFailure: Type.Boolean() });
const Failure = Type.Object({ count: whole, at: Type.Number(), reason: Type.String() });

const State = Type.Object({
  active: oneOf(SLOTS),
  /** A slot that was written and has not yet shown that it works. */
  trial: Type.Optional(Type.Object({ slot: oneOf(SLOTS), parts: Type.Array(Part), starts: whole })),
  /** The latest instant that is known for certain (ms): time never goes back behind it. */
  knownMs: Type.Number(),
  timestampVersion: whole,
  directorVersion: whole,
  /** Ids of the director's keys that `directorVersion` was signed by: of others, versions begin anew. */
  directorKeys: Type.String(),
  reportCounter: whole,
  /** `menu@3` → how often it went wrong. */
  failures: Type.Record(Type.String(), Failure),
  /** A release that failed and says STOP: a person looks first. */
  stopped: Type.Optional(Type.Object({ component: oneOf(COMPONENTS), releaseCounter: whole, reason: Type.String() })),
  /** Reports that nobody took yet, the oldest first. */
  unsent: Type.Array(Type.Unsafe<VersionReport>(Type.Object({}))),
});
export type DeviceState = Static<typeof State>;

/** Reports that wait while nobody takes them; the oldest go first. */
const MOST_UNSENT = 50;
/** Failures that are remembered. */
const MOST_FAILURES = 40;
const NAME = 'state.json';

const FRESH: DeviceState = {
  active: 'A',
  knownMs: 0,
  timestampVersion: 0,
  directorVersion: 0,
  directorKeys: '',
  reportCounter: 0,
  failures: {},
  unsent: [],
};

const faultsOf = schemaCheck(State);

/** A device that was never updated, or whose state cannot be read, begins with the slot that it left the factory with. */
export function readState(disk: Disk): DeviceState {
  const bytes = disk.read(NAME);
  if (bytes === undefined) return FRESH;
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'));
    return faultsOf(value).length === 0 ? (value as DeviceState) : FRESH;
  } catch {
    return FRESH; // not JSON: flash that is worn out; what is signed is fetched again
  }
}

export function writeState(disk: Disk, state: DeviceState): void {
  const failures = Object.fromEntries(Object.entries(state.failures).slice(-MOST_FAILURES));
  const kept = { ...state, failures, unsent: state.unsent.slice(-MOST_UNSENT) };
  disk.write(NAME, Buffer.from(JSON.stringify(kept)));
}

export function otherSlot(slot: Slot): Slot {
  return slot === 'A' ? 'B' : 'A';
}

export function releaseKey(component: Component, releaseCounter: number): string {
  return `${component}@${releaseCounter}`;
}
