import Table from 'cli-table3';
import type { Command } from 'commander';
import { settingsInEffect, unknownNames } from '../../ops/config.ts';
import { withJson } from '../options.ts';
import { printEach, type JsonOption } from '../print.ts';

export function register(program: Command): void {
  withJson(program.command('config')).action(show);
}

function show(options: JsonOption): void {
  const settings = settingsInEffect();
  printEach(options, settings, () => {
    const table = new Table({
      head: ['setting', 'environment', 'value', 'from', 'meaning'],
      style: { head: [], border: [] },
    });
    for (const { key, environment, value, source, description } of settings) {
      table.push([key, environment, value, source, description]);
    }
    return table.toString();
  });
  if (unknownNames().length > 0) process.exitCode = 1; // said by whoever runs a command
}
