import { spawn } from 'node:child_process';
import { cpus, loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { BENCHES, rowsOf, type Bench, type Row } from './measures.ts';

/** Every bench after the other, and one table at the end, as docs/measurements.md keeps it. */
export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({ args, options: { only: { type: 'string' } } });
  const only = values.only?.split(',');
  const rows: Row[] = [];
  for (const bench of BENCHES) {
    if (only !== undefined && !only.includes(bench.name)) continue;
    rows.push(...rowsOf(bench, await saidBy(bench)));
  }
  const [cpu] = cpus();
  console.log(
    `\n${new Date().toISOString().slice(0, 10)}, ${cpus().length} × ${cpu?.model.trim() ?? 'unknown'}, Node.js ${process.versions.node}, ` +
      `load ${loadavg()[0]?.toFixed(1) ?? '?'} at the end, short runs\n`,
  );
  console.log('| measure | peer | found (least to most) | goal | met |\n| --- | --- | --- | --- | --- |');
  for (const { measure, peer, found, goal, met } of rows)
    console.log(`| ${measure} | ${peer} | ${found} | ${goal} | ${met} |`);
}

/** Runs it in a process of its own, shows what it says, and keeps it; a bench that fails leaves dashes. */
function saidBy({ name, arguments: args, flags = [] }: Bench): Promise<string> {
  const program = fileURLToPath(new URL(`../${name}/run.mjs`, import.meta.url));
  console.log(`\n== ${name} ${args.join(' ')}`);
  const child = spawn(process.execPath, [...flags, program, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => {
    said += chunk.toString();
    process.stdout.write(chunk);
  });
  return new Promise((done, fail) => {
    child.once('error', fail);
    child.once('close', (status) => {
      if (status !== 0) console.log(`${name} ended with ${status ?? 'a signal'}`);
      done(said);
    });
  });
}
