import type { Kind } from '../language/values.ts';
import { refused, type Asked, type ReadKind } from './common.ts';
import { forward, purchase, quote, quoteRelease, returned } from './financial.ts';
import { inRials } from './units.ts';
import { advice, goods, network, reversal, totals } from './others.ts';

export { refused, type Asked, type ReadKind } from './common.ts';

/** One reader a kind of transaction. What must be in a message is there (the dialect's `presence`); what is left are meanings. */
const READERS: { readonly [K in Kind]: (asked: Asked) => ReadKind } = {
  purchase,
  quote,
  'quote-release': quoteRelease,
  return: returned,
  forward,
  reversal,
  advice,
  totals,
  network,
  goods,
};

/** @returns a refusal: RC 13 amount, 25 a quote that is another's, 30 format, each with the place at fault */
export function kindReader(asked: Asked): ReadKind {
  const read = READERS[asked.file.kind](asked);
  return (s) => {
    const mapped = read(s);
    if (s.fault !== undefined) return refused('30', s.fault.path, s.fault.reason);
    const { unitOn } = s.arrival;
    return unitOn === undefined ? mapped : inRials(mapped, asked, s, unitOn);
  };
}
