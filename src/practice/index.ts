/** The drawn terminals of /learn: a small gateway of its own, on books that are nobody's money (docs/decisions/0049). */
export { makePracticeDatabase } from './books.ts';
export type { Act, Shown } from './device.ts';
export { practiceKeys } from './keys.ts';
export { GOODS, SETS, TASK, type Good } from './lessons.ts';
export { PIN } from './people.ts';
export { openPractice, type AtTerminal, type Practice } from './practice.ts';
export type { Seat } from './seats.ts';
