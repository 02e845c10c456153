import type { Command } from 'commander';
import { systemClock } from '../../ops/clock.ts';
import { checkedRules, REGISTRIES, startRegistrySimulator } from '../../simulators/registry/index.ts';
import { port } from '../options.ts';
import { rulesOf, serveUntilStopped } from './served.ts';

interface Options {
  readonly host: string;
  readonly port: number;
  readonly rules?: string;
}

/** The registries that a shop is checked by, as a process of its own. */
export function registerRegistry(simulate: Command): void {
  simulate
    .command('registry')
    .description(
      `run the registry simulator: ${REGISTRIES.join(', ')}, each at POST /<name>; rules say what it answers`,
    )
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--port <port>', 'port to listen on', port('--port', 0), 8610)
    .option('--rules <file>', 'YAML or JSON list of rules (docs/shops.md); default: every answer is yes')
    .action(run);
}

async function run({ host, port: wanted, rules }: Options): Promise<void> {
  const checked = rulesOf(rules, 'registry.rule', checkedRules);
  await serveUntilStopped('registry', host, await startRegistrySimulator({ host, port: wanted, rules: checked, clock: systemClock }));
} // prettier-ignore
