/** Purchases, returns, and reversals of both, as plainly as it can be said: facts are kept, never effects. What the books hold is
 *  worked out from those that survive, from the beginning, each time. */

/** Voucher, card, cash. */
export type Parts = readonly [voucher: bigint, card: bigint, cash: bigint];
export const NOTHING: Parts = [0n, 0n, 0n];

/** held: the bank has not answered · made: it stands, but for what is told below · void: it never came to be */
type State = 'held' | 'made' | 'void';

export interface Fact {
  readonly kind: 'purchase' | 'return';
  /** As the answer told them. */
  readonly parts: Parts;
  state: State;
  /** A whole reversal came while the bank was asked. */
  doomed: boolean;
  reversed: boolean;
  /** The least corrected total (DE 95). */
  price: bigint | undefined;
  /** One that waits for the bank. */
  waiting: bigint | undefined;
}

export interface Purchase extends Fact {
  readonly returns: Return[];
}

export interface Return extends Fact {
  readonly of: Purchase;
}

const min = (a: bigint, b: bigint): bigint => (a < b ? a : b);
const positive = (a: bigint): bigint => (a > 0n ? a : 0n);
export const totalOf = (parts: Parts): bigint => parts[0] + parts[1] + parts[2];
const add = (a: Parts, b: Parts): Parts => [a[0] + b[0], a[1] + b[1], a[2] + b[2]];

/** The parts, had this been the total: voucher, then card, then cash. */
function cut([voucher, card, cash]: Parts, total: bigint): Parts {
  const byVoucher = min(voucher, total);
  const byCard = min(card, total - byVoucher);
  return [byVoucher, byCard, min(cash, total - byVoucher - byCard)];
}

/** What a fact comes to, by itself. */
function standing(fact: Fact): Parts {
  if (fact.state === 'void' || fact.reversed) return NOTHING;
  return fact.price === undefined ? fact.parts : cut(fact.parts, fact.price);
}

/** What a purchase keeps: what it comes to, less the returns that survive. What was returned of a part that it has not, comes off
 *  the others in their order. */
export function keeps(purchase: Purchase): Parts {
  const own = standing(purchase);
  const returned = purchase.returns.map(standing).reduce(add, NOTHING);
  const left = own.map((part, i) => part - returned[i]!);
  let over = left.reduce((sum, part) => sum + positive(-part), 0n);
  const kept = left.map((part) => {
    const off = min(positive(part), over);
    over -= off;
    return positive(part) - off;
  });
  return [kept[0]!, kept[1]!, kept[2]!];
}

export interface Books {
  readonly left: bigint;
  /** What reversed returns want and cannot have. */
  readonly short: bigint;
  /** What shops have of vouchers, and of cash; what the household's card has paid, by the bank's books. */
  readonly voucher: bigint;
  readonly card: bigint;
  readonly cash: bigint;
}

export class SurvivingFacts {
  readonly purchases: Purchase[] = [];
  readonly #credit: bigint;

  constructor(credit: bigint) {
    this.#credit = credit;
  }

  /** Credit that is held or taken, by all that survives. A return at the bank gives its credit back with the bank's word. */
  #wanted(): bigint {
    return this.purchases.map((one) => keeps(one)[0] + atTheBank(one)).reduce((sum, part) => sum + part, 0n);
  }

  books(): Books {
    const kept = this.purchases
      .filter(({ state }) => state === 'made')
      .map(keeps)
      .reduce(add, NOTHING);
    const wanted = this.#wanted();
    const short = positive(wanted - this.#credit);
    return { left: positive(this.#credit - wanted), short, voucher: kept[0] - short, card: kept[1], cash: kept[2] };
  }

  /** @returns undefined: 51 */
  buy(total: bigint, rest: 'card' | 'cash'): Purchase | undefined {
    const voucher = min(this.books().left, total);
    if (voucher === 0n && rest === 'cash') return undefined;
    const parts: Parts = rest === 'card' ? [voucher, total - voucher, 0n] : [voucher, 0n, total - voucher];
    const purchase: Purchase = { kind: 'purchase', parts, ...begun(parts), returns: [] };
    this.purchases.push(purchase);
    return purchase;
  }

  /** @returns the return, or why not */
  giveBack(of: Purchase, total: bigint): Return | '25' | '61' {
    if (of.state !== 'made' || of.reversed) return '25';
    const kept = keeps(of);
    if (total > totalOf(kept)) return '61';
    const voucher = min(total, kept[0]);
    const card = min(total - voucher, kept[1]);
    const parts: Parts = [voucher, card, total - voucher - card];
    const back: Return = { kind: 'return', parts, ...begun(parts), of };
    of.returns.push(back);
    return back;
  }

  /** The bank's word. A return whose purchase was reversed meanwhile stands, whatever it is: all of the purchase goes back. */
  complete(fact: Purchase | Return, approved: boolean): void {
    const moot = 'of' in fact && fact.of.reversed;
    fact.state = moot || (approved && !fact.doomed) ? 'made' : 'void';
  }

  reverse(fact: Purchase | Return, corrected: bigint | undefined): void {
    if (fact.state === 'void' || fact.reversed) return;
    const least = corrected === undefined ? undefined : min(corrected, fact.waiting ?? corrected);
    if (fact.state === 'held') {
      if (least === undefined) fact.doomed = true;
      else fact.waiting = least;
    } else if (least === undefined) fact.reversed = true;
    else if ('returns' in fact && fact.returns.some(({ state }) => state === 'held')) fact.waiting = least;
    else fact.price = min(least, fact.price ?? least);
  }

  /** Corrections that waited for the bank. */
  settle(): void {
    for (const purchase of this.purchases) {
      for (const fact of [purchase, ...purchase.returns]) {
        if (fact.waiting !== undefined && fact.state === 'made') this.reverse(fact, fact.waiting);
      }
    }
  }
}

const begun = (parts: Parts) =>
  ({
    state: parts[1] > 0n ? 'held' : 'made',
    doomed: false,
    reversed: false,
    price: undefined,
    waiting: undefined,
  }) as const;

const atTheBank = ({ returns }: Purchase): bigint =>
  returns.filter(({ state }) => state === 'held').reduce((sum, { parts }) => sum + parts[0], 0n);
