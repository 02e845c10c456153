import Table from 'cli-table3';
import type { Command } from 'commander';
import { GatewayError } from '../../ops/errors.ts';
import { closeLeftover, listLeftovers, type Leftover } from '../../settlement/answers/index.ts';
import { withSettlement } from '../../settlement/open.ts';
import { rials } from './settle.ts';

interface Options {
  readonly all?: boolean;
  readonly json?: boolean;
  readonly by?: string;
  readonly note?: string;
}

/** `settlement leftovers`: what the bank booked that is about no order, and how it ends. */
export function registerLeftovers(settlement: Command): void {
  settlement
    .command('leftovers')
    .description(
      'what the bank booked or said that is about none of our orders: list it, or say what it is; 1 while any is open',
    )
    .argument('[number]', 'the one that is closed; left out, all that are open are listed')
    .option('--all', 'the closed ones too')
    .option('--json', 'a line each, for programs')
    .option('--by <name>', 'who closes it, where the database has no people')
    .option('--note <text>', 'what it is, and what was done')
    .action(async (number: string | undefined, options: Options) => {
      await withSettlement(async ({ context }) => {
        if (number !== undefined) {
          const { by, note } = options;
          if (by === undefined || note === undefined || note.trim() === '')
            throw new GatewayError('leftover.option', 'Say who closes it and what it is: --by <name> --note <text>.');
          await closeLeftover(context.pool, number, by, note);
          console.log(`Leftover ${number} is closed.`);
          return;
        }
        const found = await listLeftovers(context.pool, options.all);
        if (options.json === true) for (const each of found) console.log(JSON.stringify(each));
        else console.log(found.length === 0 ? 'Nothing is left over.' : table(found));
        if (found.some((each) => each.closedBy === null)) process.exitCode = 1;
      });
    });
}

const DIRECTIONS = { DBIT: 'debit', CRDT: 'credit', NONE: '' } as const;

function table(found: readonly Leftover[]): string {
  const head = ['number', 'booked', '', 'rials', 'what stands there', 'why', 'file', 'closed by'];
  const list = new Table({ head, style: { head: [], border: [] } });
  for (const each of found) {
    const amount = each.rials === null ? '' : rials(BigInt(each.rials));
    const closed = each.closedBy === null ? '' : `${each.closedBy}: ${each.note ?? ''}`;
    list.push([
      ...[each.id, each.bookedOn, DIRECTIONS[each.direction], amount, each.shown, each.reason],
      ...[`${each.file}:${each.line}`, closed],
    ]);
  }
  return list.toString();
}
