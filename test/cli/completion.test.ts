import { afterAll, describe, expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { kalabarg } from '../support/command.ts';

/** Without files: what is offered are words. */
const folder = mkdtempSync(join(tmpdir(), 'kalabarg-completion-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** Asks a shell what may follow `kalabarg …`, the last word being the one that is typed. */
const SHELLS = {
  bash: (script: string, words: readonly string[]) =>
    ran('bash', '--norc', '--noprofile', '-c', `${script}\nCOMP_WORDS=("$@") COMP_CWORD=$(($# - 1))\n_kalabarg\nprintf '%s\\n' "\${COMPREPLY[@]}"`, 'bash', ...words), // prettier-ignore
  zsh: (script: string, words: readonly string[]) =>
    ran('zsh', '-f', '-c', `compdef() { :; }\ncompadd() { shift; print -rl -- "$@"; }\n_files() { :; }\n${script}\nwords=("$@") CURRENT=$#\n_kalabarg`, 'zsh', ...words), // prettier-ignore
  fish: (script: string, words: readonly string[]) =>
    ran('fish', '--no-config', '-c', `${script}\ncomplete -C "$argv"`, words.join(' ')), // prettier-ignore
} as const;

function ran(shell: string, ...args: readonly string[]): string[] {
  const { stdout, stderr, status } = spawnSync(shell, args, { encoding: 'utf8', cwd: folder });
  expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
  return stdout.split('\n').filter((word) => word !== '');
}

const there = (shell: string): boolean => spawnSync(shell, ['--version']).status === 0;

describe.each(Object.keys(SHELLS) as (keyof typeof SHELLS)[])('%s', (shell) => {
  const asked = shell === 'bash' || there(shell) ? test : test.skip;

  asked('completes commands, options and limited values, and leaves the rest to file names', async () => {
    const { out: script } = await kalabarg('completion', shell);
    const offered = (line: string): string[] => {
      const words = line.split(' ');
      const typed = words.at(-1) ?? '';
      return SHELLS[shell](script, words)
        .filter((word) => word.startsWith(typed))
        .sort();
    };
    const root = offered('kalabarg ');
    expect(root).toEqual(expect.arrayContaining(['decode', 'doubts', 'login', 'people', 'simulate']));
    expect(root).not.toContain('bank');
    expect(offered('kalabarg --v')).toEqual(['--version']);
    expect(offered('kalabarg sim')).toEqual(['simulate']);
    expect(offered('kalabarg simulate ')).toEqual(['authority', 'bank', 'hsm', 'registry', 'terminal']);
    expect(offered('kalabarg simulate bank s')).toEqual(['settlement']);
    expect(offered('kalabarg doubts re')).toEqual(['resolve', 'retry']);
    expect(offered('kalabarg doubts retry ')).toEqual([]);
    expect(offered('kalabarg doubts retry 7 --')).toEqual(['--help', '--json']);
    expect(offered('kalabarg people d')).toEqual(['disable']);
    expect(offered('kalabarg login ')).toEqual(['--help', '--setup']);
    expect(offered('kalabarg settlement make --json --date 2026-11-23 --m')).toEqual(['--maker']);
    expect(offered('kalabarg settlement make --date ')).toEqual([]);
    expect(offered('kalabarg reconcile resolve 1 2 --post ')).toEqual(['credit', 'debit', 'none']);
    expect(offered('kalabarg keys form --algorithm T')).toEqual(['TDES']);
    expect(offered('kalabarg completion ')).toEqual(['bash', 'fish', 'zsh']);
    expect(offered('kalabarg completion bash ')).toEqual([]);
    expect(offered('kalabarg settle')).toEqual(['settle', 'settlement']);
    expect(offered('kalabarg decode settlement ')).toEqual([]);
    expect(offered('kalabarg nothing settlement ')).toEqual([]);
  });
});
