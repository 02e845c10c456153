// Writes the reference of docs/commands.md from the commands themselves (npm run docs:commands).
import { readFileSync, writeFileSync } from 'node:fs';
import { argv } from 'node:process';
import { fileURLToPath } from 'node:url';

/** The first section of a command. */
const FIRST = /^### /m;

/** The page with a section for each command: its arguments, description and options. What a section says besides, such as the
 *  shape of its JSON, is written in the page and kept.
 *  @param text the page as it is
 *  @param program all commands (commander) */
export function commandsPage(text, program) {
  const at = text.search(FIRST);
  if (at < 0) throw new Error('docs/commands.md has no section of a command.');
  const [before, reference] = [text.slice(0, at), text.slice(at)];
  const kept = new Map(reference.split(/^### /m).slice(1).map(ownWords));
  const sections = leaves(program).map(([path, command]) =>
    [heading(path, command), ...generated(command), ...(kept.get(path) ?? [])].join('\n\n'),
  );
  return `${before}${sections.join('\n\n')}\n`;
}

/** Every command that a person can run, by its path. */
function leaves(command, path = '') {
  const own = command.commands.length === 0 || (path !== '' && command.options.length > 0) ? [[path, command]] : [];
  return [...own, ...command.commands.flatMap((each) => leaves(each, `${path} ${each.name()}`.trim()))];
}

/** Of a section: the command, and the paragraphs after heading, description and options. */
function ownWords(section) {
  const [title, , ...more] = section.trimEnd().split('\n\n');
  return [title.replace(/ [\\[].*$/, ''), more.filter((paragraph) => !paragraph.startsWith('| option |'))];
}

function heading(path, command) {
  const words = command.registeredArguments.map((each) => {
    const name = each.name() + (each.variadic ? '…' : '');
    return each.required ? `\\<${cell(name)}\\>` : `[${cell(name)}]`;
  });
  return ['###', path, ...words].join(' ');
}

function generated(command) {
  const text = command.description();
  const sentence = `${text.charAt(0).toUpperCase()}${text.slice(1)}`.replace(/\.?$/, '.');
  if (command.options.length === 0) return [sentence];
  const rows = command.options.map(
    (option) => `| \`${cell(option.flags)}\` | ${says(option)} | ${defaultOf(option)} |`,
  );
  return [sentence, ['| option | what it says | default |', '| --- | --- | --- |', ...rows].join('\n')];
}

function says({ description, argChoices }) {
  return cell(argChoices === undefined ? description : `${description}: ${argChoices.join(', ')}`);
}

function defaultOf({ mandatory, defaultValue, defaultValueDescription }) {
  if (mandatory && defaultValue === undefined) return 'must be given';
  if (defaultValueDescription !== undefined) return cell(defaultValueDescription);
  if (defaultValue === undefined || defaultValue === false || String(defaultValue) === '') return '';
  return cell(String(defaultValue));
}

function cell(text) {
  return text.replaceAll('|', '\\|');
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  const { commandsFor } = await import('../dist/cli/main.js');
  const page = new URL('../docs/commands.md', import.meta.url);
  writeFileSync(page, commandsPage(readFileSync(page, 'utf8'), await commandsFor()));
}
