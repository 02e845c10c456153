import type { BankLeg } from '../../ledger/ledger.ts';
import { transmissionDateTime, type Now } from '../../ops/clock.ts';
import type { Random } from '../../ops/random.ts';

const LAST_STAN = 999_999;

/** Names requests to the bank: a STAN that goes round and the second (DE 7). A process starts anywhere in the round, so
 *  that a restart, or another copy of the gateway, does not name its requests alike within the same second. */
export function legNames(clock: Now, random: Pick<Random, 'between'>): () => BankLeg {
  let stan = random.between(1, LAST_STAN) - 1;
  return () => {
    stan = (stan % LAST_STAN) + 1;
    return { stan: String(stan).padStart(6, '0'), transmission: transmissionDateTime(clock.now()) };
  };
}
