// One piece of settlement in a process of its own, as it is built, so that its memory is its own.
// Argument: JSON {what: 'settle' | 'take', databaseUrl, dataDir, day, path, name}. Prints JSON {seconds, rssMb, …}.
import { performance } from 'node:perf_hooks';
import pg from 'pg';
import { pino } from 'pino';
import { systemClock } from '../../dist/ops/clock.js';
import { openAcquirerFile } from '../../dist/settlement/acquirer/open.js';
import { takeAcquirerFile } from '../../dist/settlement/acquirer/take.js';
import { closeBusinessDay } from '../../dist/settlement/clearing/day.js';
import { openQueues } from '../../dist/settlement/jobs/queue.js';
import { builtInProfile } from '../../dist/settlement/payments/profile.js';
import { settleDay } from '../../dist/settlement/settle.js';

const { what, databaseUrl, dataDir, day, path, name } = JSON.parse(process.argv[2]);
const pool = new pg.Pool({ connectionString: databaseUrl, max: 8 });
const log = pino({ level: 'warn' }, pino.destination(2));
let seconds;
let detail;
if (what === 'settle') {
  const queues = await openQueues({ databaseUrl, redisUrl: '' });
  const context = { pool, dataDir, clock: systemClock, log, closeBusinessDay };
  const request = { day, profile: builtInProfile('ccti-1'), maker: 'maker', checker: 'checker' };
  const began = performance.now();
  const { files, paid } = await settleDay(context, queues, request);
  seconds = (performance.now() - began) / 1000;
  detail = { files: files.length, orders: paid.orders, rials: String(paid.rials) };
  await queues.close();
} else {
  const began = performance.now();
  const taken = await takeAcquirerFile(pool, path, name, openAcquirerFile(path, name), Date.now());
  seconds = (performance.now() - began) / 1000;
  detail = { lines: taken.lines, matched: taken.matched, breaks: taken.breaks };
}
await pool.end();
console.log(JSON.stringify({ seconds, rssMb: process.resourceUsage().maxRSS / 1024, detail }));
