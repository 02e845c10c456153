/** Time comes in through this port, so that any run can be replayed. */
export interface Clock {
  /** The instant, in milliseconds since the epoch (UTC). */
  now(): number;
}

export const systemClock: Clock = { now: () => Date.now() };

/** Iran has had no daylight saving since 1401 (domain/06-calendar): Asia/Tehran is UTC+3:30 all year. */
const TEHRAN_OFFSET_MS = 3.5 * 3_600_000;

/** DE 7 of an instant: MMDDhhmmss, UTC (wire.md 3). */
export function transmissionDateTime(ms: number): string {
  return wallClock(ms).transmission;
}

/** The wall clock in Tehran: DE 12 (hhmmss), DE 13 (MMDD) and the ISO date. */
export function tehran(ms: number): { time: string; date: string; isoDate: string } {
  const { transmission, isoDate } = wallClock(ms + TEHRAN_OFFSET_MS);
  return { time: transmission.slice(4), date: transmission.slice(0, 4), isoDate };
}

interface WallClock {
  readonly second: number;
  readonly transmission: string;
  readonly isoDate: string;
}

/** Every message asks for the same few seconds, in UTC and in Tehran: the last of each is kept. */
const kept: WallClock[] = [];

function wallClock(ms: number): WallClock {
  const second = Math.floor(ms / 1_000);
  for (const clock of kept) if (clock.second === second) return clock;
  const iso = new Date(second * 1_000).toISOString();
  const transmission = iso.slice(5, 7) + iso.slice(8, 10) + iso.slice(11, 13) + iso.slice(14, 16) + iso.slice(17, 19);
  const clock = { second, transmission, isoDate: iso.slice(0, 10) };
  if (kept.unshift(clock) > 4) kept.pop();
  return clock;
}
