/** Business days of banks and offices, and their dates. */
export { dayVerdict, nextBusinessDay, nextPayaCycle, nextSatnaDay, railLimit } from './calendar.ts';
export type { CalendarData } from './calendar.ts';
export { loadCalendar, overrideDay } from './store.ts';
