import type { Clock } from '../../../ops/clock.ts';
import { DAY_MS } from '../../../ops/clock.ts';

/** A device's time. Its own clock may be wrong by years and is not asked: time comes from answers of the gateway, which are MACed, and
 *  from signed metadata, and only moves forward. Between them it goes on by what has passed since the device was switched on. */
export interface DeviceTime {
  /** ms since the epoch; 0 at first: nothing is known yet */
  now(): number;
  /** DE 7 of an answer whose MAC holds: MMDDhhmmss, UTC. Its year is the one that is nearest to what is known. */
  fromHost(transmission: string): void;
  /** When metadata was signed, as far as it tells: not later than a day after the gateway's own time, where that is known. */
  fromMetadata(signedMs: number): void;
}

/** @param knownMs the latest instant that was known when the current last went
 *  @param builtMs when this software was made: no earlier year is possible */
export function openTime(clock: Pick<Clock, 'monotonic'>, knownMs: number, builtMs: number): DeviceTime {
  let base = Math.max(knownMs, builtMs);
  let since = clock.monotonic();
  let host = 0;
  const now = (): number => base + (clock.monotonic() - since);
  const forward = (ms: number): void => {
    if (ms <= now()) return;
    base = ms;
    since = clock.monotonic();
  };
  return {
    now,
    fromHost: (transmission) => {
      const ms = instantNear(transmission, now());
      if (ms === undefined) return;
      host = Math.max(host, ms);
      forward(ms);
    },
    fromMetadata: (ms) => {
      forward(host === 0 ? ms : Math.min(ms, host + DAY_MS));
    },
  };
}

/** @returns undefined for what is no instant */
function instantNear(transmission: string, nearMs: number): number | undefined {
  const [, month = '', day = '', hour = '', minute = '', second = ''] =
    /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/.exec(transmission) ?? [];
  const year = new Date(nearMs).getUTCFullYear();
  const instants = [year - 1, year, year + 1]
    .map((each) => Date.parse(`${each}-${month}-${day}T${hour}:${minute}:${second}Z`))
    .filter((ms) => !Number.isNaN(ms));
  return instants.sort((a, b) => Math.abs(a - nearMs) - Math.abs(b - nearMs))[0];
}
