import Table from 'cli-table3';
import type { Command } from 'commander';
import type { PoolClient } from 'pg';
import { systemClock } from '../../ops/clock.ts';
import { transaction } from '../../ops/database.ts';
import type { Permission } from '../../people/index.ts';
import {
  approveMinimum,
  countsOf,
  endExemption,
  endMinimum,
  exempt,
  listExemptions,
  listMinimums,
  minimumOf,
  NOTICE_DAYS,
  proposeMinimum,
  STANDINGS,
  terminalsBelow,
  type BelowMinimum,
  type Exemption,
  type Minimum,
  type MinimumCounts,
  type Standing,
} from '../../updates/minimums/index.ts';
import type { ByPerson } from '../../updates/rollouts/index.ts';
import { withBooks } from '../books.ts';
import { collect, day, whole, withJson, wrongOption } from '../options.ts';
import { signedInFor } from '../people/signed-in.ts';
import { howMany, print, printEach, type JsonOption } from '../print.ts';

/** `kalabarg terminals minimum …`: the release from which on terminals may sell (docs/updates.md). */
export function registerMinimum(terminals: Command): void {
  const minimum = terminals
    .command('minimum')
    .description('minimum versions: the release from which on terminals may sell, and who is exempt (docs/updates.md)');
  withJson(minimum.command('list', { isDefault: true }))
    .description('minimum versions, the newest first')
    .action(list);
  withJson(minimum.command('show'))
    .description('how terminals stand to a minimum version; with --terminals each of them that has not enough')
    .argument('<minimum>', 'its number')
    .option('--terminals [standing]', `each terminal below: all, or one of ${STANDINGS.join(', ')}`)
    .action(show);
  withJson(minimum.command('propose'))
    .description('propose a release as the minimum version; another person approves it')
    .argument('<release>', 'its number: it, or a later one, is what terminals need')
    .requiredOption(
      '--from <day>',
      'sales without it are refused from the beginning of this day in Tehran on',
      day('--from'),
    ) // prettier-ignore
    .option(
      '--notice <days>',
      'each terminal is told for so many days at least',
      whole('--notice', 1, 365),
      NOTICE_DAYS,
    ) // prettier-ignore
    .option('--psp <psp>', 'terminals of this PSP alone', collect, [])
    .option('--model <model>', 'terminals of this model alone', collect, [])
    .requiredOption('--reason <text>', 'why: it stands in the audit')
    .action(propose);
  withJson(minimum.command('approve'))
    .description('approve a minimum version, as a second person; terminals below it are told from now on')
    .argument('<minimum>', 'its number')
    .action((id: string, options: JsonOption) => act(id, options, 'updates:approve', approveMinimum));
  withJson(minimum.command('end'))
    .description('end a minimum version: nothing is refused for it any more; one person is enough')
    .argument('<minimum>', 'its number')
    .requiredOption('--reason <text>', 'why: it stands in the audit')
    .action((id: string, options: JsonOption & { reason: string }) => act(id, options, 'updates:stop', endMinimum));
  registerExemptions(minimum);
}

function registerExemptions(minimum: Command): void {
  withJson(minimum.command('exempt'))
    .description('let a terminal, a shop or a model sell below a minimum version until a day')
    .option('--terminal <terminal>', 'this terminal (DE 41)')
    .option('--merchant <merchant>', 'terminals of this shop (DE 42)')
    .option('--model <model>', 'terminals of this model')
    .option('--psp <psp>', 'with --model: of this PSP alone')
    .option('--minimum <minimum>', 'of this minimum version alone (default: of every one)')
    .requiredOption('--until <day>', 'it ends with the beginning of this day in Tehran', day('--until'))
    .requiredOption('--reason <text>', 'why: it stands in the audit')
    .action(exemptOne);
  withJson(minimum.command('exemptions')).description('exemptions, the newest first').action(exemptions);
  withJson(minimum.command('unexempt'))
    .description('end an exemption before its day')
    .argument('<exemption>', 'its number')
    .requiredOption('--reason <text>', 'why: it stands in the audit')
    .action(unexempt);
}

async function list(options: JsonOption): Promise<void> {
  const found = await withBooks((pool) => listMinimums(pool, { limit: 1_000, now: systemClock.now() }));
  printEach(options, found, () => (found.length === 0 ? 'there is no minimum version' : found.map(lineOf).join('\n')));
}

interface ProposeOptions extends JsonOption {
  readonly from: string;
  readonly notice: number;
  readonly psp: readonly string[];
  readonly model: readonly string[];
  readonly reason: string;
}

async function propose(release: string, options: ProposeOptions): Promise<void> {
  const { from, notice: noticeDays, psp: psps, model: models, reason } = options;
  const releaseId = numberOf(release, 'kalabarg updates status shows it');
  const made = await acting('updates:make', reason, (db, by, now) =>
    proposeMinimum(db, { releaseId, from, noticeDays, psps, models, reason }, by, now),
  );
  print(
    options,
    made,
    () => `${lineOf(made)}\nanother person approves it: kalabarg terminals minimum approve ${made.id}`,
  );
}

type Work = (db: PoolClient, id: string, by: ByPerson, now: number) => Promise<Minimum>;

async function act(
  id: string,
  options: JsonOption & { readonly reason?: string },
  permission: Permission,
  work: Work,
): Promise<void> {
  const number = numberOf(id, 'kalabarg terminals minimum list shows it');
  const done = await acting(permission, options.reason, (db, by, now) => work(db, number, by, now));
  print(options, done, () => lineOf(done));
}

