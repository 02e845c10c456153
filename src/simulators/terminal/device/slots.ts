import { createHash } from 'node:crypto';
import { Type, type Static } from 'typebox';
import { schemaCheck } from '../../../ops/schema.ts';
import {
  COMPONENTS,
  readGoodsList,
  readMenu,
  type Component,
  type GoodsList,
  type Menu,
} from '../../../updates/format/index.ts';
import type { Disk } from './disk.ts';
import type { Slot } from './state.ts';

/** The two slots of a device: each holds every component, so that one works whatever happens to the other. */

const Entry = Type.Object({
  file: Type.String(),
  releaseCounter: Type.Integer({ minimum: 1 }),
  sha256: Type.String({ pattern: '^[0-9a-f]{64}$' }),
  length: Type.Integer({ minimum: 0 }),
});
const Content = Type.Object({
  menu: Type.Optional(Entry),
  goods: Type.Optional(Entry),
  params: Type.Optional(Entry),
  firmware: Type.Optional(Entry),
});
/** What stands in a slot, by component; a component that is left out is as the factory made it. */
export type SlotContent = Static<typeof Content>;
export type SlotEntry = Static<typeof Entry>;

const faultsOf = schemaCheck(Content);
const listOf = (slot: Slot): string => `${slot}/slot.json`;
const fileOf = (slot: Slot, component: Component): string => `${slot}/${component}`;

/** @returns undefined: the slot was never written, or not to its end */
export function readSlot(disk: Disk, slot: Slot): SlotContent | undefined {
  const bytes = disk.read(listOf(slot));
  if (bytes === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'));
    return faultsOf(value).length === 0 ? (value as SlotContent) : undefined;
  } catch {
    return undefined;
  }
}

export interface NewPart {
  readonly component: Component;
  /** Undefined: the component is taken away. */
  readonly entry: SlotEntry | undefined;
  /** Where the verified bytes lie; empty where there are none. */
  readonly from: string;
}

/** Writes a slot whole: what changes, and of the slot at work what stays. Its list comes last and goes first: a slot with a list is
 *  whole. */
export function writeSlot(disk: Disk, slot: Slot, active: Slot, parts: readonly NewPart[]): void {
  disk.remove(listOf(slot));
  const before = readSlot(disk, active);
  const content: Partial<Record<Component, SlotEntry>> = {};
  for (const component of COMPONENTS) {
    const part = parts.find((each) => each.component === component);
    const entry = part === undefined ? before?.[component] : part.entry;
    if (entry === undefined) continue;
    const bytes = disk.read(part === undefined ? fileOf(active, component) : part.from);
    if (bytes === undefined) continue;
    content[component] = entry;
    disk.write(fileOf(slot, component), bytes);
  }
  disk.write(listOf(slot), Buffer.from(JSON.stringify(content)));
}

/** What a slot gives the device at work. */
export interface Running {
  readonly content: SlotContent;
  readonly menu: Menu | undefined;
  readonly goods: GoodsList | undefined;
}

/** Starts what stands in a slot: every file as long and of the hash that its list says, menu and goods readable.
 *  @returns undefined: it cannot be started */
export function startSlot(disk: Disk, slot: Slot): Running | undefined {
  const content = readSlot(disk, slot);
  if (content === undefined) return undefined;
  const files = new Map<Component, Buffer>();
  for (const component of COMPONENTS) {
    const entry = content[component];
    if (entry === undefined) continue;
    const bytes = disk.read(fileOf(slot, component));
    if (bytes?.length !== entry.length || sha256(bytes) !== entry.sha256) return undefined;
    files.set(component, bytes);
  }
  try {
    const json = (component: Component): unknown => {
      const bytes = files.get(component);
      return bytes === undefined ? undefined : JSON.parse(bytes.toString('utf8'));
    };
    const [menu, goods] = [json('menu'), json('goods')];
    return {
      content,
      menu: menu === undefined ? undefined : readMenu(menu),
      goods: goods === undefined ? undefined : readGoodsList(goods),
    };
  } catch {
    return undefined; // signed, and still not what the device can read: it goes back to the slot that works
  }
}

/** The bytes of a component at work, for a delta. */
export function partOf(disk: Disk, slot: Slot, component: Component): Buffer | undefined {
  return disk.read(fileOf(slot, component));
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
