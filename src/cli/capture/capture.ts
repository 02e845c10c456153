import { Option, type Command } from 'commander';
import { randomBytes } from 'node:crypto';
import { closeSync, existsSync, readdirSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import {
  DEFAULT_SERVICES,
  emptyCapture,
  jsonLine,
  readCapture,
  sanitiseCapture,
  type Capture,
  type Service,
  sequenceDiagram,
} from '../../capture/index.ts';
import { GatewayError } from '../../ops/errors.ts';
import { makeFolder, openToWrite, readBytes, writeText } from '../files.ts';
import { port, withJson, wrongOption } from '../options.ts';
import { howMany, print, type JsonOption } from '../print.ts';
import { registerRecording } from './record.ts';
import { registerRelay } from './relay.ts';

const HEADERS = ['binary2', 'ascii4', 'bcd2', 'binary4'] as const;
type Header = (typeof HEADERS)[number];

/** Options of every command that reads a capture. */
export interface ReadingOptions {
  readonly terminalPort?: number;
  readonly bankPort?: number;
  readonly dialect?: string;
  readonly bankDialect?: string;
  readonly side?: 'terminal' | 'bank';
  readonly header?: Header;
  readonly tpdu?: boolean;
  readonly keylog?: string;
}

interface SanitiseOptions extends ReadingOptions {
  readonly key?: string;
  readonly keyFile?: string;
  readonly out?: string;
}

export function register(program: Command): void {
  const capture = program.command('capture');
  registerRecording(capture);
  registerRelay(capture);
  reading(
    capture
      .command('sanitise')
      .description('make a capture that holds nobody’s data: other PANs, test keys, PINs and MACs'),
  )
    .argument('<file>', 'pcap, pcapng, JSONL or hex, also gzipped')
    .option('--key <text>', 'the same key maps the same PAN alike (default: a new key, which nobody knows)')
    .option('--key-file <file>', 'the key, from a file')
    .option('--out <file>', 'where to write it (default: standard output)')
    .action(sanitise);
  reading(capture.command('show').description('a sequence diagram: who said what to whom, and how long it took'))
    .argument('<file>', 'pcap, pcapng, JSONL or hex, also gzipped')
    .option('--full', 'every element')
    .option('--connection <name>', 'only connections whose name contains this')
    .action((file: string, options: ReadingOptions & { full?: boolean; connection?: string }) => {
      console.log(sequenceDiagram(readWith(file, options), options));
    });
  withJson(
    reading(
      capture.command('to-test').description('make a regression test of a capture: sanitised, and replayed by jest'),
    ),
  )
    .argument('<file>', 'pcap, pcapng, JSONL or hex, also gzipped')
    .requiredOption('--name <name>', 'what the test is called, as lost-answer-of-a-split')
    .option('--connection <name>', 'only connections whose name contains this')
    .option('--folder <folder>', 'where tests replay every capture that lies there', 'test/captures')
    .option('--key <text>', 'as for sanitise')
    .option('--key-file <file>', 'as for sanitise')
    .action(toTest);
}

/** What every command that reads a capture wants to know of packet captures and bare frames. */
export function reading(command: Command): Command {
  return command
    .option('--terminal-port <port>', 'packet captures: port that terminals connect to', port('--terminal-port'), 8583)
    .option('--bank-port <port>', 'packet captures: port of the bank switch', port('--bank-port'), 8600)
    .option('--dialect <name>', 'dialect of terminals', 'kalabarg-pos')
    .option('--bank-dialect <name>', 'dialect of the bank switch', 'bank-switch')
    .addOption(new Option('--header <form>', 'length header').choices(HEADERS).default('binary2'))
    .option('--tpdu', 'terminals send a TPDU')
    .option('--keylog <file>', 'packet captures of TLS: its keys (SSLKEYLOGFILE); needs tshark')
    .addOption(
      new Option('--side <side>', 'bare frames: who sent them').choices(['terminal', 'bank']).default('terminal'),
    );
}

/** Reads a capture as the options say.
 *  @throws GatewayError `capture.empty` with what was passed over, when no message is left: an empty picture tells nobody */
export function readWith(file: string, options: ReadingOptions): Capture {
  const { side = 'terminal' } = options;
  if (options.keylog !== undefined) readBytes(options.keylog); // tshark does not say that it is missing
  const dialect = side === 'bank' ? options.bankDialect : options.dialect;
  const capture = readCapture(file, {
    services: servicesOf(options),
    side,
    ...(dialect === undefined ? {} : { dialect }),
    ...(options.keylog === undefined ? {} : { keylog: options.keylog }),
  });
  if (capture.frames.length === 0) throw emptyCapture(file, capture.notes);
  return capture;
}

function servicesOf(options: ReadingOptions): Service[] {
  const { header = 'binary2' } = options;
  return DEFAULT_SERVICES.map((service) => {
    const terminal = service.neighbour === 'terminal';
    const port = (terminal ? options.terminalPort : options.bankPort) ?? service.port;
    const dialect = (terminal ? options.dialect : options.bankDialect) ?? service.dialect;
    const framing = { header, tpdu: terminal && options.tpdu === true };
    return { ...service, port, dialect, framing };
  });
}

/** Messages that are written at once: all of them may be more than a string can hold. */
const AT_ONCE = 10_000;

/** Writes a capture to a file, readable by its owner, or to standard output; notes go to standard error.
 *  @throws GatewayError `file.unwritable` */
function writeCapture(capture: Capture, out: string | undefined): void {
  for (const note of capture.notes) console.error(`note: ${note}`);
  const file = out === undefined ? undefined : openToWrite(out, 0o600);
  for (let at = 0; at < capture.frames.length; at += AT_ONCE) {
    const text = capture.frames
      .slice(at, at + AT_ONCE)
      .map(jsonLine)
      .join('');
    if (file === undefined) process.stdout.write(text);
    else writeSync(file, text);
  }
  if (file !== undefined) closeSync(file);
}

function sanitise(file: string, options: SanitiseOptions): void {
  writeCapture(sanitiseCapture(readWith(file, options), keyOf(options)), options.out);
}

interface ToTestOptions extends SanitiseOptions, JsonOption {
  readonly name: string;
  readonly connection?: string;
  readonly folder: string;
}

/** A captured fault becomes a test: what was said, and what should have been answered, which a person then edits. */
function toTest(file: string, options: ToTestOptions): void {
  const { name, folder, connection = '' } = options;
  if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(name)) throw wrongOption(`--name ${name}`, 'lower-case words with dashes');
  const capture = readWith(file, options);
  const frames = capture.frames.filter((frame) => frame.connection.includes(connection));
  if (frames.length === 0)
    throw new GatewayError(
      'capture.empty',
      `${file} holds no frames of a connection whose name contains ${connection}.`,
    );
  const out = join(folder, `${name}.jsonl`);
  if (existsSync(out)) throw new GatewayError('capture.taken', `${out} exists already: choose another --name.`);
  makeFolder(folder);
  writeCapture(sanitiseCapture({ ...capture, frames }, keyOf(options)), out);
  const runner = readdirSync(folder).find((one) => one.endsWith('.test.ts') && one.startsWith('captures.'));
  const test = runner === undefined ? join(folder, `${name}.test.mjs`) : undefined;
  if (test !== undefined) writeText(test, testFile(name));
  const made = { file: out, frames: frames.length, ...(test === undefined ? {} : { test }) };
  print(options, made, () => madeText(made, folder, name));
}

