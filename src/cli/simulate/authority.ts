import type { Command } from 'commander';
import { systemClock } from '../../ops/clock.ts';
import { AUTHORITY_FAULTS, checkedAuthorityRules, startAuthoritySimulator } from '../../simulators/authority/index.ts';
import { port, rials } from '../options.ts';
import { rulesOf, serveUntilStopped } from './served.ts';
import { tlsOf, type TlsOptions } from './tls.ts';

interface Options extends TlsOptions {
  readonly host: string;
  readonly port: number;
  readonly rules?: string;
  readonly credit?: bigint;
}

/** The remote authority of a programme, as a process of its own. */
export function registerAuthority(simulate: Command): void {
  simulate
    .command('authority')
    .description(
      'run the authority simulator: a central host that decides credit instead of our ledger; rules say what goes wrong',
    )
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--port <port>', 'port to listen on', port('--port', 0), 8620)
    .option('--rules <file>', `YAML or JSON list of rules (docs/counterparts.md): ${AUTHORITY_FAULTS.join(', ')}`)
    .option('--credit <rials>', 'what each card has at first (default: 50,000,000)', rials('--credit'))
    .option('--tls-cert <file>', 'PEM certificate: speak HTTPS')
    .option('--tls-key <file>', 'PEM key')
    .option('--tls-ca <file>', 'PEM CA: demand a client certificate of it')
    .action(run);
}

async function run({ host, port: wanted, rules, credit, ...tls }: Options): Promise<void> {
  const simulator = await startAuthoritySimulator({
    host,
    port: wanted,
    rules: rulesOf(rules, 'authority.rule', checkedAuthorityRules),
    ...(credit === undefined ? {} : { creditRials: credit }),
    tls: tlsOf(tls),
    clock: systemClock,
  });
  await serveUntilStopped('authority', host, simulator);
}
