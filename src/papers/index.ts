/** Papers that shops bring: examined, written again, encrypted, and kept (people.md 4 "Papers"). */
export { bringPaperKey } from './keys.ts';
export { openPapers, type Papers } from './papers.ts';
export { keepPaper, paperDuty, readPaper, takeAway } from './keep.ts';
export { keepNoticePaper, readNoticePaper, takeNoticePaperAway } from './notices.ts';
export { MOST_BYTES } from './examine.ts';
export { paperRefused, type PaperRefused } from './refusals.ts';
