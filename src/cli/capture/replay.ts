import { Option, type Command } from 'commander';
import { existsSync } from 'node:fs';
import { isJsonl, jsonLine, readCapture } from '../../capture/index.ts';
import type { Place } from '../../field/place.ts';
import { systemClock } from '../../ops/clock.ts';
import { loadConfig } from '../../ops/config.ts';
import { GatewayError } from '../../ops/errors.ts';
import {
  differenceText,
  junitXml,
  parseProgramme,
  replayCapture,
  reportText,
  REWRITES,
  startPlayedBank,
  whatIf,
  whatIfText,
  type Played,
  type PlayedBank,
  type ReplayOptions,
  type ReplayResult,
  type Rewrite,
  type Speed,
  type Target,
} from '../../replay/index.ts';
import { demandWritable, readText, writeText } from '../files.ts';
import { place, port, whole, withJson, wrongOption } from '../options.ts';
import { print, tell, type JsonOption } from '../print.ts';
import { reading, readWith, type ReadingOptions } from './capture.ts';

interface Options extends ReadingOptions, JsonOption {
  readonly to?: Place;
  readonly data?: string;
  readonly plain?: boolean;
  readonly speed: Speed;
  readonly rewrite: readonly Rewrite[];
  readonly golden?: string;
  readonly update?: boolean;
  readonly ignore?: string;
  readonly junit?: string;
  readonly profile?: string;
  readonly whatIf?: string;
  readonly play: 'terminals' | 'bank' | 'both';
  readonly bankListen: number;
  readonly timeout: number;
}

/** How long a gateway may take to come to the played bank. */
const GATEWAY_MS = 60_000;

/** `kalabarg replay`: exit status 0 without differences, 2 with some, 1 when it could not be played. */
export function register(program: Command): void {
  withJson(reading(program.command('replay')))
    .argument('<file...>', 'captures: pcap, pcapng, JSONL or hex, also gzipped')
    .option('--to <host:port>', 'the gateway (default: the one of the settings)', place('--to'))
    .option(
      '--data <folder>',
      'folder whose tls/ holds the CA and the terminals’ certificates (default: KALABARG_DATA)',
    )
    .option('--plain', 'plain TCP instead of TLS')
    .option('--profile <name>', "what the terminals speak, where several profiles have the capture's dialect")
    .addOption(
      new Option('--speed <speed>', '1x, 10x, max, or 200/s').argParser(speedOf).default({ kind: 'max' }, 'max'),
    ) // prettier-ignore
    .addOption(
      new Option('--rewrite <list>', `what is made again for this run: ${REWRITES.join(',')}, or none`)
        .argParser(rewritesOf)
        .default(REWRITES, REWRITES.join(',')),
    ) // prettier-ignore
    .option('--golden <file>', 'a capture with the expected answers; written if it does not exist')
    .option('--update', 'write the answers of this run to the golden file, or to the capture itself')
    .option('--ignore <list>', 'elements and tags that may differ, as 37,38,48.13')
    .option('--junit <file>', 'write JUnit XML')
    .addOption(
      new Option('--play <who>', 'terminals; bank: answer as the captured bank did; or both')
        .choices(['terminals', 'bank', 'both'])
        .default('terminals'),
    )
    .option(
      '--bank-listen <port>',
      'where the played bank listens: the gateway under test connects there',
      port('--bank-listen'),
      8600,
    )
    .option('--what-if <file>', 'plays nothing: what other rules would have decided (a programme in JSON)')
    .option('--timeout <seconds>', 'how long an answer may take', whole('--timeout', 1, 3_600), 60)
    .action(run);
}

async function run(files: readonly string[], options: Options): Promise<void> {
  if (options.play === 'terminals' || options.whatIf !== undefined) return playTerminals(files, options);
  const frames = files.flatMap((file) => readWith(file, options).frames);
  const { speed } = options;
  const bank = await startPlayedBank(
    { frames, notes: [] },
    { port: options.bankListen, ...(speed.kind === 'factor' ? { factor: speed.factor } : {}) },
  );
  tell(options, `the bank of the capture listens on 127.0.0.1:${bank.port}`);
  try {
    if (options.play === 'both') {
      await gatewayAt(bank);
      await playTerminals(files, options);
    } else {
      await new Promise<void>((done) => {
        for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, done);
      });
    }
  } finally {
    await bank.close();
  }
  for (const difference of bank.differences) print(options, { bank: 'asked', difference }, () => `bank: ${difference}`);
  for (const missing of bank.missing())
    print(options, { bank: 'never asked', difference: missing }, () => `bank: never asked: ${missing}`);
  if (bank.differences.length + bank.missing().length > 0) process.exitCode = 2;
}

