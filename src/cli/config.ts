import type { Command } from 'commander';
import Table from 'cli-table3';
import { describeSettings } from '../ops/config.ts';

export function register(program: Command): void {
  program
    .command('config')
    .description('list every setting, its environment variable, default and meaning')
    .action(() => {
      const table = new Table({
        head: ['setting', 'environment', 'default', 'meaning'],
        style: { head: [], border: [] },
      });
      for (const { key, environment, fallback, description } of describeSettings()) {
        table.push([key, environment, String(fallback), description]);
      }
      console.log(table.toString());
    });
}
