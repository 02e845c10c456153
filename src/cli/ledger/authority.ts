import type { Command } from 'commander';
import type pg from 'pg';
import { authorityOfFile } from '../../handlers/voucher/index.ts';
import {
  authoritiesSeen,
  decideBinding,
  endBinding,
  listBindings,
  listStoodIn,
  migrate,
  openOrders,
  proposeBinding,
  type AuthorityBinding,
  type StoodIn,
} from '../../ledger/index.ts';
import { groupedRials } from '../../field/rials.ts';
import { DAY_MS, systemClock, tehran } from '../../ops/clock.ts';
import type { Config } from '../../ops/config.ts';
import { withBooks } from '../books.ts';
import { day, withJson, wrongOption } from '../options.ts';
import { print, printEach, type JsonOption } from '../print.ts';

interface Acting extends JsonOption {
  readonly by?: string;
}

/** `programme authority …`: which remote authority decides what, as two persons said (docs/counterparts.md). */
export function registerAuthorityBinding(programme: Command): void {
  const authority = programme.command('authority').description('which remote authorities decide credit instead of our ledger');
  withJson(authority.command('list'))
    .description('who may be asked, since when and by whom; what copies have in their files; what each is still to hear')
    .action(async (options: JsonOption) => {
      await withBooks(async (pool) => {
        await list(pool, options);
      });
    });
  withJson(authority.command('propose'))
    .description('propose an authority as authorities.yaml of this data folder has it; a second person approves')
    .argument('<name>', 'of authorities.yaml')
    .requiredOption('--from <day>', 'the first day, Gregorian or Jalali', day('--from'))
    .option('--by <name>', 'who proposes, where the database has no people')
    .requiredOption('--reason <text>', 'why: it stands in the audit')
    .action(async (name: string, options: Acting & { readonly from: string; readonly reason: string }) => {
      const { from, reason } = options;
      await acting(options, (pool, by, { data }) =>
        proposeBinding(pool, { content: authorityOfFile(data, name), from, reason, by }),
      );
    });
  for (const [name, verdict] of [['approve', 'approved'], ['reject', 'rejected']] as const)
    withJson(authority.command(name))
      .description(`${name} what another person proposed`)
      .argument('<number>', 'as programme authority list shows it')
      .option('--by <name>', 'who does it, where the database has no people')
      .action(async (id: string, options: Acting) => {
        await acting(options, (pool, by) => decideBinding(pool, numbered(id), verdict, by));
      });
  withJson(authority.command('end'))
    .description('ask it nothing more from now on: its cards are answered 91; one person is enough')
    .argument('<number>', 'as programme authority list shows it')
    .option('--by <name>', 'who does it, where the database has no people')
    .requiredOption('--reason <text>', 'why: it stands in the audit')
    .action(async (id: string, options: Acting & { readonly reason: string }) => {
      await acting(options, (pool, by) => endBinding(pool, numbered(id), options.reason, by));
    });
} // prettier-ignore

interface StoodOptions extends JsonOption {
  readonly from?: string;
  readonly to?: string;
}

/** `programme stand-in stood`: what stood in, and what became of it. */
export function registerStood(standIn: Command): void {
  withJson(standIn.command('stood'))
    .description('what stood in for an authority or a bank: waiting to be presented, taken, refused, returned')
    .option('--from <day>', 'the first day (default: thirty days before the last)', day('--from'))
    .option('--to <day>', 'the last day (default: today)', day('--to'))
    .action(async (options: StoodOptions) => {
      await withBooks(async (pool) => {
        const to = options.to ?? tehran(systemClock.now()).isoDate;
        const from = options.from ?? new Date(Date.parse(to) - 30 * DAY_MS).toISOString().slice(0, 10);
        const found = await listStoodIn(pool, { from, to }, { after: undefined, limit: 1_000 });
        printEach(options, found, () => (found.length === 0 ? 'nothing stood in' : found.map(stoodLine).join('\n')));
      });
    });
}

const most = (text: string): string => groupedRials(BigInt(text));

/** `2026-12-01 authority central 000100000000001: 500,000 refused 100,000 (limit.amount)` */
function stoodLine({ day: on, of, authority, merchant, rials, refusedRials, why, state }: StoodIn): string {
  const refused = state === 'refused' ? ` ${most(refusedRials)}` : '';
  return `${on} ${of} ${authority ?? ''} ${merchant}: ${most(rials)} ${state}${refused}${why === null ? '' : ` (${why})`}`.replace('  ', ' ');
} // prettier-ignore

async function list(pool: pg.Pool, options: JsonOption): Promise<void> {
  const bindings = await listBindings(pool, { limit: 1_000 });
  const seen = await authoritiesSeen(pool, systemClock.now() - DAY_MS);
  const open = await openOrders(pool);
  if (options.json === true) {
    print(options, { bindings, seen, open }, () => '');
    return;
  }
  const approved = new Set(bindings.filter(({ state }) => state === 'approved').map(({ digest }) => digest));
  const unapproved = seen.filter(({ digest }) => !approved.has(digest));
  const lines = [
    ...bindings.map(lineOf),
    ...unapproved.map(({ authority, programme, url }) => `not approved: ${authority} decides ${programme} at ${url}, in the file of a copy; it is not asked`),
    ...open.map(({ authority, count, oldestAt, lastError }) => `${authority} is to hear of ${count} orders, the oldest of ${oldestAt ?? ''}${lastError === null ? '' : `: ${lastError}`}`),
  ];
  print(options, lines, () => (lines.length === 0 ? 'our ledger decides everything: there is no authority' : lines.join('\n')));
} // prettier-ignore

/** `3 approved: central decides kalabarg-central from 2026-12-01 at https://credit.example/v1, cards 627760; Ali, Sara: …` */
function lineOf({ id, state, authority, programme, from, url, cards, digest, reason, ...binding }: AuthorityBinding): string {
  const people = [binding.proposedBy, binding.decidedBy, binding.endedBy].filter((name) => name !== null).join(', ');
  return `${id} ${state}: ${authority} decides ${programme} from ${from} at ${url}, cards ${cards.join(' ')} (${digest.slice(0, 12)}); ${people}: ${binding.endReason ?? reason}`;
} // prettier-ignore

async function acting(
  options: Acting,
  act: (pool: pg.Pool, by: string, config: Config) => Promise<AuthorityBinding>,
): Promise<void> {
  const { by } = options;
  if (by === undefined) throw wrongOption('--by', 'it: the name of who does this');
  await withBooks(async (pool, config) => {
    await migrate(pool);
    const binding = await act(pool, by, config);
    print(options, binding, () => lineOf(binding));
  }, by);
}

function numbered(id: string): string {
  if (!/^\d{1,15}$/.test(id)) throw wrongOption(id, 'a number; kalabarg programme authority list shows it');
  return id;
}
