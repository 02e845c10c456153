import Table from 'cli-table3';
import type { Command } from 'commander';
import type { Pool } from 'pg';
import { addDays } from '../../field/jalali.ts';
import { groupedRials } from '../../field/rials.ts';
import { payingProfile, settleDay, type SettleSummary } from '../../settlement/index.ts';
import { businessDayOf, databaseToday } from '../../settlement/clearing/index.ts';
import { withSettlement } from '../../settlement/open.ts';
import { dayOrToday, withJson } from '../options.ts';
import { howMany, print, tell, type JsonOption } from '../print.ts';

interface SettleOptions extends JsonOption {
  readonly date: string;
  readonly maker: string;
  readonly checker: string;
  readonly hold?: boolean;
  readonly profile?: string;
}

export function register(program: Command): void {
  withJson(program.command('settle'))
    .option(
      '--date <day>',
      'today (the open business day), or a day, Gregorian or Jalali',
      dayOrToday('--date'),
      'today',
    )
    .option('--maker <name>', 'who makes the files, where the database has no people')
    .option('--checker <name>', 'who releases them: another, where the database has no people')
    .option('--hold', 'leave the files for a second person (kalabarg settlement release)')
    .option('--profile <name>', 'bank profile: ccti-1, ccti-2, iso, or a JSON file')
    .action(async (options: SettleOptions) => {
      await withSettlement(async (settlement) => {
        const { context, config } = settlement;
        const day = await businessDayOf(context.pool, options.date);
        const summary = await settleDay(context, await settlement.queues(), {
          day,
          profile: await payingProfile(context.pool, config.data, options.profile),
          maker: options.maker,
          checker: options.hold === true ? undefined : options.checker,
        });
        await tellSummary(context.pool, summary, options);
      });
    });
}

/** What a clearing came to, and what follows for who closed a day. */
export async function tellSummary(pool: Pool, summary: SettleSummary, options: JsonOption): Promise<void> {
  print(options, summaryOf(summary), () => report(summary));
  tell(options, await whatFollows(pool, summary.clearing.businessDay));
}

/** For programs. */
export function summaryOf({ clearing, files, merchants, paid, carried, held }: SettleSummary): object {
  const { businessDay: day, state, maker, checker = null } = clearing;
  return {
    ...{ day, state, maker, checker, merchants, paid, carried, held },
    files: files.map(({ messageId, rail, orders, sumRials: rials, payOn, cycle, sha256 = null }) => {
      return { messageId, rail, orders, rials, payOn, cycle, sha256 };
    }),
  };
}

/** What is bought from here on, for who closed a day; also that it was closed before its end. */
async function whatFollows(pool: Pool, day: string): Promise<string> {
  const next = addDays(day, 1);
  return day === (await databaseToday(pool))
    ? `${day} was closed before its end: what is bought for the rest of today belongs to business day ${next}.`
    : `What is bought from its close on belongs to business day ${next}.`;
}

/** What a person wants to know of a day, on one screen. */
export function report(summary: SettleSummary): string {
  const { clearing, files, merchants, paid, carried, held } = summary;
  const lines = [
    `Business day ${clearing.businessDay}: ${clearing.state}; made by ${clearing.maker}` +
      (clearing.checker === undefined ? ', waits for a second person' : `, released by ${clearing.checker}`),
    `${howMany(merchants, 'merchant')}; ${howMany(paid.orders, 'order')}, ${groupedRials(paid.rials)} rials` +
      `; carried: ${howMany(carried.merchants, 'merchant')}, ${groupedRials(carried.rials)} rials; held: ${held.length}`,
  ];
  for (const { merchant, rials: owed, reason } of held)
    lines.push(`  held ${merchant}: ${groupedRials(owed)} rials, ${reason}`);
  if (files.length === 0) return [...lines, 'No payment file: there is nothing to pay.'].join('\n');
  const table = new Table({
    head: ['file', 'rail', 'orders', 'rials', 'pay on', 'SHA-256'],
    style: { head: [], border: [] },
  });
  for (const file of files) {
    table.push([
      `${file.messageId}.ccti`,
      file.rail,
      String(file.orders),
      groupedRials(file.sumRials),
      `${file.payOn} ${file.cycle}`,
      file.sha256?.slice(0, 16) ?? '',
    ]);
  }
  return [...lines, table.toString()].join('\n');
}
