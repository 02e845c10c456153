import type { Command } from 'commander';
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compile, loadSpec } from '../../codec/index.ts';
import {
  liveChart,
  secondLine,
  changesText,
  compareRuns,
  customers,
  htmlReport,
  DEFAULT_MIX,
  KINDS,
  parseMix,
  parseResult,
  PERCENTILES,
  resultOf,
  type LoadResult,
  runLoad,
  type Second,
} from '../../load/index.ts';
import { systemClock } from '../../ops/clock.ts';
import { loadConfig } from '../../ops/config.ts';
import { DEMO_TERMINALS, terminalCertificate } from '../../demo/index.ts';
import { GatewayError } from '../../ops/errors.ts';
import { openFleet, SimulatedTerminal } from '../../simulators/terminal/index.ts';

interface Options {
  readonly terminals: string;
  readonly rate: string;
  readonly for: string;
  readonly warmUp: string;
  readonly mix: string;
  readonly seed: string;
  readonly maxOpen: string;
  readonly title: string;
  readonly json?: string;
  readonly html?: string;
  readonly compare?: string;
  readonly tolerance: string;
}

/** The third merchant of the demo programme is not approved: its terminals sell nothing. */
const SELLING = DEMO_TERMINALS.slice(0, 20);
const TIMEOUT_MS = 60_000;

/** `kalabarg load`: exit status 2 when requests failed, or when a comparison comes out worse. */
export function register(program: Command): void {
  const load = program
    .command('load')
    .description('load a gateway: requests come when they are due, answered or not (open model)');
  load
    .option('--terminals <n>', 'connections, shared by the terminals of the demo programme', '100')
    .option('--rate <n>', 'requests a second, as 200/s', '100/s')
    .option('--for <time>', 'how long it is measured, as 30s or 5m', '30s')
    .option('--warm-up <time>', 'how long before it is measured', '3s')
    .option('--mix <list>', `kind=weight of ${KINDS.join(', ')}`, DEFAULT_MIX)
    .option('--seed <n>', 'the same seed gives the same customers', '1')
    .option('--max-open <n>', 'requests open at once; more are overrun', '20000')
    .option('--title <text>', 'name of the run', 'kalabarg load')
    .option('--json <file>', 'keep the result, for a comparison')
    .option('--html <file>', 'write a report with plots')
    .option('--compare <file>', 'a kept result: say what became better or worse')
    .option('--tolerance <percent>', 'what counts as worse', '10')
    .action(run);
  load
    .command('compare')
    .description('two kept results side by side')
    .argument('<before>')
    .argument('<after>')
    .option('--tolerance <percent>', 'what counts as worse', '10')
    .action((before: string, after: string, options: { tolerance: string }) => {
      compare(read(before), read(after), options.tolerance);
    });
}

