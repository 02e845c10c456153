import { spawn, type ChildProcess } from 'node:child_process';
import { constants, setPriority } from 'node:os';
import type { Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { Clock, Timer } from '../ops/clock.ts';
import { GatewayError, messageOf } from '../ops/errors.ts';
import type { Log } from '../ops/log.ts';
import type { Job, JobAnswer } from './child.ts';
import { paperRefused } from './refusals.ts';
import type { Arriving } from './slabs.ts';

export interface WorkroomOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** The program of its processes. */
  readonly program?: URL;
  readonly limits?: Partial<WorkLimits>;
}

export interface WorkLimits {
  readonly processes: number;
  /** How many papers may wait for a process. */
  readonly waiting: number;
  /** How long one paper may take. */
  readonly workMs: number;
  /** Data of a process, in KiB: the system gives it no more (Linux). */
  readonly dataKib: number;
}

const LIMITS: WorkLimits = { processes: 2, waiting: 12, workMs: 20_000, dataKib: 700_000 };
const HEAP_MIB = 256;
/** A process that has nothing to do goes; one that did so much too, with whatever it leaks. */
const IDLE_MS = 60_000;
const JOBS = 100;
const WRITTEN_AT_ONCE = 65_536;

/** What the process made of a paper. */
export type Worked = Extract<JobAnswer, { is: 'sealed' }>;

export interface Workroom {
  /** @param paper as it came; given back when it was read to its end
   *  @throws GatewayError `papers.refused` (with its words), `papers.busy`, `papers.failed` */
  work(paper: Pick<Arriving, 'bytes' | 'pieces' | 'giveBack'>, job: Omit<Job, 'bytes'>): Promise<Worked>;
  close(): void;
}

/** Processes that examine papers, one paper at a time each, with bounded memory and time. One that is ended by a paper is replaced when
 *  the next comes. */
export function openWorkroom({ clock, log, program, limits }: WorkroomOptions): Workroom {
  const { processes, waiting, workMs, dataKib } = { ...LIMITS, ...limits };
  const path = fileURLToPath(program ?? new URL('./child.js', import.meta.url));
  const free: Worker[] = [];
  const all = new Set<Worker>();
  const queue: (() => void)[] = [];
  let busy = 0;
  let closed = false;

  const demandOpen = (): void => {
    if (closed) throw busyError('The gateway stops.');
  };
  const begin = async (): Promise<void> => {
    demandOpen();
    if (busy < processes) {
      busy++;
      return;
    }
    if (queue.length >= waiting) throw busyError('Too many papers are being examined: try again in a minute.');
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
    const worker = startWorker(path, dataKib, log);
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
    worker.idle = clock.after(IDLE_MS, () => void worker.child.kill('SIGKILL'));
  };
  return {
    work: async (paper, job) => {
      await begin();
      try {
        const worker = hire();
        const answer = await ask(worker, paper, job, { clock, workMs });
        if (answer === undefined) {
          log.warn(
            { signal: worker.child.signalCode, exit: worker.child.exitCode },
            'a paper ended the process that read it',
          );
          throw paperRefused('heavy');
        }
        rest(worker);
        paper.giveBack();
        if (answer.is === 'refused') throw paperRefused(answer.reason);
        if (answer.is === 'sealed') return answer;
        throw new GatewayError('papers.failed', `A paper could not be kept: ${answer.is === 'failed' ? answer.message : 'no answer'}.`); // prettier-ignore
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
function startWorker(path: string, dataKib: number, log: Log): Worker {
  const script = 'ulimit -c 0 -d "$1" 2>/dev/null; shift; exec "$@"';
  const args = [process.execPath, `--max-old-space-size=${HEAP_MIB}`, path];
  const child = spawn('/bin/sh', ['-c', script, 'sh', String(dataKib), ...args], {
    stdio: ['pipe', 'ignore', 'ignore', 'ipc'],
    env: {},
    serialization: 'json',
  });
  child.on('error', (error) => {
    log.error({ error: messageOf(error) }, 'the process that reads papers could not be started');
  });
  child.stdin?.on('error', () => undefined); // its exit says so
  try {
    if (child.pid !== undefined) setPriority(child.pid, constants.priority.PRIORITY_BELOW_NORMAL); // purchases first
  } catch (error) {
    log.debug({ error: messageOf(error) }, 'papers are read with the priority of the gateway');
  }
  return { child, jobs: 0 };
}

/** @returns undefined: it ended without a word, or took too long and was ended */
async function ask(
  worker: Worker,
  paper: Pick<Arriving, 'bytes' | 'pieces'>,
  job: Omit<Job, 'bytes'>,
  { clock, workMs }: { clock: Clock; workMs: number },
): Promise<JobAnswer | undefined> {
  const { child } = worker;
  worker.jobs++;
  const late = clock.after(workMs, () => void child.kill('SIGKILL'));
  const stop = new AbortController();
  const answered = answerOf(child, stop.signal);
  try {
    child.send({ ...job, bytes: paper.bytes } satisfies Job, (error) => {
      if (error !== null) child.kill('SIGKILL');
    });
    await Promise.race([feed(child, paper.pieces()), answered]);
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

function answerOf(child: ChildProcess, over: AbortSignal): Promise<JobAnswer | undefined> {
  return new Promise((done) => {
    const hear = (message: unknown): void => {
      if ((message as JobAnswer).is === 'ready') return;
      settle(message as JobAnswer);
    };
    const gone = (): void => {
      settle(undefined);
    };
    const settle = (answer: JobAnswer | undefined): void => {
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

function busyError(message: string): GatewayError {
  return new GatewayError('papers.busy', message);
}
