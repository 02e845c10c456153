// `npm run dev`: what `npm start` runs, built and started again after each change of src/ or specs/. A change that does not compile
// leaves the gateway running that was there. Ctrl-C ends everything.
import { spawn } from 'node:child_process';
import { watch } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { mirror } from './mirror.mjs';

await import('./setup.mjs');
const { default: ts } = await import('typescript'); // there only after the set-up

const root = fileURLToPath(new URL('..', import.meta.url));
const COMMAND = ['--max-semi-space-size=64', join(root, 'bin', 'kalabarg.js'), 'start', ...process.argv.slice(2)];
/** Editors write a file in several steps, and save several files at once. */
const TOGETHER_MS = 100;

let gateway;
let wanted = false;
let restarting;
let stopping = false;
let soon;

function say(text) {
  console.error(`dev: ${text}`);
}

function start() {
  const child = spawn(process.execPath, COMMAND, { stdio: 'inherit' });
  child.once('exit', (status, signal) => {
    if (gateway === child) gateway = undefined;
    if (!child.asked) say(`the gateway ended (${signal ?? `status ${status}`}): it starts again after the next change`);
  });
  gateway = child;
}

function stop(child) {
  return new Promise((done) => {
    child.asked = true;
    child.once('exit', done);
    child.kill('SIGTERM');
  });
}

/** One at a time; what changes meanwhile is followed by one more. */
async function restartWhileWanted() {
  while (wanted && !stopping) {
    wanted = false;
    if (gateway !== undefined) {
      say('restarting');
      await stop(gateway);
    }
    if (!stopping) start();
  }
}

function restart() {
  clearTimeout(soon);
  soon = setTimeout(() => {
    wanted = true;
    restarting ??= restartWhileWanted().finally(() => (restarting = undefined));
  }, TOGETHER_MS);
}

/** The compiler's own watch: it compiles what depends on what changed. */
function watchSources() {
  const format = { getCanonicalFileName: (name) => name, getCurrentDirectory: () => root, getNewLine: () => '\n' };
  const host = ts.createWatchCompilerHost(
    join(root, 'tsconfig.build.json'),
    {},
    ts.sys,
    ts.createEmitAndSemanticDiagnosticsBuilderProgram,
    (diagnostic) => console.error(ts.formatDiagnosticsWithColorAndContext([diagnostic], format)),
    (_status, _newLine, _options, errors) => {
      if (errors === undefined) return; // it begins
      if (errors > 0)
        say(`${errors} errors: ${gateway === undefined ? 'nothing is started' : 'the gateway goes on as it was'}`);
      else changed();
    },
  );
  return ts.createWatchProgram(host);
}

function changed() {
  mirror(root);
  restart();
}

const program = watchSources();
const watchers = ['src', 'specs'].map((folder) =>
  watch(join(root, folder), { recursive: true }, (_event, name) => {
    if (name !== null && !name.endsWith('.ts')) changed();
  }),
);

/** The gateway has Ctrl-C from the terminal too, and obeys the first of what it gets. */
async function end() {
  if (stopping) return;
  stopping = true;
  clearTimeout(soon);
  program.close();
  for (const watcher of watchers) watcher.close();
  await restarting;
  if (gateway !== undefined) await stop(gateway);
  process.exit(0);
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, end);
