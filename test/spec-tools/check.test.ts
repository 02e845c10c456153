import { expect, test } from '@jest/globals';
import { mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkSpec } from '../../src/spec-tools/check/index.ts';
import { keyLines, tooDeepAt } from '../../src/spec-tools/check/lines.ts';
import { importMoov } from '../../src/spec-tools/import/moov.ts';
import { kalabarg } from '../support/command.ts';

const folder = mkdtempSync(join(tmpdir(), 'kalabarg-spec-check-'));

function fileOf(name: string, json: unknown): string {
  const file = join(folder, `${name}.json`);
  writeFileSync(file, typeof json === 'string' ? json : JSON.stringify(json, null, 2));
  return file;
}

/** What is found in a dialect of these fields and rules. */
function found(name: string, json: object): string[] {
  const file = fileOf(name, { name, ...json });
  return checkSpec(file).findings.map(({ severity, path, reason }) => `${severity} ${path}: ${reason}`);
}

const names = readdirSync(new URL('../../specs/', import.meta.url))
  .filter((file) => file.endsWith('.json') && file !== 'spec.schema.json')
  .map((file) => file.slice(0, -5));

test.each(names)('%s, which the gateway ships, has no faults', (name) => {
  expect(checkSpec(name).findings.filter(({ severity }) => severity === 'fault')).toEqual([]);
});

test('every mistake is named, not only the first', () => {
  const faults = found('many', {
    mti: { encoding: 'morse', verions: '0' },
    bitmap: { count: 7 },
    fields: {
      1: { name: 'Bitmap', format: 'b8' },
      3: { name: 'Processing code', format: 'n.6', encodnig: 'bcd' },
      4: { name: 'Amount', format: 'n12', encoding: 'utf8' },
      5: 'n12',
      48: {
        name: 'Private',
        format: 'ans...999',
        content: {
          kind: 'tags',
          tag: { encoding: 'ascii', bytes: 2 },
          length: {},
          tags: { 'x!': { name: 'A', format: 'n2' }, '01': { name: 'B', format: 'q2' }, '02': { name: 'C' } },
        },
      },
      60: { name: 'Private', format: 'ans...999', content: { kind: 'xml' } },
    },
    presence: { '020': { mandatory: [4, 'four', true], oneOf: [[4, '!'], []] }, purchase: {} },
  }).filter((finding) => finding.startsWith('fault'));
  expect(faults.map((fault) => fault.split(':')[0]).sort()).toEqual(
    [
      'fault bitmap.count',
      'fault fields.1',
      'fault fields.3.encodnig',
      'fault fields.3.format',
      'fault fields.4.encoding',
      'fault fields.48.content.length.bytes',
      'fault fields.48.content.tags.01.format',
      'fault fields.48.content.tags.02.format',
      'fault fields.48.content.tags.x!',
      'fault fields.5',
      'fault fields.60.content.kind',
      'fault mti.encoding',
      'fault mti.verions',
      'fault presence.020.mandatory.1',
      'fault presence.020.mandatory.2',
      'fault presence.020.oneOf',
      'fault presence.020.oneOf.0.1',
      'fault presence.purchase',
    ].sort(),
  );
});

test.each([
  ['names nothing', { 2: { format: 'n..19', secret: 'pan' } }, {}, 'fields.2.name: nameless'],
  ['secret', { 2: { name: 'PAN', format: 'n..19' } }, {}, 'fields.2: not marked secret (pan)'],
  ['odd', { 3: { name: 'Code', format: 'n6', odd: 'right-F' } }, {}, 'fields.3.odd: of no effect'],
  ['fixed prefix', { 3: { name: 'Code', format: 'n6', prefix: { bytes: 1 } } }, {}, 'fields.3.prefix: of no effect'],
  [
    'min',
    { 32: { name: 'Id', format: 'n..11', min: 11, prefix: { bytes: 1 } } },
    {},
    'fields.32.format: lengths over 9',
  ],
  [
    'bytes',
    { 32: { name: 'Id', format: 'n..11', encoding: 'bcd', prefix: { counts: 'bytes' } } },
    {},
    'fields.32.odd: the length counts bytes',
  ],
  ['undefined', {}, { '020': { mandatory: [9] } }, 'presence.020.mandatory: 9 is not an element'],
  [
    'no subfields',
    { 4: { name: 'Amount', format: 'n12' } },
    { '020': { mandatory: ['4.1'] } },
    'presence.020.mandatory: 4.1 : Amount has no subfields',
  ],
  [
    'both',
    { 4: { name: 'Amount', format: 'n12' } },
    { '020': { mandatory: [4], forbidden: [4] } },
    'presence.020.mandatory: 4 is forbidden too',
  ],
  [
    'group',
    { 4: { name: 'Amount', format: 'n12' } },
    { '020': { mandatory: [4], oneOf: [[4, 4]] } },
    'presence.020.oneOf: one of 4, 4 is mandatory',
  ],
  [
    'nobody',
    { 4: { name: 'Amount', format: 'n12' } },
    { '020': { forbidden: [4] }, '080': { forbidden: [4] } },
    'fields.4: nobody may have it',
  ],
  [
    'tags',
    {
      48: {
        name: 'Private',
        format: 'ans...999',
        content: {
          kind: 'tags',
          tag: { bytes: 2 },
          length: { bytes: 1 },
          tags: { '001': { name: 'A', format: 'n2' }, '02': { name: 'B', format: 'n..12' } },
        },
      },
    },
    {},
    'fields.48.content.tags.001: cannot be reached: tags are 2 digits',
  ],
  [
    'sum',
    {
      60: {
        name: 'Private',
        format: 'ans10',
        content: { kind: 'fields', fields: { a: { name: 'A', format: 'an4' }, b: { name: 'B', format: 'an4' } } },
      },
    },
    {},
    "fields.60.content: the subfields take at most 8 of the element's fixed 10",
  ],
])('a warning: %s', (name, fields, presence, expected) => {
  expect(found(name.replace(/\W/g, '-'), { fields, presence }).join('\n')).toContain(`warning ${expected}`);
});

