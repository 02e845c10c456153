import type { Command } from 'commander';
import { basename } from 'node:path';
import type pg from 'pg';
import { stringify } from 'yaml';
import { firstDayOf } from '../../field/jalali.ts';
import { groupedRials } from '../../field/rials.ts';
import {
  applyProgrammes,
  auditProgrammes,
  chargeProgrammes,
  migrate,
  reasonOf,
  showProgrammes,
  type Charged,
  type MonthAudit,
} from '../../ledger/index.ts';
import { systemClock, tehran } from '../../ops/clock.ts';
import { GatewayError } from '../../ops/errors.ts';
import { withBooks } from '../books.ts';
import { readText } from '../files.ts';
import { day, withJson, wrongOption } from '../options.ts';
import { print, printEach, type JsonOption } from '../print.ts';
import { registerAuthorityBinding } from './authority.ts';
import { registerBaskets } from './baskets.ts';
import { registerStandIn } from './stand-in.ts';
import { registerWhatIf } from './what-if.ts';
import { registerWindows } from './windows.ts';

export function register(program: Command): void {
  const programme = program.command('programme');
  withJson(programme.command('list')).description('the programmes, and since when their rules hold').action(list);
  programme
    .command('show')
    .description('a programme, or all, as a file that apply takes')
    .argument('[programme]')
    .option('--yaml', 'as YAML (the default)')
    .option('--json', 'as JSON')
    .action(show);
  withJson(programme.command('apply'))
    .description('take a programme file (YAML or JSON), whole or not at all')
    .argument('<file>')
    .option('--dry-run', 'only say what would change')
    .action(apply);
  withJson(programme.command('charge'))
    .description(
      'give the credit of the month to every household whose charge day has come (the gateway also does so by itself)',
    )
    .option('--as-of <day>', 'as on this day, Gregorian or Jalali (default: today)', day('--as-of'))
    .option('--dry-run', 'only say how many households and rials')
    .action(charge);
  registerAuthorityBinding(programme);
  registerStandIn(programme);
  registerWindows(programme);
  registerWhatIf(programme);
  registerBaskets(programme);
  withJson(programme.command('audit'))
    .description('months owed are months granted, for every household: recomputed, with the exceptions and why')
    .option('--since <period>', 'from this Jalali month on, as 1405-01 (default: a year)')
    .action(audit);
}

async function withDatabase(work: (pool: pg.Pool) => Promise<void>, actor?: string): Promise<void> {
  await withBooks(async (pool) => {
    await migrate(pool);
    await work(pool);
  }, actor);
}

async function list(options: JsonOption): Promise<void> {
  await withDatabase(async (pool) => {
    const days = (rows: readonly { from: string }[] = []): string[] => rows.map(({ from }) => from);
    const found = (await showProgrammes(pool)).programmes.map(({ programme, rules, charges, entitlements = [] }) => {
      return { programme, rules: days(rules), charges: days(charges), entitlements: entitlements.length };
    });
    const text = (dates: readonly string[]): string => dates.join(', ') || 'none';
    printEach(options, found, () =>
      found
        .map(
          ({ programme, rules, charges, entitlements }) =>
            `${programme}: rules from ${text(rules)}; charges from ${text(charges)}; ${entitlements} entitlements`,
        )
        .join('\n'),
    );
  });
}

async function show(name: string | undefined, options: { json?: boolean }): Promise<void> {
  await withDatabase(async (pool) => {
    const file = await showProgrammes(pool, name);
    if (name !== undefined && file.programmes.length === 0) {
      throw new GatewayError('programme.unknown', 'There is no such programme.');
    }
    process.stdout.write(options.json === true ? `${JSON.stringify(file, null, 2)}\n` : stringify(file));
  });
}

async function apply(path: string, options: JsonOption & { dryRun?: boolean; by?: string }): Promise<void> {
  const text = readText(path);
  await withDatabase(async (pool) => {
    const dryRun = options.dryRun === true;
    const changes = await applyProgrammes(pool, text, { name: basename(path), now: systemClock.now(), dryRun });
    print(options, { file: path, dryRun, changes }, () => {
      if (changes.length === 0) return 'nothing changed';
      return [...changes, ...(dryRun ? ['a dry run: nothing was changed'] : [])].join('\n');
    });
  }, options.by);
}

async function charge(options: JsonOption & { asOf?: string; dryRun?: boolean }): Promise<void> {
  const now = systemClock.now();
  const day = options.asOf ?? tehran(now).isoDate;
  await withDatabase(async (pool) => {
    const dryRun = options.dryRun === true;
    const charged = (await chargeProgrammes(pool, { day, now, dryRun })).map((each) => ({ ...each, day, dryRun }));
    printEach(options, charged, () =>
      charged.length === 0 ? 'no programme has a charge calendar' : charged.map(chargedText).join('\n'),
    );
  });
}

async function audit({ since, ...options }: JsonOption & { since?: string }): Promise<void> {
  if (since !== undefined && firstDayOf(since) === undefined)
    throw wrongOption(`--since ${since}`, 'a Jalali month, as 1405-01');
  await withDatabase(async (pool) => {
    const months = await auditProgrammes(pool, { since });
    printEach(options, months, () =>
      months.length === 0 ? 'no programme has a charge calendar' : months.map(auditText).join('\n'),
    );
    if (months.some(({ skipped }) => skipped > 0)) process.exitCode = 1;
  });
}

/** `kalabarg 1405-09: 1,000 households, 990 owed, 990 granted` and a line for each exception. */
function auditText({
  programme,
  period,
  households,
  owed,
  granted,
  skipped,
  exceptions,
  examples,
}: MonthAudit): string {
  const n = (count: number): string => count.toLocaleString('en');
  const lines = exceptions.map(({ granted: given, why, households: count, examples: first }) => {
    return `  ${n(count)} ${given ? 'granted, though' : 'not granted'}: ${reasonOf(why).en} (${why}; ${first.join(', ')})`;
  });
  if (skipped > 0) lines.push(`  FAULT: ${n(skipped)} are owed it and did not get it (${examples.join(', ')})`);
  return [
    `${programme} ${period}: ${n(households)} ${households === 1 ? 'household' : 'households'}, ${n(owed)} owed, ${n(granted)} granted`,
    ...lines,
  ].join('\n');
}

function chargedText(charged: Charged & { readonly dryRun: boolean }): string {
  const { programme, households, rials, dryRun } = charged;
  const what = `${households.toLocaleString('en')} households, ${groupedRials(rials)} rials`;
  return `${programme}: ${what}${dryRun ? ' due' : ' charged'}`;
}
