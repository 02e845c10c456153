/** Files that come from banks and go to them. */
export { inboxFolder } from './watch.ts';
