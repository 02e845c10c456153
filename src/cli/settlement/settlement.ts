import Table from 'cli-table3';
import type { Command } from 'commander';
import { basename } from 'node:path';
import type { Pool } from 'pg';
import { groupedRials } from '../../field/rials.ts';
import { takeAnswers } from '../../settlement/answers/index.ts';
import {
  businessDayOf,
  sayArrived,
  saySendAgain,
  holdOrder,
  writeFiles,
  releaseClearing,
} from '../../settlement/clearing/index.ts';
import { databaseUrl } from '../../ops/runtime.ts';
import { withSettlement } from '../../settlement/open.ts';
import { payingProfile, deliverReleased, settleDay, summarise } from '../../settlement/index.ts';
import { day, dayOrToday, withJson, wrongOption } from '../options.ts';
import { print, printEach, type JsonOption } from '../print.ts';
import { forEach } from './each.ts';
import { report, summaryOf, tellSummary } from './settle.ts';
import { registerAccept } from './accept.ts';
import { registerAudit } from './audit.ts';
import { registerLeftovers } from './leftovers.ts';
import { registerRules } from './rules.ts';
import { registerUnblock } from './unblock.ts';

export function register(program: Command): void {
  const settlement = program.command('settlement');
  registerClearing(settlement);
  registerAudit(settlement);
  registerAccept(settlement);
  registerUnblock(settlement);
  registerRules(settlement);
  registerLeftovers(settlement);
  withJson(settlement.command('answers'))
    .description("take the bank's answers: pain.002, CSV (end_to_end_id,status,reason), camt.053")
    .argument('<file...>')
    .action(async (files: string[], options: JsonOption & { by?: string }) => {
      const take = async (pool: Pool, file: string): Promise<void> => {
        const name = basename(file);
        const taken = await takeAnswers(pool, file, name);
        print(options, { file: name, ...taken }, () => takenText(name, taken));
      };
      await withSettlement(
        async ({ context }) => {
          await forEach(files, (file) => take(context.pool, file));
        },
        databaseUrl,
        options.by,
      );
    });
}

function takenText(name: string, { kind, repeated, orders, leftovers }: Taken): string {
  const { paid, accepted, returned } = orders;
  return repeated
    ? `${name}: taken before, nothing changed`
    : `${name} (${kind}): ${paid.count} paid (${groupedRials(paid.rials)}), ${accepted.count} accepted, ` +
        `${returned.count} returned (${groupedRials(returned.rials)})${leftoversText(leftovers)}`;
}

type Taken = Awaited<ReturnType<typeof takeAnswers>>;

function leftoversText(count: number): string {
  return count === 0 ? '' : `, ${count} left over: see kalabarg settlement leftovers`;
}

function registerClearing(settlement: Command): void {
  withJson(settlement.command('make'))
    .description('close a business day and make its payment files; another person releases them')
    .option(
      '--date <day>',
      'today (the open business day), or a day, Gregorian or Jalali',
      dayOrToday('--date'),
      'today',
    )
    .option('--maker <name>', 'who makes them, where the database has no people')
    .option('--profile <name>', 'bank profile: ccti-1, ccti-2, iso, or a JSON file')
    .action(make);
  withJson(settlement.command('release'))
    .description("let a day's files go: by a person who did not make them")
    .requiredOption('--date <day>', 'Gregorian or Jalali', dayOrToday('--date'))
    .option('--checker <name>', 'who releases them, where the database has no people')
    .action(release);
  withJson(settlement.command('hold'))
    .description('keep one order from leaving: its file is made again without it')
    .argument('<InstrId>')
    .option('--by <name>', 'who holds it, where the database has no people')
    .requiredOption('--reason <text>', 'why')
    .action(hold);
  withJson(settlement.command('delivery'))
    .description('a file that may have reached the bank or not: say what the bank says')
    .argument('<MsgId>')
    .option('--arrived', 'the bank has it')
    .option('--send-again', 'the bank does not have it: two people must say so')
    .option('--by <name>', 'who asked the bank, where the database has no people')
    .requiredOption('--reason <text>', 'whom, and what they said')
    .action(delivery);
  withJson(settlement.command('status'))
    .description('clearings and what each waits for')
    .argument('[day]', 'one business day in full, Gregorian or Jalali', day('[day]'))
    .action(status);
}

