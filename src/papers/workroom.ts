import type { Clock } from '../ops/clock.ts';
import { GatewayError } from '../ops/errors.ts';
import type { Log } from '../ops/log.ts';
import { openWorkroom as openProcesses, type WorkLimits } from '../ops/workroom.ts';
import type { Job, JobAnswer } from './child.ts';
import { paperRefused } from './refusals.ts';
import type { Arriving } from './slabs.ts';

export type { WorkLimits };

export interface WorkroomOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** The program of its processes. */
  readonly program?: URL;
  readonly limits?: Partial<WorkLimits>;
}

const LIMITS: WorkLimits = { processes: 2, waiting: 12, workMs: 20_000, dataKib: 700_000 };

/** What the process made of a paper. */
export type Worked = Extract<JobAnswer, { is: 'sealed' }>;

export interface Workroom {
  /** @param paper as it came; given back when it was read to its end
   *  @throws GatewayError `papers.refused` (with its words), `papers.busy`, `papers.failed` */
  work(paper: Pick<Arriving, 'bytes' | 'pieces' | 'giveBack'>, job: Omit<Job, 'bytes'>): Promise<Worked>;
  close(): void;
}

/** Processes that examine papers, one paper at a time each, with bounded memory and time. */
export function openWorkroom({ clock, log, program, limits }: WorkroomOptions): Workroom {
  const processes = openProcesses<Job, JobAnswer>({
    ...LIMITS,
    ...limits,
    clock,
    log,
    program: program ?? new URL('./child.js', import.meta.url),
    called: 'the process that reads papers',
    refusal: (why) =>
      new GatewayError(
        'papers.busy',
        why === 'full' ? 'Too many papers are being examined: try again in a minute.' : 'The gateway stops.',
      ),
  });
  return {
    work: async (paper, job) => {
      const answer = await processes.work({ ...job, bytes: paper.bytes }, paper.pieces());
      if (answer === undefined) throw paperRefused('heavy');
      paper.giveBack();
      if (answer.is === 'refused') throw paperRefused(answer.reason);
      if (answer.is === 'sealed') return answer;
      throw new GatewayError('papers.failed', `A paper could not be kept: ${answer.message}.`);
    },
    close: () => {
      processes.close();
    },
  };
}
