/** Acquirers' files, and the breaks between them and the books. */
export {
  actOnBreak,
  assignBreak,
  commentBreak,
  decideResolution,
  listBreaks,
  proposeResolution,
  raiseAndResolve,
  type Break,
  type BreakAct,
  type Resolution,
  breakEvents,
} from './desk.ts';
export { BREAK_CLASSES } from './model.ts';
export { openAcquirerFile } from './open.ts';
export { takeAcquirerFile } from './take.ts';
