export { inboxOf } from './inbox.ts';
export { INBOX_KINDS } from './kinds.ts';
