import type { Command } from 'commander';
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import type pg from 'pg';
import { stringify } from 'yaml';
import { applyProgrammes, chargeProgrammes, migrate, showProgrammes } from '../../ledger/index.ts';
import { systemClock, tehran } from '../../ops/clock.ts';
import { GatewayError } from '../../ops/errors.ts';
import { withBooks } from '../books.ts';

export function register(program: Command): void {
  const programme = program
    .command('programme')
    .description('programmes: their rules, charge calendars and entitlements');
  programme.command('list').description('the programmes, and since when their rules hold').action(list);
  programme
    .command('show')
    .description('a programme, or all, as a file that apply takes')
    .argument('[programme]')
    .option('--yaml', 'as YAML (the default)')
    .option('--json', 'as JSON')
    .action(show);
  programme
    .command('apply')
    .description('take a programme file (YAML or JSON), whole or not at all')
    .argument('<file>')
    .option('--dry-run', 'only say what would change')
    .action(apply);
  programme
    .command('charge')
    .description(
      'give the credit of the month to every household whose charge day has come (the gateway does so by itself)',
    )
    .option('--as-of <day>', 'as on this day, such as 2026-11-23; today unless given')
    .option('--dry-run', 'only say how many households and rials')
    .action(charge);
}

async function withDatabase(work: (pool: pg.Pool) => Promise<void>): Promise<void> {
  await withBooks(async (pool) => {
    await migrate(pool);
    await work(pool);
  });
}

async function list(): Promise<void> {
  await withDatabase(async (pool) => {
    for (const { programme, rules = [], charges = [], entitlements = [] } of (await showProgrammes(pool)).programmes) {
      const days = (rows: readonly { from: string }[]): string => rows.map(({ from }) => from).join(', ') || 'none';
      console.log(
        `${programme}: rules from ${days(rules)}; charges from ${days(charges)}; ${entitlements.length} entitlements`,
      );
    }
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

async function apply(path: string, options: { dryRun?: boolean }): Promise<void> {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw new GatewayError('programme.file', `${path} cannot be read.`, { cause });
  }
  await withDatabase(async (pool) => {
    const dryRun = options.dryRun === true;
    const changes = await applyProgrammes(pool, text, { name: basename(path), now: systemClock.now(), dryRun });
    for (const change of changes) console.log(change);
    if (changes.length === 0) console.log('nothing changed');
    else if (dryRun) console.log('a dry run: nothing was changed');
  });
}

async function charge(options: { asOf?: string; dryRun?: boolean }): Promise<void> {
  const now = systemClock.now();
  const day = options.asOf ?? tehran(now).isoDate;
  const time = /^20\d{2}-\d{2}-\d{2}$/.test(day) ? Date.parse(day) : Number.NaN;
  if (Number.isNaN(time) || new Date(time).toISOString().slice(0, 10) !== day) {
    throw new GatewayError('programme.charge', `${day} is no day such as 2026-11-23.`);
  }
  await withDatabase(async (pool) => {
    const dryRun = options.dryRun === true;
    const charged = await chargeProgrammes(pool, { day, now, dryRun });
    for (const { programme, households, rials } of charged) {
      const what = `${households.toLocaleString('en')} households, ${rials.toLocaleString('en')} rials`;
      console.log(`${programme}: ${what}${dryRun ? ' due' : ' charged'}`);
    }
    if (charged.length === 0) console.log('no programme has a charge calendar');
  });
}
