import Table from 'cli-table3';
import type { Command } from 'commander';
import type { Pool } from 'pg';
import { blockedCarries, decideUnblock, proposeUnblock } from '../../settlement/clearing/index.ts';
import { withSettlement } from '../../settlement/open.ts';
import { GatewayError } from '../../ops/errors.ts';
import { rials } from './settle.ts';

interface Options {
  readonly by?: string;
  readonly reason?: string;
  readonly sameSheba?: boolean;
  readonly approve?: boolean;
  readonly reject?: boolean;
}

/** `settlement unblock`: what came back with AC01 or AC04, and how it goes on. */
export function registerUnblock(settlement: Command): void {
  settlement
    .command('unblock')
    .description('money that came back because its Sheba was at fault: list it, or let it go with the next clearing')
    .argument('[merchant]', 'whose; left out, all that waits is listed')
    .option('--by <name>', 'who does it, where the database has no people; another approves')
    .option('--reason <text>', 'why it can be paid now')
    .option('--same-sheba', "although the shop's Sheba is the one that the bank refused")
    .option('--approve', 'what another person proposed')
    .option('--reject', 'what was proposed')
    .action(async (merchant: string | undefined, options: Options) => {
      await withSettlement(async ({ context }) => {
        if (merchant === undefined) console.log(await list(context.pool));
        else console.log(await decide(context.pool, merchant, options));
      });
    });
}

async function list(pool: Pool): Promise<string> {
  const blocked = await blockedCarries(pool);
  if (blocked.length === 0) return 'Nothing is blocked.';
  const head = ['merchant', 'day', 'rials', 'why', 'refused Sheba', 'Sheba now', 'proposed by'];
  const table = new Table({ head, style: { head: [], border: [] } });
  for (const each of blocked) {
    const { merchant, day, reason, refusedSheba, sheba, proposedBy } = each;
    table.push([merchant, day, rials(BigInt(each.rials)), reason, refusedSheba, sheba, proposedBy ?? '']);
  }
  return table.toString();
}

async function decide(pool: Pool, merchant: string, options: Options): Promise<string> {
  const { by, reason, sameSheba = false, approve = false, reject = false } = options;
  if (by === undefined) throw new GatewayError('unblock.option', 'Say who does it: --by <name>.');
  if (approve && reject) throw new GatewayError('unblock.option', '--approve and --reject exclude each other.');
  if (approve || reject) {
    const done = await decideUnblock(pool, merchant, approve ? 'approved' : 'rejected', by);
    const what = approve ? 'go with the next clearing' : 'stay blocked';
    return `${rials(done.rials)} rials of ${merchant} ${what}.`;
  }
  if (reason === undefined) throw new GatewayError('unblock.option', 'Say why it can be paid now: --reason <text>.');
  const proposed = await proposeUnblock(pool, merchant, { reason, by, sameSheba });
  return `${rials(proposed.rials)} rials of ${merchant} wait for a second person: kalabarg settlement unblock ${merchant} --approve`;
}
