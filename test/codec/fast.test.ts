import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readdirSync, readFileSync } from 'node:fs';
import { build, type MessageInput } from '../../src/codec/build.ts';
import { dialectOf, type Dialect } from '../../src/codec/dialect.ts';
import { generateScan } from '../../src/codec/fast/scan.ts';
import { generateWrite } from '../../src/codec/fast/write.ts';
import { CodecError, compile, loadSpec, type Codec } from '../../src/codec/index.ts';
import { Layout } from '../../src/codec/layout.ts';
import { walk } from '../../src/codec/walk.ts';

/** The generated code must never differ from the reference (walk, build): not in what it takes, not in what it refuses. */

const conformance = new URL('../conformance/', import.meta.url);
const frames = readFileSync(new URL('frames.jsonl', conformance), 'utf8')
  .split('\n')
  .filter((line) => line !== '')
  .map((line) => JSON.parse(line) as { dialect_id: string; hex: string; mti: string; fields: Record<string, string> });

const dialects = [
  ...readdirSync(new URL('specs/', conformance)).map((file) => new URL(`specs/${file}`, conformance).pathname),
  'kalabarg-pos',
  'bank-switch',
  'iso87-ascii',
  'iso87-bcd',
  'iso93-bcd',
].map((name) => {
  const spec = loadSpec(name);
  const dialect = dialectOf(spec);
  return { name: spec.name, dialect, codec: compile(spec), scan: generateScan(dialect) };
});

function result(action: () => unknown): unknown {
  try {
    return action();
  } catch (error) {
    if (error instanceof CodecError)
      return { code: error.code, path: error.path, offset: error.offset, reason: error.reason };
    throw error;
  }
}

function placesOf(mti: string, places: Int32Array): unknown {
  return { mti, places: [...places] };
}

function reference(dialect: Dialect, bytes: Buffer): unknown {
  return result(() => {
    const { mti, places, first, last } = walk(dialect, bytes);
    return placesOf(mti, places.subarray(first, last));
  });
}

type Subject = (typeof dialects)[number];

/** The frame in the middle of memory that holds other things. */
function generated({ dialect, codec, scan }: Subject, bytes: Buffer): unknown {
  return result(() => {
    codec.decode(bytes);
    const memory = Buffer.concat([Buffer.from('30313233', 'hex'), bytes, Buffer.alloc(16, 0x30)]);
    const words = new DataView(memory.buffer, memory.byteOffset, memory.length);
    const places = new Int32Array(1_024);
    let last = -1;
    try {
      last = scan?.(memory, words, 4, 4 + bytes.length, places, 3) ?? -1;
    } catch (error) {
      if (!(error instanceof CodecError)) throw error;
    }
    if (last < 0) return reference(dialect, bytes);
    return placesOf(String(places[3]).padStart(4, '0'), places.subarray(4, last));
  });
}

/** A frame of the corpus with some bytes changed, cut or added; or any bytes. */
const hostile = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .record({
        frame: fc.constantFrom(...frames.map(({ hex }) => hex)),
        changes: fc.array(fc.record({ at: fc.nat(300), byte: fc.integer({ min: 0, max: 255 }) }), { maxLength: 3 }),
        cut: fc.option(fc.nat(300), { nil: undefined, freq: 4 }),
        more: fc.uint8Array({ maxLength: 2 }),
      })
      .map(({ frame, changes, cut, more }) => {
        const bytes = Buffer.concat([Buffer.from(frame, 'hex'), more]);
        for (const { at, byte } of changes) bytes[at % bytes.length] = byte;
        return cut === undefined ? bytes : bytes.subarray(0, cut % (bytes.length + 1));
      }),
  },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 120 }).map((bytes) => Buffer.from(bytes)) },
);

test.each(dialects)('$name: generated reading agrees with the reference on sound and damaged frames', (subject) => {
  const { dialect } = subject;
  for (const { hex } of frames) {
    const bytes = Buffer.from(hex, 'hex');
    expect(generated(subject, bytes)).toEqual(reference(dialect, bytes));
  }
  fc.assert(
    fc.property(hostile, (bytes) => {
      expect(generated(subject, bytes)).toEqual(reference(dialect, bytes));
    }),
    { numRuns: 300 },
  );
});

test.each(dialects)('$name: values cut out of a frame are those that the reference reads', ({ dialect, codec }) => {
  for (const { hex } of frames) {
    const bytes = Buffer.from(hex, 'hex');
    const layout = result(() => walk(dialect, bytes));
    if (!(layout instanceof Layout)) continue;
    const message = codec.decode(bytes);
    const values = layout.elements.map((de) => dialect.elements[de]!.read(bytes, layout.extent(de)!));
    expect(layout.elements.map((de) => message.get(de))).toEqual(values);
    expect(layout.elements.toReversed().map((de) => message.get(de))).toEqual(values.toReversed());
    expect(message.encode().toString('hex')).toBe(bytes.toString('hex'));
  }
});

const value = fc.oneof(
  fc.string({ maxLength: 24 }),
  fc.stringMatching(/^[0-9]{0,20}$/),
  fc.stringMatching(/^([0-9A-F]{2}){0,8}$/),
);
const fieldsOf = fc.dictionary(
  fc.oneof(
    { weight: 20, arbitrary: fc.integer({ min: 2, max: 128 }).map(String) },
    { weight: 1, arbitrary: fc.constantFrom('1', '0', '129', 'x', '02') },
  ),
  fc.option(value, { nil: undefined, freq: 8 }),
  { maxKeys: 5 },
);

test.each(dialects)(
  '$name: generated writing agrees with the reference on sound and impossible messages',
  ({ name, dialect, codec }) => {
    const write = generateWrite(dialect);
    const agree = (input: MessageInput): void => {
      const expected = result(() => build(dialect, input).toString('hex'));
      expect(result(() => codec.encode(input).toString('hex'))).toEqual(expected);
      const fast = result(() => write?.(input)?.toString('hex'));
      if (typeof fast === 'string') expect(fast).toBe(expected);
    };
    for (const { dialect_id, mti, fields } of frames)
      if (dialect_id === name || dialect_id === 'ascii-bin') agree({ mti, fields });
    fc.assert(
      fc.property(
        fc.constantFrom('0200', '0100', '0810', '9200', '02', 'x200'),
        fieldsOf,
        fc.constantFrom(...frames),
        (mti, fields, frame) => {
          agree({ mti, fields: fields });
          agree({ mti: frame.mti, fields: { ...frame.fields, ...fields } });
        },
      ),
      { numRuns: 200 },
    );
  },
);

test.each(dialects)('$name: a patched message is the message with those elements, byte for byte', ({ name, codec }) => {
  for (const { dialect_id, hex } of frames) {
    if (dialect_id !== name && !dialect_id.startsWith('ascii')) continue;
    const message = result(() => codec.decode(Buffer.from(hex, 'hex')));
    if (!(typeof message === 'object' && message !== null && 'with' in message)) continue;
    const decoded = message as ReturnType<Codec['decode']>;
    const bytes = decoded.encode().toString('hex');
    for (const de of decoded.fields()) {
      const same = decoded.get(de);
      expect(
        decoded
          .with({ [de]: same })
          .encode()
          .toString('hex'),
      ).toBe(bytes);
    }
    const changes = Object.fromEntries(
      [7, 11].filter((de) => decoded.has(de)).map((de) => [de, decoded.get(de)?.replaceAll('1', '2')]),
    );
    const patched = decoded.with(changes);
    expect(patched.clearFields()).toEqual(codec.decode(patched.encode()).clearFields());
  }
});
