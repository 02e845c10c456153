import { Option, type Command } from 'commander';
import { groupedRials } from '../../field/rials.ts';
import { whatIf, type WhatIfVerdict } from '../../ledger/index.ts';
import { systemClock } from '../../ops/clock.ts';
import { withBooks } from '../books.ts';
import { day, rials, withJson } from '../options.ts';
import { print, type JsonOption } from '../print.ts';

interface Options extends JsonOption {
  readonly amount: bigint;
  readonly rest: 'card' | 'cash';
  readonly terminal?: string;
  readonly guild?: string;
  readonly on?: string;
}

/** `programme what-if`: what a purchase would come to by the rules of a day, as the console says it. */
export function registerWhatIf(programme: Command): void {
  withJson(programme.command('what-if'))
    .description("what a purchase would come to by the rules of a day, by the ledger's own function; nothing is kept")
    .argument('<household>')
    .requiredOption('--amount <rials>', 'the whole of it', rials('--amount', 12))
    .addOption(
      new Option('--rest <how>', 'how what the voucher does not pay is paid').choices(['card', 'cash']).default('card'),
    )
    .option('--terminal <number>', 'where (default: any that works)')
    .option('--guild <guild>', 'at any shop of this guild')
    .option('--on <day>', 'as on this day, Gregorian or Jalali (default: now)', day('--on'))
    .action(async (household: string, options: Options) => {
      await withBooks(async (pool) => {
        const { amount: totalRials, rest, terminal, guild, on } = options;
        const verdict = await whatIf(
          pool,
          { household, totalRials, rest, terminal, guild, day: on },
          systemClock.now(),
        );
        print(options, verdict, () => textOf(verdict));
      });
    });
}

function textOf({ verdict, rc, reason, takes, ...verdictOf }: WhatIfVerdict): string {
  const { voucherRials, cardRials, cashRials, creditLeftRials } = verdictOf;
  return [
    `${verdict}: ${rc} ${reason}`,
    `voucher ${groupedRials(voucherRials)}, card ${groupedRials(cardRials)}, cash ${groupedRials(cashRials)}; credit left ${groupedRials(creditLeftRials)}`,
    ...takes.map(({ programme, period, rials: taken }) => `${programme} ${period}: ${groupedRials(BigInt(taken))}`),
  ].join('\n');
}
