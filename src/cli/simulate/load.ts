import { Option, type Command } from 'commander';
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
import { demandWritable, readText, writeText } from '../files.ts';
import { span, whole } from '../options.ts';
import { howMany, printEach, type JsonOption } from '../print.ts';

interface Options {
  readonly terminals: number;
  readonly rate: number;
  readonly for: number;
  readonly warmUp: number;
  readonly mix: string;
  readonly seed: number;
  readonly maxOpen: number;
  readonly title: string;
  readonly json?: string;
  readonly html?: string;
  readonly compare?: string;
  readonly tolerance: number;
}

/** The third merchant of the demo programme is not approved: its terminals sell nothing. */
const SELLING = DEMO_TERMINALS.slice(0, 20);
const TIMEOUT_MS = 60_000;

/** `kalabarg load`: exit status 2 when requests failed, or when a comparison comes out worse. */
export function register(program: Command): void {
  const load = program.command('load');
  load
    .option(
      '--terminals <n>',
      'connections, shared by the terminals of the demo programme',
      whole('--terminals', 1, 100_000),
      100,
    )
    .addOption(new Option('--rate <n>', 'requests a second, as 200/s').argParser(rate).default(100, '100/s'))
    .addOption(
      new Option('--for <time>', 'how long to measure, as 30s or 5m')
        .argParser(span('--for', 1_000))
        .default(30_000, '30s'),
    ) // prettier-ignore
    .addOption(
      new Option('--warm-up <time>', 'how long to load before measuring')
        .argParser(span('--warm-up'))
        .default(3_000, '3s'),
    ) // prettier-ignore
    .option('--mix <list>', `kind=weight of ${KINDS.join(', ')}`, DEFAULT_MIX)
    .option('--seed <n>', 'the same seed gives the same customers', whole('--seed', 0, 2 ** 32 - 1), 1)
    .option('--max-open <n>', 'requests open at once; more are overrun', whole('--max-open', 1, 1_000_000), 20_000)
    .option('--title <text>', 'name of the run', 'kalabarg load')
    .option('--json <file>', 'keep the result, for a comparison')
    .option('--html <file>', 'write a report with plots')
    .option('--compare <file>', 'a kept result: say what became better or worse')
    .option('--tolerance <percent>', 'what counts as worse', tolerance, 10)
    .action(run);
  load
    .command('compare')
    .description('compare two kept results')
    .argument('<before>', 'a file that --json wrote')
    .argument('<after>', 'another one')
    .option('--tolerance <percent>', 'what counts as worse', tolerance, 10)
    .option('--json', 'results as JSON, for programs')
    .action((before: string, after: string, options: JsonOption & { readonly tolerance: number }) => {
      compare(read(before), read(after), options);
    });
}

const tolerance = whole('--tolerance', 0, 1_000);

/** `200/s` or `200`. */
function rate(text: string): number {
  return whole('--rate', 1, 1_000_000)(text.replace(/\/s$/, ''));
}

async function run(options: Options): Promise<void> {
  const mix = parseMix(options.mix);
  const { terminals, rate: perSecond, seed, maxOpen } = options;
  const settings = { terminals, perSecond, seconds: options.for / 1_000, mix: options.mix, seed };
  const warmUpSeconds = options.warmUp / 1_000;
  for (const file of [options.json, options.html]) if (file !== undefined) demandWritable(file);
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
    if (options.json !== undefined) writeText(options.json, `${JSON.stringify(result)}\n`);
    if (options.html !== undefined) writeText(options.html, htmlReport(result, before));
    if (before !== undefined) compare(before, result, { tolerance: options.tolerance });
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
      'option.invalid',
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
  console.log(
    `${howMany(fleet.devices.length, 'connection')} in ${((systemClock.monotonic() - startedAt) / 1_000).toFixed(1)} s`,
  );
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
  return `${howMany(done, 'request')}, ${failed} failed, ${perSecond.toFixed(1)} answers/s\n${latencies.join('  ')} ms\n${codes.join('  ')}`;
}

function compare(before: LoadResult, after: LoadResult, options: JsonOption & { readonly tolerance: number }): void {
  const changes = compareRuns(before, after, options.tolerance / 100);
  printEach(options, changes, () => changesText(changes));
  if (changes.some(({ worse }) => worse)) process.exitCode = 2;
}

function read(file: string): LoadResult {
  return parseResult(readText(file), file);
}
