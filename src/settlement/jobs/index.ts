/** The queues that settlement runs on. */
export { migrateQueues, redisHealth } from './queue.ts';