async function make(options: JsonOption & { date: string; maker: string; profile?: string }): Promise<void> {
  await withSettlement(async (parts) => {
    const { context, config } = parts;
    const summary = await settleDay(context, await parts.queues(), {
      day: await businessDayOf(context.pool, options.date),
      profile: await payingProfile(context.pool, config.data, options.profile),
      maker: options.maker,
      checker: undefined,
    });
    await tellSummary(context.pool, summary, options);
  });
}

async function release(options: JsonOption & { date: string; checker: string }): Promise<void> {
  await withSettlement(async (parts) => {
    const { context } = parts;
    const day = await businessDayOf(context.pool, options.date);
    const held = await releaseClearing(context.pool, day, options.checker);
    if (held.length === 0) {
      const summary = await deliverReleased(context, await parts.queues(), day);
      print(options, { ...summaryOf(summary), heldNow: [] }, () => report(summary));
      return;
    }
    await writeFiles(context.pool, day, context.dataDir);
    const summary = await summarise(context.pool, day);
    print(options, { ...summaryOf(summary), heldNow: held }, () =>
      [
        ...held.map(
          ({ instructionId, merchant, rials, reason }) =>
            `held ${instructionId} of ${merchant}: ${groupedRials(rials)} rials, ${reason}`,
        ),
        `Nothing is released: files of ${day} were made again without these. Look at them, and release.`,
        report(summary),
      ].join('\n'),
    );
    process.exitCode = 1;
  });
}

async function hold(id: string, options: JsonOption & { by: string; reason: string }): Promise<void> {
  await withSettlement(async ({ context }) => {
    const { day, merchant, rials } = await holdOrder(context.pool, id, options);
    await writeFiles(context.pool, day, context.dataDir);
    print(
      options,
      { order: id, day, merchant, rials, state: 'held' },
      () =>
        `Held: ${groupedRials(rials)} rials of ${merchant}. Two people let them go on: kalabarg settlement unblock.`,
    );
  });
}

interface DeliveryOptions extends JsonOption {
  readonly arrived?: boolean;
  readonly sendAgain?: boolean;
  readonly by: string;
  readonly reason: string;
}

async function delivery(id: string, options: DeliveryOptions): Promise<void> {
  const { arrived = false, sendAgain = false } = options;
  if (arrived === sendAgain) throw wrongOption('--arrived, --send-again', 'one of them');
  await withSettlement(async ({ context }) => {
    if (arrived) {
      await sayArrived(context.pool, id, options);
      print(options, { file: id, state: 'delivered' }, () => `${id} counts as delivered.`);
    } else if (await saySendAgain(context.pool, id, options)) {
      print(options, { file: id, state: 'send-again' }, () => `${id} goes out again with the next try.`);
    } else {
      const noted = 'Noted. It goes out again once another person says so too.';
      print(options, { file: id, state: 'noted' }, () => noted);
    }
  });
}

async function status(day: string | undefined, options: JsonOption): Promise<void> {
  await withSettlement(async ({ context }) => {
    if (day === undefined) {
      const clearings = await listClearings(context.pool);
      printEach(options, clearings, () => clearingTable(clearings));
    } else {
      const summary = await summarise(context.pool, day);
      print(options, summaryOf(summary), () => report(summary));
    }
  });
}

interface ClearingRow {
  readonly day: string;
  readonly state: string;
  readonly maker: string;
  readonly checker: string | null;
  readonly error: string | null;
  readonly orders: number;
  readonly paid: number;
  readonly returned: number;
  readonly rials: string;
}

async function listClearings(pool: Parameters<typeof summarise>[0]): Promise<ClearingRow[]> {
  const { rows } = await pool.query<ClearingRow>(
    `select c.business_day::text as day, c.state, c.maker, c.checker, c.error, count(o.*)::int as orders,
            count(o.*) filter (where o.state = 'paid')::int as paid,
            count(o.*) filter (where o.state = 'returned')::int as returned,
            coalesce(sum(o.amount_rials), 0)::text as rials
       from clearings c left join payment_orders o using (business_day)
      group by c.business_day order by c.business_day desc limit 40`,
  );
  return rows;
}

function clearingTable(rows: readonly ClearingRow[]): string {
  const table = new Table({
    head: ['day', 'state', 'orders', 'paid', 'returned', 'rials', 'maker', 'checker', 'error'],
    style: { head: [], border: [] },
  });
  for (const { day, state, orders, paid, returned, rials, maker, checker, error } of rows)
    table.push([day, state, orders, paid, returned, groupedRials(BigInt(rials)), maker, checker ?? '', error ?? '']);
  return table.toString();
}
