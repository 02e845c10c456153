import { readFileSync } from 'node:fs';

/** A frame of test/conformance and what it says. */
export interface CorpusFrame {
  readonly id: string;
  readonly dialect_id: string;
  readonly hex: string;
  readonly mti: string;
  readonly fields: Readonly<Record<string, string>>;
}

export const corpusFrames: readonly CorpusFrame[] = readFileSync(
  new URL('../conformance/frames.jsonl', import.meta.url),
  'utf8',
)
  .split('\n')
  .flatMap((line) => (line === '' ? [] : [JSON.parse(line) as CorpusFrame]));
