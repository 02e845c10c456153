import Table from 'cli-table3';
import type { Command } from 'commander';
import { lift, standingBlocks } from '../../handlers/guard/index.ts';
import { systemClock } from '../../ops/clock.ts';
import {
  blockTerminal,
  changeTerminal,
  endTerminal,
  listTerminals,
  movesOf,
  moveTerminal,
  registerTerminal,
  TERMINAL_STATES,
  terminalOf,
  type AboutTerminal,
  type Terminal,
  type TerminalState,
  VERDICTS,
  type Verdict,
} from '../../terminals/index.ts';
import { personName } from '../../ops/person-name.ts';
import { withBooks } from '../books.ts';
import { day, whole, withJson, wrongOption } from '../options.ts';
import { print, printEach, type JsonOption } from '../print.ts';
import { acting, withActor, withReason, type ActOptions } from './acting.ts';

export function registerRegistry(terminals: Command): void {
  withJson(terminals.command('list', { isDefault: true }))
    .description('terminals by DE 41: shop, state, software, last contact, end of the certificate')
    .option('--state <state>', TERMINAL_STATES.join(', '), stateNamed)
    .option('--merchant <merchant>', 'of this shop (DE 42)')
    .option('--psp <psp>', 'of this PSP')
    .option('--model <model>', 'of this model')
    .option('--profile <profile>', 'that speak this profile')
    .option('--serial <serial>', 'the device with this serial')
    .option('--certification <verdict>', `what certification says of its kind: ${VERDICTS.join(', ')}`, verdictNamed)
    .option('--after <terminal>', 'go on after this one')
    .option('--limit <count>', 'at most so many', whole('--limit', 1, 100_000), 200)
    .action(list);
  withJson(terminals.command('show'))
    .description('all that is known of a terminal, and the shops it was moved to')
    .argument('<terminal>', 'DE 41')
    .action(show);
  withJson(withActor(about(terminals.command('register'))))
    .description('a new terminal at a shop')
    .argument('[terminal]', 'DE 41; without it the next free number')
    .requiredOption('--merchant <merchant>', 'its shop (DE 42)')
    .option('--reason <text>', 'why: it stands in the audit')
    .action(registerOne);
  withJson(withActor(about(terminals.command('change'))))
    .description('serial, model, PSP, place, profile or key scheme of a terminal')
    .argument('<terminal>', 'DE 41')
    .option('--reason <text>', 'why: it stands in the audit')
    .action(change);
  withJson(withReason(terminals.command('move')))
    .description(
      'give a terminal to another shop, today or from a later day on; what it did stays with the shop it did it for',
    )
    .argument('<terminal>', 'DE 41')
    .requiredOption('--merchant <merchant>', 'the shop it goes to (DE 42)')
    .option('--on <day>', 'from the beginning of this day in Tehran on (default: now)', day('--on'))
    .action(move);
  withJson(withReason(terminals.command('block')))
    .description('let a terminal sell nothing, on every copy of the gateway at once; it may still give back and advise')
    .argument('<terminal>', 'DE 41')
    .action(block);
  withJson(terminals.command('blocked'))
    .description('terminals that are blocked, by which rule, on what evidence, since when')
    .action(blocked);
  withJson(terminals.command('unblock'))
    .description('let a blocked terminal buy again, on every copy of the gateway at once')
    .argument('<terminal>')
    .option('--by <name>', 'who looked into it, where the database has no people')
    .requiredOption('--note <text>', 'what was found')
    .action(unblock);
  for (const [how, said] of [
    ['lost', 'a terminal is stolen, or nobody knows where it is: it is cut off at once and never comes back'],
    ['retire', 'take a terminal out of service for good'],
  ] as const)
    withJson(withReason(terminals.command(how)))
      .description(said)
      .argument('<terminal>', 'DE 41')
      .action((terminal: string, options: JsonOption & ActOptions) => end(terminal, how, options));
}

function about(command: Command): Command {
  return command
    .option('--serial <serial>', 'on the back of the device')
    .option('--model <model>')
    .option('--psp <psp>', 'whose terminal it is')
    .option('--place <text>', 'where it stands')
    .option('--profile <profile>', 'what it speaks (default: native)')
    .option('--key-scheme <scheme>', '01 to 04 as in DE 53');
}

type AboutOptions = JsonOption & ActOptions & AboutTerminal;

function aboutOf({ serial, model, psp, place, profile, keyScheme }: AboutOptions): AboutTerminal {
  return { serial, model, psp, place, profile, keyScheme };
}

function stateNamed(text: string): TerminalState {
  const state = TERMINAL_STATES.find((known) => known === text);
  if (state !== undefined) return state;
  throw wrongOption(`--state ${text}`, `one of ${TERMINAL_STATES.join(', ')}`);
}

function verdictNamed(text: string): Verdict {
  const verdict = VERDICTS.find((known) => known === text);
  if (verdict !== undefined) return verdict;
  throw wrongOption(`--certification ${text}`, `one of ${VERDICTS.join(', ')}`);
}

