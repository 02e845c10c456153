import { setTimeout as sleep } from 'node:timers/promises';
import { GatewayError } from './errors.ts';
import type { Log } from './log.ts';

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

/** @param stopping a copy that stops is not ready, so that nothing new is sent to it */
export function createReadiness(stopping: AbortSignal): Readiness {
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
      const until = Date.now() + patienceMs;
      for (;;) {
        const reasons = await missing();
        if (stopping.aborted) throw new GatewayError('stopped', 'Stopped before it was ready.');
        if (reasons.length === 0) return;
        if (Date.now() > until) throw new GatewayError('gateway.not-ready', `Not ready: ${reasons.join('; ')}.`);
        await sleep(LOOK_MS);
      }
    },
  };
}

/** Says in the log when the gateway becomes ready, and when and why it no longer is. */
export function watchReadiness(readiness: Readiness, log: Log, startedAt: number, everyMs = 1_000): { stop(): void } {
  let last: boolean | undefined;
  let busy = false;
  const look = async (): Promise<void> => {
    if (busy) return;
    busy = true;
    const reasons = await readiness.missing();
    busy = false;
    const ready = reasons.length === 0;
    if (ready === last) return;
    if (ready) log.info({ afterMs: Date.now() - startedAt }, last === undefined ? 'ready' : 'ready again');
    else log.warn({ reasons }, 'not ready');
    last = ready;
  };
  const timer = setInterval(() => void look(), everyMs);
  void look();
  return {
    stop: () => {
      clearInterval(timer);
    },
  };
}
