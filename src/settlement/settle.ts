import type { Pool } from 'pg';
import type { Clock } from '../ops/clock.ts';
import { GatewayError } from '../ops/errors.ts';
import { beginClearing, SHARDS } from './clearing/close.ts';
import { NOT_MADE } from './clearing/explained.ts';
import { isSamePerson } from '../ops/person-name.ts';
import { releaseClearing } from './clearing/release.ts';
import { getClearing, reached, type Clearing, type ClearingState } from './clearing/state.ts';
import { paymentFiles, type PaymentFileRow } from './clearing/write.ts';
import { isRinging, ring } from './jobs/flow.ts';
import type { Queues } from './jobs/queue.ts';
import type { StepContext } from './jobs/steps.ts';
import { startWorker, type WorkerTiming } from './jobs/worker.ts';
import type { BankProfile } from './payments/profile.ts';

export interface SettleRequest {
  readonly day: string;
  readonly profile: BankProfile;
  readonly maker: string;
  /** Releases the files in the same breath; undefined: they wait for a second person. */
  readonly checker: string | undefined;
}

/** What a day's clearing came to. */
export interface SettleSummary {
  readonly clearing: Clearing;
  readonly files: readonly PaymentFileRow[];
  readonly merchants: number;
  readonly paid: { readonly orders: number; readonly rials: bigint };
  readonly carried: { readonly merchants: number; readonly rials: bigint };
  /** Shops that are not paid, and why. */
  readonly held: readonly { readonly merchant: string; readonly rials: bigint; readonly reason: string }[];
}

const LOOK_MS = 25;
const HURRY_EVERY = 10;

/** Runs a day's clearing to the outbox (with a checker) or to the second person's desk (without), as jobs of the
 *  queue that this process works on too. The same result however often it is run.
 *  @throws GatewayError `release.same-person` before anything is done, or of the step that failed for good */
export async function settleDay(
  context: StepContext,
  queues: Queues,
  request: SettleRequest,
  timing?: WorkerTiming,
): Promise<SettleSummary> {
  const { pool, clock } = context;
  if (request.checker !== undefined && isSamePerson(request.maker, request.checker)) {
    throw new GatewayError(
      'release.same-person',
      `${request.maker} makes the files: another person must release them.`,
    );
  }
  await beginClearing(pool, { ...request, shards: SHARDS }, clock);
  const begun = await getClearing(pool, request.day);
  if (!(await isRinging(queues, begun))) await ring(pool, queues, request.day);
  const worker = await startWorker(context, queues, timing);
  try {
    const { checker, day } = request;
    const written = (): Promise<void> => untilState(context, day, 'written', () => hurryRelease(queues, day));
    await written();
    while (checker !== undefined && (await releaseClearing(pool, day, checker)).length > 0) await written();
    if (reached((await getClearing(pool, request.day)).state, 'released')) {
      await untilState(context, request.day, 'delivered', () => hurryRelease(queues, request.day));
    }
  } finally {
    await worker.close();
  }
  return summarise(pool, request.day);
}

/** Brings a day that a second person just released to the outbox. */
export async function deliverReleased(
  context: StepContext,
  queues: Queues,
  day: string,
  timing?: WorkerTiming,
): Promise<SettleSummary> {
  const worker = await startWorker(context, queues, timing);
  try {
    await untilState(context, day, 'delivered', () => hurryRelease(queues, day));
  } finally {
    await worker.close();
  }
  return summarise(context.pool, day);
}

/** A step that failed is tried again by its queue; only one that keeps failing is given up here. */
const PATIENCE_MS = 60_000;

/** @param hurry called now and then while it is not there yet */
async function untilState(
  { pool, clock }: { readonly pool: Pool; readonly clock: Clock },
  day: string,
  wanted: ClearingState,
  hurry: () => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  let failingSince: number | undefined;
  for (let looks = 0; ; looks++) {
    if (looks % HURRY_EVERY === 0) await hurry();
    const clearing = await getClearing(pool, day);
    if (reached(clearing.state, wanted)) return;
    if (clearing.error === undefined) failingSince = undefined;
    else {
      if (clearing.error.includes(NOT_MADE)) throw new GatewayError('clearing.unexplained', clearing.error);
      failingSince ??= clock.monotonic();
      if (clock.monotonic() - failingSince > PATIENCE_MS) {
        throw new GatewayError('settle.failed', `The clearing of ${day} keeps failing: ${clearing.error}`);
      }
    }
    await clock.sleep(LOOK_MS);
  }
}

/** The release step looks every now and then; after a release there is no need to wait for it. It may be looking at this
 *  very moment, and go to sleep after: so once is not enough. */
async function hurryRelease(queues: Queues, day: string): Promise<void> {
  for (const job of await queues.queue.getDelayed()) {
    if (job.name === 'release' && job.data.businessDay === day) await job.promote().catch(() => undefined); // it ran just now
  }
}

/** @throws GatewayError `clearing.unknown` */
export async function summarise(pool: Pool, day: string): Promise<SettleSummary> {
  const clearing = await getClearing(pool, day);
  const nets = await pool.query<{ merchants: number; carried: number; carried_rials: string }>(
    `select count(*)::int as merchants, count(*) filter (where outcome = 'carry')::int as carried,
            coalesce(sum(net_rials) filter (where outcome = 'carry'), 0) as carried_rials
       from merchant_nets where business_day = $1`,
    [day],
  );
  const orders = await pool.query<{ orders: number; rials: string }>(
    `select count(*)::int as orders, coalesce(sum(amount_rials), 0) as rials from payment_orders where business_day = $1 and state <> 'held'`,
    [day],
  );
  const held = await pool.query<{ merchant: string; rials: string; reason: string }>(
    `select merchant_id as merchant, case outcome when 'pay' then held_rials else net_rials end as rials,
            case when outcome = 'pay' and reason = 'but for what is disputed' then 'disputed' else reason end as reason from merchant_nets
      where business_day = $1 and (outcome = 'hold' or held_rials > 0)
     union all
     select merchant_id, amount_rials, reason from payment_orders where business_day = $1 and state = 'held'
      order by merchant`,
    [day],
  );
  const [net, order] = [nets.rows[0], orders.rows[0]];
  return {
    clearing,
    files: await paymentFiles(pool, day),
    merchants: net?.merchants ?? 0,
    paid: { orders: order?.orders ?? 0, rials: BigInt(order?.rials ?? 0) },
    carried: { merchants: net?.carried ?? 0, rials: BigInt(net?.carried_rials ?? 0) },
    held: held.rows.map((row) => ({ ...row, rials: BigInt(row.rials) })),
  };
}
