import Table from 'cli-table3';
import type { Command } from 'commander';
import { lift, standingBlocks } from '../../handlers/guard/index.ts';
import { personName } from '../../settlement/clearing/people.ts';
import { withBooks } from '../books.ts';

export function register(program: Command): void {
  const terminals = program.command('terminals').description('terminals that the guard has blocked');
  terminals
    .command('blocked', { isDefault: true })
    .description('terminals that are blocked, by which rule, on what evidence, since when')
    .option('--json', 'one JSON line each')
    .action(list);
  terminals
    .command('unblock <terminal>')
    .description('let a blocked terminal buy again, on every copy of the gateway at once')
    .option('--by <name>', 'who looked into it, where the database has no people')
    .requiredOption('--note <text>', 'what was found')
    .action(unblock);
}

async function list({ json }: { json?: true }): Promise<void> {
  const blocks = await withBooks((pool) => standingBlocks(pool));
  if (json === true) {
    for (const each of blocks) console.log(JSON.stringify(each));
    return;
  }
  if (blocks.length === 0) {
    console.log('no terminal is blocked');
    return;
  }
  const table = new Table({
    head: ['terminal', 'shop', 'rule', 'evidence', 'since'],
    style: { head: [], border: [] },
  });
  for (const { terminal, merchant, rule, evidence, blockedAt } of blocks)
    table.push([terminal, merchant ?? '?', rule, evidence, blockedAt.toISOString()]);
  console.log(table.toString());
}

async function unblock(terminal: string, { by, note }: { by: string; note: string }): Promise<void> {
  await withBooks((pool) => lift(pool, terminal, personName(by), note.slice(0, 500)));
  console.log(`terminal ${terminal} may buy again`);
}
