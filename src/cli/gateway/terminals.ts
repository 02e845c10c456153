import Table from 'cli-table3';
import type { Command } from 'commander';
import { authorityOf, certify } from '../../enrolment/index.ts';
import { lift, standingBlocks } from '../../handlers/guard/index.ts';
import { isDemo } from '../../ledger/index.ts';
import { systemClock } from '../../ops/clock.ts';
import { transaction } from '../../ops/database.ts';
import { systemRandom } from '../../ops/random.ts';
import { actorNamed } from '../../people/index.ts';
import { personName } from '../../settlement/clearing/people.ts';
import { withBooks } from '../books.ts';
import { readText } from '../files.ts';
import { withJson } from '../options.ts';
import { print, printEach, type JsonOption } from '../print.ts';

export function register(program: Command): void {
  const terminals = program.command('terminals');
  withJson(terminals.command('blocked', { isDefault: true }))
    .description('terminals that are blocked, by which rule, on what evidence, since when')
    .action(list);
  withJson(terminals.command('unblock'))
    .description('let a blocked terminal buy again, on every copy of the gateway at once')
    .argument('<terminal>')
    .option('--by <name>', 'who looked into it, where the database has no people')
    .requiredOption('--note <text>', 'what was found')
    .action(unblock);
  withJson(terminals.command('certify'))
    .description('give a terminal a certificate for its own key; prints the certificate (PEM)')
    .argument('<terminal>', 'DE 41')
    .option('--by <name>', 'who does it, where the database has no people')
    .requiredOption('--csr <file>', 'its request, PKCS #10 in PEM: subject CN=<terminal>')
    .action(certifyTerminal);
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

async function certifyTerminal(terminal: string, options: JsonOption & { csr: string; by: string }): Promise<void> {
  const csr = readText(options.csr);
  const certificate = await withBooks(async (pool, config) => {
    const certifying = { authority: authorityOf(config, await isDemo(pool)), random: systemRandom.bytes };
    const by = { actor: await actorNamed(pool, options.by) };
    return transaction(pool, (db) => certify(db, certifying, { terminal, csr }, by, systemClock.now()));
  });
  print(options, certificate, () => certificate.pem.trimEnd());
}
