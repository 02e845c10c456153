import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../../', import.meta.url));

/** A project of somebody else: empty but for what is put there. */
export interface Project {
  readonly folder: string;
  /** @returns what the program printed. @throws with its output when it fails */
  run(program: string, ...args: string[]): string;
  write(name: string, text: string): string;
  /** Links packages that are installed here into the project, as an install from the registry would. */
  link(...names: string[]): void;
  remove(): void;
}

export function emptyProject(): Project {
  const folder = mkdtempSync(join(tmpdir(), 'kalabarg-project-'));
  const write = (name: string, text: string): string => {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  write('package.json', JSON.stringify({ name: 'somebody-else', private: true, type: 'module' }));
  return {
    folder,
    write,
    run: (program, ...args) => {
      try {
        return execFileSync(program, args, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
      } catch (error) {
        const { stdout, stderr } = error as { stdout: string; stderr: string };
        throw new Error(`${program} ${args.join(' ')} failed:\n${stdout}${stderr}`, { cause: error });
      }
    },
    link: (...names) => {
      for (const name of names) {
        mkdirSync(dirname(join(folder, 'node_modules', name)), { recursive: true });
        symlinkSync(join(root, 'node_modules', name), join(folder, 'node_modules', name));
      }
    },
    remove: () => {
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The first example of a page. */
export function exampleIn(page: string): string {
  return /```js\n([^]*?)```/.exec(readFileSync(page, 'utf8'))?.[1] ?? '';
}
