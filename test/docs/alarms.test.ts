import { expect, test } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** What a log line of the sources begins with behind `ALARM`. */
function raised(): string[] {
  return readdirSync(join(root, 'src'), { recursive: true })
    .map(String)
    .filter((name) => name.endsWith('.ts'))
    .flatMap((name) => [...readFileSync(join(root, 'src', name), 'utf8').matchAll(/(['"])ALARM:? (.+?)\1/g)])
    .map(([, , text = '']) => text);
}

test('docs/operations.md says of every alarm in the log what it means, and of no other', () => {
  const page = readFileSync(join(root, 'docs/operations.md'), 'utf8');
  const section = page.slice(page.indexOf('\n## Alarms'), page.indexOf('\nAlerts of Prometheus'));
  const rows = [...section.matchAll(/^\| `([^`]+)` \| \S.* \|$/gm)].map(([, text = '']) => text);
  const alarms = raised();
  expect(alarms.length).toBeGreaterThan(8);
  expect(alarms.filter((text) => !rows.some((row) => text.includes(row)))).toEqual([]);
  expect(rows.filter((row) => !alarms.some((text) => text.includes(row)))).toEqual([]);
});
