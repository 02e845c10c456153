/** What terminals are given of updates. */
export { createUpdatesDoor, type UpdatesDoorOptions } from './https.ts';
export { openUpdates, type Updates } from './updates.ts';
