export { startMessages } from './duty.ts';
export { listMessages, type MessageLine } from './list.ts';
export { messageKey, queueMessage } from './queue.ts';
export { TEMPLATES, type Language, type TemplateName } from './templates.ts';
