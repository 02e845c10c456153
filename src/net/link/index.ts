import { SwitchLink } from './link.ts';
import type { Link, LinkOptions } from './types.ts';

export { backoffMs } from './backoff.ts';
export type {
  Dial,
  Fields,
  FrameTap,
  Link,
  LinkAnswer,
  LinkEndpoint,
  LinkEvent,
  LinkOptions,
  LinkRequest,
  LinkState,
  LinkTls,
} from './types.ts';

/** Opens the links to a card switch and keeps them up until `close`: `ready` says when requests can go. */
export function openLink(options: LinkOptions): Link {
  return new SwitchLink(options);
}
