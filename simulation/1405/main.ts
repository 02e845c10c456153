import { parseArgs } from 'node:util';
import pg from 'pg';
import { temporaryPostgres } from '../../test/support/postgres.ts';
import { replay1405 } from './run.ts';

const SIZED = { shared_buffers: '2GB', min_wal_size: '4GB', max_wal_size: '16GB', checkpoint_timeout: '15min' };

/** `npm run replay:1405 -- [--households 1000000] [--purchases 2] [--seed 1405]`: prints each step with its time; 1 where anything differs. */
export async function main(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      households: { type: 'string', default: '1000000' },
      purchases: { type: 'string', default: '2' },
      seed: { type: 'string', default: '1405' },
    },
  });
  const [households, purchases, seed] = [values.households, values.purchases, values.seed].map(Number) as [
    number,
    number,
    number,
  ];
  const server = await temporaryPostgres(SIZED);
  const pool = new pg.Pool({ connectionString: server.url, max: 8 });
  pool.on('error', () => undefined); // the server stops before the last of its connections is closed
  const begun = performance.now();
  try {
    const done = await replay1405({
      pool,
      households,
      seed,
      purchases,
      tell: (line) => {
        console.log(line);
      },
    });
    for (const line of [...done.differences, ...done.faults]) console.log(line);
    const counts = `${done.purchases} purchases, ${done.refused} refused, compared at ${done.compared} dates`;
    console.log(`${households} households, ${counts}: ${done.different} differ, ${done.faults.length} faults`);
    console.log(`in ${((performance.now() - begun) / 60_000).toFixed(1)} minutes`);
    if (done.different + done.faults.length > 0) process.exitCode = 1;
  } finally {
    await pool.end();
    await server.stop();
  }
}