async function list(options: JsonOption & Parameters<typeof listTerminals>[1]): Promise<void> {
  const found = await withBooks((pool) => listTerminals(pool, options));
  printEach(options, found, () => (found.length === 0 ? 'no such terminal' : table(found)));
}

function table(found: readonly Terminal[]): string {
  const head = ['terminal', 'shop', 'state', 'profile', 'serial', 'software', 'certification', 'last contact', 'clock', 'certificate ends']; // prettier-ignore
  const table = new Table({ head, style: { head: [], border: [] } });
  for (const { terminal, merchant, state, profile, serial, software, certification, lastContactAt, driftMs, certificateEnds } of found)
    table.push([terminal, merchant, state, profile, serial, software, certification, lastContactAt, driftText(driftMs), certificateEnds?.slice(0, 10)].map((each) => each ?? '')); // prettier-ignore
  return table.toString();
}

function driftText(driftMs: number | null): string {
  return driftMs === null ? '' : `${driftMs < 0 ? '-' : '+'}${Math.round(Math.abs(driftMs) / 1_000)} s`;
}

async function show(terminal: string, options: JsonOption): Promise<void> {
  const [found, moves] = await withBooks(async (pool) => [
    await terminalOf(pool, terminal),
    await movesOf(pool, terminal),
  ]);
  print(options, { ...found, moves }, () => text(found, moves));
}

function text(found: Terminal, moves: Awaited<ReturnType<typeof movesOf>>): string {
  const { components, nextMove, driftMs, ...rest } = found;
  const lines = Object.entries({ ...rest, clock: driftText(driftMs) })
    .filter(([, value]) => value !== null && value !== '')
    .map(([name, value]) => `${name.padEnd(18)} ${String(value)}`);
  for (const [name, { file, counter, slot }] of Object.entries(components))
    lines.push(`${name.padEnd(18)} ${file}, release ${counter}${slot === undefined ? '' : `, slot ${slot}`}`);
  if (nextMove !== null) lines.push(`${'moves'.padEnd(18)} to ${nextMove.merchant} on ${nextMove.onDay}`);
  for (const { from, to, onDay, state, by, reason } of moves)
    if (state === 'done') lines.push(`${'moved'.padEnd(18)} ${onDay} ${from ?? '?'} → ${to}, by ${by}: ${reason}`);
  return lines.join('\n');
}

async function registerOne(
  terminal: string | undefined,
  options: AboutOptions & { readonly merchant: string },
): Promise<void> {
  const made = await acting(options, (db, by) =>
    registerTerminal(db, { terminal, merchant: options.merchant, about: aboutOf(options) }, by),
  );
  print(options, made, () => `terminal ${made.terminal} is registered at ${made.merchant}`);
}

async function change(terminal: string, options: AboutOptions): Promise<void> {
  const changed = await acting(options, (db, by) => changeTerminal(db, { terminal, about: aboutOf(options) }, by));
  print(options, changed, () => text(changed, []));
}

async function move(
  terminal: string,
  options: JsonOption & ActOptions & { readonly merchant: string; readonly on?: string },
): Promise<void> {
  const { merchant, on } = options;
  const moved = await acting(options, (db, by) =>
    moveTerminal(db, { terminal, merchant, onDay: on }, by, systemClock.now()),
  );
  print(options, moved, () =>
    moved.nextMove === null
      ? `terminal ${terminal} belongs to ${moved.merchant} now`
      : `terminal ${terminal} moves to ${moved.nextMove.merchant} on ${moved.nextMove.onDay}`,
  );
}

async function block(terminal: string, options: JsonOption & ActOptions): Promise<void> {
  const done = await acting(options, (db, by) => blockTerminal(db, terminal, by));
  print(options, done, () => `terminal ${terminal} sells nothing now; kalabarg terminals unblock frees it`);
}

async function end(terminal: string, how: 'lost' | 'retire', options: JsonOption & ActOptions): Promise<void> {
  const state = how === 'lost' ? 'lost' : 'retired';
  const done = await acting(options, (db, by) => endTerminal(db, terminal, state, by));
  print(options, done, () => `terminal ${terminal} is ${state}: no certificate of it is let in any more`);
}

async function blocked(options: JsonOption): Promise<void> {
  const blocks = await withBooks((pool) => standingBlocks(pool));
  printEach(options, blocks, () => (blocks.length === 0 ? 'no terminal is blocked' : blockTable(blocks)));
}

function blockTable(blocks: Awaited<ReturnType<typeof standingBlocks>>): string {
  const table = new Table({ head: ['terminal', 'shop', 'rule', 'evidence', 'since'], style: { head: [], border: [] } });
  for (const { terminal, merchant, rule, evidence, blockedAt } of blocks)
    table.push([terminal, merchant ?? '?', rule, evidence, blockedAt.toISOString()]);
  return table.toString();
}

async function unblock(terminal: string, options: JsonOption & { by: string; note: string }): Promise<void> {
  await withBooks((pool) => lift(pool, terminal, personName(options.by), options.note.slice(0, 500)));
  print(options, { terminal, blocked: false }, () => `terminal ${terminal} may buy again`);
}
