import Table from 'cli-table3';
import { Option, type Command } from 'commander';
import { basename } from 'node:path';
import { groupedRials } from '../../field/rials.ts';
import {
  assignBreak,
  commentBreak,
  decideResolution,
  listBreaks,
  proposeResolution,
  type Break,
  type Resolution,
  BREAK_CLASSES,
  openAcquirerFile,
  takeAcquirerFile,
} from '../../settlement/acquirer/index.ts';
import { takeList } from '../../handlers/voucher/index.ts';
import { readUnits } from '../../ledger/index.ts';
import { databaseUrl } from '../../ops/runtime.ts';
import { withSettlement, type Settlement } from '../../settlement/open.ts';
import { loadSettings } from '../../settlement/index.ts';
import { day, rials, withJson } from '../options.ts';
import { howMany, print, printEach, type JsonOption } from '../print.ts';
import { forEach } from './each.ts';

export function register(program: Command): void {
  const reconcile = program.command('reconcile');
  registerTake(reconcile);
  registerAuthority(reconcile);
  registerList(reconcile);
  registerDesk(reconcile);
}

function registerTake(reconcile: Command): void {
  withJson(reconcile.command('take'))
    .description("take acquirers' files: each line is matched, or raises a break")
    .argument('<file...>')
    .action(async (files: string[], options: JsonOption & { by?: string }) => {
      const take = async ({ context, config }: Settlement): Promise<void> => {
        const { acquirerCsv: maps, ipmCodePage } = loadSettings(config.data);
        const units = await readUnits(context.pool);
        await forEach(files, async (file) => {
          const name = basename(file);
          const reader = openAcquirerFile(file, name, maps, ipmCodePage, units);
          const taken = await takeAcquirerFile(context.pool, file, name, reader, context.clock.now());
          print(options, { file: name, ...taken }, () => takenText(name, taken));
        });
      };
      await withSettlement(take, databaseUrl, options.by);
    });
}

interface AuthorityOptions extends JsonOption {
  readonly by?: string;
  readonly date: string;
}

function registerAuthority(reconcile: Command): void {
  withJson(reconcile.command('authority'))
    .description("take a remote authority's list of a day: each difference raises a break")
    .argument('<name>', 'of authorities.yaml')
    .requiredOption('--date <day>', 'a day that is over, Gregorian or Jalali', day('--date'))
    .action(async (name: string, options: AuthorityOptions) => {
      const take = async ({ context: { pool, clock }, config }: Settlement): Promise<void> => {
        const taken = await takeList({ pool, clock, dataDir: config.data }, name, options.date);
        print(options, taken, () => takenText(`${name} ${options.date}`, taken));
      };
      await withSettlement(take, databaseUrl, options.by);
    });
}

interface Taken {
  readonly repeated: boolean;
  readonly lines: number;
  /** Of a file. */
  readonly matched?: number;
  readonly breaks: Readonly<Record<string, number>>;
}

function takenText(name: string, taken: Taken): string {
  if (taken.repeated) return `${name}: taken before, nothing changed`;
  const breaks = Object.entries(taken.breaks).map(([kind, count]) => `${kind} ${count}`);
  const matched = taken.matched === undefined ? '' : `, ${taken.matched} matched`;
  return `${name}: ${howMany(taken.lines, 'line')}${matched}; breaks: ${breaks.join(', ') || 'none'}`;
}

interface ListOptions extends JsonOption {
  readonly all?: boolean;
  readonly class?: string;
  readonly date?: string;
  readonly owner?: string;
  readonly alarm?: boolean;
}

