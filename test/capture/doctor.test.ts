import { describe, expect, test } from '@jest/globals';
import { specDrift } from '../../src/capture/doctor/drift.ts';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { guessFraming, knownDialects } from '../../src/capture/doctor/guess.ts';
import { explainUnmatched } from '../../src/capture/doctor/unmatched.ts';
import { readCapture, type CapturedFrame } from '../../src/capture/index.ts';
import { compile, defineSpec, encodeFrame, loadSpec, type FrameOptions } from '../../src/codec/index.ts';
import { demoPan } from '../../src/demo/programme.ts';
import { importJpos } from '../../src/spec-tools/import/jpos.ts';
import { corpusFrames } from '../spec-tools/corpus.ts';
import { packagerNames, packagerXml } from '../spec-tools/packagers.ts';

const FIELDS = {
  2: demoPan(7),
  3: '000000',
  4: '000000001000',
  7: '1123101500',
  11: '000001',
  12: '134500',
  37: '632714000001',
  41: '10000001',
  42: '000000000000001',
  49: '364',
};

function messages(dialect: string, count = 4): Buffer[] {
  const codec = compile(loadSpec(dialect));
  const third = dialect.startsWith('iso2003');
  const mti = third ? '2200' : dialect.startsWith('iso93') ? '1200' : '0200';
  const few = { 3: FIELDS[3], 41: third ? FIELDS[41].padStart(16, '0') : FIELDS[41] };
  const fields = mti === '0200' ? FIELDS : few;
  return Array.from({ length: count }, (_, index) =>
    codec.encode({ mti, fields: { ...fields, 11: String(index + 1).padStart(third ? 12 : 6, '0') } }),
  );
}

describe('doctor frames', () => {
  const framings: [string, FrameOptions, Buffer | undefined][] = [
    ['2 bytes, big-endian', { header: 'binary2' }, undefined],
    ['2 bytes, big-endian, then a TPDU', { header: 'binary2', tpdu: true }, Buffer.from('6000010002', 'hex')],
    ['4 ASCII digits', { header: 'ascii4' }, undefined],
    ['2 bytes BCD', { header: 'bcd2' }, undefined],
    ['4 ASCII digits, counting themselves', { header: 'ascii4', lengthIncludesHeader: true }, undefined],
  ];
  test.each(framings)('finds the framing: %s', (name, framing, tpdu) => {
    const stream = Buffer.concat(messages('kalabarg-pos').map((body) => encodeFrame(body, framing, tpdu)));
    const [best] = guessFraming([stream], knownDialects());
    expect([best!.framing, best!.explained]).toEqual([name, 1]);
    expect(['kalabarg-pos', 'iso87-bcd']).toContain(best!.dialect);
  });

  test.each(['iso87-ascii', 'iso87-ascii-hexbitmap', 'iso87-ebcdic', 'kalabarg-pos', 'iso93-bcd', 'iso2003-ascii'])(
    'finds the dialect: %s',
    (dialect) => {
      const candidates = guessFraming(messages(dialect), knownDialects());
      const best = candidates.filter(({ explained }) => explained === candidates[0]!.explained);
      expect(best.map((one) => one.dialect)).toContain(dialect);
      expect(best.every(({ framing }) => framing.startsWith('no header'))).toBe(true);
    },
  );

  test('of a dialect and the one that it extends, the one whose tags and rules are kept comes first', () => {
    const library = (name: string, dialect: string): Buffer[] =>
      readCapture(fileURLToPath(new URL(`../captures/${name}.jsonl`, import.meta.url)))
        .frames.filter((frame) => frame.dialect === dialect)
        .map(({ body }) => body);
    const ranked = (samples: Buffer[]): string => guessFraming(samples, knownDialects().reverse())[0]!.dialect;
    for (const name of ['purchase-ordinary', 'basket-eligible', 'reversal-in-part', 'network-sign-on-echo-sign-off'])
      expect([name, ranked(library(name, 'kalabarg-pos'))]).toEqual([name, 'kalabarg-pos']);
    expect(ranked(library('purchase-split-voucher-and-card', 'bank-switch'))).toBe('bank-switch');
  });

  test('the corpus: each dialect comes first among all of them, bare and in a stream', () => {
    const folder = mkdtempSync(join(tmpdir(), 'kalabarg-dialects-'));
    const files = packagerNames.map((name) => {
      const file = join(folder, `${name}.json`);
      writeFileSync(file, JSON.stringify(importJpos(packagerXml(name), name).json));
      return file;
    });
    for (const name of packagerNames) {
      const own = corpusFrames.filter(({ dialect_id: id }) => id === name).map(({ hex }) => Buffer.from(hex, 'hex'));
      const stream = Buffer.concat(own.map((body) => encodeFrame(body, { header: 'binary2' })));
      for (const [framing, samples] of [
        ['no header, one message a sample', own],
        ['2 bytes, big-endian', [stream]],
      ] as const) {
        const [best] = guessFraming(samples, [...files, ...knownDialects()]);
        expect([best!.dialect, best!.framing]).toEqual([join(folder, `${name}.json`), framing]);
      }
    }
    rmSync(folder, { recursive: true });
  });

  test('its evidence names where others stop to fit, and never shows content', () => {
    const candidates = guessFraming(messages('kalabarg-pos'), knownDialects());
    const text = JSON.stringify(candidates);
    expect(text).not.toContain(demoPan(7));
    expect(
      candidates.find(({ dialect, framing }) => dialect === 'iso87-ascii' && framing.startsWith('no header'))!.evidence,
    ).toEqual(['0 of 4 messages decode', expect.stringMatching(/^4 × {2}mti: /)]);
  });

  test('noise is explained by nothing', () => {
    const [best] = guessFraming([Buffer.from('GET / HTTP/1.1\r\n\r\n')], knownDialects());
    expect(best!.decoded).toBe(0);
  });
});

