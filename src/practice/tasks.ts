import type { LessonCode } from '../training/index.ts';
import { GOODS, SETS, TASK } from './lessons.ts';

/** Whether a task is done, by what the ledger did since the lesson was begun: its rows, not the keys that somebody pressed. */

/** A row of `transactions`, of the household that practises. */
export interface Deed {
  readonly id: bigint;
  readonly kind: 'purchase' | 'quote' | 'release' | 'return' | 'forward' | 'reversal';
  readonly state: 'held' | 'approved' | 'declined' | 'reversed';
  readonly rc: string | null;
  readonly totalRials: bigint;
  readonly voucherRials: bigint;
  readonly cardRials: bigint;
  readonly cashRials: bigint;
  readonly originalId: bigint | null;
  /** Whether goods were read, so that the ledger judged each of them. */
  readonly basket: boolean;
}

export interface Facts {
  readonly deeds: readonly Deed[];
  /** When the terminal got its session keys last, and when the lesson was begun (ms). */
  readonly keysAt: number;
  readonly since: number;
}

export interface Step {
  readonly code: string;
  readonly done: boolean;
}

export interface Checked {
  readonly steps: readonly Step[];
  /** What went wrong on the way, to be said beside the steps. */
  readonly warning?: 'ordinary' | 'twice' | 'cash' | 'unlisted';
}

const sold = (deed: Deed): boolean => deed.kind === 'purchase' && deed.state === 'approved';
const ordinary = (deed: Deed): boolean => deed.kind === 'forward' && deed.state === 'approved';
const refused =
  (rc: string) =>
  (deed: Deed): boolean =>
    deed.kind === 'purchase' && deed.state === 'declined' && deed.rc === rc;

const CHECKS: Readonly<Record<LessonCode, (facts: Facts) => Checked>> = {
  menu: ({ deeds }) => ({
    steps: [
      {
        code: 'sold',
        done: deeds.some((deed) => sold(deed) && deed.totalRials === TASK.menuRials && deed.voucherRials > 0n),
      },
    ],
    ...warned(deeds.some(ordinary), 'ordinary'),
  }),
  start: ({ keysAt, since }) => ({ steps: [{ code: 'keys', done: keysAt >= since }] }),
  balance: ({ deeds }) => ({
    steps: [
      {
        code: 'asked',
        done: deeds.some(
          ({ kind, state, totalRials }) => kind === 'quote' && state === 'approved' && totalRials === 0n,
        ),
      },
    ],
  }),
  credit: ({ deeds }) => {
    const total = GOODS.rice.rials + GOODS.oil.rials;
    const right = (deed: Deed): boolean => sold(deed) && deed.totalRials === total && deed.voucherRials === total;
    return {
      steps: [{ code: 'sold', done: deeds.some((deed) => right(deed) && deed.basket) }],
      ...warned(deeds.some(ordinary), 'ordinary'),
      ...warned(
        deeds.some((deed) => right(deed) && !deed.basket),
        'unlisted',
      ),
    };
  },
  split: ({ deeds }) => {
    const right = (deed: Deed): boolean =>
      sold(deed) && deed.totalRials === TASK.splitRials && deed.voucherRials === SETS.split.creditRials;
    return {
      steps: [{ code: 'sold', done: deeds.some((deed) => right(deed) && deed.cardRials > 0n) }],
      ...warned(deeds.some(ordinary), 'ordinary'),
      ...warned(
        deeds.some((deed) => right(deed) && deed.cashRials > 0n),
        'cash',
      ),
    };
  },
  refusals: ({ deeds }) => ({
    steps: [
      { code: 'goods', done: deeds.some((deed) => refused('51')(deed) && deed.totalRials === GOODS.soap.rials) },
      { code: 'pin', done: deeds.some(refused('55')) },
      {
        code: 'sold',
        done: deeds.some((deed) => sold(deed) && deed.totalRials === GOODS.rice.rials && deed.cardRials === 0n),
      },
    ],
    ...warned(deeds.some(ordinary), 'ordinary'),
  }),
  line: ({ deeds }) => {
    const back = deeds.find(({ kind }) => kind === 'reversal');
    const asked = deeds.find((deed) => back !== undefined && deed.kind === 'quote' && deed.id > back.id);
    const standing = deeds.filter((deed) => (sold(deed) || ordinary(deed)) && deed.totalRials === TASK.lineRials);
    const again = standing.filter(({ id }) => asked !== undefined && id > asked.id);
    return {
      steps: [
        { code: 'back', done: back !== undefined },
        { code: 'asked', done: asked !== undefined },
        { code: 'sold', done: again.length === 1 && standing.length === 1 && sold(again[0] as Deed) },
      ],
      ...warned(standing.length > 1, 'twice'),
    };
  },
  close: ({ deeds }) => {
    const sale = deeds.find((deed) => deed.kind === 'purchase');
    return {
      steps: [
        {
          code: 'returned',
          done: deeds.some(
            (deed) =>
              deed.kind === 'return' &&
              deed.state === 'approved' &&
              deed.totalRials === TASK.returnRials &&
              deed.originalId === sale?.id,
          ),
        },
      ],
    };
  },
};

export function checkTask(lesson: LessonCode, facts: Facts): Checked {
  return CHECKS[lesson](facts);
}

export function isDone({ steps }: Checked): boolean {
  return steps.every(({ done }) => done);
}

function warned(wrong: boolean, warning: NonNullable<Checked['warning']>): { warning?: typeof warning } {
  return wrong ? { warning } : {};
}
