// Loaded into the gateway before its own code (node --import): how long its event loop is held, in processor time of its main thread, so that
// what else runs on the machine is not in it. Writes a line of JSON a second to $KALABARG_PROBE: { at, holds } (ms each, those of a millisecond and more).
import { appendFileSync, openSync, readSync } from 'node:fs';
import process from 'node:process';
import { setTimeout } from 'node:timers';

const file = process.env['KALABARG_PROBE'];
if (file !== undefined && process.argv[2] === 'start') {
  // time on a processor, in ns, is the first number: Linux, Documentation/scheduler/sched-stats.rst
  const schedstat = openSync(`/proc/self/task/${process.pid}/schedstat`, 'r');
  const text = Buffer.alloc(64);
  const used = () => Number(text.toString('latin1', 0, readSync(schedstat, text, 0, 64, 0)).split(' ')[0]) / 1e6;
  let holds = [];
  let written = Date.now();
  let before = used();
  const look = () => {
    const held = used() - before;
    if (held >= 1) holds.push(Math.round(held * 10) / 10);
    if (Date.now() - written >= 1_000) {
      written = Date.now();
      appendFileSync(file, `${JSON.stringify({ at: written, holds })}\n`);
      holds = [];
    }
    before = used();
    setTimeout(look, 1).unref();
  };
  look();
}
