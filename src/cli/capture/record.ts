import type { Command } from 'commander';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { capturesFolder, readOrder, removeOrder, writeOrder } from '../../capture/index.ts';
import { systemClock } from '../../ops/clock.ts';
import { loadConfig } from '../../ops/config.ts';
import { GatewayError } from '../../ops/errors.ts';
import { readRuntime } from '../../ops/runtime.ts';

interface StartOptions {
  readonly terminal: readonly string[];
  readonly sample?: string;
  readonly bank: boolean;
  readonly for: string;
  readonly max: string;
}

/** A running gateway looks this often: after it a recording has surely begun or ended. */
const SEEN_AFTER_MS = 800;
const UNITS: Readonly<Record<string, number>> = {
  s: 1e3,
  m: 60e3,
  h: 3_600e3,
  d: 86_400e3,
  k: 1 << 10,
  M: 1 << 20,
  G: 1 << 30,
};

/** `capture start`, `stop` and `status`: recordings by the gateway itself, sanitised as they are written. */
export function registerRecording(capture: Command): void {
  capture
    .command('start')
    .description('let the running gateway record connections, sanitised, to <data>/captures')
    .option(
      '--terminal <id>',
      'the connections of this terminal; repeatable',
      (id, before: string[]) => [...before, id],
      [],
    )
    .option('--sample <share>', 'this share of all new connections, as 1% or 0.01')
    .option('--no-bank', 'leave out what goes to and from the bank switch')
    .option('--for <time>', 'ends by itself after, as 30m or 8h', '1h')
    .option('--max <size>', 'the file grows to at most, as 100M', '256M')
    .action(start);
  capture.command('stop').description('end the recording').action(stop);
  capture.command('status').description('what is being recorded, and the recordings that lie there').action(status);
}

async function start(options: StartOptions): Promise<void> {
  const { data } = loadConfig();
  const share = options.sample === undefined ? 0 : shareOf(options.sample);
  if (options.terminal.length === 0 && share === 0)
    throw new GatewayError('capture.option', 'Say which connections: --terminal <id>, or --sample 1%.');
  if (options.terminal.length > 0 && share > 0)
    throw new GatewayError('capture.option', '--terminal and --sample: give one of them.');
  const bad = options.terminal.find((id) => !/^[\x21-\x7e]{1,8}$/.test(id));
  if (bad !== undefined) throw new GatewayError('capture.option', `--terminal ${bad}: not a terminal id.`);
  const file = `${new Date(systemClock.now()).toISOString().replace(/[:.]/g, '-')}.jsonl`;
  const until = systemClock.now() + amount(options.for, '--for', 'smhd');
  writeOrder(data, {
    terminals: options.terminal,
    share,
    bank: options.bank,
    until,
    maxBytes: amount(options.max, '--max', 'kMG'),
    file,
  });
  await systemClock.sleep(SEEN_AFTER_MS);
  const running = readRuntime(data) !== undefined;
  console.log(`recording to ${join(capturesFolder(data), file)}, until ${new Date(until).toISOString()}`);
  if (!running)
    console.log(
      'No gateway started with `kalabarg start` runs on this data folder; one that is started begins at once.',
    );
}

async function stop(): Promise<void> {
  const { data } = loadConfig();
  const order = readOrder(data);
  if (order === undefined) throw new GatewayError('capture.none', 'Nothing is being recorded.');
  removeOrder(data);
  await systemClock.sleep(SEEN_AFTER_MS);
  console.log(join(capturesFolder(data), order.file));
}

function status(): void {
  const { data } = loadConfig();
  const order = readOrder(data);
  if (order === undefined) console.log('nothing is being recorded');
  else {
    const what =
      order.terminals.length > 0 ? `terminals ${order.terminals.join(', ')}` : `${order.share * 100} % of connections`;
    console.log(
      `recording ${what}${order.bank ? ', with the bank' : ''}, until ${new Date(order.until).toISOString()}`,
    );
  }
  const folder = capturesFolder(data);
  if (!existsSync(folder)) return;
  for (const name of readdirSync(folder).filter((one) => one.endsWith('.jsonl')))
    console.log(`${String(statSync(join(folder, name)).size).padStart(12)}  ${join(folder, name)}`);
}

function shareOf(text: string): number {
  const parts = /^(\d{1,3}(?:\.\d{1,6})?)(%?)$/.exec(text);
  const share = Number(parts?.[1]) / (parts?.[2] === '%' ? 100 : 1);
  if (!(share > 0 && share <= 1)) throw new GatewayError('capture.option', `--sample ${text}: wants 1% or 0.01.`);
  return share;
}

function amount(text: string, option: string, units: string): number {
  const parts = /^(\d{1,9})([a-zA-Z])$/.exec(text);
  const unit = parts?.[2] ?? '';
  if (parts === null || !units.includes(unit))
    throw new GatewayError(
      'capture.option',
      `${option} ${text}: wants a number and one of ${units.split('').join(', ')}.`,
    );
  return Number(parts[1]) * (UNITS[unit] ?? 1);
}
