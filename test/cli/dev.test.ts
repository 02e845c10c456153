import { afterEach, expect, test } from '@jest/globals';
import { spawn, type ChildProcess } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** `npm run dev` on a small program in the place of the gateway: it says its text and what it was told, and stays up. */
const root = fileURLToPath(new URL('../..', import.meta.url));
const cleanUps: (() => void)[] = [];
afterEach(() => {
  for (const cleanUp of cleanUps.splice(0).reverse()) cleanUp();
});

const program = (text: string): string => `
import { readFileSync } from 'node:fs';
const told = readFileSync(new URL('./told.sql', import.meta.url), 'utf8');
console.log(\`${text} \${told} \${process.argv.slice(2).join(' ')}\`);
process.on('SIGTERM', () => process.exit(0));
setInterval(() => undefined, 1_000);
`;

interface Dev {
  readonly child: ChildProcess;
  /** Waits until the program, or dev itself, has said this. */
  readonly says: (text: string) => Promise<void>;
  readonly write: (name: string, text: string) => void;
}

function startDev(): Dev {
  const folder = mkdtempSync(join(tmpdir(), 'kalabarg-dev-'));
  for (const name of ['scripts/dev.mjs', 'scripts/mirror.mjs', 'tsconfig.json', 'tsconfig.build.json', 'package.json'])
    cpSync(join(root, name), join(folder, name));
  writeFileSync(join(folder, 'scripts', 'setup.mjs'), '');
  for (const name of ['src', 'specs', 'bin']) mkdirSync(join(folder, name));
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  const write = (name: string, text: string): void => {
    writeFileSync(join(folder, name), text);
  };
  write('bin/kalabarg.js', "import '../dist/main.js';\n");
  write('src/main.ts', program('first'));
  write('src/told.sql', 'one');
  const child = spawn(process.execPath, [join(folder, 'scripts', 'dev.mjs'), '--more'], { cwd: folder });
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  cleanUps.push(() => {
    child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });
  const says = async (text: string): Promise<void> => {
    for (const until = Date.now() + 60_000; !said.includes(text);) {
      if (Date.now() > until || child.exitCode !== null) throw new Error(`"${text}" was not said, but:\n${said}`);
      await new Promise((done) => setTimeout(done, 20));
    }
    said = '';
  };
  return { child, says, write };
}

test('the gateway starts again after an edit that compiles, stays after one that does not, and ends with Ctrl-C', async () => {
  const { child, says, write } = startDev();
  await says('first one start --more');
  write('src/main.ts', program('second'));
  await says('second one start --more');
  write('src/told.sql', 'two');
  await says('second two start --more');
  write('src/main.ts', `${program('third')}\nconst wrong: number = 'text';\nexport { wrong };\n`);
  await says('1 errors: the gateway goes on as it was');
  write('src/main.ts', program('fourth'));
  await says('fourth two start --more');
  child.kill('SIGINT');
  expect(await new Promise((done) => child.once('exit', done))).toBe(0);
});
