import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatTime, jsonLine, parseJsonl, readCapture, type CapturedFrame } from '../../src/capture/index.ts';

const frame: CapturedFrame = {
  at: Date.parse('2026-11-23T10:15:00.123Z') + 0.456,
  from: 'terminal',
  connection: '10000001#1',
  dialect: 'kalabarg-pos',
  body: Buffer.from('0800', 'hex'),
};

test('a line reads back as it was written, to the microsecond', () => {
  const line = jsonLine(frame);
  expect(line).toBe(
    '{"at":"2026-11-23T10:15:00.123456Z","from":"terminal","connection":"10000001#1","dialect":"kalabarg-pos","hex":"0800"}\n',
  );
  expect(parseJsonl(line, 'x')).toEqual([frame]);
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 4_000_000_000_000_000 }), fc.uint8Array(), (micros, bytes) => {
      const written = { ...frame, at: micros / 1e3, body: Buffer.from(bytes) };
      const [read] = parseJsonl(jsonLine(written), 'x');
      expect(formatTime(read!.at)).toBe(formatTime(written.at));
      expect(read!.body).toEqual(written.body);
    }),
  );
});

test('every bad line is named, and none is shown', () => {
  const bad = [
    '{"at":"yesterday","from":"terminal","connection":"1","dialect":"x","hex":""}',
    'not json 6037990000000071',
    '[]',
    '{"at":"2026-11-23T10:15:00Z","from":"nobody","connection":"1","dialect":"x","hex":""}',
    '{"at":"2026-11-23T10:15:00Z","from":"bank","connection":"","dialect":"x","hex":""}',
    '{"at":"2026-11-23T10:15:00Z","from":"bank","connection":"1","dialect":"x","hex":"603"}',
    '{"at":"2026-11-23T10:15:00+03:30","from":"bank","connection":"1","dialect":"x","hex":"","pan":"1"}',
  ];
  let message = '';
  try {
    parseJsonl(bad.join('\n'), 'day.jsonl');
  } catch (error) {
    message = (error as Error).message;
  }
  for (const line of [1, 2, 3, 4, 5, 6, 7]) expect(message).toContain(`line ${line}: `);
  expect(message).not.toMatch(/6037990000000071|603"/);
});

test('bare frames: requests are from the terminal, answers from the gateway; comments and spaces are allowed', () => {
  const file = join(mkdtempSync(join(tmpdir(), 'kalabarg-hex-')), 'x.hex');
  writeFileSync(file, '# an echo and its answer\n0800 0000000000000000\n\n08100000000000000000 # good\n');
  expect(readCapture(file).frames.map(({ from }) => from)).toEqual(['terminal', 'gateway']);
  expect(readCapture(file, { side: 'bank' }).frames.map(({ from, dialect }) => `${from} ${dialect}`)).toEqual([
    'gateway bank-switch',
    'gateway bank-switch',
  ]);
  writeFileSync(file, '080\n');
  expect(() => readCapture(file)).toThrow('line 1, column 3');
});
