import { readFileSync, writeFileSync } from 'node:fs';
import { Session } from 'node:inspector/promises';
import { parseArgs } from 'node:util';
import { mutate, seeded } from './mutate.ts';
import { check, SUBJECTS } from './oracle.ts';

/** Inputs between two looks at the coverage: a look costs milliseconds. */
const BATCH = 1_000;

interface Input {
  readonly dialect: string;
  readonly hex: string;
}

/** Coverage-guided fuzzing of the codec: what reaches code that nothing reached before joins the corpus and is mutated in turn.
 *  V8's own block coverage is the guide, since Jazzer.js does not run on every Linux (GLIBC 2.38). */
export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      minutes: { type: 'string', default: '30' },
      seed: { type: 'string', default: String(Date.now() % 1_000_000) },
      seeds: { type: 'string', default: new URL('seeds.jsonl', import.meta.url).pathname },
    },
  });
  const random = seeded(Number(values.seed));
  const coverage = await Coverage.start();
  const corpus = [...frames(), ...readSeeds(values.seeds)];
  const known = corpus.length;
  const names = [...SUBJECTS.keys()];
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  for (const { dialect, hex } of corpus) check(dialect, Buffer.from(hex, 'hex'));
  await coverage.grew();
  const until = Date.now() + Number(values.minutes) * 60_000;
  let inputs = 0;
  let told = Date.now();
  console.log(`seed ${values.seed}; ${corpus.length} inputs to begin with, ${coverage.blocks} blocks covered`);
  while (Date.now() < until) {
    const batch = Array.from({ length: BATCH }, (): Input => {
      const base = pick(corpus);
      const dialect = random() < 0.85 ? base.dialect : pick(names);
      const bytes = mutate(Buffer.from(base.hex, 'hex'), Buffer.from(pick(corpus).hex, 'hex'), random);
      return { dialect, hex: bytes.toString('hex') };
    });
    inputs += batch.length;
    for (const input of batch) attempt(input);
    if (await coverage.grew(false)) corpus.push(...(await keepers(batch, coverage)));
    if (Date.now() - told > 60_000) {
      told = Date.now();
      console.log(`${inputs} inputs, ${coverage.blocks} blocks, corpus ${corpus.length}`);
    }
  }
  const found = corpus.slice(known);
  writeFileSync(
    values.seeds,
    [...readSeeds(values.seeds), ...found].map((input) => `${JSON.stringify(input)}\n`).join(''),
  );
  console.log(`${inputs} inputs, ${coverage.blocks} blocks covered, ${found.length} new seeds, nothing found`);
}

function attempt({ dialect, hex }: Input): void {
  try {
    check(dialect, Buffer.from(hex, 'hex'));
  } catch (error) {
    throw new Error(`${dialect} ${hex}`, { cause: error });
  }
}

/** Which of a batch reached something new, by halves. The batch as a whole did. */
async function keepers(batch: readonly Input[], coverage: Coverage): Promise<Input[]> {
  if (batch.length === 1) {
    batch.forEach(attempt);
    return (await coverage.grew()) ? [...batch] : [];
  }
  const middle = batch.length >> 1;
  const kept: Input[] = [];
  for (const half of [batch.slice(0, middle), batch.slice(middle)]) {
    half.forEach(attempt);
    if (await coverage.grew(false)) kept.push(...(await keepers(half, coverage)));
  }
  return kept;
}

function readSeeds(file: string): Input[] {
  try {
    return lines(readFileSync(file, 'utf8')) as Input[];
  } catch {
    return []; // the first run makes it
  }
}

function frames(): Input[] {
  const text = readFileSync(new URL('../../conformance/frames.jsonl', import.meta.url), 'utf8');
  return (lines(text) as { dialect_id: string; hex: string }[]).map(({ dialect_id, hex }) => ({
    dialect: dialect_id,
    hex,
  }));
}

function lines(text: string): unknown[] {
  return text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as unknown]));
}

/** V8's precise block coverage of src/codec. */
class Coverage {
  readonly #session: Session;
  readonly #seen = new Set<string>();

  private constructor(session: Session) {
    this.#session = session;
  }

  static async start(): Promise<Coverage> {
    const session = new Session();
    session.connect();
    await session.post('Profiler.enable');
    await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
    return new Coverage(session);
  }

  get blocks(): number {
    return this.#seen.size;
  }

  /** Whether something new was reached since the last look. @param keep  remember it */
  async grew(keep = true): Promise<boolean> {
    const { result } = await this.#session.post('Profiler.takePreciseCoverage');
    const fresh: string[] = [];
    for (const { url, scriptId, functions } of result) {
      // Generated code has no address.
      if (!url.includes('/src/codec/') && url !== '') continue;
      for (const { ranges } of functions)
        for (const { startOffset, endOffset, count } of ranges) {
          const block = `${url === '' ? scriptId : url}:${startOffset}-${endOffset}`;
          if (count > 0 && !this.#seen.has(block)) fresh.push(block);
        }
    }
    if (keep) for (const block of fresh) this.#seen.add(block);
    return fresh.length > 0;
  }
}
