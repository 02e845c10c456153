/** The clearing of a day: made, held, released, delivered. */
export { beginIn, SHARDS } from './close.ts';
export { businessDayOf, databaseToday, openBusinessDay } from './day.ts';
export { sayArrived, sayArrivedIn, saySendAgain, saySendAgainIn } from './delivery.ts';
export {
  decideWaiver,
  decideWaiverIn,
  findingsOfDay,
  openWaiver,
  proposeWaiver,
  proposeWaiverIn,
} from './explained.ts';
export { holdOrder, holdOrderIn } from './hold.ts';
export { asked, type Asked } from './questions.ts';
export { releaseClearing, releaseIn } from './release.ts';
export { blockedCarries, decideUnblock, decideUnblockIn, proposeUnblock, proposeUnblockIn } from './unblock.ts';
export { writeFiles } from './write.ts';
