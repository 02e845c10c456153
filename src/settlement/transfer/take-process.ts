import { fork, type ChildProcess } from 'node:child_process';
import { constants, setPriority } from 'node:os';
import type { Clock } from '../../ops/clock.ts';
import { GatewayError, messageOf } from '../../ops/errors.ts';
import type { Log } from '../../ops/log.ts';
import type { IpmCodePage } from '../acquirer/ipm/codec.ts';
import type { CsvMap } from '../acquirer/mapped-csv.ts';
import type { InboxLimits } from './take-file.ts';

/** Takes one file. @returns what it came to, as a phrase
 *  @throws GatewayError as takeFile's; `take.died` when the reading of it ended without a word, `take.stopped` when we ended it */
export type Taker = (path: string, name: string) => Promise<string>;

/** What the process is asked to do, and what it answers. */
export interface TakeJob {
  readonly databaseUrl: string;
  readonly path: string;
  readonly name: string;
  readonly acquirerCsv: readonly CsvMap[];
  readonly ipmCodePage?: IpmCodePage;
  readonly largestMb: InboxLimits['largestMb'];
  readonly now: number;
}
export type TakeAnswer =
  | { readonly is: 'taken'; readonly message: string }
  | { readonly is: 'refused'; readonly code: string; readonly message: string }
  /** `own`: the file itself is the reason, not the database or the disk. */
  | { readonly is: 'failed'; readonly own: boolean; readonly message: string };

export interface TakeProcessOptions {
  readonly databaseUrl: string;
  readonly acquirerCsv: readonly CsvMap[];
  readonly ipmCodePage?: IpmCodePage;
  readonly inbox: InboxLimits;
  readonly clock: Clock;
  readonly log: Log;
  /** Ends what is being read. */
  readonly signal: AbortSignal;
  /** The program of the process. */
  readonly program?: URL;
}

/** Reads each file in a process of its own, with a bounded heap and a bounded time: whatever a file does to it, the gateway
 *  goes on. Its transaction ends with it. */
export function takeInProcess(options: TakeProcessOptions): Taker {
  const { databaseUrl, acquirerCsv, ipmCodePage, inbox, clock, log, signal } = options;
  const program = options.program ?? new URL('./take-child.js', import.meta.url);
  return async (path, name) => {
    const stopping = (): boolean => signal.aborted;
    if (stopping()) throw stopped(name);
    const child = fork(program, {
      execArgv: [`--max-old-space-size=${inbox.memoryMb}`],
      stdio: 'ignore',
      serialization: 'json',
    });
    yieldProcessor(child, log);
    let late = false;
    const kill = (): void => void child.kill('SIGKILL');
    const limit = clock.after(inbox.minutes * 60_000, () => {
      late = true;
      kill();
    });
    signal.addEventListener('abort', kill);
    try {
      const job: TakeJob = {
        databaseUrl,
        path,
        name,
        acquirerCsv,
        ...(ipmCodePage && { ipmCodePage }),
        largestMb: inbox.largestMb,
        now: clock.now(),
      };
      const answer = await answerOf(child, job);
      if (answer?.is === 'taken') return answer.message;
      if (answer?.is === 'refused') throw new GatewayError(answer.code, answer.message);
      if (answer !== undefined && !answer.own) throw new Error(answer.message);
      if (stopping()) throw stopped(name);
      throw new GatewayError('take.died', `${name}: ${answer?.message ?? deathOf(child, late, inbox)}`);
    } finally {
      clock.cancel(limit);
      signal.removeEventListener('abort', kill);
      kill();
    }
  };
}

/** @returns undefined when the process ended without a word */
function answerOf(child: ChildProcess, job: TakeJob): Promise<TakeAnswer | undefined> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('message', (message) => {
      resolve(message as TakeAnswer);
    });
    // What it said may be read after its end: only the end of the channel is the last word.
    let ends = 0;
    const end = (): void => {
      if (++ends === 2) resolve(undefined);
    };
    child.once('exit', end);
    child.once('disconnect', end);
    child.send(job, (error) => {
      if (error !== null) child.kill('SIGKILL'); // it is gone: its exit says so
    });
  });
}

/** Purchases first. */
function yieldProcessor(child: ChildProcess, log: Log): void {
  try {
    if (child.pid !== undefined) setPriority(child.pid, constants.priority.PRIORITY_BELOW_NORMAL);
  } catch (error) {
    log.debug({ error: messageOf(error) }, 'a file is read with the priority of the gateway');
  }
}

function deathOf(child: ChildProcess, timedOut: boolean, { memoryMb, minutes }: InboxLimits): string {
  if (timedOut) return `it was not read within ${minutes} minutes (settlement.json: inbox.minutes)`;
  const how = child.signalCode ?? `exit code ${child.exitCode ?? 'unknown'}`;
  return `the process that read it ended with ${how}: most likely it needs more memory than ${memoryMb} MiB (settlement.json: inbox.memoryMb)`;
}

function stopped(name: string): GatewayError {
  return new GatewayError('take.stopped', `${name} was not read to its end: the gateway stops. It stays in the inbox.`);
}
