import { expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { describeSettings } from '../../src/ops/config.ts';
import { settingsTable } from '../../src/ops/settings-table.ts';

const page = readFileSync(new URL('../../docs/settings.md', import.meta.url), 'utf8');

test('docs/settings.md holds the table that the settings give (npm run docs:settings writes it)', () => {
  const table = /<!-- settings -->\n([^]*)\n<!-- end -->/.exec(page)?.[1];
  expect(table).toBe(settingsTable());
});

test('every setting has its bounds in words', () => {
  expect(describeSettings().filter(({ bounds }) => bounds === '' || bounds.includes('undefined'))).toEqual([]);
  expect(describeSettings().find(({ key }) => key === 'terminalPort')?.bounds).toBe('1 to 65535');
  expect(describeSettings().find(({ key }) => key === 'hsm.backend')?.bounds).toBe('software, pkcs11, payshield');
});

test('a cell cannot end its row', () => {
  const setting = { key: 'a', environment: 'A', fallback: '', bounds: 'text', description: 'x | y in <data>' };
  expect(settingsTable([setting]).split('\n')[2]).toBe('| `a` | `A` | empty | text | x \\| y in &lt;data> |');
});
