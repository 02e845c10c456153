import type pg from 'pg';
import { migrateQueues } from '../../src/settlement/jobs/index.ts';

/** The queues of settlement on this database, for the gateway's own role. */
export async function makeQueues(owner: pg.Pool): Promise<void> {
  await migrateQueues(owner);
  await owner.query('grant usage on schema bullmq to kalabarg_gateway; grant all on all tables in schema bullmq to kalabarg_gateway; grant all on all sequences in schema bullmq to kalabarg_gateway'); // prettier-ignore
}
