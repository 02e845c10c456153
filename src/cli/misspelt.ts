import type { Command } from 'commander';
import { nearestTo } from '../field/nearest.ts';
import { GatewayError } from '../ops/errors.ts';

/** Says of a word that is no command of its group so, and which one may be meant: also where the group does something by itself or
 *  by a command that is usual, which would say that it takes no arguments.
 *  @param words as typed after `kalabarg`
 *  @throws GatewayError `command.unknown` */
export function demandKnownCommand(program: Command, words: readonly string[]): void {
  let group = program;
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? '';
    if (word === '--') return;
    if (word.startsWith('-')) {
      if (takesNextWord(group, word)) at++;
      continue;
    }
    if (group.commands.length === 0 || group.registeredArguments.length > 0 || word === 'help') return;
    const next = group.commands.find((each) => each.name() === word || each.aliases().includes(word));
    if (next === undefined) throw unknown(group, word);
    group = next;
  }
}

/** Options before a command are the group's, or of the command that it does when it is given none. */
function takesNextWord(group: Command, word: string): boolean {
  const known = [group, ...group.commands].flatMap(({ options }) => options);
  return known.some(({ short, long, required }) => required && (word === short || word === long));
}

function unknown(group: Command, word: string): GatewayError {
  const names = group.commands.map((each) => each.name()).sort();
  const nearest = nearestTo(word, names);
  const guess = nearest === undefined ? '' : ` Did you mean "${nearest}"?`;
  const path = pathOf(group);
  return new GatewayError(
    'command.unknown',
    `"${path}" has no command "${word}".${guess} It has: ${names.join(', ')} (${path} --help).`,
  );
}

function pathOf(command: Command): string {
  return command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`;
}
