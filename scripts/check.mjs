import { spawn } from 'node:child_process';

/** `npm run check`: what needs no test to be seen. Two lanes, one a core: lint takes as long as all the others. What a check says is
 *  printed when it ends, so that lines do not mix. */
const LANES = [['lint'], ['typecheck', 'format:check', 'boundaries', 'unused']];

/** @returns whether it passed */
function run(script) {
  const said = [];
  const child = spawn('npm', ['run', '-s', script], { stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout.on('data', (chunk) => said.push(chunk));
  child.stderr.on('data', (chunk) => said.push(chunk));
  return new Promise((done, fail) => {
    child.on('error', fail);
    child.on('close', (status) => {
      process.stderr.write(Buffer.concat(said));
      console.error(`check: ${script} ${status === 0 ? 'passed' : 'FAILED'}`);
      done(status === 0);
    });
  });
}

const passed = await Promise.all(
  LANES.map(async (lane) => {
    for (const script of lane) if (!(await run(script))) return false;
    return true;
  }),
);
process.exit(passed.every(Boolean) ? 0 : 1);
