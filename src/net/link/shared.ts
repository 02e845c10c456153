import type { Codec } from '../../codec/index.ts';
import type { Hsm, KeyRef } from '../../hsm/index.ts';
import type { Clock } from '../../ops/clock.ts';
import type { Log } from '../../ops/log.ts';
import type { Matching } from './matching.ts';
import type { Dial, Exchange, FrameTap, LinkEvent } from './types.ts';

/** What every connection of a link shares. */
export interface Shared {
  readonly codec: Codec;
  readonly hsm: Hsm;
  readonly zmk: KeyRef;
  readonly clock: Clock;
  readonly log: Log;
  readonly timeoutMs: number;
  readonly echoMs: number;
  readonly rekeyMs: number;
  readonly matching: Matching<Waiting>;
  readonly nextNetworkStan: () => string;
  readonly event: (event: LinkEvent) => void;
  readonly tap: FrameTap | undefined;
  readonly dial: Dial;
}

/** A request that waits. `claim` stops its timer while its answer is checked. */
export interface Waiting {
  readonly claim: () => void;
  readonly settle: (exchange: Exchange) => void;
}
