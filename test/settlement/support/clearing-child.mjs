// Clears one day in a process of its own, and kills itself with SIGKILL before its n-th database statement.
// Argument: JSON {databaseUrl, redisUrl, dataDir, day, killAt}. Prints how many statements it made.
import pg from 'pg';
import { pino } from 'pino';
import { systemClock } from '../../../dist/ops/clock.js';
import { openQueues } from '../../../dist/settlement/jobs/queue.js';
import { builtInProfile } from '../../../dist/settlement/payments/profile.js';
import { settleDay } from '../../../dist/settlement/settle.js';

const { databaseUrl, redisUrl, dataDir, day, killAt } = JSON.parse(process.argv[2]);
let statements = 0;

class CountingClient extends pg.Client {
  query(...args) {
    // Looking whether it is done comes as often as it likes; only what does the work is counted.
    const text = typeof args[0] === 'string' ? args[0] : args[0]?.text;
    if (!text?.startsWith('select business_day::text, state') && ++statements === killAt) {
      process.kill(process.pid, 'SIGKILL');
    }
    return super.query(...args);
  }
}

const pool = new pg.Pool({ connectionString: databaseUrl, max: 8, Client: CountingClient });
pool.on('error', () => undefined);
const queues = await openQueues({ databaseUrl, redisUrl });
const context = {
  pool,
  dataDir,
  clock: systemClock,
  log: pino({ level: 'silent' }),
};
const request = { day, profile: builtInProfile('ccti-1'), maker: 'maryam', checker: 'babak' };
await settleDay(context, queues, request, { work: { concurrency: 2, lockMs: 600 }, sweepMs: 250 });
await queues.close();
await pool.end();
console.log(String(statements));
