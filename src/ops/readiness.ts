import type { Clock } from './clock.ts';
import { GatewayError, messageOf } from './errors.ts';
import type { Log } from './log.ts';
import type { Loop } from './repeat.ts';

/** What keeps purchases from being made, as a sentence; undefined: nothing that this check knows of. */
export type Check = () => Promise<string | undefined> | string | undefined;

export interface Readiness {
  /** What keeps purchases from being made now; empty: ready. */
  missing(): Promise<string[]>;
  /** From now on the checks count: before, the answer is that the gateway starts. */
  begin(checks: readonly Check[]): void;
  /** Resolves when purchases can be made.
   *  @throws GatewayError `gateway.not-ready` after `patienceMs`, saying what is missing; `stopped` */
  reached(patienceMs: number): Promise<void>;
}

const LOOK_MS = 50;
const LOG_EVERY_MS = 1_000;

/** @param stopping a copy that stops is not ready, so that nothing new is sent to it */
export function createReadiness(stopping: AbortSignal, clock: Clock): Readiness {
  let checks: readonly Check[] = [() => 'the gateway is starting'];
  const missing = async (): Promise<string[]> => {
    if (stopping.aborted) return ['the gateway is stopping'];
    const found = await Promise.all(checks.map(async (check) => check()));
    return found.filter((reason) => reason !== undefined);
  };
  return {
    missing,
    begin: (all) => {
      checks = all;
    },
    reached: async (patienceMs) => {
      const until = clock.monotonic() + patienceMs;
      for (;;) {
        const reasons = await missing();
        if (stopping.aborted) throw new GatewayError('stopped', 'Stopped before it was ready.');
        if (reasons.length === 0) return;
        if (clock.monotonic() > until) throw new GatewayError('gateway.not-ready', `Not ready: ${reasons.join('; ')}.`);
        await clock.sleep(LOOK_MS, stopping);
      }
    },
  };
}

/** Says in the log when the gateway becomes ready, and when and why it no longer is.
 *  @param startedAt by `clock.monotonic()` */
export function watchReadiness(readiness: Readiness, log: Log, clock: Clock, startedAt: number): Loop {
  let last: boolean | undefined;
  const look = async (): Promise<void> => {
    const reasons = await readiness.missing();
    const ready = reasons.length === 0;
    if (ready === last) return;
    if (ready)
      log.info({ afterMs: Math.round(clock.monotonic() - startedAt) }, last === undefined ? 'ready' : 'ready again');
    else log.warn({ reasons }, 'not ready');
    last = ready;
  };
  return clock.every(LOG_EVERY_MS, look, {
    first: 'now',
    onError: (error) => {
      log.error({ error: messageOf(error) }, 'whether the gateway is ready cannot be said; it is looked at again');
    },
  });
}
