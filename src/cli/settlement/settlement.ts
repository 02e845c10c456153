import Table from 'cli-table3';
import type { Command } from 'commander';
import { basename } from 'node:path';
import { takeAnswers } from '../../settlement/answers/index.ts';
import {
  businessDayOf,
  sayArrived,
  saySendAgain,
  holdOrder,
  writeFiles,
  releaseClearing,
} from '../../settlement/clearing/index.ts';
import { GatewayError } from '../../ops/errors.ts';
import { withSettlement } from '../../settlement/open.ts';
import { payingProfile, deliverReleased, settleDay, summarise } from '../../settlement/index.ts';
import { gregorianDay } from '../../settlement/calendar/index.ts';
import { forEach } from './each.ts';
import { dayOption, report, rials, whatFollows } from './settle.ts';
import { registerAccept } from './accept.ts';
import { registerAudit } from './audit.ts';
import { registerLeftovers } from './leftovers.ts';
import { registerUnblock } from './unblock.ts';

export function register(program: Command): void {
  const settlement = program
    .command('settlement')
    .description('clearing in its single steps, what became of it, and why');
  registerClearing(settlement);
  registerAudit(settlement);
  registerAccept(settlement);
  registerUnblock(settlement);
  registerLeftovers(settlement);
  settlement
    .command('answers')
    .description("take the bank's answers: pain.002, CSV (end_to_end_id,status,reason), camt.053")
    .argument('<file...>')
    .action(async (files: string[]) => {
      await withSettlement(async ({ context }) => {
        await forEach(files, async (file) => {
          const { kind, repeated, orders, leftovers } = await takeAnswers(context.pool, file, basename(file));
          const { paid, accepted, returned } = orders;
          console.log(
            repeated
              ? `${basename(file)}: taken before, nothing changed`
              : `${basename(file)} (${kind}): ${paid.count} paid (${rials(paid.rials)}), ${accepted.count} accepted, ` +
                  `${returned.count} returned (${rials(returned.rials)})${leftoversText(leftovers)}`,
          );
        });
      });
    });
}

function leftoversText(count: number): string {
  return count === 0 ? '' : `, ${count} left over: see kalabarg settlement leftovers`;
}

function registerClearing(settlement: Command): void {
  settlement
    .command('make')
    .description('close a business day and make its payment files; another person releases them')
    .option('--date <day>', 'today (the open business day), or a day, Gregorian or Jalali', dayOption, 'today')
    .option('--maker <name>', 'who makes them, where the database has no people')
    .option('--profile <name>', 'bank profile: ccti-1, ccti-2, iso, or a JSON file')
    .action(async (options: { date: string; maker: string; profile?: string }) => {
      await withSettlement(async (parts) => {
        const { context, config } = parts;
        const summary = await settleDay(context, await parts.queues(), {
          day: await businessDayOf(context.pool, options.date),
          profile: await payingProfile(context.pool, config.data, options.profile),
          maker: options.maker,
          checker: undefined,
        });
        console.log(report(summary));
        console.log(await whatFollows(context.pool, summary.clearing.businessDay));
      });
    });
  settlement
    .command('release')
    .description("let a day's files go: by another person than made them")
    .requiredOption('--date <day>', 'Gregorian or Jalali', dayOption)
    .option('--checker <name>', 'who releases them, where the database has no people')
    .action(async (options: { date: string; checker: string }) => {
      await withSettlement(async (parts) => {
        const { context } = parts;
        const day = await businessDayOf(context.pool, options.date);
        const held = await releaseClearing(context.pool, day, options.checker);
        if (held.length > 0) {
          await writeFiles(context.pool, day, context.dataDir);
          for (const { instructionId, merchant, rials: owed, reason } of held)
            console.log(`held ${instructionId} of ${merchant}: ${rials(owed)} rials, ${reason}`);
          console.log(`Nothing is released: files of ${day} were made again without these. Look at them, and release.`);
          console.log(report(await summarise(context.pool, day)));
          process.exitCode = 1;
          return;
        }
        console.log(report(await deliverReleased(context, await parts.queues(), day)));
      });
    });
  settlement
    .command('hold')
    .description('keep one order from leaving: its file is made again without it')
    .argument('<InstrId>')
    .option('--by <name>', 'who holds it, where the database has no people')
    .requiredOption('--reason <text>', 'why')
    .action(async (id: string, options: { by: string; reason: string }) => {
      await withSettlement(async ({ context }) => {
        const { day, merchant, rials: owed } = await holdOrder(context.pool, id, options);
        await writeFiles(context.pool, day, context.dataDir);
        console.log(
          `Held: ${rials(owed)} rials of ${merchant}. Two people let them go on: kalabarg settlement unblock.`,
        );
      });
    });
  settlement
    .command('delivery')
    .description('a file that may have reached the bank or not: say what the bank says')
    .argument('<MsgId>')
    .option('--arrived', 'the bank has it')
    .option('--send-again', 'the bank does not have it: two people must say so')
    .option('--by <name>', 'who asked the bank, where the database has no people')
    .requiredOption('--reason <text>', 'whom, and what they said')
    .action(async (id: string, options: { arrived?: boolean; sendAgain?: boolean; by: string; reason: string }) => {
      if ((options.arrived === true) === (options.sendAgain === true))
        throw new GatewayError('delivery.word', 'Say either --arrived or --send-again.');
      await withSettlement(async ({ context }) => {
        if (options.arrived === true) await sayArrived(context.pool, id, options);
        else if (!(await saySendAgain(context.pool, id, options))) {
          console.log('Noted. It goes out again once another person says so too.');
          return;
        }
        console.log(
          options.arrived === true ? `${id} counts as delivered.` : `${id} goes out again with the next try.`,
        );
      });
    });
  settlement
    .command('status')
    .description('clearings and what each waits for')
    .argument('[day]', 'one business day in full, Gregorian or Jalali', gregorianDay)
    .action(async (day: string | undefined) => {
      await withSettlement(async ({ context }) => {
        if (day !== undefined) console.log(report(await summarise(context.pool, day)));
        else console.log(await listClearings(context.pool));
      });
    });
}

async function listClearings(pool: Parameters<typeof summarise>[0]): Promise<string> {
  const { rows } = await pool.query<Record<string, string | number | null>>(
    `select c.business_day::text as day, c.state, c.maker, c.checker, c.error, count(o.*)::int as orders,
            count(o.*) filter (where o.state = 'paid')::int as paid,
            count(o.*) filter (where o.state = 'returned')::int as returned,
            coalesce(sum(o.amount_rials), 0)::text as rials
       from clearings c left join payment_orders o using (business_day)
      group by c.business_day order by c.business_day desc limit 40`,
  );
  const table = new Table({
    head: ['day', 'state', 'orders', 'paid', 'returned', 'rials', 'maker', 'checker', 'error'],
    style: { head: [], border: [] },
  });
  for (const row of rows) {
    const cells = [row['day'], row['state'], row['orders'], row['paid'], row['returned']].map(String);
    table.push([
      ...cells,
      rials(BigInt(row['rials'] ?? 0)),
      ...[row['maker'], row['checker'], row['error']].map((each) => String(each ?? '')),
    ]);
  }
  return table.toString();
}
