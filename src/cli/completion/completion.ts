import { Argument, type Command } from 'commander';
import { bashScript, fishScript, zshScript, type Step } from './scripts.ts';

const SCRIPTS = { bash: bashScript, zsh: zshScript, fish: fishScript } as const;
type Shell = keyof typeof SCRIPTS;

/** `kalabarg completion`: the words that may follow, for a shell. */
export function register(program: Command, all: () => Promise<Command>): void {
  program
    .command('completion')
    .addArgument(new Argument('<shell>', 'whose').choices(Object.keys(SCRIPTS)))
    .action(async (shell: Shell) => {
      console.log(SCRIPTS[shell](stepsOf(await all())));
    });
}

/** Every command, with what may follow it. */
function stepsOf(command: Command, path = ''): Step[] {
  const next = command.commands.map((each) => each.name());
  const named = (option: (typeof command.options)[number]): string[] =>
    [option.short, option.long].filter((name) => name !== undefined);
  const valued = command.options.filter(({ required }) => required);
  const step: Step = {
    path,
    next,
    values: next.length > 0 ? [] : (command.registeredArguments[0]?.argChoices ?? []),
    takesFiles: next.length === 0 && command.registeredArguments.length > 0,
    options: [...command.options.map(({ long, short }) => long ?? short ?? ''), '--help'],
    valued: valued.flatMap(named),
    choices: valued.flatMap((option) => named(option).map((name) => [name, option.argChoices ?? []] as const)),
  };
  return [step, ...command.commands.flatMap((each) => stepsOf(each, `${path} ${each.name()}`.trim()))];
}
