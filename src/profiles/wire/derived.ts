import { tehran, transmissionDateTime } from '../../ops/clock.ts';
import { localInstant } from '../freshness.ts';
import type { Derivation } from '../language/values.ts';
import type { Read, Reads, Source } from './source.ts';

/** What stands for a value that the wire does not carry: the closed list of named functions. Each depends on nothing but the
 *  message and its arrival. */
export function derivation(name: Derivation, values: Reads): Read {
  switch (name) {
    case 'local-time':
      return (s) => tehran(s.arrival.now).time;
    case 'local-date':
      return (s) => tehran(s.arrival.now).date;
    case 'quote-time':
      return (s) => quoteMoment(values.quoteRef(s), s.arrival.now)?.time;
    case 'quote-date':
      return (s) => quoteMoment(values.quoteRef(s), s.arrival.now)?.date;
    case 'utc':
      return (s) => utcOf(values.localDate(s), values.localTime(s), s);
    case 'own-merchant':
      return (s) => s.arrival.merchant;
    case 'own-terminal':
      return (s) => s.arrival.terminal;
  }
}

/** A quote reference is `1` and the RRN of its inquiry (src/ledger/functions/quote.sql). */
export function rrnOfQuote(quoteRef: string): string {
  return quoteRef.slice(1);
}

/** The hour in Tehran in which a quote was made: its RRN is YDDDhh and six digits (wire.md 3). It names a purchase of a device that
 *  says no time, the same at every repeat. */
function quoteMoment(quoteRef: string | undefined, now: number): { time: string; date: string } | undefined {
  const [, y = '', day = '', hour = ''] = /^1(\d)(\d{3})(\d\d)\d{6}$/.exec(quoteRef ?? '') ?? [];
  if (day === '') return undefined;
  const thisYear = Number(tehran(now).isoDate.slice(0, 4));
  const year = [thisYear, thisYear - 1, thisYear + 1].find((each) => String(each).endsWith(y));
  if (year === undefined) return undefined;
  const at = new Date(Date.UTC(year, 0, Number(day)));
  if (at.getUTCFullYear() !== year) return undefined; // no such day
  const date = at.toISOString();
  // A day of more than a million transactions in an hour goes on in hours that no clock shows.
  const time = Number(hour) > 23 ? '235959' : `${hour}0000`;
  return { time, date: date.slice(5, 7) + date.slice(8, 10) };
}

/** DE 7 of a local date and time. */
function utcOf(date: string | undefined, time: string | undefined, s: Source): string | undefined {
  if (date === undefined || time === undefined) return undefined;
  const at = localInstant(date, time, s.arrival.now);
  return at === undefined || Number.isNaN(at) ? undefined : transmissionDateTime(at);
}
