/** People of a shop who learn, and what they have finished. */
export { isLesson, LESSONS, type LessonCode } from './lessons.ts';
export { finishLesson, trainedStaff } from './progress.ts';
export {
  addStaff,
  CODE_DAYS,
  giveCode,
  MOST_NAME,
  removeStaff,
  staffMember,
  staffOf,
  staffOfCode,
  type Change,
  type StaffFault,
  type StaffMember,
} from './staff.ts';
