import { expect, test } from '@jest/globals';
import { Ajv } from 'ajv';
import { readFileSync } from 'node:fs';
import { PassThrough, Readable } from 'node:stream';
import { answerLines } from '../../src/cli/codec/lines.ts';
import { CodecError, compile, defineSpec, loadSpec, type FieldInput } from '../../src/codec/index.ts';

/** Input that only a hostile or mistaken hand writes: depth, length, values where keys should be, quiet mistakes of a spec. */

const codec = compile(loadSpec('kalabarg-pos'));

function templates(depth: number): FieldInput {
  let parts: FieldInput = { '9F1A': '0364' };
  for (let level = 1; level < depth; level++) parts = { E1: parts };
  return parts;
}

/** What encoding `fields` throws. */
function faultOf(fields: Readonly<Record<string, FieldInput>>): unknown {
  try {
    return codec.encode({ mti: '0200', fields });
  } catch (error) {
    return error;
  }
}

test('encode builds templates as deep as decode reads them, and no deeper', () => {
  expect(codec.decode(codec.encode({ mti: '0200', fields: { 55: templates(16) } })).has(55)).toBe(true);
  expect(faultOf({ 55: templates(17) })).toMatchObject({ code: 'bad-tlv', reason: 'templates more than 16 deep' });
});

test('templates 20,000 deep are refused as any other mistake', () => {
  expect(faultOf({ 55: templates(20_000) })).toBeInstanceOf(CodecError);
});

test.each([
  ['a tag of DE 55', { 55: { '6037991234567893': '00' } }, '55'],
  ['a tag in a template', { 55: { E1: { '6037991234567893': '00' } } }, '55.E1'],
  ['a tag of DE 48', { 48: { '6037991234567893': '00' } }, '48'],
  ['a data element', { '6037991234567893': '00' }, 'fields'],
])('a PAN in the place of %s is not shown', (_name, fields, path) => {
  const error = faultOf(fields);
  expect(error).toBeInstanceOf(CodecError);
  expect(error).toMatchObject({ path });
  expect((error as Error).stack).not.toContain('603799123456');
});

const inside = {
  name: 'inside',
  fields: {
    46: { format: 'ans...999', content: { kind: 'fields', fields: { terminal: { format: 'ans2' } } } },
    47: { format: 'ans...999', content: { kind: 'fields', repeat: 9, fields: { item: { format: 'ans2' } } } },
    48: { format: 'b...999', content: { kind: 'bitmapped', bytes: 1, fields: { 2: { format: 'b1' } } } },
    49: {
      format: 'b...999',
      content: {
        kind: 'datasets',
        id: { encoding: 'binary', bytes: 1 },
        length: { encoding: 'binary', bytes: 2 },
        sets: {},
      },
    },
  },
};

test.each([
  [46, { terminal: '01', '6037991234567893': '01' }],
  [46, { terminal: '01', B6037991234567893: '01' }],
  [47, { '6037991234567893': { item: '01' } }],
  [48, { '6037991234567893': '01' }],
  [49, { '6037991234567893': '01' }],
])('a PAN in the place of a key of element %d is not shown', (de, parts) => {
  const build = (): unknown => compile(defineSpec(inside)).encode({ mti: '0200', fields: { [de]: parts } });
  expect(build).toThrow(CodecError);
  expect(build).not.toThrow(/603799/);
});

test('a misspelt subfield is named', () => {
  const build = (): unknown =>
    compile(defineSpec(inside)).encode({ mti: '0200', fields: { 46: { terminal: '01', termnial: '01' } } });
  expect(build).toThrow('46.termnial');
});

const schema = JSON.parse(readFileSync(new URL('../../specs/spec.schema.json', import.meta.url), 'utf8')) as object;
const validate = new Ajv({ strict: false }).compile(schema);

test.each([
  ['an element written 02', { fields: { '02': { format: 'n3' } } }, 'fields.02'],
  ['versions that are no digits', { mti: { versions: 'abc' } }, 'mti.versions'],
  ['no version at all', { mti: { versions: '' } }, 'mti.versions'],
  ['an encoding that no element uses yet', { types: { b: { encoding: 'q' } } }, 'types.b.encoding'],
  ['a misspelt key of a type', { types: { text: { endcoding: 'ascii' } } }, 'types.text.endcoding'],
  ['a prefix that no element uses yet', { prefix: { encoding: 'q' } }, 'prefix.encoding'],
  [
    'a prefix of a fixed element',
    { fields: { 4: { format: 'n6', prefix: { counts: 'q' } } } },
    'fields.4.prefix.counts',
  ],
  ['a rule for element 999', { presence: { '020': { mandatory: [999] } } }, 'presence.020.mandatory'],
  ['a rule for a tag of element 999', { presence: { '020': { mandatory: ['999.01'] } } }, 'presence.020.mandatory'],
])('schema and loader both refuse %s', (_name, mistake, path) => {
  const spec = { name: 'mine', fields: { 3: { format: 'n6' } }, ...mistake };
  expect(validate(spec)).toBe(false);
  expect(() => defineSpec(spec)).toThrow(path);
});

test('a dialect 20,000 contents deep is refused with its place', () => {
  let content: Readonly<Record<string, unknown>> = { kind: 'ber', tags: {} };
  for (let level = 0; level < 20_000; level++) content = { kind: 'fields', fields: { a: { format: 'ans9', content } } };
  const spec = { name: 'deep', fields: { 48: { format: 'ans...999', content } } };
  expect(() => defineSpec(spec)).toThrow(/spec: fields\.48\.content.*objects deep/);
});

test('a line of more than a MiB gets its error, and the next its answer', async () => {
  const output = new PassThrough();
  const pieces = [
    ...Array<string>(40).fill('3'.repeat(1 << 16)),
    '\nnext\n',
    ...Array<string>(20).fill('4'.repeat(1 << 16)),
  ];
  const seen: string[] = [];
  const ok = await answerLines(Readable.from(pieces), output, (line) => {
    seen.push(line);
    return { text: line, ok: true };
  });
  output.end();
  const answers = (await output.toArray()).join('').split('\n');
  expect([ok, seen]).toEqual([false, ['next']]);
  expect(answers.map((line) => line.slice(0, 27))).toEqual([
    '{"error":{"code":"too-long"',
    'next',
    '{"error":{"code":"too-long"',
    '',
  ]);
});
