import { atMost, systemClock } from '../../ops/clock.ts';
import { GatewayError, messageOf } from '../../ops/errors.ts';
import type { Logging } from '../../ops/log.ts';
import { Parts } from '../../ops/parts.ts';
import { exitStatusOf, obeySignals, type StopSignal } from '../../ops/signals.ts';
import { tellFault } from '../faults.ts';

/** Everything is closed this long after a stop was asked for, or the process ends without: nothing is lost by that, because every
 *  answer is in the database before it leaves. */
const STOP_WITHIN_MS = 9_000;
/** How long a step of the start is waited for at a stop. */
const STEP_GRACE_MS = 1_500;

export interface Running {
  /** What to do at SIGHUP, once it is up. */
  readonly reload?: () => void;
}

export interface RunOptions {
  /** Opened first of all; undefined until then. */
  readonly logging: () => Logging | undefined;
  readonly hangUpStops?: boolean;
  /** A person looks on: say each step. */
  readonly onStep?: (name: string) => void;
  readonly onStopping?: (signal: StopSignal) => void;
}

/** Brings something up that stays up until it is told to stop, and takes it down again, also when a part of it cannot come up.
 *  Signals are obeyed from the first moment. Ends the process: 0 after a stop, 1 where it could not start, 130 or 143 where it was
 *  stopped before it was up. */
export async function runUntilStopped(
  options: RunOptions,
  bringUp: (parts: Parts) => Promise<Running>,
): Promise<never> {
  const log = (): Logging['log'] | undefined => options.logging()?.log;
  const parts = new Parts({
    onStep: (name) => options.onStep?.(name),
    onUp: (part, tookMs) => log()?.debug({ part, tookMs: Math.round(tookMs) }, 'up'),
    onFault: (part, error) => log()?.error({ part, error }, 'a part could not be closed'),
  });
  let running: Running = {};
  let signal: StopSignal | undefined;
  const stopped = new Promise<void>((done) => {
    obeySignals(
      {
        stop: (received) => {
          signal = received;
          log()?.info({ signal: received }, 'stopping');
          options.onStopping?.(received);
          parts.stop();
          done();
        },
        reload: () => {
          options.logging()?.reopen();
          running.reload?.();
        },
        reopen: () => options.logging()?.reopen(),
      },
      options.hangUpStops,
    );
  });
  const up = bringUp(parts).then((result) => (running = result));
  let status = 0;
  try {
    await Promise.race([up, stopped.then(() => systemClock.sleep(STEP_GRACE_MS))]);
    if (parts.stopping.aborted && signal !== undefined) throw new GatewayError('stopped', 'Stopped before it was up.');
    await stopped;
  } catch (error) {
    if (signal !== undefined) status = exitStatusOf(signal);
    else {
      status = 1;
      log()?.fatal({ error: messageOf(error) }, 'could not start');
      tellFault(error);
    }
  }
  await atMost(systemClock, STOP_WITHIN_MS, parts.close());
  if (parts.closing !== undefined) log()?.warn({ part: parts.closing }, 'did not close in time: ended without it');
  log()?.info({ status }, 'stopped');
  options.logging()?.close();
  // Everything of ours is closed; nothing of a library may keep the process.
  process.exit(status);
}
