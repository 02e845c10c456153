import Table from 'cli-table3';
import type { Command } from 'commander';
import { lift, standingBlocks } from '../../handlers/guard/index.ts';
import { personName } from '../../settlement/clearing/people.ts';
import { withBooks } from '../books.ts';
import { withJson } from '../options.ts';
import { print, printEach, type JsonOption } from '../print.ts';

export function register(program: Command): void {
  const terminals = program.command('terminals').description('terminals that the guard has blocked');
  withJson(terminals.command('blocked', { isDefault: true }))
    .description('terminals that are blocked, by which rule, on what evidence, since when')
    .action(list);
  withJson(terminals.command('unblock'))
    .description('let a blocked terminal buy again, on every copy of the gateway at once')
    .argument('<terminal>')
    .option('--by <name>', 'who looked into it, where the database has no people')
    .requiredOption('--note <text>', 'what was found')
    .action(unblock);
}

async function list(options: JsonOption): Promise<void> {
  const blocks = await withBooks((pool) => standingBlocks(pool));
  printEach(options, blocks, () => (blocks.length === 0 ? 'no terminal is blocked' : table(blocks)));
}

function table(blocks: Awaited<ReturnType<typeof standingBlocks>>): string {
  const table = new Table({
    head: ['terminal', 'shop', 'rule', 'evidence', 'since'],
    style: { head: [], border: [] },
  });
  for (const { terminal, merchant, rule, evidence, blockedAt } of blocks)
    table.push([terminal, merchant ?? '?', rule, evidence, blockedAt.toISOString()]);
  return table.toString();
}

async function unblock(terminal: string, options: JsonOption & { by: string; note: string }): Promise<void> {
  await withBooks((pool) => lift(pool, terminal, personName(options.by), options.note.slice(0, 500)));
  print(options, { terminal, blocked: false }, () => `terminal ${terminal} may buy again`);
}
