/** A command, and what may follow it. Words are of letters, digits, `-` and `_`: no shell reads anything else into them. */
export interface Step {
  /** `settlement make`; empty before the first command. */
  readonly path: string;
  /** Commands below it. */
  readonly next: readonly string[];
  /** What its argument may be, where the choice is limited. */
  readonly values: readonly string[];
  /** It has arguments: they may be files. */
  readonly takesFiles: boolean;
  readonly options: readonly string[];
  /** Options that are followed by a value. */
  readonly valued: readonly string[];
  /** Of each of these, the values that it takes: none where they are not limited. */
  readonly choices: readonly (readonly [option: string, values: readonly string[]])[];
}

/** Readline asks for file names itself where there is no word (`-o default`). */
export function bashScript(steps: readonly Step[]): string {
  return `${tables(steps)}
_kalabarg() {
  local offered current="\${COMP_WORDS[COMP_CWORD]}"
  _kalabarg_offer "$current" "\${COMP_WORDS[@]:1:COMP_CWORD-1}"
  COMPREPLY=($(compgen -W "$offered" -- "$current"))
}
complete -o default -F _kalabarg kalabarg`;
}

export function zshScript(steps: readonly Step[]): string {
  return `${tables(steps)}
_kalabarg() {
  local offered
  _kalabarg_offer "\${words[CURRENT]}" "\${(@)words[2,CURRENT-1]}"
  if [ -n "$offered" ]; then compadd -- \${=offered}; else _files; fi
}
(( $+functions[compdef] )) || { autoload -U compinit && compinit; }
compdef _kalabarg kalabarg`;
}

/** For bash and zsh: `_kalabarg_offer <word so far> <word before>…` sets `offered`. */
function tables(steps: readonly Step[]): string {
  const commands = steps.map(
    (step) =>
      `    '${step.path}') next='${step.next.join(' ')}' options='${step.options.join(' ')}' ` +
      `valued='${step.valued.join(' ')}' offered=${offeredWithout(step, '"$options"', (words) => `'${words.join(' ')}'`)} ;;`,
  );
  const values = limited(steps).map(([option, words]) => `    '${option}') offered='${words.join(' ')}' ;;`);
  return `_kalabarg_at() {
  case "$1" in
${commands.join('\n')}
    *) next='' offered='' ;;
  esac
}
_kalabarg_values() {
  case "$1" in
${values.join('\n')}
    *) offered='' ;;
  esac
}
_kalabarg_offer() {
  local current="$1" reached='' awaited='' word='' next='' options='' valued=''
  shift
  _kalabarg_at ''
  for word in "$@"; do
    if [ -n "$awaited" ]; then awaited=''; continue; fi
    case " $valued " in *" $word "*) awaited="$word"; continue ;; esac
    case "$word" in -*) continue ;; esac
    case " $next " in
      *" $word "*) reached="\${reached:+$reached }$word"; _kalabarg_at "$reached" ;;
      *) next='' offered='' ;;
    esac
  done
  if [ -n "$awaited" ]; then _kalabarg_values "$reached $awaited"; return; fi
  case "$current" in -*) offered="$options" ;; esac
}`;
}

export function fishScript(steps: readonly Step[]): string {
  const commands = steps.map(
    (step) => `        case '${step.path}'
            set next ${step.next.join(' ')}
            set options ${step.options.join(' ')}
            set valued ${step.valued.join(' ')}
            set offered ${offeredWithout(step, '$options', (words) => words.join(' '))}`,
  );
  const values = limited(steps).map(
    ([option, words]) => `        case '${option}'\n            set offered ${words.join(' ')}`,
  );
  return `function __kalabarg_at --no-scope-shadowing
    switch "$argv[1]"
${commands.join('\n')}
    end
end
function __kalabarg_values --no-scope-shadowing
    switch "$argv[1]"
${values.join('\n')}
        case '*'
            set offered
    end
end
function __kalabarg_offer
    set -l reached ''
    set -l awaited ''
    set -l next
    set -l options
    set -l valued
    set -l offered
    set -l before (commandline -opc)
    set -e before[1]
    __kalabarg_at ''
    for word in $before
        if test -n "$awaited"
            set awaited ''
        else if contains -- $word $valued
            set awaited $word
        else if string match -q -- '-*' $word
            continue
        else if contains -- $word $next
            set reached (string trim -- "$reached $word")
            __kalabarg_at $reached
        else
            set next
            set offered
        end
    end
    if test -n "$awaited"
        __kalabarg_values "$reached $awaited"
    else if string match -q -- '-*' (commandline -ct)
        set offered $options
    end
    if set -q offered[1]
        string join -- \\n $offered
    else
        __fish_complete_path (commandline -ct)
    end
end
complete -c kalabarg -f -a '(__kalabarg_offer)'`;
}

/** What is offered to a word that does not begin with `-`. A command without arguments offers its options. */
function offeredWithout(
  { next, values, takesFiles }: Step,
  options: string,
  words: (words: readonly string[]) => string,
): string {
  if (next.length > 0) return words(next);
  return values.length > 0 || takesFiles ? words(values) : options;
}

/** `reconcile breaks --class`, and what it takes. */
function limited(steps: readonly Step[]): [option: string, words: readonly string[]][] {
  return steps.flatMap(({ path, choices }) =>
    choices
      .filter(([, words]) => words.length > 0)
      .map(([option, words]): [string, readonly string[]] => [`${path} ${option}`, words]),
  );
}
