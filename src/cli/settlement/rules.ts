import { basename } from 'node:path';
import type { Command } from 'commander';
import { stringify } from 'yaml';
import { groupedRials } from '../../field/rials.ts';
import { transaction } from '../../ops/database.ts';
import { tehran } from '../../ops/clock.ts';
import {
  changeLines,
  costsOf,
  decideRules,
  inForce,
  listProposals,
  parseRulesFile,
  previewRules,
  proposeRules,
  showRules,
  waitingProposal,
  type RulesProposal,
} from '../../settlement/rules/index.ts';
import { GatewayError } from '../../ops/errors.ts';
import { withSettlement } from '../../settlement/open.ts';
import { readText } from '../files.ts';
import { day, rials, withJson, wrongOption } from '../options.ts';
import { print, type JsonOption } from '../print.ts';

interface ShowOptions {
  readonly json?: boolean;
  readonly on?: string;
  readonly history?: boolean;
}

interface ApplyOptions extends JsonOption {
  readonly by?: string;
  readonly reason?: string;
  readonly note?: string;
  readonly dryRun?: boolean;
  readonly approve?: boolean;
  readonly reject?: boolean;
}

/** `settlement rules`: terms, matching, breaks, acquirers, cycles, limits and holidays, as dated data that two persons change. */
export function registerRules(settlement: Command): void {
  const rules = settlement.command('rules').description('the rules of settlement, by date');
  rules
    .command('show')
    .description('all rules, past and to come, as a file that apply takes')
    .option('--on <day>', 'only what holds on this day, Gregorian or Jalali', day('--on'))
    .option('--history', 'who proposed and approved what, the newest first')
    .option('--json', 'as JSON (default: YAML)')
    .action(show);
  withJson(rules.command('what-if'))
    .description('card part and fees of one purchase by the rows of a day, as the console says them; nothing is kept')
    .requiredOption('--voucher <rials>', 'what the voucher pays of it', rials('--voucher', 12))
    .requiredOption('--card <rials>', 'what the card pays of it', rials('--card', 12))
    .option('--guild <guild>', 'of the shop: some are exempt')
    .option('--on <day>', 'by the rows of this day, Gregorian or Jalali (default: today)', day('--on'))
    .action(whatIf);
  withJson(rules.command('apply'))
    .description('propose the rules of a file (YAML or JSON), which another person approves; what has begun stays as it is')
    .argument('[file]', 'the whole of each section that it names; a section that it leaves out is left alone')
    .option('--dry-run', 'only say what would change')
    .option('--reason <text>', 'why: kept on record')
    .option('--by <name>', 'who does it, where the database has no people; another approves')
    .option('--approve', 'approve what another person proposed')
    .option('--reject', 'reject what was proposed')
    .option('--note <text>', 'with --approve or --reject: what is said of it')
    .action(apply);
} // prettier-ignore

async function show(options: ShowOptions): Promise<void> {
  await withSettlement(async ({ context: { pool } }) => {
    const all = await showRules(pool);
    const shown =
      options.history === true
        ? { proposals: await listProposals(pool, { limit: 200 }) }
        : options.on === undefined
          ? all
          : inForce(all, options.on);
    process.stdout.write(options.json === true ? `${JSON.stringify(shown, null, 2)}\n` : stringify(shown));
  });
}

interface WhatIfOptions extends JsonOption {
  readonly voucher: bigint;
  readonly card: bigint;
  readonly guild?: string;
  readonly on?: string;
}

async function whatIf(options: WhatIfOptions): Promise<void> {
  await withSettlement(async ({ context: { pool, clock } }) => {
    const { voucher: voucherRials, card: cardRials, guild, on: asked = tehran(clock.now()).isoDate } = options;
    const costs = { day: asked, ...(await costsOf(pool, { voucherRials, cardRials, guild, day: asked })) };
    print(options, costs, () => {
      const lines = [
        ...costs.cardParts.map(
          ({ programme, rials: part, kind, payee }) =>
            `card part of ${programme}: ${groupedRials(BigInt(part))}, ${kind}${payee === null ? '' : ` of ${payee}`}`,
        ),
        ...costs.fees.map(
          ({ fee, rials: taken, of, exempt, payee }) =>
            `${fee}: ${groupedRials(BigInt(taken))} of the ${of}, to ${payee}${exempt ? ' (the guild is exempt)' : ''}`,
        ),
      ];
      return lines.length === 0 ? `no card part and no fee on ${asked}` : lines.join('\n');
    });
  });
}

async function apply(path: string | undefined, options: ApplyOptions): Promise<void> {
  const { approve = false, reject = false, dryRun = false } = options;
  if (approve && reject) throw wrongOption('--approve --reject', 'one of them');
  if (approve || reject) {
    if (path !== undefined) throw wrongOption('<file>', 'nothing: what waits is approved or rejected');
    await decide(approve ? 'approved' : 'rejected', options);
    return;
  }
  if (path === undefined) throw wrongOption('<file>', 'a file of rules, or --approve or --reject');
  const file = parseRulesFile(readText(path));
  await withSettlement(async ({ context: { pool, clock } }) => {
    const now = clock.now();
    if (dryRun) {
      const changes = await previewRules(pool, file, now);
      print(options, { file: path, dryRun, changes }, () =>
        changes.length === 0 ? 'nothing would change' : [...changes.flatMap(changeLines), 'a dry run: nothing was changed'].join('\n'),
      );
      return;
    }
    const { by, reason } = options;
    if (by === undefined) throw wrongOption('--by', 'it: the name of who does this');
    if (reason === undefined) throw wrongOption('--reason', 'it: why the rules change');
    const proposal = await transaction(pool, (db) => proposeRules(db, file, { reason, by, now }));
    print(options, { file: basename(path), ...proposal }, () =>
      [...proposal.changes.flatMap(changeLines), `They wait for a second person: kalabarg settlement rules apply --approve`].join('\n'),
    );
  });
} // prettier-ignore

async function decide(verdict: 'approved' | 'rejected', options: ApplyOptions): Promise<void> {
  const { by, note } = options;
  if (by === undefined) throw wrongOption('--by', 'it: the name of who does this');
  await withSettlement(async ({ context: { pool, clock } }) => {
    const waiting = await waitingProposal(pool);
    if (waiting === undefined) throw new GatewayError('rules.unknown', 'No change of rules waits for a second person.');
    const now = clock.now();
    const decided = await transaction(pool, (db) => decideRules(db, waiting.id, { verdict, by, note, now }));
    print(options, decided, () => decidedText(decided, tehran(now).isoDate));
  });
}

function decidedText({ state, changes, firstDay, proposedBy }: RulesProposal, today: string): string {
  if (state === 'rejected') return `What ${proposedBy} proposed is rejected: the rules stay as they are.`;
  return [...changes.flatMap(changeLines), `It is ${today}; they hold from ${firstDay} on.`].join('\n');
}
