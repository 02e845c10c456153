import Table from 'cli-table3';
import type { Command } from 'commander';
import {
  dayVerdict,
  nextBusinessDay,
  nextPayaCycle,
  nextSatnaDay,
  railLimit,
  gregorianDay,
  loadCalendar,
  overrideDay,
} from '../../settlement/calendar/index.ts';
import { addDays, toJalali, weekday } from '../../field/jalali.ts';
import { withSettlement } from '../../settlement/open.ts';
import { GatewayError } from '../../ops/errors.ts';
import { tehran } from '../../ops/clock.ts';
import { ownerDatabaseUrl } from '../../ops/runtime.ts';

const WEEKDAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];

interface ChangeOptions {
  readonly calendar: 'bank' | 'office' | 'all';
  readonly reason: string;
  readonly actor: string;
}

export function register(program: Command): void {
  const calendar = program
    .command('calendar')
    .description('business days of banks and offices, holidays, PAYA cycles; dates Gregorian or Jalali (1405-09-02)');
  calendar
    .command('show', { isDefault: true })
    .description('days from a date on: open or closed, why, and when money moves')
    .argument('[from]', 'first day (default: today)')
    .option('--days <n>', 'how many', '14')
    .action(async (from: string | undefined, options: { days: string }) => {
      await withSettlement(async ({ context }) => {
        const first = from === undefined ? tehran(context.clock.now()).isoDate : gregorianDay(from);
        console.log(await show(context.pool, first, daysOf(options.days)));
      });
    });
  for (const closed of [true, false]) {
    calendar
      .command(closed ? 'close' : 'open')
      .description(`${closed ? 'close' : 'open'} a single day, whatever the tables say`)
      .argument('<date>')
      .requiredOption('--reason <text>', 'why: kept on record')
      .option('--actor <name>', 'who says so, where the database has no people')
      .option('--calendar <name>', 'bank, office or all', 'all')
      .action(async (date: string, options: ChangeOptions) => {
        await withSettlement(async ({ context }) => {
          await overrideDay(context.pool, { ...options, day: gregorianDay(date), closed });
          console.log(await show(context.pool, gregorianDay(date), 1));
        }, ownerDatabaseUrl); // the calendar is reference data
      });
  }
}

/** @throws GatewayError `calendar.days` */
function daysOf(text: string): number {
  if (/^\d{1,3}$/.test(text) && Number(text) >= 1 && Number(text) <= 400) return Number(text);
  throw new GatewayError('calendar.days', `--days wants a number from 1 to 400, not "${text}".`);
}

async function show(pool: Parameters<typeof loadCalendar>[0], first: string, days: number): Promise<string> {
  const data = await loadCalendar(pool);
  const table = new Table({
    head: ['day', 'Jalali', '', 'banks', 'offices', 'why', 'PAYA from 01:30', 'SATNA', 'next bank day'],
    style: { head: [], border: [] },
  });
  for (let ahead = 0; ahead < days; ahead++) {
    const day = addDays(first, ahead);
    const [bank, office] = [dayVerdict(data, 'bank', day), dayVerdict(data, 'office', day)];
    const ready = { day, time: '01:30' };
    const paya = nextPayaCycle(data, ready);
    table.push([
      day,
      toJalali(day),
      WEEKDAYS[weekday(day) - 1] ?? '',
      bank.closed ? 'closed' : 'open',
      office.closed ? 'closed' : 'open',
      bank.reason + (bank.estimated ? ' (estimate)' : ''),
      `${paya.day} ${paya.time}`,
      nextSatnaDay(data, ready),
      nextBusinessDay(data, 'bank', day),
    ]);
  }
  const cap = railLimit(data, 'PAYA', first)?.maxRials;
  return `${table.toString()}\nPAYA takes at most ${cap?.toString() ?? 'any amount of'} rials an order.`;
}
