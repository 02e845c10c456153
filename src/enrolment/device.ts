import { DAY_MS } from '../ops/clock.ts';

/** The device of an approved shop: where it stands and whom it waits on, from its instants alone (people.md 4). */

export const DEVICE_STATES = [
  'asked',
  'assigned',
  'shipped',
  'to_bind',
  'bound',
  'keyed',
  'certified',
  'connected',
  'cancelled',
] as const;
export type DeviceState = (typeof DEVICE_STATES)[number];

/** Why the next step cannot be taken now. `shop_stopped`: the shop may not sell. `serial_in_use`: the device serves another terminal.
 *  `hsm`: no key can be made. */
export const DEVICE_FAULTS = ['shop_stopped', 'serial_missing', 'serial_in_use', 'hsm'] as const;
export type DeviceFault = (typeof DEVICE_FAULTS)[number];

/** Instants are ms since the epoch. */
export interface DeviceFacts {
  /** `own`: the shop has it; `new`: it is asked for. */
  readonly kind: 'own' | 'new';
  readonly askedAt: number;
  readonly assignedAt?: number;
  readonly shippedAt?: number;
  readonly deliveredAt?: number;
  readonly boundAt?: number;
  readonly keyedAt?: number;
  readonly certifiedAt?: number;
  /** When it last took session keys. */
  readonly connectedAt?: number;
  readonly endedAt?: number;
  readonly fault?: DeviceFault;
  readonly faultAt?: number;
}

/** How long each side has, in days: of the rules of the case. */
export interface DeviceDays {
  readonly assignDays: number;
  readonly shipDays: number;
  readonly deliverDays: number;
  readonly certifyDays: number;
  readonly signOnDays: number;
  readonly faultDays: number;
}

export type DeviceAct = 'assign' | 'ship' | 'deliver' | 'cancel' | 'certify' | 'sign_on' | 'wait';

/** The one party that the device waits on, since when and until when, and what that party can do now. */
export interface DeviceWaiting {
  readonly on: 'engineer' | 'shop' | 'system' | 'reviewer';
  readonly since: number;
  readonly until: number;
  readonly can: readonly DeviceAct[];
}

export interface DevicePosition {
  readonly state: DeviceState;
  /** Undefined: it has come to its end. */
  readonly waiting?: DeviceWaiting;
}

/** The duty takes the next step by itself within so long. */
const STEP_MS = 60_000;

export function positionOfDevice(facts: DeviceFacts, days: DeviceDays): DevicePosition {
  const state = stateOf(facts);
  if (state === 'cancelled' || state === 'connected') return { state };
  if (facts.fault !== undefined) return { state, waiting: stopped(facts, facts.fault, days) };
  return { state, waiting: nextStep(state, facts, days) };
}

function stateOf(facts: DeviceFacts): DeviceState {
  if (facts.endedAt !== undefined) return 'cancelled';
  // a new device is with the shop before anything else of it counts
  if (facts.kind === 'new' && facts.deliveredAt === undefined && facts.connectedAt === undefined) {
    if (facts.shippedAt !== undefined) return 'shipped';
    return facts.assignedAt === undefined ? 'asked' : 'assigned';
  }
  if (facts.boundAt === undefined) return 'to_bind';
  if (facts.keyedAt === undefined) return 'bound';
  if (facts.certifiedAt === undefined) return 'keyed';
  return facts.connectedAt === undefined ? 'certified' : 'connected';
}

function stopped({ faultAt = 0 }: DeviceFacts, fault: DeviceFault, days: DeviceDays): DeviceWaiting {
  const until = faultAt + days.faultDays * DAY_MS;
  // whoever stopped the shop lets it go on, or closes it
  if (fault === 'shop_stopped') return { on: 'reviewer', since: faultAt, until, can: ['wait'] };
  return { on: 'engineer', since: faultAt, until, can: fault === 'hsm' ? ['wait', 'cancel'] : ['assign', 'cancel'] };
}

function nextStep(state: DeviceState, facts: DeviceFacts, days: DeviceDays): DeviceWaiting {
  const latest = Math.max(
    ...[
      facts.askedAt,
      facts.assignedAt,
      facts.shippedAt,
      facts.deliveredAt,
      facts.boundAt,
      facts.keyedAt,
      facts.certifiedAt,
    ].map((at) => at ?? 0),
  );
  const wait = (on: DeviceWaiting['on'], many: number, ...can: DeviceAct[]): DeviceWaiting => ({
    on,
    since: latest,
    until: latest + many * DAY_MS,
    can,
  });
  switch (state) {
    case 'asked':
      return wait('engineer', days.assignDays, 'assign', 'cancel');
    case 'assigned':
      return wait('engineer', days.shipDays, 'ship', 'certify', 'cancel');
    case 'shipped':
      return wait('engineer', days.deliverDays, 'deliver', 'certify', 'cancel');
    case 'keyed':
      return wait('engineer', days.certifyDays, 'certify', 'cancel');
    case 'certified':
      return wait('shop', days.signOnDays, 'sign_on');
    default:
      return { on: 'system', since: latest, until: latest + STEP_MS, can: ['wait'] };
  }
}

/** Serials are compared by their letters and digits alone.
 *  @returns undefined: there is none in it */
export function serialOf(text: string): string | undefined {
  const serial = text.toUpperCase().replace(/[^0-9A-Z]/g, '');
  return serial === '' || serial.length > 40 ? undefined : serial;
}
