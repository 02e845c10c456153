import { expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { CodecError, compile, loadSpec, type Codec } from '../../src/codec/index.ts';

interface CorpusFrame {
  readonly id: string;
  readonly dialect_id: string;
  readonly hex: string;
  readonly mti: string;
  readonly fields: Readonly<Record<string, string>>;
}

const folder = new URL('./', import.meta.url);
const codecs = new Map<string, Codec>();
const iso87 = compile(loadSpec('iso87-ascii'));

function codecOf(dialect: string): Codec {
  const known = codecs.get(dialect);
  if (known !== undefined) return known;
  const codec = compile(loadSpec(new URL(`specs/${dialect}.json`, folder).pathname));
  codecs.set(dialect, codec);
  return codec;
}

function lines<T>(file: string): T[] {
  const text = readFileSync(new URL(file, folder), 'utf8');
  return text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as T]));
}

const frames = lines<CorpusFrame>('frames.jsonl');
const dialects = [...new Set(frames.map((frame) => frame.dialect_id))];

test.each(dialects)('every frame of %s decodes to its fields and encodes to the same bytes', (dialect) => {
  const codec = codecOf(dialect);
  for (const frame of frames.filter((one) => one.dialect_id === dialect)) {
    const bytes = Buffer.from(frame.hex, 'hex');
    const message = codec.decode(bytes);
    expect({ id: frame.id, ...message.clearFields() }).toEqual({ id: frame.id, mti: frame.mti, fields: frame.fields });
    expect(message.encode()).toEqual(bytes);
    expect(codec.encode({ mti: frame.mti, fields: frame.fields }).toString('hex').toUpperCase()).toBe(frame.hex);
    expect(codec.encode(message.clearFields({ deep: true })).equals(bytes)).toBe(true);
  }
});

function faultOf(action: () => unknown): CodecError | undefined {
  try {
    action();
  } catch (error) {
    if (error instanceof CodecError) return error;
    throw error;
  }
  return undefined;
}

interface Malformed {
  readonly id: string;
  readonly dialect_id: string | null;
  readonly kind: string;
  readonly what: string;
  readonly hex: string;
}

const expected = JSON.parse(readFileSync(new URL('faults.json', folder), 'utf8')) as Record<string, string>;

/** EMV Book 3, annex B1, allows it; jPOS reads it too. */
const ALLOWED = ['tlv-zero-pad'];

test.each(lines<Malformed>('malformed.jsonl').filter(({ id }) => !ALLOWED.includes(id)))('refused: $what ($id)', (bad) => {
  const bytes = Buffer.from(bad.hex, 'hex');
  const fault = faultOf(() =>
    bad.kind === 'frame'
      ? codecOf(bad.dialect_id ?? '').decode(bytes)
      : iso87.decode(withElement55(bytes)),
  );
  expect(fault && `${fault.code} ${fault.message}`).toBe(expected[bad.id]);
});

test.each(lines<Malformed>('malformed.jsonl').filter(({ id }) => ALLOWED.includes(id)))('allowed: $what', ({ hex }) => {
  const message = iso87.decode(withElement55(Buffer.from(hex, 'hex')));
  expect([message.get(55), message.get('55.9A')]).toEqual([hex, '261123']);
});

/** The tags as DE 55 of the smallest message. */
function withElement55(tags: Buffer): Buffer {
  const head = `02000000000000000200${String(tags.length).padStart(3, '0')}`;
  return Buffer.concat([Buffer.from(head.slice(0, 4)), Buffer.from('0000000000000200', 'hex'), Buffer.from(head.slice(20)), tags]);
}

interface BadValue {
  readonly dialect: string;
  readonly field: string;
  readonly value: string;
  readonly what: string;
}

test.each(lines<BadValue>('badbuild.jsonl'))('not built: $what', (bad) => {
  const fault = faultOf(() => codecOf(bad.dialect).encode({ mti: '0200', fields: { 11: '000001', [bad.field]: bad.value } }));
  expect(fault && `${fault.code} ${fault.message}`).toBe(expected[`${bad.dialect} ${bad.field} ${bad.what}`]);
  expect(fault?.reason).not.toContain(bad.value);
});
