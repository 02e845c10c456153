import type { Command } from 'commander';
import type pg from 'pg';
import { toJalali } from '../../field/jalali.ts';
import { groupedRials } from '../../field/rials.ts';
import { decideBasket, listBaskets, migrate, proposeBaskets, type BasketProposal } from '../../ledger/index.ts';
import { withBooks } from '../books.ts';
import { readText } from '../files.ts';
import { withJson, wrongOption } from '../options.ts';
import { printEach, type JsonOption } from '../print.ts';

/** `programme basket list|propose|approve|reject`: what goods the credit of a programme pays (docs/programmes.md). */
export function registerBaskets(programme: Command): void {
  const basket = programme.command('basket');
  withJson(basket.command('list'))
    .description('the baskets of goods: what was proposed, approved and rejected, the newest first')
    .argument('[programme]')
    .action(list);
  withJson(basket.command('propose'))
    .description(
      'propose the baskets of a programme file (YAML or JSON), which another person approves; its other sections are left alone',
    )
    .argument('<file>')
    .option('--by <name>', 'who proposes, where the database has no people')
    .requiredOption('--reason <text>', 'why: it stands in the audit')
    .action(propose);
  for (const [name, verdict] of [
    ['approve', 'approved'],
    ['reject', 'rejected'],
  ] as const) {
    withJson(basket.command(name))
      .description(`${name} a basket that another person proposed`)
      .argument('<number>', 'as programme basket list shows it')
      .option('--by <name>', 'who does it, where the database has no people')
      .action((id: string, options: Acting) => decide(id, verdict, options));
  }
}

type Acting = JsonOption & { readonly by?: string };

async function list(programme: string | undefined, options: JsonOption): Promise<void> {
  await withBooks(async (pool) => {
    told(options, await listBaskets(pool, programme));
  });
}

async function propose(path: string, options: Acting & { readonly reason: string }): Promise<void> {
  const text = readText(path);
  const { reason } = options;
  await acting(options, (pool, by) => proposeBaskets(pool, text, { reason, by }));
}

async function decide(id: string, verdict: 'approved' | 'rejected', options: Acting): Promise<void> {
  if (!/^\d{1,15}$/.test(id)) throw wrongOption(id, 'a number; kalabarg programme basket list shows it');
  await acting(options, async (pool, by) => [await decideBasket(pool, id, verdict, by)]);
}

async function acting(options: Acting, act: (pool: pg.Pool, by: string) => Promise<BasketProposal[]>): Promise<void> {
  const { by } = options;
  if (by === undefined) throw wrongOption('--by', 'it: the name of who does this');
  await withBooks(async (pool) => {
    await migrate(pool);
    told(options, await act(pool, by));
  }, by);
}

function told(options: JsonOption, found: readonly BasketProposal[]): void {
  printEach(options, found, () =>
    found.length === 0 ? 'nobody proposed a basket: credit pays all goods of the scheme' : found.map(textOf).join('\n'),
  );
}

/** `3 coming: kalabarg from 2026-12-22 (1405-10-01): fixed, refused without a list; …` and a line for each item. */
function textOf({ id, state, programme, from, basket, proposedBy, decidedBy, reason }: BasketProposal): string {
  const people = [proposedBy, ...(decidedBy === null ? [] : [decidedBy])].join(', ');
  const head = `${id} ${state}: ${programme} from ${from} (${toJalali(from)})`;
  if (basket === null) return `${head}: withdrawn; ${people}: ${reason}`;
  const { method, withoutList, observePrices, items, guilds = {} } = basket;
  const traits = [
    method,
    ...(withoutList === 'refuse' ? ['refused without a list of goods'] : []),
    ...(observePrices ? ['prices are observed'] : []),
  ];
  return [
    `${head}: ${traits.join(', ')}; ${people}: ${reason}`,
    ...items.map(itemText),
    ...Object.entries(guilds).map(([guild, codes]) => `  ${guild} may sell ${codes?.join(', ') ?? 'nothing'}`),
  ].join('\n');
}

const UNITS = { '00': ['pieces', 'a piece'], '01': ['g', '1,000 g'], '02': ['ml', '1,000 ml'] } as const;

function itemText(row: NonNullable<BasketProposal['basket']>['items'][number]): string {
  const { item, nameFa, goods, categories, unit = '00', perPerson, perPurchase, priceRials, voucherRials } = row;
  const [many, one] = UNITS[unit];
  const quantity = (n: number): string => `${n.toLocaleString('en')} ${many}`;
  const said = [
    ...(perPerson === undefined ? [] : [`${quantity(perPerson)} a person`]),
    ...(perPurchase === undefined ? [] : [`at most ${quantity(perPurchase)} a purchase`]),
    ...(priceRials === undefined ? [] : [`${groupedRials(BigInt(priceRials))} rials for ${one}`]),
    ...(voucherRials === undefined ? [] : [`the voucher pays ${groupedRials(BigInt(voucherRials))} of it`]),
    ...(row.overPrice === 'refuse' ? ['refused above the price'] : []),
    ...(row.overQuantity === 'refuse' ? ['refused above the quantity'] : []),
  ];
  const whose = [...goods.map(({ good }) => good), ...categories.map((category) => `category ${category}`)];
  return `  ${item} (${nameFa}): ${said.join(', ') || 'no bound'}; any of ${whose.join(', ')}`;
}
