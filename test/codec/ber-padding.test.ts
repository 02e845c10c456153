import { expect, test } from '@jest/globals';
import { CodecError, compile, loadSpec, unknownTags } from '../../src/codec/index.ts';

const codecs = ['kalabarg-pos', 'bank-switch', 'iso93-bcd'].map((name) => [name, compile(loadSpec(name))] as const);

/** EMV Book 3, annex B1: 00 may stand before, between and after data objects, and means nothing. */
const PADDED: readonly (readonly [what: string, hex: string])[] = [
  ['before', '00009A03261123'],
  ['between', '9A0326112300009F02060000000010009500'],
  ['after', '9A03261123000000'],
  ['in a template', '710E00860904DA9F5804AABBCCDD0000'],
  ['everywhere', '009A03261123000095050000000000009F260800112233445566770000'],
  ['and nothing else', '0000'],
];

test.each(PADDED.flatMap(([what, hex]) => codecs.map(([name, codec]) => ({ what, hex, name, codec }))))(
  'padding $what is taken and kept ($name)',
  ({ hex, codec }) => {
    const bytes = codec.encode({
      mti: codec.spec.name === 'iso93-bcd' ? '1200' : '0200',
      fields: { 11: '000001', 55: hex },
    });
    const message = codec.decode(bytes);
    expect(message.get(55)).toBe(hex);
    expect(codec.encode(message.clearFields({ deep: true }))).toEqual(bytes);
    expect(message.with({ 11: '000002' }).get(55)).toBe(hex);
    expect(unknownTags(message)).toEqual([]);
    if (hex.includes('9A03')) expect(message.get('55.9A')).toBe('261123');
  },
);

test.each([
  ['a tag twice, with padding between', '9A0326112300009A03261123'],
  ['FF', '9A03261123FFFF'],
  ['a length that padding does not fill', '9A0426112300009F02'],
])('%s is refused all the same', (_, hex) => {
  for (const [, codec] of codecs) expect(() => codec.encode({ mti: '0200', fields: { 55: hex } })).toThrow(CodecError);
});

test('padding is built of 00 alone', () => {
  const [, codec] = codecs[0]!;
  expect(() => codec.encode({ mti: '0200', fields: { 55: { '00': '01' } } })).toThrow('padding is of 00 alone');
});
