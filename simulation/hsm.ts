import { HsmError, type Hsm } from '../src/hsm/index.ts';
import type { Clock } from '../src/ops/clock.ts';
import type { Chance } from './chance.ts';

/** What the way to the HSM is like. */
export interface HsmWeather {
  /** That a command takes `slowMs`. */
  readonly slow: number;
  readonly slowMs: number;
  /** That a command fails, because the HSM is away. */
  readonly away: number;
  /** That what comes back was made under another key than the one that was named. */
  readonly wrongKey: number;
}

export const FINE: HsmWeather = { slow: 0, slowMs: 0, away: 0, wrongKey: 0 };

/** What goes wrong with an HSM on a network: commands of messages are slow, fail, or answer with bytes of another key. */
export function flakyHsm<Kind extends Hsm>(
  hsm: Kind,
  { clock, chance, weather }: { clock: Clock; chance: Chance; weather: () => HsmWeather },
): Kind {
  const troubled = async <T>(work: () => Promise<T>): Promise<T> => {
    const { slow, slowMs, away } = weather();
    if (slow > 0 && chance.happens(slow)) await clock.sleep(slowMs);
    if (away > 0 && chance.happens(away)) throw new HsmError('hsm.unavailable', 'The HSM does not answer.');
    return work();
  };
  const spoilt = (bytes: Buffer): Buffer => {
    const { wrongKey } = weather();
    if (wrongKey === 0 || !chance.happens(wrongKey)) return bytes;
    return Buffer.from(bytes.map((byte, index) => byte ^ (index + 1)));
  };
  const commands: Partial<Hsm> = {
    generateKey: (spec) => troubled(() => hsm.generateKey(spec)),
    exportKeyBlock: (key, kbpk) => troubled(() => hsm.exportKeyBlock(key, kbpk)),
    translatePin: async (request) => spoilt(await troubled(() => hsm.translatePin(request))),
    generateMac: async (key, data) => spoilt(await troubled(() => hsm.generateMac(key, data))),
    verifyMac: (key, data, mac) => troubled(() => hsm.verifyMac(key, data, mac)),
  };
  return { ...hsm, ...commands };
}
