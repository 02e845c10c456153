import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Codecs, jsonLine, parseJsonl, type CapturedFrame } from '../../src/capture/index.ts';
import { capturedFrames } from '../../src/timeline/captured.ts';
import type { Transaction } from '../../src/timeline/facts.ts';

/** The frames of one purchase out of a recording: found by its terminal, STAN and time, with nothing secret in them. */
const CAPTURE = new URL('../captures/purchase-split-voucher-and-card.jsonl', import.meta.url);
const codecs = new Codecs();
let data: string;
let frames: CapturedFrame[];
let request: CapturedFrame;
let row: Transaction;

beforeAll(() => {
  data = mkdtempSync(join(tmpdir(), 'kalabarg-captured-'));
  mkdirSync(join(data, 'captures'));
  const all = parseJsonl(readFileSync(CAPTURE), 'capture');
  const found = all.find((frame) => codecs.decode(frame)?.mti === '0200' && frame.from === 'terminal');
  if (found === undefined) throw new Error('the capture has no purchase');
  const terminal = codecs.decode(found)?.get(41) ?? '';
  // as the gateway names its own recordings
  const named = (frame: CapturedFrame): CapturedFrame => ({ ...frame, connection: frame.dialect === 'bank-switch' ? frame.connection : `${terminal}#1` }); // prettier-ignore
  frames = all.map(named);
  request = named(found);
  const message = codecs.decode(request);
  const answer = all.map((frame) => codecs.decode(frame)).find((each) => each?.mti === '0210');
  row = { at: Math.floor(request.at), terminal, stan: message?.get(11), localTime: message?.get(12), rrn: answer?.get(37) ?? '' } as Transaction; // prettier-ignore
  writeFileSync(join(data, 'captures', 'a.jsonl'), frames.map(jsonLine).join(''));
  writeFileSync(join(data, 'captures', 'torn.jsonl'), '{"at":"20');
});
afterAll(() => {
  rmSync(data, { recursive: true, force: true });
});

test('the request, its answer and the bank’s frames are found', async () => {
  const found = await capturedFrames(data, row);
  expect(found?.request).toMatchObject({ from: 'terminal', mti: '0200', file: 'a.jsonl', at: request.at });
  expect(found?.answer).toMatchObject({ from: 'gateway', mti: '0210' });
  expect(found?.bank.map(({ from, mti }) => `${from} ${mti ?? ''}`)).toEqual(['gateway 0200', 'bank 0210']);
});

test('each field says where its bytes are; those of secret ones are not shown', async () => {
  const found = await capturedFrames(data, row);
  const bytes = request.body.toString('hex').toUpperCase();
  const fields = found?.request?.fields ?? [];
  expect(fields.filter(({ secret }) => secret).map(({ de }) => de)).toEqual([35, 52]);
  for (const { de, at, length, secret } of fields) {
    const shown = found?.request?.hex.slice(at * 2, (at + length) * 2);
    expect([de, shown]).toEqual([de, secret ? '*'.repeat(length * 2) : bytes.slice(at * 2, (at + length) * 2)]);
  }
  expect(fields.find(({ de }) => de === 35)?.value).toMatch(/^\d{6}\*+\d{4}\*+$/);
  expect(fields.reduce((end, { at, length }) => (expect(at).toBeGreaterThanOrEqual(end), at + length), 0)).toBe(
    request.body.length,
  );
  const pan = codecs.decode(request)?.get(35)?.slice(0, 16) ?? 'none';
  expect(JSON.stringify(found)).not.toContain(pan);
});

test.each<[what: string, change: Partial<Transaction>]>([
  ['another terminal', { terminal: '99999999' }],
  ['another STAN', { stan: '999999' }],
  ['another time of the till', { localTime: '000001' }],
  ['an hour later', { at: Date.UTC(2040, 0, 1) }],
])('not of %s', async (_, change) => {
  expect(await capturedFrames(data, { ...row, ...change })).toBeUndefined();
});

test('where nothing was ever recorded, and where there is no data folder, it is not captured', async () => {
  expect(await capturedFrames(join(data, 'nowhere'), row)).toBeUndefined();
  expect(await capturedFrames(undefined, row)).toBeUndefined();
});