/** @throws GatewayError `replay.bank` when no gateway comes */
async function gatewayAt(bank: PlayedBank): Promise<void> {
  const until = systemClock.monotonic() + GATEWAY_MS;
  while (!bank.ready()) {
    if (systemClock.monotonic() > until)
      throw new GatewayError(
        'replay.bank',
        `No gateway has signed on at port ${bank.port}: set KALABARG_BANK_HOST and KALABARG_BANK_PORT for it.`,
      );
    await systemClock.sleep(50);
  }
}

async function playTerminals(files: readonly string[], options: Options): Promise<void> {
  const results: ReplayResult[] = [];
  const beyond: Played[] = [];
  checkWriting(files, options);
  for (const file of files) {
    const capture = readWith(file, options);
    if (options.whatIf !== undefined) {
      const decided = whatIf(capture, parseProgramme(readText(options.whatIf), options.whatIf));
      print(options, { file, ...decided }, () => whatIfText(decided));
      continue;
    }
    const golden = options.golden !== undefined && existsSync(options.golden) ? readCapture(options.golden) : undefined;
    const result = await replayCapture(file, capture, {
      ...replayOptions(options),
      ...(golden === undefined ? {} : { golden }),
    });
    print(options, summaryOf(result), () => reportText(result));
    results.push(result);
    const fresh = options.golden !== undefined && golden === undefined;
    if (options.update === true || fresh) {
      const where = options.golden ?? file;
      writeText(where, result.updated.frames.map(jsonLine).join(''), 0o600);
      tell(options, `${where}: written with the answers of this run`);
      beyond.push(...result.beyondUpdate);
    }
  }
  if (options.junit !== undefined) writeText(options.junit, junitXml(results));
  if (options.update !== true && results.some(({ different }) => different > 0)) process.exitCode = 2;
  if (options.update !== true || beyond.length === 0) return;
  tell(options, `cannot be written into a capture, and still differs:\n${beyond.map(differenceText).join('\n')}`);
  process.exitCode = 2;
}

/** Before anything is played: a golden file is of one capture, and a packet capture is not written over. */
function checkWriting(files: readonly string[], { golden, update, junit }: Options): void {
  if (junit !== undefined) demandWritable(junit);
  if (golden !== undefined && files.length > 1)
    throw wrongOption('--golden', 'one file with it: it holds the answers of one capture');
  const places = golden !== undefined ? [golden] : update === true ? files : [];
  const other = places.find((place) => existsSync(place) && !isJsonl(place));
  if (update === true && other !== undefined)
    throw wrongOption('--update', `a JSONL capture: ${other} is not one and would be lost; sanitise it first`);
}

function summaryOf({ file, played, different, notes, tookMs }: ReplayResult): object {
  const differing = played.filter(({ differences }) => differences.length > 0);
  return {
    ...{ file, requests: played.length, different, notes, tookMs: Math.round(tookMs) },
    differences: differing.map(({ number, title, connection, differences }) => {
      return { number, request: title, connection, differences };
    }),
  };
}

function replayOptions(options: Options): ReplayOptions {
  return {
    to: targetOf(options),
    speed: options.speed,
    rewrite: [...options.rewrite],
    ignore: (options.ignore ?? '')
      .split(',')
      .map((path) => path.trim())
      .filter((path) => path !== ''),
    timeoutMs: options.timeout * 1_000,
    profiles: loadConfig().profiles,
    ...(options.profile === undefined ? {} : { profile: options.profile }),
  };
}

function targetOf({ to, data, plain, tpdu }: Options): Target {
  const config = loadConfig();
  const { host, port } = to ?? { host: config.host, port: config.terminalPort };
  return { host, port, data: plain === true ? undefined : (data ?? config.data), tpdu: tpdu === true };
}

function speedOf(text: string): Speed {
  if (text === 'max') return { kind: 'max' };
  const parts = /^(\d+(?:\.\d+)?)(x|\/s)$/.exec(text);
  const value = Number(parts?.[1]);
  if (!(value > 0)) throw wrongOption(`--speed ${text}`, '1x, 10x, max, or 200/s');
  return parts?.[2] === 'x' ? { kind: 'factor', factor: value } : { kind: 'rate', perSecond: value };
}

function rewritesOf(text: string): Rewrite[] {
  if (text === 'none') return [];
  return text.split(',').map((name) => {
    const known = REWRITES.find((rewrite) => rewrite === name.trim());
    if (known === undefined) throw wrongOption(`--rewrite ${name}`, `some of ${REWRITES.join(', ')}, or none`);
    return known;
  });
}
