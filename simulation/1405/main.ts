import { parseArgs } from 'node:util';
import pg from 'pg';
import { serverCpuMs } from '../../test/support/processor.ts';
import { temporaryPostgres } from '../../test/support/postgres.ts';
import { replay1405 } from './run.ts';

const SIZED = {
  fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', wal_level: 'minimal', max_wal_senders: '0',
  shared_buffers: '4GB', work_mem: '160MB', hash_mem_multiplier: '2', maintenance_work_mem: '512MB', wal_buffers: '64MB',
  min_wal_size: '4GB', max_wal_size: '16GB', checkpoint_timeout: '30min', effective_cache_size: '12GB', random_page_cost: '1.1',
  autovacuum_vacuum_cost_delay: '0', autovacuum_vacuum_insert_scale_factor: '2', jit: 'off', autovacuum_naptime: '15s', max_parallel_workers_per_gather: '2',
}; // prettier-ignore

/** `npm run replay:1405 -- [--households 1000000] [--purchases 1] [--seed 1405]`: prints each step with its time; 1 where anything differs. */
export async function main(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      households: { type: 'string', default: '1000000' },
      purchases: { type: 'string', default: '1' },
      seed: { type: 'string', default: '1405' },
    },
  });
  const [households, purchases, seed] = [values.households, values.purchases, values.seed].map(Number) as [
    number,
    number,
    number,
  ];
  const server = await temporaryPostgres(SIZED);
  const pool = new pg.Pool({ connectionString: server.url, max: 10 });
  pool.on('error', () => undefined); // the server stops before the last of its connections is closed
  const begun = performance.now();
  try {
    const done = await replay1405({
      pool,
      households,
      seed,
      purchases,
      cpuMs: () => serverCpuMs(server.pid),
      tell: (line) => {
        console.log(line);
      },
    });
    for (const line of [...done.differences, ...done.faults]) console.log(line);
    const counts = `${done.purchases} purchases, ${done.returns} given back, ${done.refused} refused, compared at ${done.compared} dates`;
    console.log(`${households} households, ${counts}: ${done.different} differ, ${done.faults.length} faults`);
    const { user, system } = process.cpuUsage();
    const [here, there] = [(user + system) / 1_000, serverCpuMs(server.pid)].map((ms) => (ms / 60_000).toFixed(1));
    const minutes = ((performance.now() - begun) / 60_000).toFixed(1);
    console.log(`in ${minutes} minutes; of a processor ${here ?? ''} here and ${there ?? ''} in the database`);
    if (done.different + done.faults.length > 0) process.exitCode = 1;
  } finally {
    await pool.end();
    await server.stop();
  }
}