function acting<T>(
  permission: Permission,
  reason: string | undefined,
  work: (db: PoolClient, by: ByPerson, now: number) => Promise<T>,
): Promise<T> {
  return withBooks(async (pool, config) => {
    const { actor } = await signedInFor(pool, config, permission);
    const by = reason === undefined ? { actor } : { actor, reason };
    return transaction(pool, (db) => work(db, by, systemClock.now()));
  });
}

function numberOf(text: string, where: string): string {
  if (/^[1-9]\d{0,17}$/.test(text)) return text;
  throw wrongOption(text, `its number, as ${where}`);
}

const STATES = {
  proposed: 'is proposed',
  notice: 'is told',
  refusing: 'holds',
  ended: 'was ended',
} as const;

/** `minimum 2 holds: menu/native-3.json (3) from 2027-01-09T20:30:00Z on, 30 days' notice; sara, hamid: …` */
function lineOf(minimum: Minimum): string {
  const { id, state, path, counter, refuseFrom, noticeDays, psps, models, proposedBy, approvedBy, reason } = minimum;
  const whom = [...(psps ?? []), ...(models ?? [])].join(', ');
  const people = [proposedBy, approvedBy].filter((each) => each !== null).join(', ');
  return `minimum ${id} ${STATES[state]}: ${path} (${counter})${whom === '' ? '' : ` for ${whom}`}, from ${refuseFrom} on after ${howMany(noticeDays, 'day')} of notice; ${people}: ${reason}`; // prettier-ignore
}

const SAID: Readonly<Record<keyof MinimumCounts, string>> = {
  enough: 'have it, or a later one',
  told: 'are below and are told',
  refused: 'are below and sell nothing',
  exempt: 'are below and exempt',
  unreachable: 'are below, and no update that works reaches them: they sell',
  unknown: 'never said what they have: they sell',
};

async function show(
  id: string,
  { terminals, ...options }: JsonOption & { readonly terminals?: string | true },
): Promise<void> {
  const number = numberOf(id, 'kalabarg terminals minimum list shows it');
  const standing = standingOf(terminals);
  const now = systemClock.now();
  const [minimum, counts, below] = await withBooks(async (pool) => [
    await minimumOf(pool, number, now),
    await countsOf(pool, number, now),
    terminals === undefined ? undefined : await terminalsBelow(pool, number, { standing, limit: 100_000 }, now),
  ]);
  print(options, { ...minimum, terminals: counts, ...(below === undefined ? {} : { below }) }, () =>
    [
      lineOf(minimum),
      ...Object.entries(SAID).map(
        ([name, said]) => `${String(counts[name as keyof MinimumCounts]).padStart(9)} ${said}`,
      ),
      ...(below === undefined ? [] : [below.length === 0 ? 'no such terminal' : tableOf(below)]),
    ].join('\n'),
  );
}

function standingOf(text: string | true | undefined): Standing | undefined {
  if (text === undefined || text === true) return undefined;
  const found = STANDINGS.find((each) => each === text);
  if (found !== undefined) return found;
  throw wrongOption(`--terminals ${text}`, `one of ${STANDINGS.join(', ')}`);
}

function tableOf(below: readonly BelowMinimum[]): string {
  const head = ['terminal', 'shop', 'model', 'PSP', 'has release', 'standing', 'sells nothing from'];
  const table = new Table({ head, style: { head: [], border: [] } });
  for (const { terminal, merchant, model, psp, has, standing, refusedFrom } of below)
    table.push([terminal, merchant, model ?? '', psp ?? '', has ?? '', standing, refusedFrom ?? '']);
  return table.toString();
}

interface ExemptOptions extends JsonOption {
  readonly terminal?: string;
  readonly merchant?: string;
  readonly model?: string;
  readonly psp?: string;
  readonly minimum?: string;
  readonly until: string;
  readonly reason: string;
}

async function exemptOne(options: ExemptOptions): Promise<void> {
  const { terminal, merchant, model, psp, reason } = options;
  const minimumId =
    options.minimum === undefined ? undefined : numberOf(options.minimum, 'kalabarg terminals minimum list shows it');
  const made = await acting('updates:approve', reason, (db, by, now) =>
    exempt(db, { minimumId, terminal, merchant, model, psp, until: options.until, reason }, by, now),
  );
  print(options, made, () => exemptionLine(made));
}

async function unexempt(id: string, options: JsonOption & { readonly reason: string }): Promise<void> {
  const number = numberOf(id, 'kalabarg terminals minimum exemptions shows it');
  const ended = await acting('updates:stop', options.reason, (db, by, now) => endExemption(db, number, by, now));
  print(options, ended, () => exemptionLine(ended));
}

async function exemptions(options: JsonOption): Promise<void> {
  const found = await withBooks((pool) => listExemptions(pool, { limit: 1_000, now: systemClock.now() }));
  printEach(options, found, () => (found.length === 0 ? 'nobody is exempt' : found.map(exemptionLine).join('\n')));
}

const HOW = { holds: 'holds', over: 'is over', ended: 'was ended' } as const;

/** `exemption 4 holds until 2027-02-01T20:30:00Z: model PX 100 of Acme, of every minimum; sara: …` */
function exemptionLine({
  id,
  state,
  until,
  terminal,
  merchant,
  model,
  psp,
  minimumId,
  madeBy,
  reason,
}: Exemption): string {
  const whom =
    terminal !== null
      ? `terminal ${terminal}`
      : merchant !== null
        ? `shop ${merchant}`
        : `model ${model ?? ''}${psp === null ? '' : ` of ${psp}`}`;
  return `exemption ${id} ${HOW[state]} until ${until}: ${whom}, of ${minimumId === null ? 'every minimum' : `minimum ${minimumId}`}; ${madeBy}: ${reason}`; // prettier-ignore
}
