import { createHash } from 'node:crypto';
import type { Pool, PoolClient } from 'pg';
import { sqlIn } from '../../ops/sql.ts';
import { dayOf, rowsIn, SECTIONS, whoseOf, type RuleRow, type RulesFile, type Section } from './file.ts';

type Db = Pool | PoolClient;

const sql = sqlIn(new URL('./sql/', import.meta.url));

/** All rules, past and to come, as a file that `proposeRules` finds nothing new in. */
export async function showRules(db: Db): Promise<Required<RulesFile>> {
  const [row] = (await db.query<{ rules: Required<RulesFile> }>(sql('show'))).rows;
  if (row === undefined) throw new Error('the database gave no rules');
  return row.rules;
}

/** Names the rules as they are: what a proposal rests on. */
export function digestOf(rules: RulesFile): string {
  return createHash('sha256')
    .update(JSON.stringify(SECTIONS.map((section) => (rowsIn(rules, section) ?? []).map(plain))))
    .digest('hex');
}

/** The same row as the same text, whoever wrote it. */
export function plain(row: RuleRow): RuleRow {
  return Object.fromEntries(
    Object.entries(row)
      .filter(([, value]) => value !== undefined)
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([name, value]) => [name, UNORDERED.has(name) ? (value as unknown[]).toSorted() : value]),
  );
}

/** Lists whose order says nothing. */
const UNORDERED: ReadonlySet<string> = new Set(['business', 'holiday', 'profiles', 'weekdays', 'exempt']);

/** What holds on a day: of each section the newest rows that have begun; of holidays those of the day and later. */
export function inForce(rules: Required<RulesFile>, day: string): Readonly<Record<Section, readonly RuleRow[]>> {
  const of = (section: Section): readonly RuleRow[] => {
    const rows = rowsIn(rules, section) ?? [];
    if (section === 'holidays') return rows.filter((row) => dayOf(row) >= day);
    const newest = new Map<string, RuleRow>();
    for (const row of rows.filter((each) => dayOf(each) <= day)) {
      const whose = whoseOf(row);
      const known = newest.get(whose);
      if (known === undefined || dayOf(row) > dayOf(known)) newest.set(whose, row);
    }
    return [...newest.values()];
  };
  return Object.fromEntries(SECTIONS.map((section) => [section, of(section)])) as ReturnType<typeof inForce>;
}
