import Table from 'cli-table3';
import type { Command } from 'commander';
import type { Pool } from 'pg';
import { groupedRials } from '../../field/rials.ts';
import { blockedCarries, decideUnblock, proposeUnblock } from '../../settlement/clearing/index.ts';
import { withSettlement } from '../../settlement/open.ts';
import { withJson, wrongOption } from '../options.ts';
import { print, printEach, type JsonOption } from '../print.ts';

interface Options extends JsonOption {
  readonly by?: string;
  readonly reason?: string;
  readonly sameSheba?: boolean;
  readonly approve?: boolean;
  readonly reject?: boolean;
}

/** `settlement unblock`: what came back with AC01 or AC04, and how it goes on. */
export function registerUnblock(settlement: Command): void {
  withJson(settlement.command('unblock'))
    .description('money that came back because its Sheba was at fault: list it, or let it go with the next clearing')
    .argument('[merchant]', 'whose; without it, all that waits is listed')
    .option('--by <name>', 'who does it, where the database has no people; another approves')
    .option('--reason <text>', 'why it can be paid now')
    .option('--same-sheba', "although the shop's Sheba is the one that the bank refused")
    .option('--approve', 'approve what another person proposed')
    .option('--reject', 'reject what was proposed')
    .action(async (merchant: string | undefined, options: Options) => {
      await withSettlement(async ({ context }) => {
        if (merchant !== undefined) await decide(context.pool, merchant, options);
        else {
          const blocked = await blockedCarries(context.pool);
          printEach(options, blocked, () => (blocked.length === 0 ? 'Nothing is blocked.' : list(blocked)));
        }
      });
    });
}

function list(blocked: Awaited<ReturnType<typeof blockedCarries>>): string {
  const head = ['merchant', 'day', 'rials', 'why', 'refused Sheba', 'Sheba now', 'proposed by'];
  const table = new Table({ head, style: { head: [], border: [] } });
  for (const each of blocked) {
    const { merchant, day, reason, refusedSheba, sheba, proposedBy } = each;
    table.push([merchant, day, groupedRials(BigInt(each.rials)), reason, refusedSheba, sheba, proposedBy ?? '']);
  }
  return table.toString();
}

async function decide(pool: Pool, merchant: string, options: Options): Promise<void> {
  const { by, reason, sameSheba = false, approve = false, reject = false } = options;
  if (by === undefined) throw wrongOption('--by', 'it: the name of who does this');
  if (approve && reject) throw wrongOption('--approve --reject', 'one of them');
  if (approve || reject) {
    const state = approve ? 'approved' : 'rejected';
    const { rials } = await decideUnblock(pool, merchant, state, by);
    print(options, { merchant, rials, state }, () => {
      const what = approve ? 'go with the next clearing' : 'stay blocked';
      return `${groupedRials(rials)} rials of ${merchant} ${what}.`;
    });
    return;
  }
  if (reason === undefined) throw wrongOption('--reason', 'it: why the money can be paid now');
  const { rials } = await proposeUnblock(pool, merchant, { reason, by, sameSheba });
  print(
    options,
    { merchant, rials, state: 'proposed' },
    () =>
      `${groupedRials(rials)} rials of ${merchant} wait for a second person: kalabarg settlement unblock ${merchant} --approve`,
  );
}
