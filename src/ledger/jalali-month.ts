/** A Jalali month by Gregorian days (ISO dates). */
export interface JalaliMonth {
  /** `1405-09` */
  readonly period: string;
  readonly first: string;
  readonly last: string;
}

const jalali = new Intl.DateTimeFormat('en-u-ca-persian-nu-latn', {
  timeZone: 'UTC',
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
});

export function nextDay(isoDate: string, days: number): string {
  return new Date(Date.parse(isoDate) + days * 86_400_000).toISOString().slice(0, 10);
}

function parts(isoDate: string): { period: string; day: number } {
  const found = Object.fromEntries(jalali.formatToParts(Date.parse(isoDate)).map(({ type, value }) => [type, value]));
  return { period: `${found['year'] ?? ''}-${found['month'] ?? ''}`, day: Number(found['day']) };
}

/** The Jalali month that a day is in. */
export function jalaliMonth(isoDate: string): JalaliMonth {
  const { period, day } = parts(isoDate);
  const first = nextDay(isoDate, 1 - day);
  let last = nextDay(first, 28);
  while (parts(nextDay(last, 1)).period === period) last = nextDay(last, 1);
  return { period, first, last };
}
