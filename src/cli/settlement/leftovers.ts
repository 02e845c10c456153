import Table from 'cli-table3';
import type { Command } from 'commander';
import { groupedRials } from '../../field/rials.ts';
import { closeLeftover, listLeftovers, type Leftover } from '../../settlement/answers/index.ts';
import { withSettlement } from '../../settlement/open.ts';
import { withJson, wrongOption } from '../options.ts';
import { print, printEach, type JsonOption } from '../print.ts';

interface Options extends JsonOption {
  readonly all?: boolean;
  readonly by?: string;
  readonly note?: string;
}

/** `settlement leftovers`: what the bank booked that is about no order, and how it ends. */
export function registerLeftovers(settlement: Command): void {
  withJson(settlement.command('leftovers'))
    .description(
      'what the bank booked or said that is about no order of ours: list it, or close one; exit status 1 while one is open',
    )
    .argument('[number]', 'the one to close; without it, the open ones are listed')
    .option('--all', 'the closed ones too')
    .option('--by <name>', 'who closes it, where the database has no people')
    .option('--note <text>', 'what it is, and what was done')
    .action(async (number: string | undefined, options: Options) => {
      await withSettlement(async ({ context }) => {
        if (number !== undefined) {
          const { by, note } = options;
          if (by === undefined || note === undefined || note.trim() === '')
            throw wrongOption('--by, --note', 'both: who closes it, and what it is');
          await closeLeftover(context.pool, number, by, note);
          print(options, { leftover: number, state: 'closed' }, () => `Leftover ${number} is closed.`);
          return;
        }
        const found = await listLeftovers(context.pool, options.all);
        printEach(options, found, () => (found.length === 0 ? 'Nothing is left over.' : table(found)));
        if (found.some((each) => each.closedBy === null)) process.exitCode = 1;
      });
    });
}

const DIRECTIONS = { DBIT: 'debit', CRDT: 'credit', NONE: '' } as const;

function table(found: readonly Leftover[]): string {
  const head = ['number', 'booked', '', 'rials', 'what stands there', 'why', 'file', 'closed by'];
  const list = new Table({ head, style: { head: [], border: [] } });
  for (const each of found) {
    const amount = each.rials === null ? '' : groupedRials(BigInt(each.rials));
    const closed = each.closedBy === null ? '' : `${each.closedBy}: ${each.note ?? ''}`;
    list.push([
      ...[each.id, each.bookedOn, DIRECTIONS[each.direction], amount, each.shown, each.reason],
      ...[`${each.file}:${each.line}`, closed],
    ]);
  }
  return list.toString();
}
