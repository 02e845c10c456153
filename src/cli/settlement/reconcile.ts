import Table from 'cli-table3';
import { Option, type Command } from 'commander';
import { basename } from 'node:path';
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
import { issueToken, revokeToken } from '../../console/operators.ts';
import { loadConfig } from '../../ops/config.ts';
import { withSettlement } from '../../settlement/open.ts';
import { loadSettings } from '../../settlement/index.ts';
import { GatewayError } from '../../ops/errors.ts';
import { rials } from './settle.ts';
import { gregorianDay } from '../../settlement/calendar/index.ts';
import { forEach } from './each.ts';

export function register(program: Command): void {
  const reconcile = program.command('reconcile').description("acquirers' settlement files, and the break desk");
  registerTake(reconcile);
  registerList(reconcile);
  registerDesk(reconcile);
  registerTokens(reconcile);
}

function registerTokens(reconcile: Command): void {
  reconcile
    .command('token')
    .description("give a person a token for the desk's HTTP API; it is shown once, and replaces an older one")
    .argument('<name>', 'whose it is: signs what is done with it')
    .option('--revoke', 'take it away instead')
    .action((name: string, options: { revoke?: boolean }) => {
      const { data } = loadConfig();
      if (options.revoke === true) revokeToken(data, name);
      console.log(options.revoke === true ? `${name} has no token any more.` : issueToken(data, name));
    });
}

function registerTake(reconcile: Command): void {
  reconcile
    .command('take')
    .description("take acquirers' files: each line is matched, or raises a break")
    .argument('<file...>')
    .action(async (files: string[]) => {
      await withSettlement(async ({ context, config }) => {
        const { acquirerCsv: maps, ipmCodePage } = loadSettings(config.data);
        await forEach(files, async (file) => {
          const name = basename(file);
          const reader = openAcquirerFile(file, name, maps, ipmCodePage);
          const taken = await takeAcquirerFile(context.pool, file, name, reader, context.clock.now());
          const breaks = Object.entries(taken.breaks).map(([kind, count]) => `${kind} ${count}`);
          console.log(
            taken.repeated
              ? `${name}: taken before, nothing changed`
              : `${name}: ${taken.lines} lines, ${taken.matched} matched; breaks: ${breaks.join(', ') || 'none'}`,
          );
        });
      });
    });
}

interface ListOptions {
  readonly all?: boolean;
  readonly class?: string;
  readonly date?: string;
  readonly owner?: string;
  readonly alarm?: boolean;
  readonly json?: boolean;
}

function registerList(reconcile: Command): void {
  reconcile
    .command('breaks')
    .description('differences between acquirers and us; ! is older than the rules allow')
    .option('--all', 'resolved ones too')
    .addOption(new Option('--class <class>', 'of one class').choices(BREAK_CLASSES))
    .option('--date <day>', 'of a business day or settlement date, Gregorian or Jalali', gregorianDay)
    .option('--owner <name>', 'of one person')
    .option('--alarm', 'only those older than the rules allow; the exit code is 1 if there are any')
    .option('--json', 'a line each, for programs')
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
        if (options.json === true) for (const each of breaks) console.log(JSON.stringify(each));
        else console.log(breaks.length === 0 ? 'No breaks.' : breakTable(breaks));
        const late = breaks.filter((each) => each.alarm).length;
        if (options.json !== true && late > 0) console.log(`${late} older than the rules allow (!).`);
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
    const amount = rials(BigInt(each.rials));
    table.push([each.id, each.class, age, day, each.merchant, each.rrn, amount, state, each.owner ?? '', each.detail]);
  }
  return table.toString();
}

function registerDesk(reconcile: Command): void {
  const step = (name: string, description: string): Command =>
    reconcile
      .command(name)
      .description(description)
      .argument('<break...>', 'numbers of breaks')
      .option('--by <name>', 'who does it, where the database has no people');
  step('assign', 'give breaks an owner')
    .requiredOption('--owner <name>')
    .action((ids: string[], options: { by: string; owner: string }) =>
      each(ids, (parts, id) => assignBreak(parts.pool, id, options.owner, options.by)),
    );
  step('comment', 'keep a word on breaks')
    .requiredOption('--text <text>')
    .action((ids: string[], options: { by: string; text: string }) =>
      each(ids, (parts, id) => commentBreak(parts.pool, id, options.text, options.by)),
    );
  step('resolve', 'propose the end of breaks: a contra posting that another person approves')
    .requiredOption('--post <way>', 'credit (the shop gets it), debit (the shop gives it back), none')
    .option('--rials <amount>', 'less than the break is about')
    .requiredOption('--reason <text>')
    .action((ids: string[], options: { by: string; post: string; rials?: string; reason: string }) =>
      each(ids, (parts, id) => proposeResolution(parts.pool, id, resolutionOf(options), options.by)),
    );
  for (const [name, verdict] of [
    ['approve', 'approved'],
    ['reject', 'rejected'],
  ] as const) {
    step(name, `${name} what another person proposed`).action((ids: string[], options: { by: string }) =>
      each(ids, (parts, id) => decideResolution(parts.pool, id, verdict, options.by, parts.now)),
    );
  }
}

type Parts = Readonly<{ pool: Parameters<typeof listBreaks>[0]; now: number }>;

async function each(ids: readonly string[], body: (parts: Parts, id: string) => Promise<void>): Promise<void> {
  await withSettlement(async ({ context }) => {
    const done = await forEach(ids, (id) => body({ pool: context.pool, now: context.clock.now() }, id));
    console.log(`${done} done.`);
  });
}

function resolutionOf(options: { post: string; rials?: string; reason: string }): Resolution {
  const { post, reason } = options;
  if (post !== 'credit' && post !== 'debit' && post !== 'none') {
    throw new GatewayError('break.post', `--post is credit, debit or none, not "${post}".`);
  }
  if (options.rials !== undefined && !/^\d{1,15}$/.test(options.rials)) {
    throw new GatewayError('break.rials', `--rials wants whole rials, not "${options.rials}".`);
  }
  return { post, reason, ...(options.rials === undefined ? {} : { rials: BigInt(options.rials) }) };
}
