import Table from 'cli-table3';
import type { Command } from 'commander';
import { groupedRials } from '../../field/rials.ts';
import { systemClock } from '../../ops/clock.ts';
import { GatewayError } from '../../ops/errors.ts';
import {
  listSignals,
  RULE_IDS,
  ruleId,
  ruleVersions,
  runSignals,
  SIGNAL_STATES,
  tryRule,
  type SignalState,
  type Trial,
} from '../../signals/index.ts';
import { withBooks } from '../books.ts';
import { day, whole, withJson, wrongOption } from '../options.ts';
import { signedIn } from '../people/signed-in.ts';
import { howMany, print, printEach, type JsonOption } from '../print.ts';

export function register(program: Command): void {
  const signals = program.command('signals');
  withJson(signals.command('run'))
    .description('look at closed days that no rule has looked at yet (the gateway also does so every night)')
    .action(run);
  withJson(signals.command('list'))
    .description('the signals, the oldest first')
    .option('--state <state>', `waiting, ${SIGNAL_STATES.join(', ')}, or all`, 'waiting')
    .option('--rule <rule>', RULE_IDS.join(', '))
    .option('--merchant <merchant>', 'of one shop')
    .option('--limit <n>', 'at most so many', whole('--limit', 1, 10_000), 50)
    .action(list);
  withJson(signals.command('rules')).description('the rules, their versions, and how precise each is').action(rules);
  withJson(signals.command('try'))
    .description('a rule on the books of the past: whom it would have touched; raises nothing')
    .argument('<rule>', RULE_IDS.join(', '))
    .requiredOption('--from <day>', 'first business day, Gregorian or Jalali', day('--from'))
    .requiredOption('--to <day>', 'last business day', day('--to'))
    .option('--rule-version <n>', 'of the rule (default: the newest)', whole('--rule-version', 1, 1_000_000))
    .action(tryOne);
}

async function run(options: JsonOption): Promise<void> {
  await withBooks(async (pool) => {
    const { days, raised, failures } = await runSignals(pool, { now: systemClock.now(), afterCloseMs: 0 });
    if (days === undefined)
      throw new GatewayError('signals.busy', 'A copy of the gateway is at it just now: run it again in a minute.');
    if (failures.length > 0) process.exitCode = 1;
    print(options, { days, raised, failures }, () =>
      [
        days.length === 0
          ? 'no closed day was waiting'
          : `${howMany(days.length, 'day')} looked at: ${days.join(', ')}`,
        howMany(raised, 'new signal'),
        ...failures.map((why) => `failed, and is tried again: ${why}`),
      ].join('\n'),
    );
  });
}

interface ListOptions extends JsonOption {
  readonly state: string;
  readonly rule?: string;
  readonly merchant?: string;
  readonly limit: number;
}

async function list(options: ListOptions): Promise<void> {
  const { rule, merchant, limit } = options;
  const states = ['all', 'waiting', ...SIGNAL_STATES];
  if (!states.includes(options.state)) throw wrongOption(`--state ${options.state}`, states.join(', '));
  if (rule !== undefined) ruleId(rule);
  const state = options.state === 'all' ? undefined : (options.state as SignalState | 'waiting');
  await withBooks(async (pool) => {
    const found = await listSignals(pool, { state, rule, merchant, limit });
    printEach(options, found, () => {
      if (found.length === 0) return 'no signals';
      const table = new Table({
        head: ['signal', 'day', 'rule', 'shop', 'name', 'purchases', 'rials', 'state'],
        style: { head: [], border: [] },
      });
      for (const each of found)
        table.push([
          ...[each.id, each.day, `${each.rule}/${each.ruleVersion}`, each.merchant, each.name, each.purchases],
          ...[groupedRials(BigInt(each.rials)), each.state],
        ]);
      return table.toString();
    });
  });
}

async function rules(options: JsonOption): Promise<void> {
  await withBooks(async (pool) => {
    const versions = await ruleVersions(pool);
    printEach(options, versions, () => {
      const table = new Table({
        head: ['rule', 'version', 'since', 'thresholds', 'raised', 'dismissed', 'violations', 'what it says'],
        style: { head: [], border: [] },
      });
      for (const { rule, version, firstDay, enabled, thresholds, precision, title } of versions)
        table.push([
          ...[rule, version, firstDay === null ? 'off' : enabled ? firstDay : `off from ${firstDay}`],
          ...[JSON.stringify(thresholds), precision.raised, precision.dismissed, precision.violations, title.en],
        ]);
      return table.toString();
    });
  });
}

interface TryOptions extends JsonOption {
  readonly from: string;
  readonly to: string;
  readonly ruleVersion?: number;
}

async function tryOne(name: string, options: TryOptions): Promise<void> {
  const rule = ruleId(name);
  const { from, to, ruleVersion: version } = options;
  await withBooks(async (pool, config) => {
    const person = await signedIn(pool, config);
    const by = person?.actor.id ?? null;
    const trial = await tryRule(pool, { rule, from, to, version, by, now: systemClock.now() });
    print(options, trial, () => trialText(trial));
  });
}

function trialText({ rule, version, from, to, days, shops, purchases, rials, list: touched }: Trial): string {
  const head = `${rule}/${version} from ${from} to ${to} (${howMany(days, 'closed day')}) would have touched ${howMany(shops, 'shop')}, ${howMany(purchases, 'purchase')}, ${groupedRials(BigInt(rials))} voucher rials.`;
  const lines = touched.map(
    (each) =>
      `  ${each.merchant}  ${each.name} (${each.guild}): ${howMany(each.purchases, 'purchase')} on ${howMany(each.days, 'day')}, ${groupedRials(BigInt(each.rials))} rials\n` +
      `      ${JSON.stringify(each.figures)}\n      RRNs: ${each.rrns.slice(0, 10).join(' ')}${each.rrns.length > 10 ? ' …' : ''}`,
  );
  return [head, ...lines].join('\n');
}
