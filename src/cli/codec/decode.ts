import type { Command } from 'commander';
import { CodecError, compile, describe, loadSpec, type Codec, type Message } from '../../codec/index.ts';
import { GatewayError } from '../../ops/errors.ts';
import { answerLines, endWithReader } from './lines.ts';

interface Options {
  readonly spec: string;
  readonly json?: boolean;
  readonly deep?: boolean;
  readonly masked?: boolean;
  readonly offsets?: boolean;
  readonly bytes?: boolean;
}

/** `kalabarg decode`: a frame in hexadecimal, or one a line on standard input. */
export function register(program: Command): void {
  program
    .command('decode')
    .argument('[hex]', 'the frame in hexadecimal; - reads one a line from standard input', '-')
    .option('--spec <name|file>', 'dialect: one of specs/ by name, or a file', 'kalabarg-pos')
    .option('--json', 'a JSON object a frame, card data in the clear: encode takes it back')
    .option('--deep', 'open subfields and tags in JSON')
    .option('--masked', 'JSON with subfields open and card data masked, as the picture has it')
    .option('--offsets', 'show where each element begins')
    .option('--bytes', 'show the bytes of each element')
    .action(decode);
}

async function decode(hex: string, options: Options): Promise<void> {
  const show = presenter(options);
  if (hex !== '-') {
    const { text, ok } = answer(codecOf(options.spec), hex, show);
    console.log(text);
    if (!ok) process.exitCode = 1;
    return;
  }
  const codec = codecOf(options.spec);
  endWithReader(process.stdout);
  const ok = await answerLines(process.stdin, process.stdout, (line) => answer(codec, line, show));
  if (!ok) process.exitCode = 1;
}

function presenter(options: Options): (message: Message) => string {
  if (options.masked === true) return (message) => JSON.stringify(message);
  if (options.json === true || options.deep === true) {
    return (message) => JSON.stringify(message.clearFields({ deep: options.deep }));
  }
  return (message) => describe(message, { offsets: options.offsets, hex: options.bytes });
}

function answer(codec: Codec, line: string, show: (message: Message) => string): { text: string; ok: boolean } {
  try {
    return { text: show(codec.decode(bytesOf(line))), ok: true };
  } catch (error) {
    return { text: faultLine(error), ok: false };
  }
}

/** @throws CodecError when the line is not whole bytes in hexadecimal */
function bytesOf(line: string): Buffer {
  const bytes = Buffer.from(line, 'hex');
  if (bytes.length * 2 === line.length) return bytes;
  const digits = line.replace(/\s+/g, '');
  const spaced = Buffer.from(digits, 'hex');
  if (spaced.length * 2 === digits.length) return spaced;
  throw new CodecError('bad-content', 'hex', spaced.length, 'not whole bytes in hexadecimal');
}

/** A dialect by name or file. @throws GatewayError that names what is wrong with it */
export function codecOf(spec: string): Codec {
  try {
    return compile(loadSpec(spec));
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
    throw new GatewayError('codec.spec', `${error.path}: ${error.reason}`, { cause: error });
  }
}

/** The answer to a line that cannot be taken. Anything but a CodecError is a fault of ours and goes up. */
export function faultLine(error: unknown): string {
  if (!(error instanceof CodecError)) throw error;
  const { code, path, offset, reason } = error;
  return JSON.stringify({ error: { code, path, offset, reason } });
}