async function run(options: Options): Promise<void> {
  const mix = parseMix(options.mix);
  const settings = {
    terminals: whole(options.terminals, '--terminals', 100_000, 1),
    perSecond: whole(options.rate.replace(/\/s$/, ''), '--rate', 1_000_000, 1),
    seconds: seconds(options.for, '--for', 1),
    mix: options.mix,
    seed: whole(options.seed, '--seed', 2 ** 32 - 1),
  };
  const maxOpen = whole(options.maxOpen, '--max-open', 1_000_000, 1);
  const warmUpSeconds = seconds(options.warmUp, '--warm-up');
  whole(options.tolerance, '--tolerance', 1_000);
  for (const file of [options.json, options.html]) if (file !== undefined) checkWritable(file);
  const before = options.compare === undefined ? undefined : read(options.compare);
  const fleet = await open(settings.terminals);
  const seen: Second[] = [];
  try {
    const outcome = await runLoad(customers(fleet.devices, settings.seed), {
      ...settings,
      mix,
      warmUpSeconds,
      maxOpen,
      onSecond: (second, open) => {
        seen.push(second);
        show(seen, second, open);
      },
    });
    const result = resultOf(outcome, options.title, settings, new Date(systemClock.now()));
    console.log(summary(result));
    if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(result)}\n`);
    if (options.html !== undefined) writeFileSync(options.html, htmlReport(result, before));
    if (before !== undefined) compare(before, result, options.tolerance);
    if (result.failed > 0) process.exitCode = 2;
  } finally {
    fleet.close();
  }
}

async function open(count: number): Promise<Awaited<ReturnType<typeof openFleet>>> {
  const { data, host, terminalPort: port, maxConnectionsPerTerminal } = loadConfig();
  const most = SELLING.length * maxConnectionsPerTerminal;
  if (count > most) {
    throw new GatewayError(
      'load.option',
      `--terminals ${count}: one certificate has at most ${maxConnectionsPerTerminal} connections, so the ${SELLING.length} of the demo have ${most}. ` +
        `Start the gateway and this with KALABARG_MAX_CONNECTIONS_PER_TERMINAL=${Math.ceil(count / SELLING.length)}.`,
    );
  }
  const codec = compile(loadSpec('kalabarg-pos'));
  const signedOn: SimulatedTerminal[] = [];
  for (const [index, known] of SELLING.slice(0, count).entries()) {
    const tls = { ca: join(data, 'tls', 'ca.crt'), ...terminalCertificate(data, known.terminal) };
    const firstStan = ((Math.floor(systemClock.now() / 50) + index * 40_000) % 999_000) + 1;
    const options = {
      ...known,
      endpoint: { host, port, tls },
      codec,
      clock: systemClock,
      timeoutMs: TIMEOUT_MS,
      firstStan,
      redial: true,
    };
    const terminal = await SimulatedTerminal.connect(options);
    await terminal.signOn();
    signedOn.push(terminal);
  }
  const startedAt = systemClock.monotonic();
  const fleet = await openFleet(signedOn, count, (opened) => {
    if (opened % 1_000 === 0) console.log(`${opened} connections`);
  });
  console.log(`${fleet.devices.length} connections in ${((systemClock.monotonic() - startedAt) / 1_000).toFixed(1)} s`);
  return fleet;
}

function show(seen: readonly Second[], second: Second, open: number): void {
  if (!process.stdout.isTTY) {
    console.log(secondLine(second, open));
    return;
  }
  const up = seen.length > 1 ? '\u001b[3A' : '';
  process.stdout.write(`${up}\u001b[J${liveChart(seen, open, process.stdout.columns)}\n`);
}

function summary(result: LoadResult): string {
  const { done, failed, perSecond, endings, percentiles } = result;
  const codes = Object.entries(endings).map(([ending, count]) => `${ending}: ${count}`);
  const latencies = PERCENTILES.map((percentile) => `p${percentile} ${(percentiles[percentile] ?? 0).toFixed(1)}`);
  return `${done} requests, ${failed} failed, ${perSecond.toFixed(1)} answers/s\n${latencies.join('  ')} ms\n${codes.join('  ')}`;
}

function compare(before: LoadResult, after: LoadResult, tolerance: string): void {
  const changes = compareRuns(before, after, whole(tolerance, '--tolerance', 1_000) / 100);
  console.log(changesText(changes));
  if (changes.some(({ worse }) => worse)) process.exitCode = 2;
}

function read(file: string): LoadResult {
  return parseResult(readFileSync(file, 'utf8'), file);
}

/** Before a long run, not after it. @throws the file system's own error */
function checkWritable(file: string): void {
  closeSync(openSync(file, 'a'));
}

function whole(text: string, option: string, most: number, least = 0): number {
  const value = Number(text);
  if (!/^\d{1,10}$/.test(text) || value > most || value < least)
    throw new GatewayError('load.option', `${option} ${text}: wants a whole number from ${least} to ${most}.`);
  return value;
}

function seconds(text: string, option: string, least = 0): number {
  const parts = /^(\d{1,5})([smh])$/.exec(text);
  if (parts === null || Number(parts[1]) < least)
    throw new GatewayError('load.option', `${option} ${text}: wants a time, as 30s, 5m or 1h.`);
  return Number(parts[1]) * ({ s: 1, m: 60, h: 3_600 }[parts[2] ?? 's'] ?? 1);
}
