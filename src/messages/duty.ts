import type { Pool } from 'pg';
import { Counter, Gauge, type Registry } from 'prom-client';
import type { Clock, Now } from '../ops/clock.ts';
import { messageOf } from '../ops/errors.ts';
import type { Log } from '../ops/log.ts';
import { openLine } from './line.ts';
import { messageKey } from './queue.ts';
import { sendMessages } from './send.ts';

const EVERY_MS = 1_000;
/** What has waited so long on a line that is there is an alarm, once in as long. */
const LATE_MS = 10 * 60_000;

export interface MessagesOptions {
  readonly pool: Pool;
  readonly dataDir: string;
  /** The key that every copy has (ledger/pan-key.ts). */
  readonly shared: Buffer;
  readonly clock: Clock;
  readonly log: Log;
  readonly registry: Registry;
}

/** Sends messages as long as it is open, on any number of copies.
 *  @throws GatewayError `settings.file` */
export function startMessages({ pool, dataDir, shared, clock, log, registry }: MessagesOptions): {
  close(): Promise<void>;
} {
  const line = openLine(dataDir, clock);
  const { count, oldestMs } = messageMetrics(registry, pool, clock, log);
  if (line === undefined) log.info({}, 'no SMS line is configured: messages stay in the outbox');
  const onSent = (outcome: string): void => {
    count.inc({ outcome });
  };
  let alarmAt = -Infinity;
  const loop = clock.every(
    EVERY_MS,
    async () => {
      const outbox = { pool, line, key: messageKey(shared), onSent };
      while ((await sendMessages(outbox, clock.now())) > 0);
      if (line === undefined || clock.monotonic() < alarmAt) return;
      const waitedMs = await oldestMs();
      if (waitedMs < LATE_MS) return;
      alarmAt = clock.monotonic() + LATE_MS;
      log.error({ waitedSeconds: Math.round(waitedMs / 1_000) }, 'ALARM: messages are not taken by the SMS line');
    },
    {
      onError: (error) => {
        log.error({ error: messageOf(error) }, 'sending messages failed; it runs again');
      },
    },
  );
  return {
    close: async () => {
      await loop.stop();
      line?.close();
    },
  };
}

/** `kalabarg_messages_total`, `kalabarg_messages_oldest_seconds` (left out without a database).
 *  @returns with how long the oldest message has waited, ms; 0: none waits */
export function messageMetrics(
  registry: Registry,
  pool: Pool,
  clock: Now,
  log: Log,
): { count: Counter<'outcome'>; oldestMs: () => Promise<number> } {
  const count = new Counter({
    name: 'kalabarg_messages_total',
    help: 'Messages to mobiles by outcome of an attempt: taken, later (tried again), never, lapsed',
    labelNames: ['outcome'],
    registers: [registry],
  });
  const oldestMs = async (): Promise<number> => {
    const { rows } = await pool.query<{ at: Date | null }>(
      `select min(queued_at) as at from messages where state = 'queued'`,
    );
    const since = rows[0]?.at?.getTime();
    return since === undefined ? 0 : Math.max(0, clock.now() - since);
  };
  new Gauge({
    name: 'kalabarg_messages_oldest_seconds',
    help: 'How long the oldest message that was not sent has waited (database)',
    registers: [registry],
    async collect() {
      this.reset();
      try {
        this.set((await oldestMs()) / 1_000);
      } catch (error) {
        // The other metrics are wanted most when the database is away.
        log.warn({ error: messageOf(error) }, 'messages could not be counted');
      }
    },
  });
  return { count, oldestMs };
}
