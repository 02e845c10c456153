import { Option, type Command } from 'commander';
import type { Finding, Level } from '../../health/index.ts';
import { systemClock } from '../../ops/clock.ts';
import { loadConfig } from '../../ops/config.ts';
import { openPool } from '../../ops/database.ts';
import { databaseUrl, ownerDatabaseUrl, readRuntime } from '../../ops/runtime.ts';
import { collect, withJson } from '../options.ts';
import { print, type JsonOption } from '../print.ts';

interface Options extends JsonOption {
  readonly gateway: readonly string[];
  readonly quiet?: boolean;
}

/** `kalabarg doctor` without a subcommand. */
export function registerHealth(doctor: Command): void {
  withJson(doctor)
    .addOption(
      new Option('--gateway <url>', 'HTTP address of a copy; may be given again')
        .argParser(collect)
        .default([], 'the one of this machine'),
    )
    .option('--quiet', 'only what is not in order')
    .addHelpText('after', '\nExit status: 0 in order, 1 a warning, 2 critical, 3 something could not be looked at.')
    .action(look);
}

/** Looks, and changes nothing. */
async function look(options: Options): Promise<void> {
  const config = loadConfig();
  const runtime = readRuntime(config.data);
  const { examine, exitStatusOf } = await import('../../health/index.ts');
  const { isDemo } = await import('../../ledger/index.ts');
  const books = openPool(ownerDatabaseUrl(config), 3);
  const gateway = openPool(databaseUrl(config), 1);
  for (const pool of [books, gateway]) pool.on('error', () => undefined); // the check that asks says so
  try {
    const copies =
      options.gateway.length > 0 ? options.gateway : [`http://127.0.0.1:${runtime?.httpPort ?? config.httpPort}`];
    const demo = await isDemo(books).catch(() => false); // an empty or absent database is no demo
    const findings = await examine({
      config,
      clock: systemClock,
      books,
      gateway,
      demo,
      copies,
    });
    const shown = options.quiet === true ? findings.filter(({ level }) => level !== 'ok') : findings;
    print(options, { inOrder: exitStatusOf(findings) === 0, findings: shown }, () => reportOf(findings, shown));
    process.exitCode = exitStatusOf(findings);
  } finally {
    await Promise.all([books.end(), gateway.end()]);
  }
}

const MARKS: Readonly<Record<Level, string>> = {
  ok: 'ok',
  unknown: 'UNKNOWN',
  warning: 'WARNING',
  critical: 'CRITICAL',
};

function reportOf(findings: readonly Finding[], shown: readonly Finding[]): string {
  const lines = shown.flatMap(({ check, level, says, do: what }) => [
    `${MARKS[level].padEnd(9)}${check.padEnd(14)}${says}`,
    ...(what === undefined ? [] : [`${' '.repeat(23)}→ ${what}`]),
  ]);
  const count = (level: Level): number => findings.filter((finding) => finding.level === level).length;
  const bad = (['critical', 'warning', 'unknown'] as const).filter((level) => count(level) > 0);
  const sum = bad.length === 0 ? 'everything is in order' : bad.map((level) => `${count(level)} ${level}`).join(', ');
  return [...lines, ...(lines.length === 0 ? [] : ['']), sum].join('\n');
}
