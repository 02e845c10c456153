import type { Command } from 'commander';
import type { Pool } from 'pg';
import { findingText } from '../../settlement/audit/index.ts';
import { decideWaiver, findingsOfDay, proposeWaiver } from '../../settlement/clearing/index.ts';
import { withSettlement } from '../../settlement/open.ts';
import { day, withJson, wrongOption } from '../options.ts';
import { print, printEach, type JsonOption } from '../print.ts';

interface Options extends JsonOption {
  readonly by?: string;
  readonly reason?: string;
  readonly approve?: boolean;
  readonly reject?: boolean;
}

/** `settlement accept`: a day whose orders are not made because something of it does not add up. */
export function registerAccept(settlement: Command): void {
  withJson(settlement.command('accept'))
    .description('what keeps a day from being made: list it, or let two people go on all the same')
    .argument('<day>', 'Gregorian or Jalali', day('<day>'))
    .option('--by <name>', 'who does it, where the database has no people; another approves')
    .option('--reason <text>', 'why the money is right all the same')
    .option('--approve', 'approve what another person proposed')
    .option('--reject', 'reject what was proposed')
    .action(async (day: string, options: Options) => {
      await withSettlement(({ context }) => accept(context.pool, day, options));
    });
}

async function accept(pool: Pool, day: string, options: Options): Promise<void> {
  const { by, reason, approve = false, reject = false } = options;
  if (by === undefined) {
    const findings = await findingsOfDay(pool, day);
    printEach(options, findings, () =>
      findings.length === 0 ? `Nothing stopped ${day}.` : findings.map(findingText).join('\n'),
    );
    return;
  }
  if (approve && reject) throw wrongOption('--approve --reject', 'one of them');
  if (approve || reject) {
    const verdict = approve ? 'approved' : 'rejected';
    await decideWaiver(pool, day, verdict, by);
    print(options, { day, state: verdict }, () => (approve ? `Approved: the next try makes ${day}.` : 'Rejected.'));
    return;
  }
  if (reason === undefined) throw wrongOption('--reason', 'it: why the money is right all the same');
  await proposeWaiver(pool, day, { reason, by });
  print(options, { day, state: 'proposed' }, () => 'Proposed. Another person approves it: --approve.');
}