const pos = compile(loadSpec('kalabarg-pos'));
function said(
  at: number,
  from: 'terminal' | 'gateway',
  mti: string,
  fields: Record<string, string | undefined>,
  connection = 'a',
): CapturedFrame {
  const body = pos.encode({ mti, fields: { 3: '379800', 7: '1123101500', 11: '000001', 41: '10000001', ...fields } });
  return { at, from, connection, dialect: 'kalabarg-pos', body };
}

describe('doctor answers', () => {
  test.each([
    ['another STAN', said(1, 'gateway', '0210', { 11: '000002' }), 'DE 11 STAN (asked 000001, answered 000002)'],
    ['another connection', said(1, 'gateway', '0210', {}, 'b'), 'connection (asked a, answered b)'],
    ['another class', said(1, 'gateway', '0810', {}), 'message type (asked 02, answered 08)'],
    [
      'another terminal, too',
      said(1, 'gateway', '0210', { 11: '000002', 41: '10000002' }),
      'DE 41 terminal (asked 10000001, answered 10000002)',
    ],
  ])('%s is told', (_name, answer, why) => {
    expect(explainUnmatched({ frames: [said(0, 'terminal', '0200', {}), answer], notes: [] })).toEqual([
      expect.stringContaining(why),
    ]);
  });

  test('a second answer is told as such, and one to nothing', () => {
    const twice = [said(0, 'terminal', '0200', {}), said(1, 'gateway', '0210', {}), said(2, 'gateway', '0210', {})];
    expect(explainUnmatched({ frames: twice, notes: [] })).toEqual([expect.stringContaining('a second time')]);
    expect(explainUnmatched({ frames: [said(0, 'gateway', '0210', {})], notes: [] })).toEqual([
      expect.stringContaining('no request'),
    ]);
    expect(explainUnmatched({ frames: twice.slice(0, 2), notes: [] })).toEqual([]);
  });
});

test('drift: what traffic has that the dialect does not know, and what it describes that nobody sends', () => {
  const frames = [said(0, 'terminal', '0200', { 48: '02003abc77002zz', 60: 'x' })];
  const narrow = compile(defineSpec({ extends: 'kalabarg-pos', name: 'narrow', fields: { 60: null } }));
  const found = specDrift(frames, pos);
  expect([...found.unknown]).toEqual([['48.77', 1]]);
  expect(found.unused).toContain('48.10 Reference of the purchase');
  expect(found.unused).not.toContain('48.02 Terminal software version');
  expect([...specDrift(frames, narrow).unknown]).toEqual([['60', 1]]);
  expect([...specDrift(frames, compile(loadSpec('iso87-ascii'))).misfits.keys()][0]).toMatch(/^mti: /);
});
