import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/** Whoever imports one of these starts a server or the whole program: helpers of the tests, and src/demo/machine. */
const SERVERS = ['postgres.ts', 'system.ts', 'redis.ts', 'sshd.ts'];
/** Whoever imports it starts another program: tshark, softhsm2-util, a worker that is killed. */
const STARTS_PROCESSES = "from 'node:child_process'";
const IMPORT = /(?:from|import|new URL\()\s*\(?['"](\.{1,2}\/[^'"]+)['"]/g;
/** Tests that run a command of dist/, or pack it, start a program too. */
const RUNS_DIST = /bin\/kalabarg|bin', 'kalabarg|dist\/|packages\.mjs/;

/** Every test file of `folder`, divided into those that run in this process alone and those that start servers or the built
 *  program, directly or through a helper. Read from the imports, so that no list has to be kept. */
export function divideTests(folder) {
  const tests = readdirSync(folder, { recursive: true })
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => join(folder, name))
    .sort();
  const known = new Map();
  const starts = (file) => {
    const before = known.get(file);
    if (before !== undefined) return before;
    known.set(file, false); // a circle is answered by its other members
    const text = readFileSync(file, 'utf8');
    const found =
      RUNS_DIST.test(text) ||
      text.includes(STARTS_PROCESSES) ||
      [...text.matchAll(IMPORT)]
        .map(([, target]) => resolve(dirname(file), target))
        .filter((target) => /\.(ts|mjs)$/.test(target) && existsSync(target))
        .some(
          (target) =>
            SERVERS.some((name) => target.endsWith(`/${name}`)) || (target.startsWith(folder) && starts(target)),
        );
    known.set(file, found);
    return found;
  };
  const system = tests.filter(starts);
  return { unit: tests.filter((file) => !system.includes(file)), system };
}
