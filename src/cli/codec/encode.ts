import type { Command } from 'commander';
import { CodecError, type Codec, type MessageInput } from '../../codec/index.ts';
import { answerLines, endWithReader } from './lines.ts';
import { codecOf, faultLine } from './decode.ts';

/** `kalabarg encode`: messages as JSON, one a line, to frames in hexadecimal. */
export function register(program: Command): void {
  program
    .command('encode')
    .argument('[json]', 'the message; - reads one a line from standard input', '-')
    .option('--spec <name|file>', 'dialect: one of specs/ by name, or a file', 'kalabarg-pos')
    .option('--json', 'answer in JSON: what happens anyway')
    .action(encode);
}

async function encode(json: string, options: { readonly spec: string }): Promise<void> {
  const codec = codecOf(options.spec);
  endWithReader(process.stdout);
  if (json !== '-') {
    const { text, ok } = answer(codec, json);
    console.log(text);
    if (!ok) process.exitCode = 1;
    return;
  }
  const ok = await answerLines(process.stdin, process.stdout, (line) => answer(codec, line));
  if (!ok) process.exitCode = 1;
}

function answer(codec: Codec, line: string): { text: string; ok: boolean } {
  try {
    return { text: JSON.stringify({ hex: codec.encode(parse(line)).toString('hex').toUpperCase() }), ok: true };
  } catch (error) {
    return { text: faultLine(error), ok: false };
  }
}

/** @throws CodecError when the line is not an object with `mti` and `fields`; what is in the fields, the codec checks */
function parse(line: string): MessageInput {
  const value = parsed(line);
  if (!isObject(value)) throw new CodecError('bad-content', 'json', 0, 'not an object with mti and fields');
  const { mti, fields } = value;
  if (typeof mti !== 'string') throw new CodecError('bad-mti', 'mti', 0, 'missing, or not text');
  if (!isObject(fields)) throw new CodecError('bad-content', 'fields', 0, 'missing, or not an object');
  return { mti, fields: fields as MessageInput['fields'] };
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    throw new CodecError('bad-content', 'json', 0, 'not JSON'); // the parser's words would quote the line
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
