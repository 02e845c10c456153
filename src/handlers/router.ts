import type { Transaction } from '../profiles/index.ts';
import type { Context } from './context.ts';
import { forward } from './forward.ts';
import { goods } from './goods.ts';
import { network, type NetworkAnswer } from './network.ts';
import { purchase } from './purchase.ts';
import { quote, releaseQuote } from './quote.ts';
import { returnPurchase } from './return.ts';
import { advice, reversal } from './reversal.ts';
import { totals } from './totals.ts';

type Handler<Kind extends Transaction['kind']> = (
  tx: Extract<Transaction, { kind: Kind }>,
  context: Context,
) => Promise<NetworkAnswer>;

/** One handler a kind of transaction; the profile decided the kind by MTI and DE 3 (wire.md 3, 4). */
const HANDLERS: { readonly [Kind in Transaction['kind']]: Handler<Kind> } = {
  purchase,
  quote,
  'quote-release': releaseQuote,
  return: returnPurchase,
  forward,
  reversal,
  advice,
  totals,
  network,
  goods,
};

export function route(tx: Transaction, context: Context): Promise<NetworkAnswer> {
  // The table's type ties each kind to its handler; TypeScript cannot follow that tie through an index.
  const handler: (tx: never, context: Context) => Promise<NetworkAnswer> = HANDLERS[tx.kind];
  return handler(tx as never, context);
}
