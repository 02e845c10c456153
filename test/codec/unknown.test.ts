import { expect, test } from '@jest/globals';
import { compile, loadSpec, unknownTags } from '../../src/codec/index.ts';

const tag = (key: string, value: string): string => `${key}${String(value.length).padStart(3, '0')}${value}`;

const rows: readonly { why: string; spec: string; mti: string; fields: Record<string, string>; unknown: string[] }[] = [
  { why: 'described tags', spec: 'kalabarg-pos', mti: '0200', fields: { 48: tag('02', '1.2') }, unknown: [] },
  {
    why: 'tags nobody described, between others',
    spec: 'kalabarg-pos',
    mti: '0200',
    fields: { 48: tag('02', '1.2') + tag('77', 'x') + tag('15', '1') + tag('99', '') },
    unknown: ['48.77', '48.99'],
  },
  {
    why: 'BER tags that EMV knows, and one that it does not',
    spec: 'iso87-bcd',
    mti: '0200',
    fields: { 55: '9F260801020304050607089F0702FF00DF81010155' },
    unknown: ['55.DF8101'],
  },
  {
    why: 'a BER tag inside a template',
    spec: 'iso87-bcd',
    mti: '0200',
    fields: { 55: '77089F070201 02DF0100'.replace(' ', '') },
    unknown: ['55.77.DF01'],
  },
  {
    why: 'data sets, of which the dialect describes none',
    spec: 'iso2003-ascii',
    mti: '2200',
    fields: { 34: '0100049F02010077000101' },
    unknown: ['34.01', '34.77'],
  },
];

test.each(rows)(
  'unknown tags are named, kept, and written back in their place: $why',
  ({ spec, mti, fields, unknown }) => {
    const codec = compile(loadSpec(spec));
    const message = codec.decode(codec.encode({ mti, fields }));
    expect(unknownTags(message)).toEqual(unknown);
    expect(message.clearFields().fields).toEqual(fields);
    expect(codec.encode(message.clearFields({ deep: true }))).toEqual(message.encode());
  },
);

test('changing a tag leaves unknown ones beside it in their place', () => {
  const codec = compile(loadSpec('kalabarg-pos'));
  const tags = [tag('77', 'first'), tag('02', '1.2'), tag('99', 'last')];
  const message = codec.decode(codec.encode({ mti: '0200', fields: { 48: tags.join('') } }));
  const changed = message.with({ '48.02': '1.30' });
  expect(changed.get(48)).toBe([tags[0], tag('02', '1.30'), tags[2]].join(''));
  expect(unknownTags(changed)).toEqual(['48.77', '48.99']);
});
