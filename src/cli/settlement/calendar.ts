import Table from 'cli-table3';
import { Option, type Command } from 'commander';
import { addDays, toJalali, weekday } from '../../field/jalali.ts';
import { groupedRials } from '../../field/rials.ts';
import {
  dayVerdict,
  nextBusinessDay,
  nextPayaCycle,
  nextSatnaDay,
  railLimit,
  loadCalendar,
  overrideDay,
  type CalendarData,
} from '../../settlement/calendar/index.ts';
import { withSettlement } from '../../settlement/open.ts';
import { tehran } from '../../ops/clock.ts';
import { ownerDatabaseUrl } from '../../ops/runtime.ts';
import { day, whole, withJson } from '../options.ts';
import { printEach, type JsonOption } from '../print.ts';

const WEEKDAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];

interface ChangeOptions extends JsonOption {
  readonly calendar: 'bank' | 'office' | 'all';
  readonly reason: string;
  readonly actor: string;
}

export function register(program: Command): void {
  const calendar = program.command('calendar');
  withJson(calendar.command('show', { isDefault: true }))
    .description('days from a date on: open or closed, why, and when money moves')
    .argument('[from]', 'first day, Gregorian or Jalali (default: today)', day('[from]'))
    .option('--days <n>', 'how many', whole('--days', 1, 400), 14)
    .action(async (from: string | undefined, options: JsonOption & { days: number }) => {
      await withSettlement(async ({ context }) => {
        const first = from ?? tehran(context.clock.now()).isoDate;
        show(await loadCalendar(context.pool), first, options.days, options);
      });
    });
  for (const closed of [true, false]) {
    withJson(calendar.command(closed ? 'close' : 'open'))
      .description(`${closed ? 'close' : 'open'} a single day, whatever the tables say`)
      .argument('<date>', 'Gregorian or Jalali', day('<date>'))
      .requiredOption('--reason <text>', 'why: kept on record')
      .option('--actor <name>', 'who says so, where the database has no people')
      .addOption(new Option('--calendar <name>', 'whose').choices(['bank', 'office', 'all']).default('all'))
      .action(async (date: string, options: ChangeOptions) => {
        await withSettlement(async ({ context }) => {
          const { calendar: whose, reason, actor } = options;
          await overrideDay(context.pool, { calendar: whose, reason, actor, day: date, closed });
          show(await loadCalendar(context.pool), date, 1, options);
        }, ownerDatabaseUrl); // the calendar is reference data
      });
  }
}

/** PAYA's cycles of a day begin after it. */
const READY_AT = '01:30';

function show(data: CalendarData, first: string, count: number, options: JsonOption): void {
  const days = Array.from({ length: count }, (_, ahead) => dayOf(data, addDays(first, ahead)));
  printEach(options, days, () => {
    const cap = railLimit(data, 'PAYA', first)?.maxRials;
    return `${tableOf(days)}\nPAYA takes at most ${cap === undefined ? 'any amount of' : groupedRials(cap)} rials an order.`;
  });
}

function dayOf(data: CalendarData, day: string) {
  const [bank, office] = [dayVerdict(data, 'bank', day), dayVerdict(data, 'office', day)];
  const ready = { day, time: READY_AT };
  const paya = nextPayaCycle(data, ready);
  return {
    ...{ day, jalali: toJalali(day), weekday: WEEKDAYS[weekday(day) - 1] ?? '' },
    ...{ banks: bank.closed ? 'closed' : 'open', offices: office.closed ? 'closed' : 'open' },
    ...{ why: bank.reason, estimated: bank.estimated, paya: `${paya.day} ${paya.time}` },
    ...{ satna: nextSatnaDay(data, ready), nextBankDay: nextBusinessDay(data, 'bank', day) },
  };
}

function tableOf(days: readonly ReturnType<typeof dayOf>[]): string {
  const table = new Table({
    head: ['day', 'Jalali', '', 'banks', 'offices', 'why', `PAYA from ${READY_AT}`, 'SATNA', 'next bank day'],
    style: { head: [], border: [] },
  });
  for (const { why, estimated, paya, satna, nextBankDay, ...each } of days)
    table.push([
      ...[each.day, each.jalali, each.weekday, each.banks, each.offices, why + (estimated ? ' (estimate)' : '')],
      ...[paya, satna, nextBankDay],
    ]);
  return table.toString();
}