test('a mistake is laid to the file and line that holds it', () => {
  fileOf('parent', { name: 'parent', fields: { 3: { name: 'Code', format: 'n.6' } } });
  const child = fileOf('child', {
    name: 'child',
    extends: './parent.json',
    fields: { 4: { name: 'A', format: 'n0' } },
  });
  const places = checkSpec(child).findings.map(({ file, line, path }) => `${file.split('/').at(-1)}:${line} ${path}`);
  expect(places).toEqual(['parent.json:6 fields.3.format', 'child.json:7 fields.4.format']);
});

test.each([
  ['{"name": "a",', 'not JSON'],
  ['[]', 'must be a JSON object'],
  ['{"name": "a", "extends": 3}', 'extends must name a dialect'],
  ['{"name": "a", "extends": "./round.json"}', 'goes round'],
  ['{"name": "a", "fields": {"3": {"name": "A", "format": "n6"}, "3": {"name": "B", "format": "n6"}}}', 'stands twice'],
  ['{"name": 3, "fields": [1]}', 'must be an object'],
])('%s: %s', (text, reason) => {
  const file = fileOf('round', text);
  expect(
    checkSpec(file)
      .findings.map((finding) => finding.reason)
      .join('\n'),
  ).toContain(reason);
});

test('lines are those of keys, whatever strings hold', () => {
  const text = '{\n"a": "x\\"}:{",\n"b": [1, {"c": 2},\n{"d": "[,"}]}';
  expect(Object.fromEntries(keyLines(text).lines)).toEqual({ a: 2, b: 3, 'b.1.c': 3, 'b.2.d': 4 });
});

test('kalabarg spec check ends with 1 where there are faults, with --strict also for warnings', async () => {
  const bad = fileOf('bad', { name: 'bad', fields: { 3: { name: 'Code', format: '6n' } } });
  const said = await kalabarg('spec', 'check', 'kalabarg-pos', bad);
  expect(said.status).toBe(1);
  expect(said.out).toMatch(/bad\.json:\d+: fault: fields\.3\.format: "6n" is not a format/);
  expect(said.out).toContain('kalabarg-pos: 0 faults');
  const doubtful = fileOf('doubtful', { name: 'doubtful', fields: { 3: { format: 'n6' } } });
  expect((await kalabarg('spec', 'check', doubtful)).status).toBe(0);
  const strict = await kalabarg('spec', 'check', '--strict', '--json', doubtful);
  expect(strict.status).toBe(1);
  expect(JSON.parse(strict.out)).toMatchObject({ severity: 'warning', path: 'fields.3.name' });
});

test.each<[what: string, open: string, close: string]>([
  ['objects', '{"a":', '}'],
  ['lists', '{"a":[', ']}'],
])('50,000 %s inside each other are a fault with its line, not the end of the process', (_, open, close) => {
  const text = `{"name":"deep",\n"fields":${open.repeat(50_000)}1${close.repeat(50_000)}}`;
  const { findings } = checkSpec(fileOf('deep', text));
  expect(findings.map(({ severity, reason }) => `${severity} ${reason}`)).toEqual([
    'fault line 2: more than 128 objects and lists inside each other',
  ]);
  expect(() => importMoov(text, 'deep')).toThrow('line 2: more than 128 objects and lists inside each other');
});

test('keys of any length and number need no more memory than their file', () => {
  const many = Array.from({ length: 100_000 }, (_, index) => `"k${index}":1`).join(',');
  const { findings } = checkSpec(fileOf('long', `{"name":"long","${'x'.repeat(1_000_000)}":{${many}}}`));
  expect(findings[0]).toMatchObject({ severity: 'fault' });
});

test('brackets in texts nest nothing', () => {
  expect(tooDeepAt(JSON.stringify({ name: '{['.repeat(200) + '"\\' }))).toBeUndefined();
});
