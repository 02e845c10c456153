import { native } from './native/index.ts';
import { openProfile, type Mapping, type Profile } from './profile.ts';
export { type Answer, netRials, type Total } from './answer.ts';
export { type BasketLine, formatBasket, parseBasket } from './basket.ts';
export { expired } from './card.ts';
export { DEFAULT_WINDOW, freshnessOf, type ClockWindow } from './freshness.ts';
export type { Answerable, Profile } from './profile.ts';
export type {
  EncryptedPin,
  Common,
  Financial,
  Transaction,
  Card,
  OriginalRef,
  Claim,
  ClaimedTotals,
} from './transaction.ts';

/** The contract's own variant (wire.md). Whoever is not known to speak another is answered in it. */
export const NATIVE = 'native';

/** Every variant of the wire that a terminal may speak, by the name that stands in `terminals.csv`. */
const PROFILES: Readonly<Record<string, Mapping>> = { [NATIVE]: native };

/** The names that the profile of a terminal may have. */
export const PROFILE_NAMES: readonly string[] = Object.keys(PROFILES);

/** Opens every profile, once a process. */
export function openProfiles(): ReadonlyMap<string, Profile> {
  return new Map(Object.entries(PROFILES).map(([name, mapping]) => [name, openProfile(name, mapping)]));
}
