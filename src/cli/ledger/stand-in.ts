import { Option, type Command } from 'commander';
import type pg from 'pg';
import { groupedRials } from '../../field/rials.ts';
import { decideStandIn, listStandIns, migrate, proposeStandIn, type StandInRule } from '../../ledger/index.ts';
import { withBooks } from '../books.ts';
import { day, rials, withJson, wrongOption } from '../options.ts';
import { registerStood } from './authority.ts';
import { print, printEach, type JsonOption } from '../print.ts';

interface Acting extends JsonOption {
  readonly by?: string;
}

interface Options extends Acting {
  readonly from: string;
  readonly household: bigint;
  readonly shop: bigint;
  readonly of: 'authority' | 'bank';
  readonly uncheckedPin?: boolean;
  readonly reason: string;
}

/** `programme stand-in …`: what is granted for an authority or a bank that does not answer (docs/counterparts.md). */
export function registerStandIn(programme: Command): void {
  const standIn = programme
    .command('stand-in')
    .description('what is granted for an authority or a bank that does not answer');
  registerStood(standIn);
  withJson(standIn.command('list'))
    .description('rules of stand-in: proposed, approved and rejected, the newest first')
    .action(async (options: JsonOption) => {
      await withBooks(async (pool) => {
        const found = await listStandIns(pool);
        printEach(options, found, () =>
          found.length === 0 ? 'nothing is granted for anybody: there is no rule' : found.map(lineOf).join('\n'),
        );
      });
    });
  withJson(standIn.command('propose'))
    .description('propose up to which amounts; a second person approves. Both 0: no more from that day on')
    .argument('<programme>')
    .requiredOption('--from <day>', 'the first day, Gregorian or Jalali', day('--from'))
    .requiredOption('--household <rials>', "most of a household's card in a day", rials('--household', 12))
    .requiredOption('--shop <rials>', 'most of a shop in a day', rials('--shop', 12))
    .addOption(new Option('--of <whom>', 'for whom').choices(['authority', 'bank']).default('authority'))
    .option('--unchecked-pin', 'of a bank: also where a PIN was entered and could not be checked')
    .option('--by <name>', 'who proposes, where the database has no people')
    .requiredOption('--reason <text>', 'why: it stands in the audit')
    .action(async (id: string, options: Options) => {
      const { from, household: householdRials, shop: shopRials, of: standsFor, uncheckedPin = false, reason } = options;
      await acting(options, (pool, by) =>
        proposeStandIn(pool, { programme: id, from, householdRials, shopRials, standsFor, uncheckedPin, reason, by }),
      );
    });
  for (const [name, verdict] of [
    ['approve', 'approved'],
    ['reject', 'rejected'],
  ] as const) {
    withJson(standIn.command(name))
      .description(`${name} what another person proposed`)
      .argument('<number>', 'as programme stand-in list shows it')
      .option('--by <name>', 'who does it, where the database has no people')
      .action(async (id: string, options: Acting) => {
        if (!/^\d{1,15}$/.test(id)) throw wrongOption(id, 'a number; kalabarg programme stand-in list shows it');
        await acting(options, (pool, by) => decideStandIn(pool, id, verdict, by));
      });
  }
}

async function acting(options: Acting, act: (pool: pg.Pool, by: string) => Promise<StandInRule>): Promise<void> {
  const { by } = options;
  if (by === undefined) throw wrongOption('--by', 'it: the name of who does this');
  await withBooks(async (pool) => {
    await migrate(pool);
    const rule = await act(pool, by);
    print(options, rule, () => lineOf(rule));
  }, by);
}

/** `3 approved for a bank: kalabarg from 2026-12-01: 500,000 a household, 20,000,000 a shop; …` */
function lineOf({ id, state, programme, from, householdRials, shopRials, reason, ...rule }: StandInRule): string {
  const most = (text: string): string => groupedRials(BigInt(text));
  const people = [rule.proposedBy, ...(rule.decidedBy === null ? [] : [rule.decidedBy])].join(', ');
  const whom = rule.standsFor === 'authority' ? '' : ` for a bank${rule.uncheckedPin ? ', with PINs unchecked' : ''}`;
  return `${id} ${state}${whom}: ${programme} from ${from}: ${most(householdRials)} a household, ${most(shopRials)} a shop; ${people}: ${reason}`;
}
