import { setTimeout as sleep } from 'node:timers/promises';
import { disagreements, unrest } from '../test/system/chaos/agreement.ts';
import type { View } from '../test/system/chaos/terminals.ts';
import type { Cluster } from './cluster.ts';
import type { Shop } from './shop.ts';

const REST_MS = 240_000;

export interface Verdict {
  /** Approvals that a terminal heard and the ledger does not have. */
  readonly lost: number;
  /** Purchases that the ledger has approved and no terminal believes in, or has twice. */
  readonly doubled: number;
  readonly histories: number;
  /** Everything that does not agree, in words. */
  readonly faults: readonly string[];
}

/** Credit of each household that can be spent. */
export type Credit = ReadonlyMap<number, bigint>;

export async function creditOf(cluster: Cluster): Promise<Credit> {
  const rows = await cluster.query<{ household: string; left: string }>(
    `select household_id as household, sum(amount_rials - spent_rials - held_rials - expired_rials)::text as left from buckets
      where (now() at time zone 'Asia/Tehran')::date between valid_from and valid_to group by 1`,
  );
  return new Map(rows.map(({ household, left }) => [Number(household), BigInt(left)]));
}

/** Waits until nothing moves any more, and holds terminals, ledger and bank against each other. */
export async function judge(cluster: Cluster, shop: Shop, before: Credit): Promise<Verdict> {
  await untilRest(cluster);
  const { lost, doubled } = compare(shop.views, await rowsOf(cluster));
  const now = await creditOf(cluster);
  const told = shop.history.counts.histories;
  const orders = shop.history.judge(
    (household) => before.get(household) ?? 0n,
    (household) => now.get(household) ?? 0n,
  );
  const broken = (await cluster.verify()).map((finding) => `ledger verify: ${JSON.stringify(finding)}`);
  const faults = [...(await disagreements(cluster, shop.views)), ...orders, ...broken];
  return { lost, doubled, histories: shop.history.counts.histories - told, faults };
}

export interface Row {
  readonly name: string;
  readonly approved: boolean;
}

const nameOf = (view: View): string => `${view.terminal} ${view.stan} ${view.localTime} ${view.localDate}`;

/** What terminals heard, against what the ledger has. */
export function compare(views: readonly View[], rows: readonly Row[]): { lost: number; doubled: number } {
  const approved = new Map<string, number>();
  for (const row of rows) if (row.approved) approved.set(row.name, (approved.get(row.name) ?? 0) + 1);
  let lost = 0;
  for (const view of views) {
    if (view.belief !== 'approved') continue;
    const times = approved.get(nameOf(view)) ?? 0;
    if (times === 0) lost++;
    else approved.set(nameOf(view), times - 1);
  }
  return { lost, doubled: [...approved.values()].reduce((sum, times) => sum + times, 0) };
}

function rowsOf(cluster: Cluster): Promise<Row[]> {
  return cluster.query<Row & Record<string, unknown>>(
    `select concat_ws(' ', terminal_id, stan, local_time, local_date) as name, state = 'approved' as approved
       from transactions where kind = 'purchase'`,
  );
}

async function untilRest(cluster: Cluster): Promise<void> {
  const end = Date.now() + REST_MS;
  for (;;) {
    const open = await unrest(cluster).catch(() => undefined);
    if (open?.held === 0 && open.advices === 0 && open.heldCredit === 0n) return;
    if (Date.now() > end)
      throw new Error(`it does not come to rest: held ${open?.held ?? '?'}, advices ${open?.advices ?? '?'}`);
    await sleep(250);
  }
}
