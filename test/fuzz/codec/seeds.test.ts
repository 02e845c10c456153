import { describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { mutate, seeded } from './mutate.ts';
import { check, SUBJECTS } from './oracle.ts';

/** Inputs that fuzzing found to reach code that nothing before them reached (npm run fuzz:codec). */
const seeds = readFileSync(new URL('seeds.jsonl', import.meta.url), 'utf8')
  .split('\n')
  .flatMap((line) => (line === '' ? [] : [JSON.parse(line) as { dialect: string; hex: string }]));

/** The nightly run sets a million. */
const INPUTS = Number(process.env['KALABARG_FUZZ_INPUTS'] ?? 4_000);

test('everything that fuzzing once found interesting holds', () => {
  expect(seeds.length).toBeGreaterThan(100);
  for (const { dialect, hex } of seeds) check(dialect, Buffer.from(hex, 'hex'));
});

describe('random, mutated and truncated bytes', () => {
  test(`${INPUTS} of them give a message or a codec error, the same by both codecs`, () => {
    const random = seeded(20_261_123);
    const names = [...SUBJECTS.keys()];
    for (let input = 0; input < INPUTS; input++) {
      const seed = seeds[Math.floor(random() * seeds.length)];
      const other = seeds[Math.floor(random() * seeds.length)];
      if (seed === undefined || other === undefined) throw new Error('no seeds');
      const dialect = random() < 0.8 ? seed.dialect : (names[Math.floor(random() * names.length)] ?? '');
      const bytes = mutate(Buffer.from(seed.hex, 'hex'), Buffer.from(other.hex, 'hex'), random);
      try {
        check(dialect, bytes);
      } catch (cause) {
        throw new Error(`${dialect} ${bytes.toString('hex')}`, { cause });
      }
    }
  });
});
