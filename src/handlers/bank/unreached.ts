import type { LegResult } from '../../ledger/index.ts';

/** DE 39 where nothing could be sent, and where no answer came (check.ts). */
const UNSENT = '91';
const SILENT = '68';

/** Marks what a check of a PIN came to where the bank gave no answer at all: a rule of two persons may let the purchase stand then
 *  (docs/decisions/0096). Whatever the bank did say, and a leg that moves money, stays as it is.
 *  @param pin whether one was entered */
export function noteUnreached(leg: LegResult, pin: boolean): LegResult {
  const silent = leg.kind === 'doubt' && leg.rc === SILENT && leg.bankRc === undefined && leg.by === undefined;
  const unsent = leg.kind === 'unsent' && leg.rc === UNSENT;
  return silent || unsent ? { ...leg, unreached: { pin } } : leg;
}
