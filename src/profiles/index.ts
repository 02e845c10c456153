import { GatewayError } from '../ops/errors.ts';
import { loadProfile, profileFiles, type LoadedProfile } from './language/load.ts';
import { openProfile, type Profile } from './profile.ts';
export { type Answer, type Answerable, type Good, netRials, type Total } from './answer.ts';
export type { BasketLine } from './basket.ts';
export { formatBasket, parseBasket } from './tag-01.ts';
export { expired } from './card.ts';
export { DEFAULT_WINDOW, freshnessOf, type ClockWindow } from './freshness.ts';
export { inUnit } from './in-unit.ts';
export { openProfile, type Profile, type Security } from './profile.ts';
export { Speaker } from './client/speaker.ts';
export type { Told } from './client/memory.ts';
export { FINAL_CODES } from './language/values.ts';
export { anatomyOf, type Anatomy } from './anatomy.ts';
export type { Part } from './wire/parts.ts';
export { checkProfile, type ProfileCheck } from './check/check.ts';
export { loadProfile, NATIVE_FILE, type LoadedProfile } from './language/load.ts';
export { profilePage } from './check/page.ts';
export type {
  EncryptedPin,
  Common,
  Financial,
  Transaction,
  Mapped,
  Refusal,
  Card,
  OriginalRef,
  Claim,
  ClaimedTotals,
  NotContent,
} from './transaction.ts';

/** The contract's own variant (wire.md). Whoever is not known to speak another is answered in it. */
export const NATIVE = 'native';

/** Every profile of this gateway, by the name that stands in `terminals.csv`: those of profiles/, and the operator's own.
 *  @param folder of the operator's (`KALABARG_PROFILES`); empty: none
 *  @throws GatewayError `terminal-profile.invalid` */
export function loadProfiles(folder: string): ReadonlyMap<string, LoadedProfile> {
  const loaded = new Map<string, LoadedProfile>();
  for (const file of profileFiles(folder)) {
    const profile = loadProfile(file);
    const { name } = profile.file;
    const other = loaded.get(name);
    if (other !== undefined)
      throw new GatewayError(
        'terminal-profile.invalid',
        `${file}: /name: ${other.path} has the name "${name}" already. Choose another.`,
      );
    loaded.set(name, profile);
  }
  return loaded;
}

/** Opens every profile, once a process.
 *  @throws GatewayError `terminal-profile.invalid` */
export function openProfiles(folder = ''): ReadonlyMap<string, Profile> {
  return new Map([...loadProfiles(folder)].map(([name, loaded]) => [name, openProfile(loaded)]));
}
