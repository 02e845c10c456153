import type { Command } from 'commander';
import { authorityOf, certify } from '../../enrolment/index.ts';
import { isDemo } from '../../ledger/index.ts';
import { systemClock } from '../../ops/clock.ts';
import { transaction } from '../../ops/database.ts';
import { systemRandom } from '../../ops/random.ts';
import { actorNamed } from '../../people/index.ts';
import { withBooks } from '../books.ts';
import { readText } from '../files.ts';
import { withJson } from '../options.ts';
import { print, type JsonOption } from '../print.ts';

export function registerCertificates(terminals: Command): void {
  withJson(terminals.command('certify'))
    .description('give a terminal a certificate for its own key; prints the certificate (PEM)')
    .argument('<terminal>', 'DE 41')
    .option('--by <name>', 'who does it, where the database has no people')
    .requiredOption('--csr <file>', 'its request, PKCS #10 in PEM: subject CN=<terminal>')
    .action(certifyTerminal);
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
