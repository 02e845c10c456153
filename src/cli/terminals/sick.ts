import Table from 'cli-table3';
import type { Command } from 'commander';
import { systemClock } from '../../ops/clock.ts';
import { HEALTH_RULE_NAMES, HEALTH_RULES, sickTerminals } from '../../terminals/health/index.ts';
import { withBooks } from '../books.ts';
import { day, withJson } from '../options.ts';
import { printEach, type JsonOption } from '../print.ts';

export function registerSick(terminals: Command): void {
  withJson(terminals.command('sick'))
    .description('terminals whose traffic says that something is wrong with them, and what to do about it')
    .option('--day <day>', 'Gregorian or Jalali (default: today so far)', day('--day'))
    .option('--rule <rule>', HEALTH_RULE_NAMES.join(', '))
    .action(list);
}

async function list(options: JsonOption & { readonly day?: string; readonly rule?: string }): Promise<void> {
  const now = systemClock.now();
  const sick = await withBooks((pool) => sickTerminals(pool, { now, day: options.day, rule: options.rule }));
  printEach(options, sick, () => {
    if (sick.length === 0) return 'no terminal is sick';
    const table = new Table({
      head: ['rule', 'terminal', 'shop', 'model', 'figure', 'threshold'],
      style: { head: [], border: [] },
    });
    for (const { rule, terminal, merchant, model, value, threshold } of sick)
      table.push([rule, terminal, merchant, model ?? '', `${value} ${HEALTH_RULES[rule].unit}`, threshold]);
    const rules = HEALTH_RULE_NAMES.filter((name) => sick.some(({ rule }) => rule === name));
    return [table.toString(), ...rules.map((name) => `${name}: ${HEALTH_RULES[name].todo.en}`)].join('\n');
  });
}
