/** Business days of banks and offices, and their dates. */
export { dayVerdict, nextBusinessDay, nextPayaCycle, nextSatnaDay, railLimit } from './calendar.ts';
export { gregorianDay, addDays, toJalali, weekday, fromJalali, isDay } from './jalali.ts';
export { loadCalendar, overrideDay } from './store.ts';
