import { DAY_MS, tehran } from '../../ops/clock.ts';
import type { Route } from '../compile/requests.ts';
import type { RequestValue } from '../language/values.ts';
import type { Source } from '../wire/source.ts';

/** What of a late message is its original's: STAN and time, where the profile has it so. */
export function momentOf(
  route: Route,
  source: Source,
  own: Route,
  now: number,
): Partial<Record<RequestValue, string | undefined>> {
  const { values } = own.asked;
  const derived = route.derived;
  const same = (name: 'originalStan' | 'originalTransmission'): boolean => isSame(derived[name]);
  const stan = same('originalStan') ? values.originalStan(source) : undefined;
  const sent = same('originalTransmission') ? values.originalTransmission(source) : undefined;
  const at = sent === undefined ? undefined : utcInstant(sent, now);
  const local = at === undefined ? undefined : tehran(at);
  return {
    ...(stan === undefined ? {} : { stan }),
    ...(local === undefined
      ? {}
      : { localDate: local.date, localTime: local.time, localYear: local.isoDate.slice(2, 4) }),
  };
}

/** Whether it is derived of another value of the message. */
export function isSame(from: Route['derived'][RequestValue]): boolean {
  return typeof from === 'object' && !Array.isArray(from) && 'same' in from;
}

/** The instant of a DE 7, in the year that brings it nearest. */
function utcInstant(transmission: string, now: number): number | undefined {
  const parts = /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/.exec(transmission)?.slice(1).map(Number);
  if (parts === undefined) return undefined;
  const [month = 1, day = 1, hour = 0, minute = 0, second = 0] = parts;
  const year = new Date(now).getUTCFullYear();
  const instants = [year - 1, year, year + 1].map((each) => Date.UTC(each, month - 1, day, hour, minute, second));
  return instants.reduce(
    (best, each) => (Math.abs(each - now) < Math.abs(best - now) ? each : best),
    now + 400 * DAY_MS,
  );
}
