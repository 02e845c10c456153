import type { Command } from 'commander';
import { parse } from 'yaml';
import { placeText } from '../../field/place.ts';
import { systemClock } from '../../ops/clock.ts';
import { GatewayError, messageOf } from '../../ops/errors.ts';
import {
  checkedRules,
  REGISTRIES,
  startRegistrySimulator,
  type RegistryRule,
} from '../../simulators/registry/index.ts';
import { readText } from '../files.ts';
import { port } from '../options.ts';

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
  const simulator = await startRegistrySimulator({
    host,
    port: wanted,
    rules: rules === undefined ? [] : rulesIn(rules),
    clock: systemClock,
  });
  const stopped = new Promise<void>((done) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, done);
  });
  console.log(`registry simulator listens on ${placeText({ host, port: simulator.port })}; Ctrl-C stops it`);
  await stopped;
  await simulator.close();
}

/** @throws GatewayError `registry.rule`, and those of a file that cannot be read */
function rulesIn(file: string): RegistryRule[] {
  const text = readText(file);
  let value: unknown;
  try {
    value = parse(text);
  } catch (cause) {
    throw new GatewayError('registry.rule', `${file} is not YAML: ${messageOf(cause)}`, { cause });
  }
  return checkedRules(value);
}
