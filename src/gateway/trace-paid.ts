import type { Pool } from 'pg';
import { readFacts, timelineOf, type Step } from '../timeline/index.ts';
import { boundOf, LOT_SQL, type LateStep, type OpenTraces } from '../traces/index.ts';

/** Of one day at most; a purchase is a dozen queries. */
const MOST_OF_A_DAY = 1_000;
const STEPS: ReadonlySet<Step['kind']> = new Set(['business-day', 'netting', 'order', 'release', 'delivery']);
/** What is said of a step: names within the books; no person's, no account (a payment file is named by the payer's). */
const SAID = ['businessDay', 'order', 'position', 'rail', 'payOn', 'cycle', 'batch', 'purchases'] as const;

interface Row {
  readonly household: string;
  readonly id: string;
  readonly terminal: string;
  readonly stan: string;
  readonly localTime: string;
  readonly localDate: string;
}

/** Goes on with the traces of a business day whose payment files have left: close, net, order, release, delivery. The same again says the same.
 *  @param day ISO
 *  @returns how many purchases it went on with */
export async function tracePaid(pool: Pool, traces: OpenTraces, day: string, now: number): Promise<number> {
  const { rows } = await pool.query<Row>(
    `select household_id as household, transaction_id::text as id, terminal_id as terminal, stan, local_time as "localTime", local_date as "localDate"
       from transactions
      where business_day = $1 and kind = 'purchase' and state = 'approved' and ${LOT_SQL} < $2
      order by transaction_id limit $3`,
    [day, boundOf(traces.perThousand), MOST_OF_A_DAY],
  );
  for (const { household, id, ...key } of rows) {
    const facts = await readFacts(pool, { household, id, day }, now);
    if (facts === undefined) continue;
    traces.add(key, timelineOf(facts, undefined, now).steps.flatMap(lateStep));
  }
  return rows.length;
}

function lateStep({ kind, at, durationMs = 0, outcome, facts }: Step): LateStep[] {
  if (!STEPS.has(kind) || at === null || outcome === 'open') return [];
  const said = SAID.flatMap((name): [string, string | number][] => {
    const value = facts[name];
    return typeof value === 'string' || typeof value === 'number' ? [[`kalabarg.${name}`, value]] : [];
  });
  return [{ name: kind, from: at - durationMs, to: at, said: Object.fromEntries([...said, ['kalabarg.outcome', outcome]]) }]; // prettier-ignore
}
