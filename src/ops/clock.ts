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
  const iso = new Date(ms).toISOString();
  return iso.slice(5, 7) + iso.slice(8, 10) + iso.slice(11, 13) + iso.slice(14, 16) + iso.slice(17, 19);
}

/** The wall clock in Tehran: DE 12 (hhmmss), DE 13 (MMDD) and the ISO date. */
export function tehran(ms: number): { time: string; date: string; isoDate: string } {
  const iso = new Date(ms + TEHRAN_OFFSET_MS).toISOString();
  return {
    time: iso.slice(11, 13) + iso.slice(14, 16) + iso.slice(17, 19),
    date: iso.slice(5, 7) + iso.slice(8, 10),
    isoDate: iso.slice(0, 10),
  };
}
