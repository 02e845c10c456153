import { afterEach, expect, jest, test } from '@jest/globals';
import { forEach } from '../../src/cli/settlement/each.ts';
import { GatewayError } from '../../src/ops/errors.ts';

afterEach(() => {
  jest.restoreAllMocks();
  process.exitCode = 0;
});

test('one file that is refused, or is not there, does not keep the others from being taken', async () => {
  const said = jest.spyOn(console, 'error').mockReturnValue();
  const taken: string[] = [];
  const done = await forEach(['a', 'bad', 'gone', 'folder', 'b'], (name) => {
    if (name === 'bad') throw new GatewayError('file.refused', 'bad is refused');
    if (name === 'gone') throw Object.assign(new Error("ENOENT, open 'gone'"), { code: 'ENOENT', syscall: 'open' });
    if (name === 'folder') throw Object.assign(new Error('EISDIR, read'), { code: 'EISDIR', syscall: 'read' });
    taken.push(name);
    return Promise.resolve();
  });
  expect([done, taken, process.exitCode]).toEqual([2, ['a', 'b'], 1]);
  expect(said.mock.calls.flat()).toEqual([
    'kalabarg: bad is refused',
    'kalabarg: gone cannot be read: there is no such file or folder. Check the path.',
    'kalabarg: folder cannot be read: it is a folder, not a file. Name a file.',
  ]);
});

test('what is not the fault of a file ends the command', async () => {
  await expect(forEach(['a', 'b'], () => Promise.reject(new Error('the database is gone')))).rejects.toThrow(
    'database',
  );
});
