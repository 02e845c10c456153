import { existsSync, readFileSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import type { Codec } from '../../../codec/index.ts';
import { DEMO_FIELD_DEVICES, demoTrack2 } from '../../../demo/index.ts';
import type { Language } from '../../../field/language.ts';
import { parsePlace, type Place } from '../../../field/place.ts';
import { systemClock, tehran } from '../../../ops/clock.ts';
import { loadConfig } from '../../../ops/config.ts';
import { GatewayError } from '../../../ops/errors.ts';
import { systemRandom } from '../../../ops/random.ts';
import {
  firstOf,
  goodsNames,
  httpsSource,
  menuOf,
  openDisk,
  openQueue,
  outcomeText,
  plantRoot,
  readState,
  startDevice,
  startSlot,
  wireSource,
  type Answer,
  type Device,
  type Disk,
  type KeepPurchase,
  type MenuEntry,
  type Outcome,
  type ReversalQueue,
  type SimulatedTerminal,
  type SimulatedCard,
  type UpdateSource,
} from '../../../simulators/terminal/index.ts';
import { cardName } from './cards.ts';
import { signedOn, type Identity } from './identity.ts';

/** A device in its folder, at work: it sells with what its slot has, and updates itself between sales. */
export interface UpdatingDevice {
  readonly device: Device;
  readonly queue: ReversalQueue;
  /** What came of a slot that was still on trial when the device was switched on. */
  readonly ofBoot: readonly Outcome[];
  menu(): readonly MenuEntry[];
  goods(): ReadonlyMap<string, string>;
  readonly keep: KeepPurchase;
  /** Sends reversals and reports that wait. */
  sendWaiting(): Promise<void>;
  close(): void;
}

/** When this software was made: a device's time is never before it. */
const BUILT_MS = Date.parse('2026-11-01T00:00:00Z');
/** docs/terminals.md 3 gives no number: twice the longest wait for the bank. */
const CONFIRM_MS = 60_000;

export function deviceDisk(folder: string): Disk {
  return openDisk(join(folder, 'store'));
}

/** @param terminal signed on; its answers are told to `heard`
 *  @param card for the inquiry that a new slot makes, and for reversals that wait; undefined: an echo stands in for the inquiry */
export async function openUpdating(
  folder: string,
  { settings, options: { endpoint } }: Identity,
  terminal: SimulatedTerminal,
  codec: Codec,
  card: SimulatedCard | undefined,
): Promise<UpdatingDevice> {
  const disk = deviceDisk(folder);
  const root = settings.root ?? join(folder, 'root.json');
  if (existsSync(root)) plantRoot(disk, readFileSync(root));
  const queue = openQueue(disk);
  const known = DEMO_FIELD_DEVICES.find(({ number }) => number === settings.terminal);
  const wire = wireSource(terminal);
  const place = placeOf(settings.updates, { host: endpoint.host, port: loadConfig().updatesPort });
  const { tls } = endpoint;
  const https = place === undefined ? undefined : httpsSource({ place, tls, clock: systemClock });
  const source: UpdateSource = firstOf(https === undefined ? [wire] : [https, wire]);
  const inquire = async (): Promise<string> => {
    // of a PSP whose devices cannot ask for nothing but the credit, an echo is what proves the line
    const answer =
      card === undefined || !terminal.canAsk('379800', 0n)
        ? await terminal.network('301')
        : await terminal.financial('379800', 0n, { ...card, pin: undefined });
    if (answer.macGood !== true) throw new GatewayError('terminal.keys', 'the MAC of the answer does not hold');
    return answer.rc;
  };
  let lastSale = Number.NEGATIVE_INFINITY;
  const { device, outcomes } = await startDevice({
    disk,
    serial: settings.serial ?? settings.terminal, // as the gateway calls a device whose serial it does not know
    terminal: settings.terminal,
    kind: { model: settings.model ?? known?.model ?? '', profile: settings.profile ?? 'native' },
    source,
    host: { signOn: () => terminal.signOn(), inquire },
    sensors: () => ({
      battery: settings.battery,
      freeBytes: freeBytes(folder),
      queuedReversals: queue.size,
      idleS: Math.min(86_400, Math.floor((systemClock.monotonic() - lastSale) / 1_000)),
    }),
    clock: systemClock,
    random: systemRandom.bytes,
    builtMs: BUILT_MS,
    confirmMs: CONFIRM_MS,
  });
  const track2Of = (name: string): string | undefined =>
    /^\d{1,4}$/.test(name)
      ? demoTrack2(Number(name))
      : card !== undefined && cardName(card.pan) === name
        ? card.track2
        : undefined;
  return {
    device,
    queue,
    ofBoot: outcomes,
    menu: () => menuOf(device.running),
    goods: () => goodsNames(device.running, tehran(device.now()).isoDate),
    keep: (purchase, told) => {
      lastSale = systemClock.monotonic();
      queue.add(purchase, cardName(purchase.get(35)?.split(/[=D]/)[0] ?? ''), told);
    },
    sendWaiting: async () => {
      lastSale = systemClock.monotonic();
      await queue.send(terminal, track2Of, codec);
      await device.sendReports();
    },
    close: () => https?.close(),
  };
}

/** @param usual beside the gateway; a port 0 is a gateway that serves no HTTPS
 *  @returns undefined: the device has no HTTPS */
function placeOf(updates: string | undefined, usual: Place): Place | undefined {
  if (updates === undefined) return usual.port === 0 ? undefined : usual;
  if (updates === 'wire') return undefined;
  const place = parsePlace(updates, usual.port);
  if (place === undefined) throw new GatewayError('device.settings', `updates ${updates} is not host:port.`);
  return place;
}

function freeBytes(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}

/** Connects a device. Answers that come before there is who takes them are kept for it. */
export async function heardBy(
  identity: Identity,
  codec: Codec,
): Promise<{ terminal: SimulatedTerminal; tell: (to: (answer: Answer) => void) => void }> {
  const before: Answer[] = [];
  let take = (answer: Answer): void => void before.push(answer);
  const terminal = await signedOn(identity, codec, (answer) => {
    take(answer);
  });
  return {
    terminal,
    tell: (to) => {
      take = to;
      for (const answer of before.splice(0)) to(answer);
    },
  };
}

/** Names of goods that a device's slot has, for a slip; undefined: it is no device with a folder. */
export function goodsInFolder(folder: string | undefined): ReadonlyMap<string, string> | undefined {
  if (folder === undefined || !existsSync(join(folder, 'store'))) return undefined;
  const disk = deviceDisk(folder);
  const running = startSlot(disk, readState(disk).active);
  return running === undefined ? undefined : goodsNames(running, tehran(systemClock.now()).isoDate);
}

/** What a person wants to know of it: nothing of what is as it was. */
export function outcomesText(outcomes: readonly Outcome[], language: Language): string {
  return outcomes.map((outcome) => outcomeText(outcome, language)).join('\n');
}

/** Whether something went wrong that a person must know of. */
export function isBad({ what }: Outcome): boolean {
  return what === 'attack' || what === 'rejected' || what === 'rolled-back';
}
