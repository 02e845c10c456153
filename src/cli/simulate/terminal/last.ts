import { readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Codec } from '../../../codec/index.ts';
import { demoTrack2 } from '../../../demo/index.ts';
import { maskPan } from '../../../field/pan.ts';
import type { Config } from '../../../ops/config.ts';
import { GatewayError } from '../../../ops/errors.ts';
import { keptPurchase, restored, type KeptPurchase, type LastPurchase } from '../../../simulators/terminal/index.ts';
import { makeFolder, writeText } from '../../files.ts';
import { cardName, type CardOptions } from './cards.ts';
import type { Identity, IdentityOptions } from './identity.ts';

/** The last approved purchase of a device in a file, so that another run can take it back.
 *  @param track2Of the stripe of a card that is not of the demo, by its masked number */
export function lastPurchase(file: string, codec: Codec, track2Of: (masked: string) => Promise<string>): LastPurchase {
  return {
    keep: ({ request }, { pan }, told) => {
      makeFolder(dirname(file));
      writeText(file, `${JSON.stringify(keptPurchase(request, cardName(pan), told), null, 2)}\n`, 0o600);
    },
    reverse: async (device) => {
      const kept = read(file);
      const track2 = /^\d{1,4}$/.test(kept.card) ? demoTrack2(Number(kept.card)) : await track2Of(kept.card);
      device.remind(kept.fields['11'] ?? '', kept.told);
      const answer = await device.reverse(restored(kept, track2, codec), '17');
      if (answer.rc === '00') rmSync(file, { force: true }); // once is enough
      return answer;
    },
  };
}

/** @throws GatewayError `terminal.last` */
function read(file: string): KeptPurchase {
  try {
    const { household, ...kept } = JSON.parse(readFileSync(file, 'utf8')) as KeptPurchase & { household?: number };
    return household === undefined ? kept : { ...kept, card: String(household) }; // as an earlier version wrote it
  } catch (cause) {
    throw new GatewayError(
      'terminal.last',
      'This terminal has no approved purchase that is not taken back already: make one first.',
      { cause },
    );
  }
}

export function cardFileOf({ settings }: Identity): CardOptions {
  return settings.card === undefined ? {} : { card: settings.card };
}

export function lastFile({ settings }: Identity, { device }: IdentityOptions, config: Config): string {
  return device === undefined
    ? join(config.data, 'terminals', `${settings.terminal}.last.json`)
    : join(device, 'last.json');
}

/** @throws GatewayError `terminal.card` for another card */
export function track2Of(masked: string, card: { readonly pan: string; readonly track2: string }): string {
  if (maskPan(card.pan) === masked) return card.track2;
  throw new GatewayError('terminal.card', `The last purchase was paid with the card ${masked}: give that one.`);
}
