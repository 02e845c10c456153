import type { Pool } from 'pg';
import type { Clock, Now } from '../ops/clock.ts';
import { GatewayError } from '../ops/errors.ts';
import type { Log } from '../ops/log.ts';
import type { CutOver } from './jobs/cutover.ts';
import { openQueues } from './jobs/queue.ts';
import type { StepContext } from './jobs/steps.ts';
import { startWorker } from './jobs/worker.ts';
import { keepJournal } from './journal.ts';
import { payingProfile } from './payer.ts';
import { loadSettings } from './settings.ts';
import { watchInbox } from './transfer/watch.ts';
import { courierOf } from './transfer/courier.ts';

export interface SettlementOptions {
  readonly pool: Pool;
  readonly databaseUrl: string;
  /** Empty: the queues are on PostgreSQL. */
  readonly redisUrl: string;
  readonly dataDir: string;
  readonly clock: Clock;
  /** This machine's own, where `clock` goes with the database's: a day has ended once it has by both. */
  readonly ownClock: Now;
  readonly log: Log;
  /** Called when the payment files of a day have left. What it throws is logged. */
  readonly onDelivered?: StepContext['onDelivered'];
}

export interface SettlementService {
  /** Lets the step that runs finish, then stops. */
  close(): Promise<void>;
}

/** Settlement inside a running gateway: closes business days by the clock, and carries every clearing on. Any number of
 *  copies may run it.
 *  @throws GatewayError `settlement.settings`, `profile.invalid`, `queue.address` */
export async function startSettlement(options: SettlementOptions): Promise<SettlementService> {
  const { pool, databaseUrl, redisUrl, dataDir, clock, ownClock, log, onDelivered } = options;
  const settings = loadSettings(dataDir);
  const cutOver: CutOver | undefined =
    settings.cutOver === 'off'
      ? undefined
      : { at: settings.cutOver, profile: () => payingProfile(pool, dataDir), ownClock };
  if (cutOver !== undefined) {
    await payingProfile(pool, dataDir).catch((error: unknown) => {
      if (!(error instanceof GatewayError) || error.code !== 'settlement.payer') throw error;
      log.error({ why: error.message }, 'ALARM settlement is off');
    });
  }
  const queues = await openQueues({ databaseUrl, redisUrl });
  const context = { pool, dataDir, clock, log, onDelivered, ...courierOf(settings, clock) };
  const worker = await startWorker(context, queues, undefined, cutOver);
  const journal = keepJournal({ pool, dataDir, clock, log });
  const inbox = watchInbox({ pool, databaseUrl, dataDir, clock, ownClock, log, ...settings });
  return {
    close: async () => {
      await journal.close();
      await inbox.close();
      await worker.close();
      await queues.close();
    },
  };
}
