import { expect, test } from '@jest/globals';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineSpec, loadSpec } from '../../src/codec/index.ts';
import { diffSpecs } from '../../src/spec-tools/diff/index.ts';
import { kalabarg } from '../support/command.ts';

const BASE = {
  name: 'base',
  fields: {
    3: { name: 'Code', format: 'n6' },
    4: { name: 'Amount', format: 'n12' },
    32: { name: 'Acquirer', format: 'n..11', min: 2 },
    41: { name: 'Terminal', format: 'an8' },
    43: { name: 'Place', format: 'ans40', encoding: 'ascii' },
    48: {
      name: 'Private',
      format: 'ans...999',
      content: { kind: 'tags', tag: { bytes: 2 }, length: { bytes: 3 }, tags: { '01': { name: 'A', format: 'n..9' } } },
    },
    54: {
      name: 'Amounts',
      format: 'ans...120',
      content: {
        kind: 'fields',
        repeat: 6,
        fields: { type: { name: 'T', format: 'n2' }, amount: { name: 'A', format: 'n12' } },
      },
    },
    60: {
      name: 'Own',
      format: 'b..99',
      content: { kind: 'bitmapped', bytes: 1, fields: { 1: { name: 'One', format: 'n2' } } },
    },
  },
  presence: { '020': { mandatory: [3, 4], oneOf: [[32, 41]], forbidden: [60] } },
};

/** The changes of the base with this laid over it: path, whom it breaks. */
function changes(over: object): string[] {
  return diffSpecs(defineSpec(BASE), defineSpec(merged(BASE, over))).map(({ path, breaks }) => `${path} ${breaks}`);
}

function merged(base: object, over: object): Record<string, unknown> {
  const result: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(over)) {
    const old = result[key];
    const nested = typeof value === 'object' && !Array.isArray(value) && value !== null && typeof old === 'object';
    result[key] = nested && old !== null ? merged(old, value as object) : (value as unknown);
  }
  return result;
}

test.each([
  ['nothing', {}, []],
  ['a name', { fields: { 3: { name: 'Processing code' } } }, ['3 nobody']],
  ['a secret', { fields: { 4: { secret: 'pan' } } }, ['4 nobody']],
  ['a new element', { fields: { 5: { name: 'B', format: 'n12' } } }, ['5 receivers']],
  ['an element gone', { fields: { 4: null } }, ['4 senders']],
  ['a longer fixed length', { fields: { 3: { format: 'n8' } } }, ['3 both']],
  ['a length in front', { fields: { 3: { format: 'n..6' } } }, ['3 both']],
  ['more allowed', { fields: { 32: { format: 'n..15' } } }, ['32 receivers']],
  ['less allowed', { fields: { 32: { format: 'n..9' } } }, ['32 senders']],
  ['a higher least', { fields: { 32: { min: 4 } } }, ['32 senders']],
  ['another prefix', { fields: { 32: { prefix: { encoding: 'bcd' } } } }, ['32 both']],
  ['packed', { fields: { 4: { encoding: 'bcd' } } }, ['4 both']],
  ['more characters', { fields: { 41: { format: 'ans8' } } }, ['41 receivers']],
  ['fewer characters', { fields: { 41: { format: 'n8' } } }, ['41 senders']],
  ['other characters', { fields: { 41: { format: 'ns8' } } }, ['41 both']],
  ['Latin text', { fields: { 43: { encoding: 'latin1' } } }, ['43 receivers']],
  ['EBCDIC', { fields: { 43: { encoding: 'ebcdic' } } }, ['43 both']],
  ['bytes', { fields: { 43: { format: 'b40', encoding: null } } }, ['43 both']],
  ['padding', { fields: { 43: { pad: { side: 'right' } } } }, ['43 both']],
  ['a new tag', { fields: { 48: { content: { tags: { '02': { name: 'B', format: 'n2' } } } } } }, ['48.02 nobody']],
  ['a tag gone', { fields: { 48: { content: { tags: null } } } }, ['48.01 nobody']],
  ['a shorter tag', { fields: { 48: { content: { tags: { '01': { format: 'n..8' } } } } } }, ['48.01 senders']],
  ['longer tag lengths', { fields: { 48: { content: { length: { bytes: 4 } } } } }, ['48 both']],
  ['no subfields', { fields: { 48: { content: null } } }, ['48 receivers']],
  ['fewer rows', { fields: { 54: { content: { repeat: 5 } } } }, ['54 senders']],
  ['another position', { fields: { 54: { content: { fields: { sign: { name: 'S', format: 'n1' } } } } } }, ['54 both']],
  ['a new bit', { fields: { 60: { content: { fields: { 2: { name: 'Two', format: 'n2' } } } } } }, ['60.2 receivers']],
  ['a packed MTI', { mti: { encoding: 'bcd' } }, ['mti both']],
  ['versions', { mti: { versions: '02' } }, ['mti senders']],
  ['hexadecimal bitmaps', { bitmap: { encoding: 'hex' } }, ['bitmap both']],
  ['one bitmap', { bitmap: { count: 1 } }, ['bitmap senders']],
  ['more mandatory', { presence: { '020': { mandatory: [3, 4, 41] } } }, ['presence.020 senders']],
  ['less mandatory', { presence: { '020': { mandatory: [3] } } }, ['presence.020 receivers']],
  ['nothing forbidden', { presence: { '020': { forbidden: [] } } }, ['presence.020 receivers']],
  ['no group', { presence: { '020': { oneOf: [] } } }, ['presence.020 receivers']],
  ['a new rule', { presence: { '080': { mandatory: [3] } } }, ['presence.080 senders']],
])('%s', (_, over, expected) => {
  expect(changes(over)).toEqual(expected);
});

test.each(['kalabarg-pos', 'iso93-bcd', 'iso2003-ascii'])('%s does not differ from itself', (name) => {
  expect(diffSpecs(loadSpec(name), loadSpec(name))).toEqual([]);
});

test('kalabarg spec diff ends with 1 for those it is told to mind', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'kalabarg-spec-diff-'));
  const next = join(folder, 'next.json');
  writeFileSync(
    next,
    JSON.stringify({
      name: 'kalabarg-pos',
      extends: 'kalabarg-pos',
      presence: { '080': { mandatory: [7, 11, 41, 42, 70] } },
    }),
  );
  const said = await kalabarg('spec', 'diff', 'kalabarg-pos', next);
  expect(said.out).toBe(
    'breaks old senders    presence.080   42 mandatory: old senders need not keep to it (mandatory)\n' +
      '1 change; 1 break old senders, 0 break old receivers',
  );
  expect(said.status).toBe(1);
  expect((await kalabarg('spec', 'diff', 'kalabarg-pos', next, '--fail-on', 'receivers')).status).toBe(0);
  const json = await kalabarg('spec', 'diff', 'kalabarg-pos', next, '--json', '--fail-on', 'none');
  expect([JSON.parse(json.out), json.status]).toMatchObject([{ path: 'presence.080', breaks: 'senders' }, 0]);
});
