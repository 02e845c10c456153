import type { Command } from 'commander';
import { registerCertificates } from './certificates.ts';
import { registerMinimum } from './minimum.ts';
import { registerSick } from './sick.ts';
import { registerRegistry } from './registry.ts';

export function register(program: Command): void {
  const terminals = program.command('terminals');
  registerRegistry(terminals);
  registerCertificates(terminals);
  registerSick(terminals);
  registerMinimum(terminals);
}
