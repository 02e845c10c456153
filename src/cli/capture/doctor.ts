import type { Command } from 'commander';
import { isJsonl, readBytes, readCapture, type CapturedFrame } from '../../capture/index.ts';
import { specDrift, faultOf, guessFraming, knownDialects, explainUnmatched } from '../../capture/doctor/index.ts';
import { codecOf } from '../codec/decode.ts';
import { registerHealth } from '../gateway/health.ts';
import { withJson } from '../options.ts';
import { howMany, print, printEach, type JsonOption } from '../print.ts';
import { reading, readWith, type ReadingOptions } from './capture.ts';

const SHOWN = 5;
const MAX_BYTES = 64 << 20;
/** The first of a stream tell what it speaks. */
const MAX_SAMPLE_BYTES = 1 << 20;

export function register(program: Command): void {
  const doctor = program.command('doctor');
  registerHealth(doctor);
  withJson(doctor.command('frames'))
    .description(
      'guess framing and dialect of captured bytes; say where a dialect does not fit; explain unmatched answers',
    )
    .argument('<file>', 'hexadecimal, a sample a line; JSONL; pcap, pcapng; or the bytes themselves; also gzipped')
    .option('--spec <name|file...>', 'dialects to try (default: all of specs/)')
    .action(frames);
  withJson(reading(doctor.command('answers').description('for each answer that fits no request: which key differs')))
    .argument('<file>', 'pcap, pcapng, JSONL or hex, also gzipped')
    .action((file: string, options: ReadingOptions & JsonOption) => {
      const lines = explainUnmatched(readWith(file, options));
      printEach(
        options,
        lines.map((unmatched) => ({ unmatched })),
        () => (lines.length === 0 ? 'every answer fits its request' : lines.join('\n')),
      );
      if (lines.length > 0) process.exitCode = 2;
    });
  registerDrift(doctor);
}

/** `drift`, under whichever command. */
export function registerDrift(parent: Command): void {
  withJson(
    reading(
      parent.command('drift').description('what traffic says that a dialect does not know, and the other way round'),
    ),
  )
    .argument('<file>', 'pcap, pcapng, JSONL or hex, also gzipped')
    .requiredOption('--spec <name|file>', 'the dialect')
    .action(drift);
}

function frames(file: string, options: JsonOption & { readonly spec?: readonly string[] }): void {
  let explained = false;
  for (const [title, samples] of samplesOf(file)) {
    const candidates = guessFraming(samples, options.spec ?? knownDialects());
    explained ||= (candidates[0]?.decoded ?? 0) > 0;
    const bytes = samples.reduce((sum, { length }) => sum + length, 0);
    const best = candidates.slice(0, SHOWN).map(({ framing, dialect, explained: share, evidence }) => {
      return { framing, dialect, explained: share, evidence };
    });
    print(options, { from: title === '' ? null : title, samples: samples.length, bytes, candidates: best }, () =>
      [
        `${title === '' ? '' : `${title}: `}${howMany(samples.length, 'sample')}, ${howMany(bytes, 'byte')}`,
        ...best.map(candidateText),
        ...(options.spec?.length === 1 ? [stops(samples, options.spec[0] ?? '')] : []),
      ].join('\n'),
    );
  }
  if (!explained) process.exitCode = 2;
  const unmatched = isJsonl(file) ? explainUnmatched(readCapture(file)) : [];
  for (const line of unmatched) print(options, { unmatched: line }, () => `unmatched: ${line}`);
}

interface Candidate {
  readonly framing: string;
  readonly dialect: string;
  readonly explained: number;
  readonly evidence: readonly string[];
}

function candidateText({ framing, dialect, explained, evidence }: Candidate): string {
  return `${(explained * 100).toFixed(1).padStart(6)} %  ${dialect.padEnd(22)} ${framing}: ${evidence.join('; ')}`;
}

/** From where on the one dialect that was asked for does not fit each sample. */
function stops(samples: readonly Buffer[], spec: string): string {
  const codec = codecOf(spec);
  return samples
    .slice(0, 20)
    .map((sample, index) => {
      const fault = faultOf(codec, sample);
      return `sample ${index + 1}: ${fault === undefined ? 'fits' : `does not fit from byte ${fault.offset} on (${fault.path}): ${fault.reason}`}`;
    })
    .join('\n');
}

/** Samples, apart where the file says that they are of different dialects. */
function samplesOf(file: string): Map<string, Buffer[]> {
  if (isJsonl(file)) {
    const groups = new Map<string, Buffer[]>();
    for (const { dialect, body } of readCapture(file).frames) {
      const title = `said to be ${dialect}`;
      groups.set(title, [...(groups.get(title) ?? []), body]);
    }
    return groups;
  }
  const read = readBytes(file, MAX_SAMPLE_BYTES);
  if (read instanceof Map) return read;
  const bytes = read.subarray(0, MAX_BYTES);
  const text = bytes.toString('latin1');
  if (!/^[0-9A-Fa-f\s#]+$/.test(text.replace(/#.*$/gm, '')))
    return new Map([['', [bytes.subarray(0, MAX_SAMPLE_BYTES)]]]);
  const lines = text.split('\n').map((line) => Buffer.from(line.replace(/#.*$/, '').replace(/\s+/g, ''), 'hex'));
  return new Map([['', lines.filter(({ length }) => length > 0)]]);
}

function drift(file: string, options: ReadingOptions & JsonOption & { readonly spec: string }): void {
  const codec = codecOf(options.spec);
  const of = (frame: CapturedFrame): boolean =>
    frame.dialect === options.spec || !knownDialects().includes(options.spec);
  const all = readWith(file, options).frames;
  const own = all.filter(of);
  const { messages, unknown, misfits, demanded, unused } = specDrift(own.length > 0 ? own : all, codec);
  const counts = { unknown: Object.fromEntries(unknown), misfits: Object.fromEntries(misfits) };
  print(options, { spec: codec.spec.name, messages, ...counts, demanded, unused }, () =>
    [
      `${howMany(messages, 'message')} against ${codec.spec.name}`,
      ...list('in traffic, not in the dialect:', counted(unknown)),
      ...list('does not fit its description:', counted(misfits)),
      ...list('demanded, and never sent:', demanded),
      ...list('described, and never sent:', unused),
    ].join('\n'),
  );
  if (unknown.size + misfits.size + demanded.length > 0) process.exitCode = 2;
}

function list(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [title, ...lines.map((line) => `  ${line}`)];
}

function counted(map: ReadonlyMap<string, number>): string[] {
  return [...map].sort((a, b) => b[1] - a[1]).map(([path, count]) => `${path} (${count})`);
}
