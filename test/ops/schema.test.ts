import { expect, test } from '@jest/globals';
import { Type } from 'typebox';
import { schemaCheck } from '../../src/ops/schema.ts';

const Schema = Type.Object(
  {
    port: Type.Integer({ minimum: 1, default: 8583 }),
    inner: Type.Optional(Type.Object({ name: Type.String() }, { additionalProperties: false })),
  },
  { additionalProperties: false },
);

test('every fault is named with its place and with what was got', () => {
  expect(schemaCheck(Schema)({ port: 0, inner: { name: 5, nmae: 'x' }, prot: 1 })).toEqual([
    expect.objectContaining({ path: ['prot'], unknownKey: true }),
    { path: ['port'], unknownKey: false, got: 0, reason: 'must be >= 1' },
    expect.objectContaining({ path: ['inner', 'nmae'], unknownKey: true }),
    { path: ['inner', 'name'], unknownKey: false, got: 5, reason: 'must be string' },
  ]);
});

test('defaults and coercion change the value only where they are asked for', () => {
  const value: Record<string, unknown> = {};
  expect(schemaCheck(Schema)({ port: '7' })).toHaveLength(1);
  expect(schemaCheck(Schema, { defaults: true })(value)).toEqual([]);
  expect(value).toEqual({ port: 8583 });
  const text: Record<string, unknown> = { port: '7' };
  expect(schemaCheck(Schema, { coerce: true })(text)).toEqual([]);
  expect(text).toEqual({ port: 7 });
});
