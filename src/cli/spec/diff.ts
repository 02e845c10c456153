import { Option, type Command } from 'commander';
import { type Breaks, diffSpecs } from '../../spec-tools/diff/index.ts';
import { codecOf } from '../codec/decode.ts';
import { howMany } from '../print.ts';

const WORDS: Readonly<Record<Breaks, string>> = {
  nobody: 'compatible',
  senders: 'breaks old senders',
  receivers: 'breaks old receivers',
  both: 'breaks both',
};
/** What each choice of --fail-on takes for broken. */
const FAILS: Readonly<Record<string, readonly Breaks[]>> = {
  any: ['senders', 'receivers', 'both'],
  senders: ['senders', 'both'],
  receivers: ['receivers', 'both'],
  none: [],
};

/** `kalabarg spec diff`. */
export function registerDiff(parent: Command): void {
  parent
    .command('diff')
    .description('what changed between two versions of a dialect, and whom it breaks')
    .argument('<old>', 'a name of specs/, or a file')
    .argument('<new>', 'a name of specs/, or a file')
    .option('--json', 'a JSON object a change')
    .addOption(
      new Option('--fail-on <who>', 'exit status 1 when these break').choices(Object.keys(FAILS)).default('any'),
    )
    .action((before: string, after: string, options: { readonly json?: boolean; readonly failOn: string }) => {
      const changes = diffSpecs(codecOf(before).spec, codecOf(after).spec);
      for (const change of changes) {
        const { path, breaks, reason } = change;
        console.log(
          options.json === true
            ? JSON.stringify(change)
            : `${WORDS[breaks].padEnd(20)}  ${path.padEnd(14)} ${change.change}: ${reason}`,
        );
      }
      const count = (wanted: readonly Breaks[]): number =>
        changes.filter(({ breaks }) => wanted.includes(breaks)).length;
      if (options.json !== true)
        console.log(
          `${howMany(changes.length, 'change')}; ${count(['senders', 'both'])} break old senders, ${count(['receivers', 'both'])} break old receivers`,
        );
      if (count(FAILS[options.failOn] ?? []) > 0) process.exitCode = 1;
    });
}
