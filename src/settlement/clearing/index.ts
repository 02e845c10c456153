/** The clearing of a day: made, held, released, delivered. */
export { businessDayOf, databaseToday, openBusinessDay } from './day.ts';
export { sayArrived, saySendAgain } from './delivery.ts';
export { decideWaiver, findingsOfDay, proposeWaiver } from './explained.ts';
export { holdOrder } from './hold.ts';
export { asked, type Asked } from './questions.ts';
export { releaseClearing } from './release.ts';
export { blockedCarries, decideUnblock, proposeUnblock } from './unblock.ts';
export { writeFiles } from './write.ts';
