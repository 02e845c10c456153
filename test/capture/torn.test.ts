import { expect, test } from '@jest/globals';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseJsonl } from '../../src/capture/jsonl.ts';
import { RecordingFile } from '../../src/capture/record/writer.ts';

const LINE = '{"at":"2026-11-28T08:00:00.000Z","from":"terminal","connection":"1","dialect":"kalabarg","hex":"0800"}\n';

test('a recording that a crash tore in the middle of a line goes on after the last whole one, and can be read', async () => {
  const data = mkdtempSync(join(tmpdir(), 'kalabarg-torn-'));
  mkdirSync(join(data, 'captures'));
  const path = join(data, 'captures', 'a.jsonl');
  const order = { terminals: [], share: 1, bank: true, until: 0, maxBytes: 1_000, file: 'a.jsonl' };
  for (const [before, after] of [
    [LINE + LINE, LINE + LINE],
    [LINE + LINE.slice(0, 40), LINE],
    [LINE + 'x'.repeat(200_000), LINE],
    [LINE.slice(0, -1), ''],
    [`${LINE}\0\0\0\0`, LINE],
    ['', ''],
  ] as const) {
    writeFileSync(path, before);
    const file = new RecordingFile(data, order, Buffer.alloc(32));
    expect(file.full).toBe(false);
    await file.close();
    expect(readFileSync(path, 'utf8')).toBe(after);
    expect(parseJsonl(readFileSync(path), path)).toHaveLength(after.length / LINE.length);
  }
  rmSync(data, { recursive: true });
});
