import type { Command } from 'commander';
import { registerAuthority } from './authority.ts';
import { registerBank } from './bank.ts';
import { registerPayshield } from './payshield.ts';
import { registerRegistry } from './registry.ts';
import { registerTerminal } from './terminal/terminal.ts';

/** `kalabarg simulate`: the other sides of the gateway, on the wire as the real ones. */
export function register(program: Command): void {
  // What follows a subcommand is its own: --data of `bank settlement` is not that of `bank`.
  const simulate = program.enablePositionalOptions().command('simulate').enablePositionalOptions();
  registerAuthority(simulate);
  registerBank(simulate);
  registerPayshield(simulate);
  registerRegistry(simulate);
  registerTerminal(simulate);
}
