import { expect, test } from '@jest/globals';
import { Ajv } from 'ajv';
import { readdirSync, readFileSync } from 'node:fs';
import { CodecError, defineSpec } from '../../src/codec/index.ts';

/** specs/spec.schema.json is for editors; the loader has the last word. They must not disagree about our dialects, nor about
 *  mistakes that a schema can see. */

const folder = new URL('../../specs/', import.meta.url);
const read = (path: URL): Record<string, unknown> => JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
const validate = new Ajv({ strict: false }).compile(read(new URL('spec.schema.json', folder)));
const conformance = new URL('../conformance/specs/', import.meta.url);
const files = [folder, conformance].flatMap((where) =>
  readdirSync(where).flatMap((file) => (file === 'spec.schema.json' ? [] : [[file, new URL(file, where)] as const])),
);

test.each(files)('%s fits the schema', (_file, path) => {
  expect([validate(read(path)), validate.errors]).toEqual([true, null]);
});

test.each([
  ['a misspelt key', { feilds: {} }],
  ['an encoding there is not', { mti: { encoding: 'utf8' } }],
  ['four bitmaps', { bitmap: { count: 4 } }],
  ['an element 1', { fields: { 1: { format: 'n6' } } }],
  ['a format with one dot', { fields: { 48: { format: 'ans.99' } } }],
  ['a length of seven bytes', { prefix: { bytes: 7 } }],
  ['content of no kind', { fields: { 48: { format: 'ans...999', content: { kind: 'xml' } } } }],
  ['a padding of two characters', { fields: { 41: { format: 'ans8', pad: { with: '  ' } } } }],
  ['a class of four digits', { presence: { '0200': {} } }],
])('schema and loader both refuse %s', (_name, mistake) => {
  const spec = { name: 'mine', extends: 'iso87-ascii', ...mistake };
  expect(validate(spec)).toBe(false);
  expect(() => defineSpec(spec)).toThrow(CodecError);
});
