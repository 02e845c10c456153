export { DOCTOR_TELLS, inboxOf, type InboxSources } from './inbox.ts';
export { INBOX_KINDS } from './kinds.ts';
