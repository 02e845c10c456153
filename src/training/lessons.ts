/** The lessons of /learn. What they say stands in src/public/pages/learn; what their tasks are checked by, in src/practice. */

/** In their order. A lesson whose text or task changes so that people should see it again gets the next version: it alone is asked again. */
export const LESSONS = [
  { code: 'menu', version: 1 },
  { code: 'start', version: 1 },
  { code: 'balance', version: 1 },
  { code: 'credit', version: 1 },
  { code: 'split', version: 1 },
  { code: 'refusals', version: 1 },
  { code: 'line', version: 1 },
  { code: 'close', version: 1 },
] as const;
export type LessonCode = (typeof LESSONS)[number]['code'];

export function isLesson(text: string): text is LessonCode {
  return LESSONS.some(({ code }) => code === text);
}

export function versionOf(lesson: LessonCode): number {
  return LESSONS.find(({ code }) => code === lesson)?.version ?? 1;
}
