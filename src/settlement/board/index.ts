/** What people look at: business days, payment files and banks' answers, with where each stands. */
export { boardDays, BOARD_STEPS, dayEvents, dayTotals, type DayOnBoard } from './days.ts';
export {
  answerFiles,
  boardFiles,
  fileLines,
  FILE_STATES,
  type AnswerFile,
  type FileOnBoard,
  type FileLine,
} from './files.ts';
