import { constants } from 'node:os';

export interface SignalActions {
  /** SIGINT or SIGTERM, once. A second SIGINT ends the process at once. */
  readonly stop: (signal: StopSignal) => void;
  /** SIGHUP: certificates and settings are read again, the log file is opened again. */
  readonly reload: () => void;
  /** SIGUSR1: the log file is opened again (it was moved away). */
  readonly reopen: () => void;
}

export type StopSignal = 'SIGINT' | 'SIGTERM' | 'SIGHUP';

/** Obeys signals from now on. A handler of our own for SIGUSR1 also keeps Node.js from opening its debugger to whoever may
 *  send one: the last handler that was installed is the one that the kernel calls.
 *  @param hangUpStops SIGHUP means that the terminal in which a person started us is gone */
export function obeySignals(actions: SignalActions, hangUpStops = false): void {
  let asked = false;
  const stop = (signal: StopSignal): void => {
    if (asked && signal === 'SIGINT') process.exit(exitStatusOf(signal));
    if (!asked) actions.stop(signal);
    asked = true;
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  process.on('SIGHUP', hangUpStops ? stop : actions.reload);
  process.on('SIGUSR1', actions.reopen);
}

/** As a shell counts an end by a signal: 130 for SIGINT, 143 for SIGTERM. */
export function exitStatusOf(signal: StopSignal): number {
  return 128 + constants.signals[signal];
}
