import { isDeepStrictEqual } from 'node:util';
import { dayOf, keyOf, refused, rowsIn, SECTIONS, type RuleRow, type RulesFile, type Section } from './file.ts';
import { plain } from './show.ts';

export interface RuleChange {
  readonly section: Section;
  readonly action: 'new' | 'changed' | 'withdrawn';
  /** The day, with whose it is. */
  readonly key: string;
  readonly before: RuleRow | null;
  readonly after: RuleRow | null;
}

/** What a file would change. What has begun stays: a row of that time must be as it is, or be left out; a coming row that the file no
 *  longer names is withdrawn.
 *  @param begun the last day whose rules are fixed
 *  @throws GatewayError `rules.file` where the file changes what has begun */
export function changesOf(before: RulesFile, file: RulesFile, begun: string): RuleChange[] {
  const changes: RuleChange[] = [];
  const faults: string[] = [];
  for (const section of SECTIONS) {
    const wanted = rowsIn(file, section);
    if (wanted === undefined) continue;
    const had = new Map((rowsIn(before, section) ?? []).map((row) => [keyOf(row), plain(row)]));
    const has = new Map(wanted.map((row) => [keyOf(row), plain(row)]));
    for (const [place, [key, after]] of [...has].entries()) {
      const known = had.get(key) ?? null;
      if (known !== null && isDeepStrictEqual(known, after)) continue;
      if (dayOf(after) <= begun)
        faults.push(`${section}[${place}]: ${key} has begun; what holds is changed from a day after ${begun} on`);
      changes.push({ section, action: known === null ? 'new' : 'changed', key, before: known, after });
    }
    for (const [key, known] of had)
      if (!has.has(key) && dayOf(known) > begun)
        changes.push({ section, action: 'withdrawn', key, before: known, after: null });
  }
  if (faults.length > 0) throw refused(faults);
  return changes;
}

/** The first day on which anything is other than before. */
export function firstDayOf(changes: readonly RuleChange[]): string {
  return changes.map(({ before, after }) => dayOf(after ?? before ?? {})).toSorted()[0] ?? '';
}

/** A change in words, for a terminal: one line a field. */
export function changeLines({ section, action, key, before, after }: RuleChange): string[] {
  const names = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])];
  const fields = names.filter((name) => !isDeepStrictEqual(before?.[name], after?.[name]));
  const text = (value: unknown): string => (value === undefined ? 'none' : JSON.stringify(value));
  const detail = fields.map((name) =>
    action === 'changed'
      ? `    ${name}: ${text(before?.[name])} → ${text(after?.[name])}`
      : `    ${name}: ${text((after ?? before)?.[name])}`,
  );
  return [`${section} ${key}: ${action}`, ...detail];
}
