import type { BankLeg } from '../../../../src/ledger/ledger.ts';
import { transmissionDateTime } from '../../../../src/ops/clock.ts';

let stan = 0;

/** A name for a request to the bank, in place of the ledger's. */
export function nextLeg(): BankLeg {
  return { stan: String(++stan).padStart(6, '0'), transmission: transmissionDateTime(Date.now()) };
}
