import type { Random } from '../../ops/random.ts';
import type { TlsTexts } from '../../ops/tls-files.ts';
import { loadProfile, NATIVE_FILE, openProfile, Speaker, type LoadedProfile } from '../../profiles/index.ts';
import {
  memoryStore,
  receipt,
  type Endpoint,
  type SimulatedCard,
  type TillFault,
} from '../../simulators/terminal/index.ts';
import { UPDATE_FILE } from '../host/decide.ts';
import { Host } from '../host/host.ts';
import type { DeviceKeys } from '../host/keys.ts';
import { quietClock, type QuietClock } from './clock.ts';
import { SimulatedHand } from './hand.ts';

export interface RigOptions {
  /** What the till speaks. */
  readonly profile: LoadedProfile;
  readonly device: DeviceKeys;
  readonly card: SimulatedCard;
  /** Of the gateway side. */
  readonly tls: TlsTexts;
  /** Files of the device. */
  readonly deviceTls: Endpoint['tls'];
  readonly random: Random;
  readonly startMs: number;
  readonly faults?: ReadonlySet<TillFault>;
  readonly confirms?: boolean;
}

export interface Rig {
  readonly host: Host;
  readonly hand: SimulatedHand;
  readonly clock: QuietClock;
  close(): Promise<void>;
}

const DEVICE_TIMEOUT_MS = 30_000;
/** Of the gateway side to a simulated device in the same process: nobody waits longer. */
export const RIG_PATIENCE_MS = 3_600_000;

/** A simulated till and the gateway side in one process, over TLS on this machine, in their own time: what a run against our own
 *  simulator needs. */
export async function openRig(options: RigOptions): Promise<Rig> {
  const { profile, device, card, tls, deviceTls, random, startMs, faults, confirms } = options;
  let made = undefined as Host | undefined;
  const clock = quietClock(
    startMs,
    () => made?.activity ?? 0,
    () => (made?.entering ?? 0) > 0,
  );
  const host = new Host({
    profile,
    device,
    clock,
    random,
    listen: { host: '127.0.0.1', port: 0, framing: { header: 'binary2' } },
    tls,
    deviceTimeoutMs: DEVICE_TIMEOUT_MS,
    pin: card.pin,
  });
  made = host;
  const port = await host.open();
  const native = loadProfile(NATIVE_FILE);
  const { codec } = openProfile(native);
  const hand = new SimulatedHand({
    clock,
    card,
    updateFile: UPDATE_FILE,
    till: {
      clock,
      store: memoryStore(),
      terminal: {
        ...device,
        codec,
        endpoint: { host: '127.0.0.1', port, tls: deviceTls },
        timeoutMs: DEVICE_TIMEOUT_MS,
      },
      ...(profile.file.name === native.file.name ? {} : { speaker: () => new Speaker(profile, native) }),
      slip: (answer) => receipt(answer, { language: 'fa', now: clock.now() }),
      ...(faults === undefined ? {} : { faults }),
      ...(confirms === undefined ? {} : { confirms }),
    },
  });
  return {
    host,
    hand,
    clock,
    close: async () => {
      hand.off();
      await host.close();
      clock.stop();
    },
  };
}
