import type { Command } from 'commander';
import { isJsonl, readBytes, readCapture, type CapturedFrame } from '../../capture/index.ts';
import { specDrift, faultOf, guessFraming, knownDialects, explainUnmatched } from '../../capture/doctor/index.ts';
import { codecOf } from '../codec/decode.ts';
import { reading, readWith, type ReadingOptions } from './capture.ts';

const SHOWN = 5;
const MAX_BYTES = 64 << 20;
/** The first of a stream tell what it speaks. */
const MAX_SAMPLE_BYTES = 1 << 20;

export function register(program: Command): void {
  const doctor = program.command('doctor').description('find out what is wrong with captured bytes');
  doctor
    .command('frames')
    .description(
      'guess framing and dialect of captured bytes; say where a dialect stops to fit; explain unmatched answers',
    )
    .argument('<file>', 'hexadecimal, a sample a line; JSONL; pcap, pcapng; or the bytes themselves; also gzipped')
    .option('--spec <name|file...>', 'dialects to try (default: all of specs/)')
    .action(frames);
  reading(doctor.command('answers').description('for each answer that fits no request: which key differs'))
    .argument('<file>', 'pcap, pcapng, JSONL or hex, also gzipped')
    .action((file: string, options: ReadingOptions) => {
      const lines = explainUnmatched(readWith(file, options));
      console.log(lines.length === 0 ? 'every answer fits its request' : lines.join('\n'));
      if (lines.length > 0) process.exitCode = 2;
    });
  registerDrift(doctor);
}

/** `drift`, under whichever command. */
export function registerDrift(parent: Command): void {
  reading(
    parent.command('drift').description('what traffic says that a dialect does not know, and the other way round'),
  )
    .argument('<file>', 'pcap, pcapng, JSONL or hex, also gzipped')
    .requiredOption('--spec <name|file>', 'the dialect')
    .action(drift);
}

function frames(file: string, options: { readonly spec?: readonly string[] }): void {
  let explained = false;
  for (const [title, samples] of samplesOf(file)) {
    const candidates = guessFraming(samples, options.spec ?? knownDialects());
    console.log(`${title}${samples.length} samples, ${samples.reduce((sum, { length }) => sum + length, 0)} bytes`);
    for (const { framing, dialect, explained: share, evidence } of candidates.slice(0, SHOWN))
      console.log(
        `${(share * 100).toFixed(1).padStart(6)} %  ${dialect.padEnd(22)} ${framing}: ${evidence.join('; ')}`,
      );
    explained ||= (candidates[0]?.decoded ?? 0) > 0;
    if (options.spec?.length === 1) console.log(stops(samples, options.spec[0] ?? ''));
  }
  if (!explained) process.exitCode = 2;
  const unmatched = isJsonl(file) ? explainUnmatched(readCapture(file)) : [];
  for (const line of unmatched) console.log(`unmatched: ${line}`);
}

/** Where the one dialect that was asked for stops to fit each sample as it is. */
function stops(samples: readonly Buffer[], spec: string): string {
  const codec = codecOf(spec);
  return samples
    .slice(0, 20)
    .map((sample, index) => {
      const fault = faultOf(codec, sample);
      return `sample ${index + 1}: ${fault === undefined ? 'fits' : `stops to fit at byte ${fault.offset} (${fault.path}): ${fault.reason}`}`;
    })
    .join('\n');
}

/** Samples, apart where the file says that they are of different dialects. */
function samplesOf(file: string): Map<string, Buffer[]> {
  if (isJsonl(file)) {
    const groups = new Map<string, Buffer[]>();
    for (const { dialect, body } of readCapture(file).frames) {
      const title = `said to be ${dialect}: `;
      groups.set(title, [...(groups.get(title) ?? []), body]);
    }
    return groups;
  }
  const read = readBytes(file, MAX_SAMPLE_BYTES);
  if (read instanceof Map) return new Map([...read].map(([title, samples]) => [`${title}: `, samples]));
  const bytes = read.subarray(0, MAX_BYTES);
  const text = bytes.toString('latin1');
  if (!/^[0-9A-Fa-f\s#]+$/.test(text.replace(/#.*$/gm, '')))
    return new Map([['', [bytes.subarray(0, MAX_SAMPLE_BYTES)]]]);
  const lines = text.split('\n').map((line) => Buffer.from(line.replace(/#.*$/, '').replace(/\s+/g, ''), 'hex'));
  return new Map([['', lines.filter(({ length }) => length > 0)]]);
}

function drift(file: string, options: ReadingOptions & { readonly spec: string }): void {
  const codec = codecOf(options.spec);
  const of = (frame: CapturedFrame): boolean =>
    frame.dialect === options.spec || !knownDialects().includes(options.spec);
  const all = readWith(file, options).frames;
  const own = all.filter(of);
  const found = specDrift(own.length > 0 ? own : all, codec);
  const list = (title: string, lines: readonly string[]): void => {
    if (lines.length > 0) console.log(`${title}\n${lines.map((line) => `  ${line}`).join('\n')}`);
  };
  const counted = (map: ReadonlyMap<string, number>): string[] =>
    [...map].sort((a, b) => b[1] - a[1]).map(([path, count]) => `${path} (${count})`);
  console.log(`${found.messages} messages against ${codec.spec.name}`);
  list('in traffic, not in the dialect:', counted(found.unknown));
  list('does not fit its description:', counted(found.misfits));
  list('demanded, and never sent:', found.demanded);
  list('described, and never sent:', found.unused);
  if (found.unknown.size + found.misfits.size + found.demanded.length > 0) process.exitCode = 2;
}
