import type { Clock } from '../ops/clock.ts';
import { systemRandom } from '../ops/random.ts';
import { adviceDone, adviceFailed, claimAdvices } from './advices.ts';
import { Batches, type BatchOptions } from './batches.ts';
import {
  adviceEntry,
  completeEntry,
  forwardEntry,
  purchaseEntry,
  quoteEntry,
  releaseEntry,
  returnEntry,
  reversalEntry,
  type Entry,
} from './entries.ts';
import { createHousekeeping, type Duty } from './housekeep.ts';
import type { Decision, Ledger, RequestHeader, TransactionRef } from './ledger.ts';
import { terminalTotals } from './totals.ts';
import { refusedForRoom } from './unwritten.ts';
import { decisionOf, outcomeOf, reversalOutcomeOf, VERDICT_COLUMNS, type Verdict } from './verdicts.ts';

export interface LedgerOptions extends BatchOptions {
  readonly clock: Clock;
  /** Unguessable bytes, for receipt tokens. */
  readonly random?: (bytes: number) => Buffer;
  /** Told each duty of `housekeep` that was done. */
  readonly onDuty?: (duty: Duty) => void;
  /** How long what is kept of persons stays after its end. */
  readonly keepPersonalDays?: number;
}

/** How long a copy of the gateway has to finish a stranded transaction before another may try. */
const STRANDED_LEASE_MS = 60_000;

const TOKEN_LENGTH = 22;
const TOKENS_AT_ONCE = 256;

/** Receipt tokens (DE 48 tag 11): 22 characters of 132 unguessable bits. Asked for by the hundred: every call for random
 *  bytes costs as much as a hundred tokens do. */
function tokens(random: (bytes: number) => Buffer): () => string {
  let text = '';
  let next = 0;
  return () => {
    if (next === text.length) {
      text = random((TOKEN_LENGTH * TOKENS_AT_ONCE * 3) / 4).toString('base64url');
      next = 0;
    }
    next += TOKEN_LENGTH;
    return text.slice(next - TOKEN_LENGTH, next);
  };
}

/** The ledger on PostgreSQL. What moves money goes through batches; what only reads or follows up has queries of its own. */
export function openLedger(options: LedgerOptions): Ledger & { close(): Promise<void> } {
  const { pool, clock, random = systemRandom.bytes } = options;
  const batches = new Batches(options);
  const decide = (entry: Entry, request: Pick<RequestHeader, 'key'>): Promise<Decision> =>
    batches.decide(entry).then(
      (verdict) => decisionOf(verdict, entry.legAt),
      (error: unknown) => refusedForRoom(pool, request.key, error),
    );
  const token = tokens(random);

  return {
    purchase: (request) => decide(purchaseEntry(request, token()), request),
    return: (request) => decide(returnEntry(request, token()), request),
    forward: (request) => decide(forwardEntry(request), request),
    quote: (request) => decide(quoteEntry(request), request),
    releaseQuote: (request) => decide(releaseEntry(request), request),
    complete: async (ref, leg) => outcomeOf(await batches.decide(completeEntry(ref, leg, clock.now()))),
    reverse: async (request) => reversalOutcomeOf(await batches.decide(reversalEntry(request))),
    advise: async (request) => reversalOutcomeOf(await batches.decide(adviceEntry(request))),
    async outcome(ref) {
      const { rows } = await pool.query<Omit<Verdict, 'kind'>>({
        name: 'ledger-outcome',
        text: `select ${VERDICT_COLUMNS} from transactions
                where household_id = $1 and transaction_id = $2 and business_day = $3`,
        values: [ref.householdId, ref.transactionId, ref.businessDay],
      });
      const row = rows[0];
      return row?.rc == null ? undefined : outcomeOf(row);
    },
    totals: (terminal) => terminalTotals(pool, terminal),
    claimAdvices: (limit, leaseMs, now) => claimAdvices(pool, limit, leaseMs, now),
    adviceDone: (id, rc) => adviceDone(pool, id, rc),
    adviceFailed: (id, why, retryAt) => adviceFailed(pool, id, why, retryAt),
    async claimStranded(olderThanMs, limit, now) {
      const { rows } = await pool.query<{ household_id: string; transaction_id: string; business_day: string }>(
        `update transactions t set leased_until = $3
           from (select household_id, transaction_id, business_day from transactions
                  where state = 'held' and at < $1 and leased_until < $2 order by at limit $4
                  for update skip locked) s
          where t.household_id = s.household_id and t.transaction_id = s.transaction_id and t.business_day = s.business_day
          returning t.household_id, t.transaction_id, t.business_day::text`,
        [now - olderThanMs, now, now + STRANDED_LEASE_MS, limit],
      );
      return rows.map((row): TransactionRef => ({
        householdId: row.household_id,
        transactionId: row.transaction_id,
        businessDay: row.business_day,
      }));
    },
    housekeep: createHousekeeping(pool, batches, options.onDuty, options.keepPersonalDays),
    close: () => batches.drain(),
  };
}
