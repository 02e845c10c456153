/** The queues that settlement runs on. */
export { lookAtJobs, type Jobs } from './look.ts';
export { migrateQueues, redisHealth } from './queue.ts';
