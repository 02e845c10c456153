import type { Clock } from '../../../ops/clock.ts';
import { GatewayError, messageOf } from '../../../ops/errors.ts';
import type { Log } from '../../../ops/log.ts';
import { openWorkroom, type WorkLimits } from '../../../ops/workroom.ts';
import type { DrawAnswer, DrawJob } from './child.ts';

export interface DrawingOptions {
  /** The program of its process. */
  readonly program?: URL;
  readonly limits?: Partial<WorkLimits>;
  /** Draws one for nobody at the start, so that the first receipt finds fonts and code there. */
  readonly warm?: boolean;
}

/** One process draws some tens of receipts a second; who waits behind eight others would wait for longer than they like. */
const LIMITS: WorkLimits = { processes: 1, waiting: 8, workMs: 10_000, dataKib: 700_000 };

export interface Drawing {
  /** @throws GatewayError `receipts.busy`: too many wait; `receipts.failed`: its process ended, or could not */
  draw(job: DrawJob): Promise<Buffer>;
  close(): void;
}

/** Draws receipts in a process of their own: no purchase waits for a picture. */
export function openDrawing(
  clock: Pick<Clock, 'after' | 'cancel'>,
  log: Log,
  { program, limits, warm = false }: DrawingOptions = {},
): Drawing {
  const processes = openWorkroom<DrawJob, DrawAnswer>({
    ...LIMITS,
    ...limits,
    clock,
    log,
    program: program ?? new URL('./child.js', import.meta.url),
    called: 'the process that draws receipts',
    keepOne: true,
    refusal: (why) =>
      new GatewayError(
        'receipts.busy',
        why === 'full' ? 'Too many receipts are being drawn: try again in a moment.' : 'The gateway stops.',
      ),
  });
  const draw = async (job: DrawJob): Promise<Buffer> => {
    const answer = await processes.work(job);
    if (answer?.is === 'drawn') return Buffer.from(answer.file, 'base64');
    const why = answer === undefined ? 'the process that draws it ended' : answer.message;
    throw new GatewayError('receipts.failed', `A receipt could not be drawn: ${why}.`);
  };
  let closed = false;
  if (warm)
    draw({ form: 'pdf', lines: [{ kind: 'title', text: 'رسید Receipt ۱۲۳' }], language: 'fa', dots: 384 }).catch(
      (error: unknown) => {
        if (!closed) log.warn({ error: messageOf(error) }, 'no receipt could be drawn at the start');
      },
    );
  return {
    draw,
    close: () => {
      closed = true;
      processes.close();
    },
  };
}
