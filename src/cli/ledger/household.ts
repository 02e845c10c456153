import type { Command } from 'commander';
import { groupedRials } from '../../field/rials.ts';
import { cardsThatLook, decideMove, listMoves, migrate, proposeMove, type HouseholdMove } from '../../ledger/index.ts';
import { withBooks } from '../books.ts';
import { withJson, wrongOption } from '../options.ts';
import { print, printEach, type JsonOption } from '../print.ts';

/** `household merge|split|card|approve|reject|moves`: households that change (docs/ledger.md). */
export function register(program: Command): void {
  const household = program.command('household');
  withJson(household.command('moves'))
    .description('what was proposed, approved and rejected, the newest first')
    .argument('[household]')
    .action(list);
  withJson(household.command('merge'))
    .description(
      'propose that a household goes up in another, with cards, members and credit; a second person approves',
    )
    .argument('<from>')
    .argument('<to>')
    .option('--by <name>', 'who proposes, where the database has no people')
    .requiredOption('--cause <word>', 'marriage, deceased, … (one word)')
    .requiredOption('--reason <text>', 'why: it stands in the audit')
    .action((from: string, to: string, options: Options) => propose('merge', from, to, options));
  for (const [kind, description] of [
    ['split', 'propose that persons of a household are one of their own, which a file brought; credit goes by persons'],
    ['card', 'propose that a card goes to another household, with its persons or none'],
  ] as const) {
    withJson(household.command(kind))
      .description(`${description}; a second person approves`)
      .argument('<from>')
      .argument('<to>')
      .option('--persons <number>', 'who go', Number)
      .option('--cards <list>', 'the cards that go, with commas, as receipts show them: 603799******0078')
      .option('--by <name>', 'who proposes, where the database has no people')
      .requiredOption('--cause <word>', 'marriage, divorce, mistake, … (one word)')
      .requiredOption('--reason <text>', 'why: it stands in the audit')
      .action((from: string, to: string, options: Options) => propose(kind, from, to, options));
  }
  for (const [name, verdict] of [
    ['approve', 'approved'],
    ['reject', 'rejected'],
  ] as const) {
    withJson(household.command(name))
      .description(`${name} what another person proposed`)
      .argument('<number>', 'as household moves shows it')
      .option('--by <name>', 'who does it, where the database has no people')
      .action((id: string, options: JsonOption & { by?: string }) => decide(id, verdict, options));
  }
}

const MOST_LISTED = 1_000;

interface Options extends JsonOption {
  readonly persons?: number;
  readonly cards?: string;
  readonly by?: string;
  readonly cause: string;
  readonly reason: string;
}

async function list(household: string | undefined, options: JsonOption): Promise<void> {
  await withBooks(async (pool) => {
    await migrate(pool);
    const found = await listMoves(pool, { household, limit: MOST_LISTED });
    printEach(options, found, () =>
      found.length === 0 ? 'no household has changed so' : found.map(lineOf).join('\n'),
    );
  });
}

async function propose(kind: HouseholdMove['kind'], from: string, to: string, options: Options): Promise<void> {
  const { persons, cards, cause, reason, by } = options;
  await withBooks(async (pool) => {
    await migrate(pool);
    const hashes = await cardsThatLook(pool, from, cards?.split(',').map((each) => each.trim()) ?? []);
    const move = await proposeMove(pool, { kind, from, to, cards: hashes, persons, cause, reason, by: nameOf(by) });
    print(options, move, () => lineOf(move));
  }, by);
}

async function decide(
  id: string,
  verdict: 'approved' | 'rejected',
  options: JsonOption & { by?: string },
): Promise<void> {
  if (!/^\d{1,15}$/.test(id)) throw wrongOption(id, 'a number; kalabarg household moves shows it');
  await withBooks(async (pool) => {
    await migrate(pool);
    const move = await decideMove(pool, id, verdict, nameOf(options.by));
    print(options, move, () => lineOf(move));
  }, options.by);
}

function nameOf(by: string | undefined): string {
  if (by === undefined) throw wrongOption('--by', 'it: the name of who does this');
  return by;
}

/** `3 approved: split of 12 to 13: 2 of 5 persons, 1 card, 4,000,000 rials; divorce; sara, reza: …` */
function lineOf(move: HouseholdMove): string {
  const { id, state, kind, from, to, persons, fromMembers, cards, cause, proposedBy, decidedBy, reason } = move;
  const people = [proposedBy, ...(decidedBy === null ? [] : [decidedBy])].join(', ');
  const what = [
    `${persons} of ${fromMembers} persons`,
    kind === 'merge' ? 'all cards' : `${cards} ${cards === 1 ? 'card' : 'cards'}`,
    ...(state === 'approved' ? [`${groupedRials(BigInt(move.movedRials))} rials`] : []),
  ].join(', ');
  return `${id} ${state}: ${kind} of ${from} to ${to}: ${what}; ${cause}; ${people}: ${reason}`;
}
