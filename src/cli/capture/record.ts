import { Option, type Command } from 'commander';
import { join } from 'node:path';
import { beginRecording, capturesFolder, listRecordings, readOrder, removeOrder } from '../../capture/index.ts';
import { systemClock } from '../../ops/clock.ts';
import { loadConfig } from '../../ops/config.ts';
import { GatewayError } from '../../ops/errors.ts';
import { readRuntime } from '../../ops/runtime.ts';
import { collect, span, withJson, wrongOption } from '../options.ts';
import { print, tell, type JsonOption } from '../print.ts';

interface StartOptions extends JsonOption {
  readonly terminal: readonly string[];
  readonly sample?: number;
  readonly bank: boolean;
  readonly for: number;
  readonly max: number;
}

/** A running gateway looks this often: after it a recording has surely begun or ended. */
const SEEN_AFTER_MS = 800;
const UNITS: Readonly<Record<string, number>> = { k: 1 << 10, M: 1 << 20, G: 1 << 30 };

/** `capture start`, `stop` and `status`: recordings by the gateway itself, sanitised as they are written. */
export function registerRecording(capture: Command): void {
  withJson(capture.command('start'))
    .description('let the running gateway record connections, sanitised, to <data>/captures')
    .option('--terminal <id>', 'the connections of this terminal; repeatable', collect, [])
    .option('--sample <share>', 'this share of all new connections, as 1% or 0.01', shareOf)
    .option('--no-bank', 'leave out what goes to and from the bank switch')
    .addOption(
      new Option('--for <time>', 'ends by itself after, as 30m or 8h')
        .argParser(span('--for', 1_000))
        .default(3_600_000, '1h'),
    ) // prettier-ignore
    .addOption(
      new Option('--max <size>', 'the file grows to at most, as 100M').argParser(sizeOf).default(256 << 20, '256M'),
    ) // prettier-ignore
    .action(start);
  withJson(capture.command('stop').description('end the recording')).action(stop);
  withJson(capture.command('status'))
    .description('what is being recorded, and the recordings that are there')
    .action(status);
}

async function start(options: StartOptions): Promise<void> {
  const { data } = loadConfig();
  const { terminal: terminals, sample: share = 0, bank, max: maxBytes } = options;
  if (terminals.length === 0 && share === 0) throw wrongOption('--terminal, --sample', 'which connections to record');
  if (terminals.length > 0 && share > 0) throw wrongOption('--terminal, --sample', 'one of them');
  const bad = terminals.find((id) => !/^[\x21-\x7e]{1,8}$/.test(id));
  if (bad !== undefined) throw wrongOption(`--terminal ${bad}`, 'a terminal id of 1 to 8 characters');
  const now = systemClock.now();
  const { file: name, until } = beginRecording(data, { terminals, share, bank, maxBytes, forMs: options.for, now });
  await systemClock.sleep(SEEN_AFTER_MS);
  const file = join(capturesFolder(data), name);
  const ends = new Date(until).toISOString();
  print(options, { file, until: ends }, () => `recording to ${file}, until ${ends}`);
  if (readRuntime(data) === undefined)
    tell(options, 'No gateway runs on this data folder by `kalabarg start`; one that starts there begins at once.');
}

async function stop(options: JsonOption): Promise<void> {
  const { data } = loadConfig();
  const order = readOrder(data);
  if (order === undefined) throw new GatewayError('capture.none', 'Nothing is being recorded.');
  removeOrder(data);
  await systemClock.sleep(SEEN_AFTER_MS);
  const file = join(capturesFolder(data), order.file);
  print(options, { file }, () => file);
}

function status(options: JsonOption): void {
  const { data } = loadConfig();
  const order = readOrder(data);
  const files = listRecordings(data)
    .map(({ file, bytes }) => ({ file: join(capturesFolder(data), file), bytes }))
    .reverse();
  const recording = order === undefined ? null : { ...order, until: new Date(order.until).toISOString() };
  print(options, { recording, files }, () =>
    [recordingText(order), ...files.map(({ file, bytes }) => `${String(bytes).padStart(12)}  ${file}`)].join('\n'),
  );
}

function recordingText(order: ReturnType<typeof readOrder>): string {
  if (order === undefined) return 'nothing is being recorded';
  const { terminals, share, bank, until } = order;
  const what = terminals.length > 0 ? `terminals ${terminals.join(', ')}` : `${share * 100} % of connections`;
  return `recording ${what}${bank ? ', with the bank' : ''}, until ${new Date(until).toISOString()}`;
}

function shareOf(text: string): number {
  const parts = /^(\d{1,3}(?:\.\d{1,6})?)(%?)$/.exec(text);
  const share = Number(parts?.[1]) / (parts?.[2] === '%' ? 100 : 1);
  if (share > 0 && share <= 1) return share;
  throw wrongOption(`--sample ${text}`, 'a share, as 1% or 0.01');
}

function sizeOf(text: string): number {
  const [, amount = '', unit = ''] = /^(\d{1,9})([kMG])$/.exec(text) ?? [];
  const bytes = Number(amount) * (UNITS[unit] ?? Number.NaN);
  if (bytes > 0) return bytes;
  throw wrongOption(`--max ${text}`, 'a size, as 500k, 100M or 1G');
}
