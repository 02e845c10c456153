import type { Ledger } from '../../src/ledger/index.ts';
import { purchaseOf } from '../ledger/books.ts';

/** Who asks: the same requests whatever lies in the books. */
export interface Till {
  readonly ledger: Ledger;
  readonly households: number;
  /** Approved, and neither returned nor reversed yet. */
  readonly sold: { readonly request: ReturnType<typeof purchaseOf>; readonly rrn: string }[];
}

export interface Cost {
  readonly name: string;
  readonly times: number;
  readonly pay: (till: Till) => Promise<void>;
}

/** At once. */
const IN_FLIGHT = 256;
const PURCHASES = 20_000;
const REST = 3_000;

export const COSTS: readonly Cost[] = [
  { name: 'a purchase', times: PURCHASES, pay: (till) => each(PURCHASES, () => buy(till)) },
  { name: 'its return', times: REST, pay: (till) => each(REST, () => giveBack(till)) },
  { name: 'its reversal', times: REST, pay: (till) => each(REST, () => reverse(till, true)) },
  { name: 'a reversal of what never came', times: REST, pay: (till) => each(REST, () => reverse(till, false)) },
];

/** Plans are made, and pages are in memory. */
export async function warmUp(till: Till): Promise<void> {
  await each(PURCHASES, () => buy(till));
  for (const pay of [() => giveBack(till), () => reverse(till, true), () => reverse(till, false)]) await each(500, pay);
}

async function each(times: number, pay: () => Promise<void>): Promise<void> {
  let begun = 0;
  const worker = async (): Promise<void> => {
    while (begun++ < times) await pay();
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, worker));
}

/** Each request has a name of its own. */
let serial = 0;

function request({ households }: Till): ReturnType<typeof purchaseOf> {
  return purchaseOf(1 + Math.floor(Math.random() * households), serial++, Date.now());
}

async function buy(till: Till): Promise<void> {
  const asked = request(till);
  const decision = await till.ledger.purchase(asked);
  if (decision.kind !== 'approved') throw new Error(`expected an approval: ${decision.kind}`);
  till.sold.push({ request: asked, rrn: decision.outcome.rrn });
}

async function giveBack(till: Till): Promise<void> {
  const { request: sold, rrn } = till.sold.pop()!;
  const { key, transmission, contentHash, at } = request(till);
  // by the terminal that sold it
  const head = {
    key: { ...key, terminal: sold.key.terminal, stan: again(sold.key.stan) },
    transmission,
    contentHash,
    at,
  };
  const { card, merchant, totalRials } = sold;
  const decision = await till.ledger.return({ ...head, card, merchant, totalRials, originalRrn: rrn });
  if (decision.kind !== 'approved') throw new Error(`expected a return: ${JSON.stringify(decision)}`);
}

async function reverse(till: Till, isKnown: boolean): Promise<void> {
  const sold = isKnown ? till.sold.pop()!.request : request(till);
  const { key, merchant, contentHash, transmission, totalRials } = sold;
  const { rc } = await till.ledger.reverse({
    key: { ...key, stan: again(key.stan) },
    merchant,
    contentHash,
    at: Date.now(),
    original: { mti: '0200', stan: key.stan, transmission },
    totalRials,
    correctedRials: undefined,
    reason: '17',
  });
  if (rc !== '00') throw new Error(`expected a reversal: ${rc}`);
}

/** A STAN that no purchase of a bench reaches. */
const again = (stan: string): string => String(Number(stan) + 500_000).padStart(6, '0');
