import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Journal, type Entry } from '../../../src/simulators/bank/journal.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kalabarg-journal-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});
const entry = (seq: number): Entry => ({ seq, kind: 'purchase' }) as Entry;

test('what was flushed is there again, in order', async () => {
  const file = join(folder, 'sub', 'journal.jsonl');
  const journal = new Journal(file);
  await Promise.all(
    Array.from({ length: 500 }, (_, i) => {
      journal.append(entry(i + 1));
      return journal.flush();
    }),
  );
  await journal.close();
  expect(new Journal(file).entries.map(({ seq }) => seq)).toEqual(Array.from({ length: 500 }, (_, i) => i + 1));
});

test('a torn last line is cut off, and the journal goes on behind it', async () => {
  const file = join(folder, 'journal.jsonl');
  const first = new Journal(file);
  first.append(entry(1));
  await first.close();
  appendFileSync(file, '{"seq":2,"ki');
  const second = new Journal(file);
  expect(second.entries).toEqual([entry(1)]);
  second.append(entry(2));
  await second.close();
  expect(readFileSync(file, 'utf8').split('\n').length).toBe(3);
  expect(new Journal(file).entries).toEqual([entry(1), entry(2)]);
});

test('a line that is not JSON names its place', () => {
  const file = join(folder, 'journal.jsonl');
  writeFileSync(file, '{"seq":1}\nnonsense\n{"seq":3}\n');
  expect(() => new Journal(file)).toThrow(`${file}:2 is not JSON`);
});