function registerList(reconcile: Command): void {
  withJson(reconcile.command('breaks'))
    .description('differences between acquirers and us; ! is older than the rules allow')
    .option('--all', 'resolved ones too')
    .addOption(new Option('--class <class>', 'of one class').choices(BREAK_CLASSES))
    .option('--date <day>', 'of a business day or settlement date, Gregorian or Jalali', day('--date'))
    .option('--owner <name>', 'of one person')
    .option('--alarm', 'only those older than the rules allow; exit status 1 if there are any')
    .action(async (options: ListOptions) => {
      await withSettlement(async ({ context }) => {
        const breaks = await listBreaks(context.pool, {
          ...(options.all === true ? {} : { state: 'unresolved' }),
          ...(options.class === undefined ? {} : { class: options.class }),
          ...(options.date === undefined ? {} : { day: options.date }),
          ...(options.owner === undefined ? {} : { owner: options.owner }),
          alarm: options.alarm === true,
          now: context.clock.now(),
        });
        printEach(options, breaks, () => (breaks.length === 0 ? 'No breaks.' : breakTable(breaks)));
        if (options.alarm === true && breaks.length > 0) process.exitCode = 1;
      });
    });
}

function breakTable(breaks: readonly Break[]): string {
  const table = new Table({
    head: ['break', 'class', 'age', 'day', 'merchant', 'RRN', 'rials', 'state', 'owner', 'detail'],
    style: { head: [], border: [] },
  });
  for (const each of breaks) {
    const age = `${each.ageDays} d${each.alarm ? ' !' : ''}`;
    const state = each.state === 'proposed' ? `proposed: ${each.post ?? ''} by ${each.proposedBy ?? ''}` : each.state;
    const day = each.businessDay ?? each.settlementDate;
    const amount = groupedRials(BigInt(each.rials));
    table.push([each.id, each.class, age, day, each.merchant, each.rrn, amount, state, each.owner ?? '', each.detail]);
  }
  const late = breaks.filter((each) => each.alarm).length;
  return late === 0 ? table.toString() : `${table.toString()}\n${late} older than the rules allow (!).`;
}

function registerDesk(reconcile: Command): void {
  const step = (name: string, description: string): Command =>
    withJson(reconcile.command(name))
      .description(description)
      .argument('<break...>', 'numbers of breaks')
      .option('--by <name>', 'who does it, where the database has no people');
  step('assign', 'give breaks an owner')
    .requiredOption('--owner <name>', 'who looks after them')
    .action((ids: string[], options: DeskOptions & { owner: string }) =>
      each(ids, options, (parts, id) => assignBreak(parts.pool, id, options.owner, options.by)),
    );
  step('comment', 'write a comment on breaks')
    .requiredOption('--text <text>', 'the comment')
    .action((ids: string[], options: DeskOptions & { text: string }) =>
      each(ids, options, (parts, id) => commentBreak(parts.pool, id, options.text, options.by)),
    );
  step('resolve', 'propose the end of breaks: a contra posting that another person approves')
    .addOption(
      new Option('--post <way>', 'credit: the shop gets it; debit: the shop gives it back; none: nothing moves')
        .choices(['credit', 'debit', 'none'])
        .makeOptionMandatory(),
    )
    .option('--rials <amount>', 'less than the break is about', rials('--rials'))
    .requiredOption('--reason <text>', 'why')
    .action((ids: string[], options: DeskOptions & Resolution) =>
      each(ids, options, (parts, id) => proposeResolution(parts.pool, id, resolutionOf(options), options.by)),
    );
  for (const [name, verdict] of [
    ['approve', 'approved'],
    ['reject', 'rejected'],
  ] as const) {
    step(name, `${name} what another person proposed`).action((ids: string[], options: DeskOptions) =>
      each(ids, options, (parts, id) => decideResolution(parts.pool, id, verdict, options.by, parts.now)),
    );
  }
}

type DeskOptions = JsonOption & { readonly by: string };
type Parts = Readonly<{ pool: Parameters<typeof assignBreak>[0]; now: number }>;

async function each(
  ids: readonly string[],
  options: JsonOption,
  body: (parts: Parts, id: string) => Promise<void>,
): Promise<void> {
  await withSettlement(async ({ context }) => {
    const done = await forEach(ids, (id) => body({ pool: context.pool, now: context.clock.now() }, id));
    print(options, { done, asked: ids.length }, () => `${done} done.`);
  });
}

function resolutionOf({ post, reason, rials }: Resolution): Resolution {
  return { post, reason, ...(rials === undefined ? {} : { rials }) };
}
