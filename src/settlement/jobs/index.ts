/** The queues that settlement runs on. */
export { migrateQueues } from './queue.ts';
