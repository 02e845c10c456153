import { isDeepStrictEqual } from 'node:util';
import type pg from 'pg';
import { jalaliMonth } from '../../field/jalali.ts';
import { listWindows, showProgrammes } from '../../ledger/index.ts';
import { tehran } from '../../ops/clock.ts';
import { inForce, showRules, whoseOf } from '../../settlement/rules/index.ts';

/** All rules that hold on a day, wherever they are kept: settlement's, each programme's, moved ends of credit. They are read from
 *  what decisions read; what a purchase comes to under them is the ledger's own to say (`whatIf`). */

type Row = Readonly<Record<string, unknown>>;

export interface Holding {
  /** `settlement`, or a programme. */
  readonly source: string;
  readonly section: string;
  /** Whose, where several rows of a section hold at once: a PSP, a rail, a category. */
  readonly whose: string;
  readonly row: Row;
}

export interface HoldingChange extends Omit<Holding, 'row'> {
  readonly action: 'begins' | 'changes' | 'ends';
  readonly before: Row | null;
  readonly after: Row | null;
}

/** Everything that is kept about rules, past and to come. */
export interface RulesKept {
  readonly settlement: Awaited<ReturnType<typeof showRules>>;
  readonly programmes: Awaited<ReturnType<typeof showProgrammes>>;
  readonly windows: Awaited<ReturnType<typeof listWindows>>;
}

export async function rulesKept(pool: pg.Pool): Promise<RulesKept> {
  const [settlement, programmes, windows] = [await showRules(pool), await showProgrammes(pool), await listWindows(pool)]; // prettier-ignore
  return { settlement, programmes, windows };
}

/** What holds on a day.
 *  @param day ISO, in Tehran */
export function holdingsOn(kept: RulesKept, day: string): Holding[] {
  const settlement = Object.entries(inForce(kept.settlement, day)).flatMap(([section, rows]) =>
    rows
      .filter((row) => section !== 'holidays' || row['day'] === day)
      .map((row) => ({ source: 'settlement', section, whose: whoseOf(row), row })),
  );
  const programmes = kept.programmes.programmes.flatMap((entry) => [
    ...programmeOn(entry, day),
    ...windowsOn(kept.windows, entry.programme, day),
  ]);
  return [...settlement, ...programmes];
}

type Programme = RulesKept['programmes']['programmes'][number];

/** Of each dated section the newest rows that have begun; of rations those of the month, else those of every month. */
function programmeOn(entry: Programme, day: string): Holding[] {
  const { programme: source } = entry;
  const { period } = jalaliMonth(day);
  return Object.entries(entry).flatMap(([section, rows]) => {
    if (!Array.isArray(rows)) return [];
    const dated = section === 'entitlements' ? rationsOf(rows, period) : newestOf(rows, day);
    return dated.map((row) => ({ source, section, whose: textOf(row['category']), row }));
  });
}

function newestOf(rows: readonly Row[], day: string): Row[] {
  const begun = rows.filter((row) => textOf(row['from']) <= day);
  return begun.toSorted((one, other) => (textOf(one['from']) < textOf(other['from']) ? -1 : 1)).slice(-1);
}

function rationsOf(rows: readonly Row[], period: string): Row[] {
  const own = rows.filter((row) => row['period'] === period);
  const named = new Set(own.map((row) => row['category']));
  return [...own, ...rows.filter((row) => row['period'] === '*' && !named.has(row['category']))];
}

/** Ends of credit that two persons moved and that counted by the end of the day: of a month and cohort the newest. */
function windowsOn(windows: RulesKept['windows'], programme: string, day: string): Holding[] {
  const newest = new Map<string, Holding>();
  for (const { id, programme: own, period, cohort, cohorts, from, to, effectiveAt, state } of windows.toReversed()) {
    const counts = state === 'effective' || state === 'coming';
    if (own !== programme || !counts || tehran(Date.parse(effectiveAt)).isoDate > day) continue;
    const whose = [period, cohort, ...cohorts].join(' ');
    newest.set(whose, { source: programme, section: 'windows', whose, row: { id, period, cohort, cohorts, from, to } });
  }
  return [...newest.values()].filter(({ row }) => row['to'] === null || textOf(row['to']) >= day);
}

/** What is other on one day than on another. */
export function changesBetween(before: readonly Holding[], after: readonly Holding[]): HoldingChange[] {
  const keyOf = ({ source, section, whose }: Holding): string => JSON.stringify([source, section, whose]);
  const had = new Map(before.map((each) => [keyOf(each), each]));
  const has = new Map(after.map((each) => [keyOf(each), each]));
  return [...new Map([...had, ...has])].flatMap(([key, { source, section, whose }]) => {
    const [old, now] = [had.get(key)?.row ?? null, has.get(key)?.row ?? null];
    if (isDeepStrictEqual(old, now)) return [];
    const action = old === null ? 'begins' : now === null ? 'ends' : 'changes';
    return [{ source, section, whose, action, before: old, after: now } as const];
  });
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
