import Table from 'cli-table3';
import type { KeySummary } from '../../merchants/index.ts';

export function keyTable(keys: readonly KeySummary[]): string {
  const head = ['key', 'usage', 'algorithm', 'KCV', 'days', 'session keys, days'];
  const table = new Table({ head, style: { head: [], border: [] } });
  for (const { name, usage, algorithm, bits, kcv, days, sessionDays } of keys) {
    const session = sessionDays === undefined ? '' : String(sessionDays ?? 'none');
    table.push([name, usage, `${algorithm}-${bits}`, kcv, days, session]);
  }
  return keys.length === 0 ? 'no keys' : table.toString();
}
