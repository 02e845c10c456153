import type pg from 'pg';
import { watchComplaints } from '../complaints/index.ts';
import { followApprovals } from '../enrolment/index.ts';
import type { PaymentHsm } from '../hsm/index.ts';
import { DUTIES, type Ledger } from '../ledger/index.ts';
import type { Clock } from '../ops/clock.ts';
import { messageOf } from '../ops/errors.ts';
import type { Log } from '../ops/log.ts';
import type { Metrics } from '../ops/metrics.ts';
import type { Parts } from '../ops/parts.ts';
import type { Random } from '../ops/random.ts';
import { rollUp } from '../overview/index.ts';
import { paperDuty, type Papers } from '../papers/index.ts';
import { drawSamples, runShopDuties } from '../shops/index.ts';
import { runSignals } from '../signals/index.ts';
import type { Certifying } from '../terminals/certificates/index.ts';
import { healthDuty } from '../terminals/health/index.ts';
import { applyMoves } from '../terminals/index.ts';
import { bringList } from './revocation-list.ts';

/** Something that time brings, in the process that serves `jobs`. */
export interface Duty {
  /** Its part's name. */
  readonly name: string;
  readonly everyMs: number;
  /** @param stopping is aborted at a stop: then it returns as soon as it can */
  readonly work: (stopping: AbortSignal) => Promise<unknown>;
  /** The log's line for a run that failed: what failed, and what comes of it. */
  readonly failed: string;
  /** `now`: it runs at once (default: after its first interval). */
  readonly first?: 'now';
  /** The same fault is told once, until a run succeeds: for what runs every second. */
  readonly toldOnce?: true;
}

/** Each runs at its beat until the stop; a run that fails is logged and leaves the others alone. */
export function startDuties(
  duties: readonly Duty[],
  { clock, log, parts }: { readonly clock: Pick<Clock, 'every'>; readonly log: Log; readonly parts: Parts },
): void {
  for (const { name, everyMs, work, failed, first = 'later', toldOnce = false } of duties) {
    let told = '';
    const loop = clock.every(
      everyMs,
      async (stopping) => {
        await work(stopping);
        told = '';
      },
      {
        first,
        onError: (error) => {
          const why = messageOf(error);
          if (!toldOnce || told !== why) log.error({ error: why }, failed);
          told = why;
        },
      },
    );
    parts.add(name, () => loop.stop());
  }
}

export interface DutyOptions {
  readonly pool: pg.Pool;
  readonly ledger: Ledger;
  readonly hsm: PaymentHsm;
  readonly papers: Papers;
  readonly certifying: Certifying;
  readonly dataDir: string;
  /** As the database has it. */
  readonly clock: Clock;
  /** As this machine has it. */
  readonly ownClock: Pick<Clock, 'now'>;
  readonly random: Random;
  readonly log: Log;
  readonly metrics: Metrics;
}

/** What time brings for credit, shops, terminals and papers. */
export function gatewayDuties(options: DutyOptions): readonly Duty[] {
  const { pool, ledger, hsm, papers, certifying, dataDir, clock, ownClock, random, log, metrics } = options;
  const done = (duty: string): void => {
    metrics.dutyDone.setToCurrentTime({ duty });
  };
  for (const duty of [...DUTIES, 'signals', 'approvals', 'rollouts', 'minimums']) done(duty); // none of them is late yet
  return [
    {
      name: 'housekeeping', // quotes and credit past their end, charges that are due
      everyMs: 5_000,
      work: () => ledger.housekeep(ownClock.now()),
      failed: 'housekeeping failed; it runs again',
    },
    {
      name: 'duties of shops',
      everyMs: 30_000,
      work: () => runShopDuties(pool, clock.now()),
      failed: 'duties of shops failed; they run again',
    },
    {
      name: 'duty of complaints',
      everyMs: 30_000,
      work: () => watchComplaints(pool, clock.now()),
      failed: 'complaints could not be looked at; they are tried again',
    },
    {
      name: 'signals', // of closed days that the rules have not looked at
      everyMs: 60_000,
      work: async (stopping) => {
        const onStep = (): void => {
          done('signals');
        };
        const { failures } = await runSignals(pool, { now: clock.now(), stopping, onStep });
        if (failures.length > 0) log.error({ failures }, 'rules about shops failed; they run again');
        else done('signals');
      },
      failed: 'signals about shops failed; they run again',
    },
    {
      name: 'approvals', // and what follows them
      everyMs: 5_000,
      work: async () => {
        await followApprovals({ pool, hsm, clock, log });
        await applyMoves(pool, clock.now());
        await bringList({ pool, source: certifying.authority, dataDir, now: clock.now(), log });
        await drawSamples(pool, random, clock.now());
        done('approvals');
      },
      failed: 'what follows approvals failed; it runs again',
    },
    {
      name: 'health of terminals',
      everyMs: 900_000,
      first: 'now',
      work: async () => {
        for (const [rule, count] of await healthDuty(pool, clock.now())) metrics.sickTerminals.set({ rule }, count);
      },
      failed: 'how terminals do could not be looked at; it is tried again',
    },
    {
      name: 'overview', // minutes become hours, in one copy at a time
      everyMs: 60_000,
      work: () => rollUp(pool, clock.now()),
      failed: 'hours of the overview could not be summed; they are summed again',
    },
    {
      name: 'old papers', // their time has come
      everyMs: 3_600_000,
      work: () => paperDuty(papers, pool, clock.now()),
      failed: 'removing old papers failed; it runs again',
    },
  ];
}
