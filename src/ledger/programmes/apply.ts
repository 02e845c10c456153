import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type pg from 'pg';
import { tehran } from '../../ops/clock.ts';
import { firstDayOf } from '../../field/jalali.ts';
import { basketChanges } from './baskets.ts';
import { parseProgrammes, refused, type ProgrammeEntry, type ProgrammeFile } from './file.ts';
import { showProgrammes } from './show.ts';
import { removeRow, writeGuild, writeRow, type Section } from './write.ts';
import { transaction } from '../../ops/database.ts';

export interface ApplyOptions {
  /** What the file is called, for the books. */
  readonly name: string;
  readonly now: number;
  /** Only says what would change. */
  readonly dryRun?: boolean;
}

interface Change {
  readonly programme: string;
  readonly section: Section;
  readonly action: 'new' | 'changed' | 'withdrawn';
  /** The day, or period and category. */
  readonly key: string;
  readonly row: unknown;
}

/** Takes a programme file (file.ts), whole or not at all. What has begun stays as it is: a rule of today or before must be as
 *  the database has it, unless the programme is new; a coming one that the file no longer names is withdrawn. A section
 *  that the file does not have is left alone.
 *  @returns what changed, a line each; none: the database was so before
 *  @throws GatewayError `programme.file` with every fault by its path */
export async function applyProgrammes(pool: pg.Pool, text: string, options: ApplyOptions): Promise<string[]> {
  const file = parseProgrammes(text);
  const today = tehran(options.now).isoDate;
  const apply = async (tx: pg.PoolClient) => {
    await tx.query('select pg_advisory_xact_lock(8583, 4)'); // one at a time, and none beside a load
    const before = await showProgrammes(tx);
    const changes = changesOf(before, file, today);
    demandNoBaskets(before, file, today);
    const told = [
      ...changes.map(({ programme, section, action, key }) => `${programme}: ${section} ${key}: ${action}`),
    ];
    const known = new Set(before.programmes.map(({ programme }) => programme));
    const fresh = file.programmes.map(({ programme }) => programme).filter((programme) => !known.has(programme));
    told.unshift(...fresh.map((programme) => `${programme}: new programme`));
    await tx.query('insert into programmes select unnest($1::text[])', [fresh]);
    for (const { programme, section, action, key, row } of changes) {
      if (action !== 'new') await removeRow(tx, programme, section, key);
      if (action !== 'withdrawn') await writeRow(tx, programme, section, row);
    }
    told.push(...(await applyOrders(tx, before, file)));
    told.push(...(await applyGuilds(tx, before, file)));
    await tx.query('insert into programme_files values ($1, $2) on conflict do nothing', [
      createHash('sha256').update(text).digest('hex'),
      options.name,
    ]);
    return told;
  };
  return transaction(pool, apply, { undo: options.dryRun === true });
}

/** One person applies a file; of what goods credit pays, two decide.
 *  @throws GatewayError `programme.file` */
function demandNoBaskets(before: ProgrammeFile, file: ProgrammeFile, today: string): void {
  const faults = basketChanges(before, file, today).map(({ programme, from }) => {
    const place = file.programmes.findIndex((each) => each.programme === programme);
    return `programmes[${place}].baskets: ${from} differs from what holds; two persons change it: kalabarg programme basket propose`;
  });
  if (faults.length > 0) throw refused(faults);
}

async function applyOrders(tx: pg.PoolClient, before: ProgrammeFile, file: ProgrammeFile): Promise<string[]> {
  const changed: string[] = [];
  for (const { programme, order } of file.programmes) {
    const was = before.programmes.find((each) => each.programme === programme)?.order ?? 100;
    if (order === undefined || order === was) continue;
    await tx.query('update programmes set spend_order = $2 where programme_id = $1', [programme, order]);
    changed.push(`${programme}: order ${was}: ${order}`);
  }
  return changed;
}

async function applyGuilds(tx: pg.PoolClient, before: ProgrammeFile, file: ProgrammeFile): Promise<string[]> {
  const changed: string[] = [];
  for (const [guild, categories = []] of Object.entries(file.guilds ?? {})) {
    if (isDeepStrictEqual(before.guilds?.[guild] ?? [], categories.toSorted())) continue;
    await writeGuild(tx, guild, categories);
    changed.push(`guild ${guild}: may sell ${categories.toSorted().join(', ') || 'nothing'}`);
  }
  return changed;
}

/** @throws GatewayError `programme.file` where the file changes what has begun */
function changesOf(before: ProgrammeFile, file: ProgrammeFile, today: string): Change[] {
  const changes: Change[] = [];
  const faults: string[] = [];
  for (const [index, entry] of file.programmes.entries()) {
    const old = before.programmes.find(({ programme }) => programme === entry.programme);
    for (const section of ['rules', 'charges', 'entitlements'] as const) {
      if (entry[section] === undefined) continue;
      const [had, has] = [rowsOf(old, section), rowsOf(entry, section)];
      const begun = (key: string): boolean => old !== undefined && firstDay(section, key) <= today;
      for (const [place, [key, row]] of [...has].entries()) {
        const same = had.get(key);
        if (same !== undefined && isDeepStrictEqual(same, row)) continue;
        if (begun(key)) {
          faults.push(
            `programmes[${index}].${section}[${place}]: ${key} has begun; what holds is changed from tomorrow on`,
          );
        }
        changes.push({ programme: entry.programme, section, action: same === undefined ? 'new' : 'changed', key, row });
      }
      for (const [key, row] of had) {
        if (has.has(key) || begun(key)) continue;
        changes.push({ programme: entry.programme, section, action: 'withdrawn', key, row });
      }
    }
  }
  if (faults.length > 0) throw refused(faults);
  return changes;
}

/** The rows of a section by their key, written in one way: cohorts in order, so that equal rules look equal. */
function rowsOf(entry: ProgrammeEntry | undefined, section: Section): Map<string, unknown> {
  if (section === 'entitlements') {
    return new Map((entry?.entitlements ?? []).map((row) => [`${row.period} ${row.category}`, row]));
  }
  if (section === 'rules') return new Map((entry?.rules ?? []).map((row) => [row.from, row]));
  return new Map(
    (entry?.charges ?? []).map((row) => {
      const amounts = row.amounts.flatMap(({ deciles, rialsPerPerson }) =>
        deciles.map((n) => [n, rialsPerPerson] as const),
      );
      const days = row.days.flatMap(({ cohorts, day }) => cohorts.map((n) => [n, day] as const));
      return [
        row.from,
        {
          ...row,
          requires: row.requires.toSorted(),
          amounts: Object.fromEntries<number>(amounts),
          days: Object.fromEntries<number>(days),
        },
      ] as const;
    }),
  );
}

/** The day from which a row holds; of an entitlement, the first of its Jalali month. */
function firstDay(section: Section, key: string): string {
  if (section !== 'entitlements') return key;
  if (key.startsWith('*')) return ''; // of every month: it has always begun
  return firstDayOf(key.slice(0, 7)) ?? '';
}
