import { spawn, type ChildProcess } from 'node:child_process';
import { constants, setPriority } from 'node:os';
import type { Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { Clock, Timer } from './clock.ts';
import { messageOf } from './errors.ts';
import type { Log } from './log.ts';

/** Processes for work that would hold the event loop, or that what comes from outside may break: one job at a time each, with bounded
 *  memory, time and queue. A process has no setting and no database; it takes a job as a message (and bytes on standard input), says
 *  `ready` when it begins, and answers each job with one message. One that ends is replaced when the next job comes. */

export interface WorkLimits {
  readonly processes: number;
  /** How many jobs may wait for a process. */
  readonly waiting: number;
  /** How long one job may take. */
  readonly workMs: number;
  /** Data of a process, in KiB: the system gives it no more (Linux). */
  readonly dataKib: number;
}

export interface WorkroomOptions extends WorkLimits {
  readonly clock: Pick<Clock, 'after' | 'cancel'>;
  readonly log: Log;
  /** The program of its processes. */
  readonly program: URL;
  /** What the log calls them: `the process that reads papers`. */
  readonly called: string;
  /** What a job is refused with. */
  readonly refusal: (why: 'full' | 'closed') => Error;
  /** One process stays, however long nothing comes (default: each goes after a minute). */
  readonly keepOne?: boolean;
}

const HEAP_MIB = 256;
/** A process that has nothing to do goes; one that did so much too, with whatever it leaks. */
const IDLE_MS = 60_000;
const JOBS = 100;
const WRITTEN_AT_ONCE = 65_536;

interface Word {
  readonly is: string;
}

export interface Workroom<Job extends object, Answer extends Word> {
  /** @param pieces bytes that go with the job, on standard input
   *  @returns undefined: the process ended without a word, or took too long and was ended
   *  @throws what `refusal` gives */
  work(job: Job, pieces?: readonly Buffer[]): Promise<Exclude<Answer, { is: 'ready' }> | undefined>;
  close(): void;
}

export function openWorkroom<Job extends object, Answer extends Word>(options: WorkroomOptions): Workroom<Job, Answer> {
  const { clock, log, processes, waiting, workMs, refusal, called, keepOne = false } = options;
  const free: Worker[] = [];
  const all = new Set<Worker>();
  const queue: (() => void)[] = [];
  let busy = 0;
  let closed = false;

  const demandOpen = (): void => {
    if (closed) throw refusal('closed');
  };
  const begin = async (): Promise<void> => {
    demandOpen();
    if (busy < processes) {
      busy++;
      return;
    }
    if (queue.length >= waiting) throw refusal('full');
    await new Promise<void>((go) => queue.push(go));
    demandOpen();
  };
  const end = (): void => {
    const next = queue.shift();
    if (next === undefined) busy--;
    else next();
  };
  const hire = (): Worker => {
    const there = free.pop();
    if (there !== undefined) {
      clock.cancel(there.idle);
      return there;
    }
    const worker = startWorker(options);
    all.add(worker);
    worker.child.once('exit', () => {
      all.delete(worker);
      clock.cancel(worker.idle);
      if (free.includes(worker)) free.splice(free.indexOf(worker), 1);
    });
    return worker;
  };
  const rest = (worker: Worker): void => {
    if (worker.jobs >= JOBS || closed) {
      worker.child.kill('SIGKILL');
      return;
    }
    free.push(worker);
    if (keepOne && all.size === 1) return;
    worker.idle = clock.after(IDLE_MS, () => void worker.child.kill('SIGKILL'));
  };
  return {
    work: async (job, pieces = []) => {
      await begin();
      try {
        const worker = hire();
        const answer = await ask<Answer>(worker, job, pieces, { clock, workMs });
        if (answer !== undefined) rest(worker);
        else if (!closed)
          log.warn({ signal: worker.child.signalCode, exit: worker.child.exitCode }, `${called} was ended by its job`);
        return answer as Exclude<Answer, { is: 'ready' }> | undefined;
      } finally {
        end();
      }
    },
    close: () => {
      closed = true;
      for (const { child, idle } of all) {
        clock.cancel(idle);
        child.kill('SIGKILL');
      }
      for (const go of queue.splice(0)) go();
    },
  };
}

interface Worker {
  readonly child: ChildProcess;
  jobs: number;
  /** Ends it when nothing comes. */
  idle?: Timer;
}

/** The limit of its data is the shell's to set: Node.js has no word for it. */
function startWorker({ program, dataKib, log, called }: WorkroomOptions): Worker {
  const script = 'ulimit -c 0 -d "$1" 2>/dev/null; shift; exec "$@"';
  const args = [process.execPath, `--max-old-space-size=${HEAP_MIB}`, fileURLToPath(program)];
  const child = spawn('/bin/sh', ['-c', script, 'sh', String(dataKib), ...args], {
    stdio: ['pipe', 'ignore', 'ignore', 'ipc'],
    env: {},
    serialization: 'json',
  });
  child.on('error', (error) => {
    log.error({ error: messageOf(error) }, `${called} could not be started`);
  });
  child.stdin?.on('error', () => undefined); // its exit says so
  try {
    if (child.pid !== undefined) setPriority(child.pid, constants.priority.PRIORITY_BELOW_NORMAL); // purchases first
  } catch (error) {
    log.debug({ error: messageOf(error) }, `${called} has the priority of the gateway`);
  }
  return { child, jobs: 0 };
}

async function ask<Answer extends Word>(
  worker: Worker,
  job: object,
  pieces: readonly Buffer[],
  { clock, workMs }: Pick<WorkroomOptions, 'clock' | 'workMs'>,
): Promise<Answer | undefined> {
  const { child } = worker;
  worker.jobs++;
  const late = clock.after(workMs, () => void child.kill('SIGKILL'));
  const stop = new AbortController();
  const answered = answerOf<Answer>(child, stop.signal);
  try {
    child.send(job, (error) => {
      if (error !== null) child.kill('SIGKILL');
    });
    await Promise.race([feed(child, pieces), answered]);
    return await answered;
  } finally {
    clock.cancel(late);
    stop.abort();
  }
}

/** A chunk at a time, as fast as it takes them: the event loop is never held. */
async function feed({ stdin }: ChildProcess, pieces: readonly Buffer[]): Promise<void> {
  for (const piece of pieces)
    for (let at = 0; at < piece.length; at += WRITTEN_AT_ONCE) {
      if (stdin?.writable !== true) return;
      if (!stdin.write(piece.subarray(at, at + WRITTEN_AT_ONCE))) await drained(stdin);
    }
}

/** Also where it closes: then nobody takes any more. */
function drained(stdin: Writable): Promise<void> {
  return new Promise((done) => {
    const go = (): void => {
      stdin.off('drain', go);
      stdin.off('close', go);
      done();
    };
    stdin.on('drain', go);
    stdin.on('close', go);
  });
}

function answerOf<Answer extends Word>(child: ChildProcess, over: AbortSignal): Promise<Answer | undefined> {
  return new Promise((done) => {
    const hear = (message: unknown): void => {
      if ((message as Word).is !== 'ready') settle(message as Answer);
    };
    const gone = (): void => {
      settle(undefined);
    };
    const settle = (answer: Answer | undefined): void => {
      child.off('message', hear);
      child.off('exit', gone);
      child.off('error', gone);
      done(answer);
    };
    child.on('message', hear);
    child.on('exit', gone);
    child.on('error', gone);
    over.addEventListener('abort', gone, { once: true });
  });
}
