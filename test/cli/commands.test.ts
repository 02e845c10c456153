import { afterEach, expect, jest, test } from '@jest/globals';
import type { Command } from 'commander';
import { readFileSync } from 'node:fs';
import { sentenceOf } from '../../src/cli/faults.ts';
import { commandsFor, listOfCommands, withPresentName } from '../../src/cli/main.ts';
import { GatewayError } from '../../src/ops/errors.ts';

afterEach(() => {
  jest.restoreAllMocks();
});

const script = new URL('../../scripts/commands-page.mjs', import.meta.url).href;
const { commandsPage } = (await import(script)) as { commandsPage: (text: string, program: Command) => string };
const reference = readFileSync(new URL('../../docs/commands.md', import.meta.url), 'utf8');

/** By its path, every command that a person can run. */
function leaves(command: Command, path = ''): [string, Command][] {
  const own: [string, Command][] = command.options.length > 0 && path !== '' ? [[path, command]] : [];
  if (command.commands.length === 0) return [[path, command]];
  return [...own, ...command.commands.flatMap((each) => leaves(each, `${path} ${each.name()}`.trim()))];
}

test('every command and every option stands in docs/commands.md, as it is (npm run docs:commands writes it)', async () => {
  const program = await commandsFor();
  expect(commandsPage(reference, program)).toBe(reference);
});

test('a new command gets its section, one that is gone loses it, and the others keep what is written by hand', async () => {
  const program = await commandsFor();
  program.command('new').description('a new one').argument('<file...>').requiredOption('--of <a|b>', 'which');
  const page = commandsPage(reference.replace(/^### serve\n/m, '### gone\n'), program);
  expect(page).toContain('\n### new \\<file…\\>\n\nA new one.\n\n');
  expect(page).toContain('| `--of <a\\|b>` | which | must be given |');
  expect(page).toContain('\n### serve\n');
  expect(page).not.toContain('### gone');
  expect(page).toContain('\n\nJSON: `{id, state: "resolved"}`.\n');
});

test('every command prints results as JSON too, in a documented shape, or says why not', async () => {
  const without = [...reference.matchAll(/^\| `([a-z -]+)` \| (?=[a-z`])/gm)].map(([, path]) => path);
  const faults = leaves(await commandsFor()).flatMap(([path, command]) => {
    const json = command.options.find(({ long, required }) => long === '--json' && !required);
    if (json === undefined) return without.includes(path) ? [] : [`${path}: no --json, and no reason`];
    const shape = new RegExp(`^### ${path}( [^\\n]*)?\\n(?:(?!### ).*\\n)*?JSON: `, 'm').test(reference);
    return shape ? [] : [`${path}: no shape`];
  });
  expect(faults).toEqual([]);
});

test.each([
  ['bank advices list --json', 'doubts list --json', 'bank advices', 'doubts'],
  ['bank settlement --data x', 'simulate bank settlement --data x', 'bank', 'simulate bank'],
  ['bank --port 1', 'simulate bank --port 1', 'bank', 'simulate bank'],
  ['hsm simulate --port 1', 'simulate hsm --port 1', 'hsm simulate', 'simulate hsm'],
  ['terminal', 'simulate terminal', 'terminal', 'simulate terminal'],
])('kalabarg %s still works, as %s, and its name of today is told', (old, words, was, is) => {
  const said = jest.spyOn(console, 'error').mockReturnValue();
  expect(withPresentName(['node', 'kalabarg', ...old.split(' ')]).slice(2)).toEqual(words.split(' '));
  expect(said.mock.calls).toEqual([[`kalabarg: "kalabarg ${was}" is called "kalabarg ${is}" now.`]]);
});

test.each(['hsm status', 'doubts', 'terminals blocked', 'simulate terminal', ''])('%j has no other name', (words) => {
  const argv = ['node', 'kalabarg', ...words.split(' ')];
  expect(withPresentName(argv)).toEqual(argv);
});

const of = (values: object): Error => Object.assign(new Error('raw'), values);

test.each<[string, unknown, string | undefined]>([
  [
    'a file that is not there',
    of({ code: 'ENOENT', path: '/x' }),
    '/x: there is no such file or folder. Check the path.',
  ],
  ['a folder', of({ code: 'EISDIR', path: '/x' }), '/x: it is a folder, not a file. Name a file.'],
  [
    'one that may not be read',
    of({ code: 'EACCES', path: '/x' }),
    '/x: this user may not use it. Change its rights, or run this as its owner.',
  ],
  [
    'one that is there',
    of({ code: 'EEXIST', path: '/x', dest: '/y' }),
    '/y: it exists already. Choose another name, or move it away.',
  ],
  ['a full disk', of({ code: 'ENOSPC' }), 'A file or connection cannot be used: the disk is full. Make room.'],
  ['nobody at a port', of({ code: 'ECONNREFUSED', address: '::1', port: 5 }), '[::1]:5: nothing listens there. Start it, or check host and port.'], // prettier-ignore
  ['nobody at any address', new AggregateError([of({ code: 'ECONNREFUSED', address: '::1', port: 5 })]), '[::1]:5: nothing listens there. Start it, or check host and port.'], // prettier-ignore
  ['the database', of({ code: '28P01', message: 'password' }), 'The database says: password (28P01).'],
  ['what says itself what to do', new GatewayError('x.y', 'Do this.'), 'Do this.'],
  ['a fault of ours', new TypeError('undefined is not a function'), undefined],
])('%s becomes a sentence', (_, error, sentence) => {
  expect(sentenceOf(error)).toBe(sentence);
});

test('the list of commands names them all, in groups, and loads none of them', async () => {
  const list = listOfCommands();
  expect(list.helpInformation()).toMatch(/^Books and settlement:\n {2}ledger +the books$/m);
  const all = (await commandsFor()).commands;
  expect(list.commands.map((each) => each.name()).sort()).toEqual(all.map((each) => each.name()).sort());
  expect(all.filter((each) => each.description() === '').map((each) => each.name())).toEqual([]);
});

test('help X is X --help', () => {
  const words = (...typed: string[]): readonly string[] => withPresentName(['node', 'kalabarg', ...typed]).slice(2);
  expect(words('help', 'ledger', 'verify')).toEqual(['ledger', 'verify', '--help']);
  expect(words('help')).toEqual(['--help']);
});
