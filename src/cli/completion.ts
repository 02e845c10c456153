import { Argument, type Command } from 'commander';

const SHELLS = ['bash', 'zsh', 'fish'] as const;

/** `kalabarg completion`: the words that may follow, for a shell. */
export function register(program: Command, all: () => Promise<Command>): void {
  program
    .command('completion')
    .description('words that may follow, for a shell: eval "$(kalabarg completion bash)"')
    .addArgument(new Argument('<shell>', 'whose').choices([...SHELLS]))
    .action(async (shell: (typeof SHELLS)[number]) => {
      console.log(script(shell, wordsOf(await all())));
    });
}

/** By the words so far (`settlement make`), what may come next. */
export function wordsOf(command: Command, path = ''): Map<string, readonly string[]> {
  const names = command.commands.map((each) => each.name());
  const options = command.options.map(({ long, short }) => long ?? short ?? '').filter((each) => each !== '');
  const words = new Map<string, readonly string[]>([[path, [...names, ...options, '--help']]]);
  for (const each of command.commands) {
    for (const [deeper, next] of wordsOf(each, `${path} ${each.name()}`.trim())) words.set(deeper, next);
  }
  return words;
}

function script(shell: (typeof SHELLS)[number], words: Map<string, readonly string[]>): string {
  const cases = [...words].map(([path, next]) => `    '${path}') words='${next.join(' ')}' ;;`).join('\n');
  if (shell === 'fish') {
    const lines = [...words].map(([path, next]) => {
      const seen =
        path === '' ? 'not __fish_seen_subcommand_from _' : `string match -q -- 'kalabarg ${path} *' (commandline -pc)`;
      return `complete -c kalabarg -n "${seen}" -a '${next.join(' ')}'`;
    });
    return ['# kalabarg completion fish | source', ...lines].join('\n');
  }
  const bash = `_kalabarg() {
  local path='' word words=''
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$word" in -*) break ;; *) path="\${path:+$path }$word" ;; esac
  done
  while :; do
    case "$path" in
${cases}
    esac
    [ -n "$words" ] && break
    case "$path" in *' '*) path="\${path% *}" ;; *) path='' ;; esac
  done
  COMPREPLY=($(compgen -W "$words" -f -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _kalabarg kalabarg ./kalabarg`;
  return shell === 'bash' ? bash : `autoload -U +X bashcompinit && bashcompinit\n${bash}`;
}
