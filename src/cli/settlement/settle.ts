import Table from 'cli-table3';
import type { Command } from 'commander';
import type { Pool } from 'pg';
import { payingProfile, settleDay, type SettleSummary } from '../../settlement/index.ts';
import { businessDayOf, databaseToday } from '../../settlement/clearing/index.ts';
import { gregorianDay } from '../../settlement/calendar/index.ts';
import { addDays } from '../../field/jalali.ts';
import { withSettlement } from '../../settlement/open.ts';

interface SettleOptions {
  readonly date: string;
  readonly maker: string;
  readonly checker: string;
  readonly hold?: boolean;
  readonly profile?: string;
}

export function register(program: Command): void {
  program
    .command('settle')
    .description('close a business day and pay its shops: payment files in <data>/outbox')
    .option('--date <day>', 'today (the open business day), or a day, Gregorian or Jalali', dayOption, 'today')
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
        console.log(report(summary));
        console.log(await whatFollows(context.pool, day));
      });
    });
}

/** What is bought from here on, for who closed a day; also that it was closed before its end. */
export async function whatFollows(pool: Pool, day: string): Promise<string> {
  const next = addDays(day, 1);
  return day === (await databaseToday(pool))
    ? `${day} was closed before its end: what is bought for the rest of today belongs to business day ${next}.`
    : `What is bought from its close on belongs to business day ${next}.`;
}

/** `today`, or a day. */
export function dayOption(text: string): string {
  return text === 'today' ? text : gregorianDay(text);
}

/** What a person wants to know of a day, on one screen. */
export function report(summary: SettleSummary): string {
  const { clearing, files, merchants, paid, carried, held } = summary;
  const lines = [
    `Business day ${clearing.businessDay}: ${clearing.state}; made by ${clearing.maker}` +
      (clearing.checker === undefined ? ', waits for a second person' : `, released by ${clearing.checker}`),
    `${merchants} merchants; ${paid.orders} orders, ${rials(paid.rials)} rials` +
      `; carried: ${carried.merchants} merchants, ${rials(carried.rials)} rials; held: ${held.length}`,
  ];
  for (const { merchant, rials: owed, reason } of held)
    lines.push(`  held ${merchant}: ${rials(owed)} rials, ${reason}`);
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
      rials(file.sumRials),
      `${file.payOn} ${file.cycle}`,
      file.sha256?.slice(0, 16) ?? '',
    ]);
  }
  return [...lines, table.toString()].join('\n');
}

/** `1234567` → `1,234,567`. */
export function rials(amount: bigint): string {
  return amount.toString().replace(/\B(?=(\d{3})+$)/g, ',');
}
