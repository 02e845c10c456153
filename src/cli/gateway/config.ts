import Table from 'cli-table3';
import type { Command } from 'commander';
import { settingsInEffect, unknownNames } from '../../ops/config.ts';

export function register(program: Command): void {
  program
    .command('config')
    .description('every setting as it holds and where it comes from; refuses wrong ones, names unknown ones')
    .option('--json', 'a JSON object a setting')
    .action(show);
}

function show({ json }: { readonly json?: boolean }): void {
  const settings = settingsInEffect();
  if (json === true) for (const setting of settings) console.log(JSON.stringify(setting));
  else {
    const table = new Table({
      head: ['setting', 'environment', 'value', 'from', 'meaning'],
      style: { head: [], border: [] },
    });
    for (const { key, environment, value, source, description } of settings) {
      table.push([key, environment, value, source, description]);
    }
    console.log(table.toString());
  }
  if (unknownNames().length > 0) process.exitCode = 1; // said by whoever runs a command
}