function madeText(
  { file, frames, test }: { readonly file: string; readonly frames: number; readonly test?: string },
  folder: string,
  name: string,
): string {
  const first = `${file}: ${howMany(frames, 'frame')}. It asserts the answers as they were.`;
  if (test === undefined)
    return `${first}\nIf they were wrong, correct the gateway; then npm run jest -- ${folder} -t ${name} -u writes the right ones.`;
  return `${first}
${test}: plays it against the gateway of the settings, in a project with jest and kalabarg-gateway:
  NODE_OPTIONS=--experimental-vm-modules npx jest ${folder} -t '${titleOf(name)}' (-u takes the new answers)`;
}

function titleOf(name: string): string {
  return name.replace(/-/g, ' ');
}

function testFile(name: string): string {
  return `import { test } from '@jest/globals';
import { replay } from 'kalabarg-gateway/replay';

test('${titleOf(name)}', () => replay('${name}.jsonl'));
`;
}

function keyOf({ key, keyFile }: SanitiseOptions): Buffer {
  if (key !== undefined && keyFile !== undefined) throw wrongOption('--key, --key-file', 'one of them');
  const given = keyFile === undefined ? key : readBytes(keyFile);
  if (given?.length === 0) throw wrongOption('--key', 'a key that is not empty: everybody could restore the PANs');
  return given === undefined ? randomBytes(32) : Buffer.from(given);
}
