import type { SeenRequest } from '../seen.ts';

/** Iran is UTC+3:30 all year (docs/domain/06-calendar.md). */
const TEHRAN_OFFSET_MS = 12_600_000;

/** The instant that DE 13 and 12 of a request name, ms; the year is that in which it is nearest to the gateway side's clock. */
export function localInstantOf({ message, at }: SeenRequest): number {
  const [date, time] = [message.get(13) ?? '', message.get(12) ?? ''];
  const [month, day] = [Number(date.slice(0, 2)), Number(date.slice(2))];
  const [hour, minute, second] = [0, 2, 4].map((from) => Number(time.slice(from, from + 2)));
  const year = new Date(at + TEHRAN_OFFSET_MS).getUTCFullYear();
  const all = [year - 1, year, year + 1].map(
    (each) => Date.UTC(each, month - 1, day, hour, minute, second) - TEHRAN_OFFSET_MS,
  );
  return all.reduce((best, each) => (Math.abs(each - at) < Math.abs(best - at) ? each : best));
}
