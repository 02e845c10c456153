/** What terminals are given of updates. */
export { createUpdatesDoor } from './https.ts';
export { openUpdates, type Updates } from './updates.ts';
