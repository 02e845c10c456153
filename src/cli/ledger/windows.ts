import type { Command } from 'commander';
import type pg from 'pg';
import { toJalali } from '../../field/jalali.ts';
import { groupedRials } from '../../field/rials.ts';
import {
  decideWindow,
  listWindows,
  migrate,
  proposeWindow,
  reachOfWindow,
  type CreditWindow,
  type WindowReach,
} from '../../ledger/index.ts';
import { withBooks } from '../books.ts';
import { day, withJson, wrongOption } from '../options.ts';
import { print, printEach, type JsonOption } from '../print.ts';

/** `programme move|approve|reject|windows`: when credit may be spent, as policy (docs/ledger.md). */
export function registerWindows(programme: Command): void {
  withJson(programme.command('windows'))
    .description('when credit may be spent: what was proposed, approved and rejected, the newest first')
    .argument('[programme]')
    .action(list);
  withJson(programme.command('move'))
    .description('propose other days on which the credit of a month may be spent; a second person approves')
    .argument('<programme>')
    .argument('<period>', 'the Jalali month of the credit, as 1405-03')
    .option('--to <day>', 'the last day, Gregorian or Jalali', day('--to'))
    .option('--from <day>', 'the first day', day('--from'))
    .option('--deciles <list>', 'for these deciles alone, as 1,2,3 (0: not known)')
    .option('--digits <list>', "for these last digits of the head's national id alone, as 7,8,9")
    .option('--at <instant>', 'it counts from this instant on, as 2026-07-21T20:30:00Z (default: from its approval)')
    .option('--by <name>', 'who proposes, where the database has no people')
    .requiredOption('--reason <text>', 'why: it stands in the audit')
    .action(propose);
  for (const [name, verdict] of [
    ['approve', 'approved'],
    ['reject', 'rejected'],
  ] as const) {
    withJson(programme.command(name))
      .description(`${name} what another person proposed (programme move)`)
      .argument('<number>', 'as programme windows shows it')
      .option('--by <name>', 'who does it, where the database has no people')
      .action((id: string, options: JsonOption & { by?: string }) => decide(id, verdict, options));
  }
}

async function list(programme: string | undefined, options: JsonOption): Promise<void> {
  await withBooks(async (pool) => {
    const found = await listWindows(pool, programme);
    printEach(options, found, () =>
      found.length === 0
        ? 'credit may be spent as it was granted: nobody moved its days'
        : found.map(lineOf).join('\n'),
    );
  });
}

interface Options extends JsonOption {
  readonly to?: string;
  readonly from?: string;
  readonly deciles?: string;
  readonly digits?: string;
  readonly at?: string;
  readonly by?: string;
  readonly reason: string;
}

async function propose(programme: string, period: string, options: Options): Promise<void> {
  const { to, from, deciles, digits, at, by, reason } = options;
  if (deciles !== undefined && digits !== undefined) throw wrongOption('--deciles --digits', 'one of them');
  const effectiveAt = at === undefined ? undefined : Date.parse(at);
  if (Number.isNaN(effectiveAt)) throw wrongOption(`--at ${at ?? ''}`, 'an instant, as 2026-07-21T20:30:00Z');
  const cohort = deciles === undefined ? (digits === undefined ? 'all' : 'digit') : 'decile';
  const cohorts = numbers(deciles ?? digits);
  await acting(options, async (pool) => {
    return proposeWindow(pool, { programme, period, cohort, cohorts, from, to, effectiveAt, reason, by: nameOf(by) });
  });
}

function numbers(list: string | undefined): number[] {
  if (list === undefined) return [];
  if (/^\d{1,2}(,\d{1,2})*$/.test(list)) return list.split(',').map(Number);
  throw wrongOption(list, 'numbers with commas, as 7,8,9');
}

async function decide(
  id: string,
  verdict: 'approved' | 'rejected',
  options: JsonOption & { by?: string },
): Promise<void> {
  if (!/^\d{1,15}$/.test(id)) throw wrongOption(id, 'a number; kalabarg programme windows shows it');
  await acting(options, (pool) => decideWindow(pool, id, verdict, nameOf(options.by)));
}

function nameOf(by: string | undefined): string {
  if (by === undefined) throw wrongOption('--by', 'it: the name of who does this');
  return by;
}

async function acting(
  options: JsonOption & { by?: string },
  act: (pool: pg.Pool) => Promise<CreditWindow>,
): Promise<void> {
  await withBooks(async (pool) => {
    await migrate(pool);
    const window = await act(pool);
    const reach = await reachOfWindow(pool, window.id);
    print(options, { ...window, reach }, () => `${lineOf(window)}\n${reachText(reach)}`);
  }, options.by);
}

/** `3 effective: kalabarg 1405-03 of digits 7, 8, 9: to 2026-08-05 (1405-05-14); …` */
function lineOf(window: CreditWindow): string {
  const { id, state, programme, period, cohort, cohorts, from, to, effectiveAt, reason } = window;
  const whose = cohort === 'all' ? '' : ` of ${cohort}s ${cohorts.join(', ')}`;
  const days = [...(from === null ? [] : [`from ${both(from)}`]), ...(to === null ? [] : [`to ${both(to)}`])].join(' ');
  const people = [window.proposedBy, ...(window.decidedBy === null ? [] : [window.decidedBy])].join(', ');
  return `${id} ${state}: ${programme} ${period}${whose}: ${days}, counts from ${effectiveAt}; ${people}: ${reason}`;
}

function both(iso: string): string {
  return `${iso} (${toJalali(iso)})`;
}

function reachText({ households, openRials, endedRials }: WindowReach): string {
  const open = `${groupedRials(openRials)} rials not spent, ${groupedRials(endedRials)} gone back`;
  return `${households.toLocaleString('en')} households: ${open}`;
}
