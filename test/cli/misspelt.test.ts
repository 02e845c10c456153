import { expect, test } from '@jest/globals';
import type { Command } from 'commander';
import { commandsFor } from '../../src/cli/main.ts';
import { demandKnownCommand } from '../../src/cli/misspelt.ts';

/** Every group of commands by its path. */
function groups(command: Command, path: readonly string[] = []): (readonly string[])[] {
  const below = command.commands.flatMap((each) => groups(each, [...path, each.name()]));
  return command.commands.length === 0 ? below : [path, ...below];
}

const program = await commandsFor();

test('a word that no group has is told, in every group, whatever the group does by itself', () => {
  const silent = groups(program).filter((path) => {
    try {
      demandKnownCommand(program, [...path, 'nosuchword']);
      return true;
    } catch (error) {
      return !String(error).includes(`"${['kalabarg', ...path].join(' ')}" has no command "nosuchword". It has: `);
    }
  });
  expect(groups(program).length).toBeGreaterThan(15);
  expect(silent).toEqual([]);
});

test.each([
  ['simulate terminal purchse', 'purchase'],
  ['simulate bank --port 8600 settlment', 'settlement'],
  ['load compar a b', 'compare'],
  ['terminals unblok', 'unblock'],
  ['decod 00', 'decode'],
])('%s: the nearest is named', (words, nearest) => {
  expect(() => {
    demandKnownCommand(program, words.split(' '));
  }).toThrow(`Did you mean "${nearest}"?`);
});

test.each([
  'simulate terminal',
  'simulate terminal --terminal 10000002',
  'simulate bank --host settlment --port 1',
  'load --json file.json',
  'load compare a b',
  'decode 00',
  'help simulate',
  'simulate help bank',
  '--version',
  '',
])('%j has nothing that is misspelt', (words) => {
  expect(() => {
    demandKnownCommand(
      program,
      words.split(' ').filter((word) => word !== ''),
    );
  }).not.toThrow();
});
