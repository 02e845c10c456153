import type { Command } from 'commander';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { isJsonl, jsonLine, readCapture } from '../../capture/index.ts';
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
import { reading, readWith, type ReadingOptions } from './capture.ts';

interface Options extends ReadingOptions {
  readonly to?: string;
  readonly data?: string;
  readonly plain?: boolean;
  readonly speed: string;
  readonly rewrite: string;
  readonly golden?: string;
  readonly update?: boolean;
  readonly ignore?: string;
  readonly junit?: string;
  readonly whatIf?: string;
  readonly play: string;
  readonly bankListen: string;
  readonly timeout: string;
}

/** How long a gateway may take to come to the played bank. */
const GATEWAY_MS = 60_000;

/** `kalabarg replay`: exit status 0 without differences, 2 with some, 1 when it could not be played. */
export function register(program: Command): void {
  reading(
    program.command('replay').description('play captures against a gateway and compare its answers field by field'),
  )
    .argument('<file...>', 'captures: pcap, pcapng, JSONL or hex, also gzipped')
    .option('--to <host:port>', 'the gateway (default: the one of the settings)')
    .option(
      '--data <folder>',
      'folder whose tls/ holds the CA and the terminals’ certificates (default: KALABARG_DATA)',
    )
    .option('--plain', 'plain TCP instead of TLS')
    .option('--speed <speed>', '1x, 10x, max, or 200/s', 'max')
    .option('--rewrite <list>', `what is made anew: ${REWRITES.join(',')}, or none`, REWRITES.join(','))
    .option('--golden <file>', 'a capture with the answers that are due; written where there is none')
    .option('--update', 'write the answers of this run to the golden file, or to the capture itself')
    .option('--ignore <list>', 'elements and tags that may differ, as 37,38,48.13')
    .option('--junit <file>', 'write JUnit XML')
    .option('--play <who>', 'terminals; bank: answer as the captured bank did; or both', 'terminals')
    .option('--bank-listen <port>', 'where the played bank listens: the gateway under test connects there', '8600')
    .option('--what-if <file>', 'plays nothing: what other rules would have decided (a programme in JSON)')
    .option('--timeout <seconds>', 'how long an answer may take', '60')
    .action(run);
}

async function run(files: readonly string[], options: Options): Promise<void> {
  if (options.play === 'terminals' || options.whatIf !== undefined) return playTerminals(files, options);
  if (options.play !== 'bank' && options.play !== 'both')
    throw new GatewayError('replay.option', `--play ${options.play}: wants terminals, bank or both.`);
  const port = Number(options.bankListen);
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw new GatewayError('replay.option', `--bank-listen ${options.bankListen}: not a port.`);
  const frames = files.flatMap((file) => readWith(file, options).frames);
  const speed = speedOf(options.speed);
  const bank = await startPlayedBank(
    { frames, notes: [] },
    { port, ...(speed.kind === 'factor' ? { factor: speed.factor } : {}) },
  );
  console.log(`the bank of the capture listens on 127.0.0.1:${bank.port}`);
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
  for (const difference of bank.differences) console.log(`bank: ${difference}`);
  for (const missing of bank.missing()) console.log(`bank: never asked: ${missing}`);
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
      console.log(whatIfText(whatIf(capture, parseProgramme(readFileSync(options.whatIf, 'utf8'), options.whatIf))));
      continue;
    }
    const golden = options.golden !== undefined && existsSync(options.golden) ? readCapture(options.golden) : undefined;
    const result = await replayCapture(file, capture, {
      ...replayOptions(options),
      ...(golden === undefined ? {} : { golden }),
    });
    console.log(reportText(result));
    results.push(result);
    const fresh = options.golden !== undefined && golden === undefined;
    if (options.update === true || fresh) {
      const where = options.golden ?? file;
      writeFileSync(where, result.updated.frames.map(jsonLine).join(''), { mode: 0o600 });
      console.log(`${where}: written with the answers of this run`);
      beyond.push(...result.beyondUpdate);
    }
  }
  if (options.junit !== undefined) writeFileSync(options.junit, junitXml(results));
  if (options.update !== true && results.some(({ different }) => different > 0)) process.exitCode = 2;
  if (options.update !== true || beyond.length === 0) return;
  console.log(`what no capture can take, and still differs:\n${beyond.map(differenceText).join('\n')}`);
  process.exitCode = 2;
}

/** Before anything is played: a golden file is of one capture, and a packet capture is not written over. */
function checkWriting(files: readonly string[], { golden, update }: Options): void {
  if (golden !== undefined && files.length > 1)
    throw new GatewayError('replay.option', '--golden holds the answers of one capture: give one file with it.');
  const places = golden !== undefined ? [golden] : update === true ? files : [];
  const other = places.find((place) => existsSync(place) && !isJsonl(place));
  if (update === true && other !== undefined)
    throw new GatewayError('replay.option', `--update: ${other} is no JSONL, and would be lost; sanitise it into one.`);
}

function replayOptions(options: Options): ReplayOptions {
  const seconds = Number(options.timeout);
  if (!(seconds > 0 && seconds <= 3_600))
    throw new GatewayError('replay.option', `--timeout ${options.timeout}: wants seconds.`);
  return {
    to: targetOf(options),
    speed: speedOf(options.speed),
    rewrite: rewritesOf(options.rewrite),
    ignore: (options.ignore ?? '')
      .split(',')
      .map((path) => path.trim())
      .filter((path) => path !== ''),
    timeoutMs: seconds * 1_000,
  };
}

function targetOf({ to, data, plain, tpdu }: Options): Target {
  const config = loadConfig();
  const parts = /^([^\s:]+|\[[0-9a-fA-F:]+\]):(\d{1,5})$/.exec(to ?? `${config.host}:${config.terminalPort}`);
  if (parts?.[1] === undefined || Number(parts[2]) > 65_535)
    throw new GatewayError('replay.option', `--to ${to ?? ''}: wants host:port.`);
  return {
    host: parts[1].replace(/^\[|\]$/g, ''),
    port: Number(parts[2]),
    data: plain === true ? undefined : (data ?? config.data),
    tpdu: tpdu === true,
  };
}

function speedOf(text: string): Speed {
  if (text === 'max') return { kind: 'max' };
  const parts = /^(\d+(?:\.\d+)?)(x|\/s)$/.exec(text);
  const value = Number(parts?.[1]);
  if (!(value > 0)) throw new GatewayError('replay.option', `--speed ${text}: wants 1x, 10x, max, or 200/s.`);
  return parts?.[2] === 'x' ? { kind: 'factor', factor: value } : { kind: 'rate', perSecond: value };
}

function rewritesOf(text: string): Rewrite[] {
  if (text === 'none') return [];
  return text.split(',').map((name) => {
    const known = REWRITES.find((rewrite) => rewrite === name.trim());
    if (known === undefined)
      throw new GatewayError('replay.option', `--rewrite ${name}: wants some of ${REWRITES.join(', ')}, or none.`);
    return known;
  });
}
