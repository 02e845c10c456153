import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { mutantNamed, MUTANTS, type Mutant } from './mutants.ts';
import { run, type Less, type RunResult } from './run.ts';
import { shrink } from './shrink.ts';
import { keepRow, rowText } from './table.ts';
import { commandOf, faultOf, keepTable, Tally } from './tally.ts';
import { TROUBLES } from './world.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    seeds: { type: 'string', default: '1' },
    days: { type: 'string', default: '3' },
    hours: { type: 'string' },
    report: { type: 'string', default: 'data/simulation.md' },
    until: { type: 'string' },
    trace: { type: 'boolean', default: false },
    mermaid: { type: 'string' },
    json: { type: 'boolean', default: false },
    mutant: { type: 'string' },
    mutants: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
    after: { type: 'string' },
    table: { type: 'string' },
    copies: { type: 'string' },
    tills: { type: 'string' },
    bursts: { type: 'string' },
    errands: { type: 'string' },
    without: { type: 'string', default: '' },
    shrink: { type: 'boolean', default: false },
  },
});

const less: Less = {
  ...(values.copies === undefined ? {} : { copies: Number(values.copies) }),
  ...(values.tills === undefined ? {} : { tills: Number(values.tills) }),
  ...(values.bursts === undefined ? {} : { bursts: values.bursts.split(',').map(Number) }),
  ...(values.errands === undefined ? {} : { errands: Number(values.errands) }),
  without: TROUBLES.filter((trouble) => values.without.split(',').includes(trouble)),
};

const NAMES = MUTANTS.map(({ name }) => name);

const seconds = (since: bigint): number => Number(process.hrtime.bigint() - since) / 1e9;

function line(result: RunResult): string {
  const { seed, hash, steps, days, sales } = result;
  const fault = faultOf(result);
  const what = fault === undefined ? 'all holds' : `FAULT ${fault} · ${commandOf(result, less, values.mutant)}`;
  return `seed ${seed} · ${days} days · ${sales} sales · ${steps} steps · ${hash} · ${what}`;
}

function isOver(seed: number, passed: number): boolean {
  return values.hours === undefined
    ? seed >= Number(values.seed) + Number(values.seeds)
    : passed >= Number(values.hours) * 3_600;
}

function busySeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/** Seeds, one after the other, until there are enough, the time is over, or a mutant is found. @returns how many failed */
async function seeds(): Promise<number> {
  const first = Number(values.seed);
  const began = process.hrtime.bigint();
  const mutant = values.mutant === undefined ? undefined : mutantNamed(values.mutant);
  const tally = new Tally();
  let failed = 0;
  for (let seed = first; ; seed++) {
    if (isOver(seed, seconds(began))) {
      if (values.hours !== undefined)
        console.log(`\n${tally.table(seconds(began), busySeconds())}\nin ${values.report}`);
      return failed;
    }
    const until = values.until === undefined ? undefined : Number(values.until);
    const trace =
      values.trace || values.mermaid !== undefined ? (values.trace ? console.log : () => undefined) : undefined;
    const { mermaid, ...result } = await run({ seed, days: Number(values.days), until, trace, mutant, less });
    if (values.mermaid !== undefined) writeFileSync(values.mermaid, mermaid ?? '');
    if (result.faults.length > 0) {
      failed++;
      if (values.shrink) await shrink({ seed, days: Number(values.days), mutant, less }, console.log);
    }
    console.log(values.json ? JSON.stringify(result) : line(result));
    tally.add(result, commandOf(result, less, values.mutant));
    if (values.hours !== undefined) keepTable(values.report, tally.table(seconds(began), busySeconds()));
    if (mutant !== undefined && failed > 0) return failed;
  }
}

/** Each mutant over the same seeds: which seed finds it, in how many seconds. One that changes TypeScript needs a process of its own.
 *  @returns how many are not found */
async function mutants(): Promise<number> {
  let missed = 0;
  const after = MUTANTS.findIndex(({ name }) => name === values.after);
  for (const mutant of MUTANTS.slice(after + 1)) {
    if (!mutant.name.includes(values.only)) continue;
    const began = process.hrtime.bigint();
    const isSql = mutant.changes.every(({ file }) => file.endsWith('.sql'));
    const results = isSql ? await hunt(mutant) : huntApart(mutant);
    const fault = results.at(-1)?.faults[0];
    if (fault === undefined) missed++;
    const row = {
      ...mutant,
      seeds: fault === undefined ? undefined : results.length,
      seconds: seconds(began),
      seen: fault ?? (results.length === 0 ? 'did not run' : `not found in ${results.length} seeds`),
    };
    console.log(rowText(row));
    if (values.table !== undefined) keepRow(values.table, row, NAMES);
  }
  return missed;
}

async function hunt(mutant: Mutant): Promise<RunResult[]> {
  const results: RunResult[] = [];
  for (let seed = Number(values.seed); seed < Number(values.seed) + Number(values.seeds); seed++) {
    results.push(await run({ seed, days: Number(values.days), mutant }));
    if (results.at(-1)?.faults.length !== 0) break;
  }
  return results;
}

function huntApart({ name }: Mutant): RunResult[] {
  const args = ['--json', '--mutant', name, '--seed', values.seed, '--seeds', values.seeds, '--days', values.days];
  const program = fileURLToPath(new URL('run.mjs', import.meta.url));
  const { stdout, stderr } = spawnSync(process.execPath, [program, ...args], { encoding: 'utf8', maxBuffer: 1 << 28 });
  const results = stdout.split('\n').filter((text) => text.startsWith('{'));
  if (results.length === 0) console.error(stderr.slice(0, 500));
  return results.map((text) => JSON.parse(text) as RunResult);
}

process.exit((values.mutants ? await mutants() : await seeds()) === 0 ? 0 : 1);
