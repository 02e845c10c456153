import type { Command } from 'commander';
import { GatewayError } from '../../ops/errors.ts';
import { findingText } from '../../settlement/audit/index.ts';
import { decideWaiver, findingsOfDay, proposeWaiver } from '../../settlement/clearing/index.ts';
import { gregorianDay } from '../../settlement/calendar/index.ts';
import { withSettlement } from '../../settlement/open.ts';

interface Options {
  readonly by?: string;
  readonly reason?: string;
  readonly approve?: boolean;
  readonly reject?: boolean;
}

/** `settlement accept`: a day whose orders are not made because something of it does not add up. */
export function registerAccept(settlement: Command): void {
  settlement
    .command('accept')
    .description('what keeps a day from being made: list it, or let two people go on all the same')
    .argument('<day>', 'Gregorian or Jalali', gregorianDay)
    .option('--by <name>', 'who does it, where the database has no people; another approves')
    .option('--reason <text>', 'why the money is right all the same')
    .option('--approve', 'what another person proposed')
    .option('--reject', 'what was proposed')
    .action(async (day: string, options: Options) => {
      await withSettlement(async ({ context }) => {
        const { by, reason, approve = false, reject = false } = options;
        if (by === undefined) {
          const findings = await findingsOfDay(context.pool, day);
          console.log(findings.length === 0 ? `Nothing stopped ${day}.` : findings.map(findingText).join('\n'));
        } else if (approve || reject) {
          await decideWaiver(context.pool, day, approve ? 'approved' : 'rejected', by);
          console.log(approve ? `Approved: the next try makes ${day}.` : 'Rejected.');
        } else {
          if (reason === undefined) throw new GatewayError('waiver.reason', 'Give --reason: why the money is right.');
          await proposeWaiver(context.pool, day, { reason, by });
          console.log('Proposed. Another person approves it: --approve.');
        }
      });
    });
}
