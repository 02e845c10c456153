import { parseArgs } from 'node:util';
import { run, type RunResult } from './run.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    seeds: { type: 'string', default: '1' },
    days: { type: 'string', default: '3' },
    hours: { type: 'string' },
    until: { type: 'string' },
    trace: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
});

function line({ seed, hash, steps, days, sales, faults }: RunResult): string {
  const what = faults.length === 0 ? 'all holds' : `FAULT ${faults[0] ?? ''}`;
  return `seed ${seed} · ${days} days · ${sales} sales · ${steps} steps · ${hash} · ${what}`;
}

const first = Number(values.seed);
const began = process.hrtime.bigint();
const hours = values.hours === undefined ? undefined : Number(values.hours);
let failed = 0;
for (let seed = first; ; seed++) {
  const elapsed = Number(process.hrtime.bigint() - began) / 3.6e12;
  if (hours === undefined ? seed >= first + Number(values.seeds) : elapsed >= hours) break;
  const result = await run({
    seed,
    days: Number(values.days),
    until: values.until === undefined ? undefined : Number(values.until),
    trace: values.trace,
  });
  if (result.faults.length > 0) failed++;
  console.log(values.json ? JSON.stringify(result) : line(result));
}
process.exit(failed === 0 ? 0 : 1);
