import type { BasketLine, LineVerdict } from '../../../src/ledger/index.ts';

/** What a basket of goods says, as plainly as it can be said: one programme, one period, a household at a time, rials and rations as
 *  plain numbers that are added up again from all that stands. It shares nothing with the ledger. */

export interface PlainItem {
  readonly item: string;
  /** What a piece of a good counts for; undefined: as it is measured. */
  readonly goods: Readonly<Record<string, bigint | undefined>>;
  readonly unit: BasketLine['unit'];
  readonly perPerson?: bigint;
  readonly perPurchase?: bigint;
  readonly price?: bigint;
  readonly voucher?: bigint;
  readonly refusesPrice?: boolean;
  readonly refusesQuantity?: boolean;
}

export interface PlainRules {
  readonly fixed: boolean;
  readonly items: readonly PlainItem[];
  /** Of the shop's guild. */
  readonly sold: readonly string[];
}

interface Judged {
  readonly code: LineVerdict['verdict'];
  readonly allowed: bigint;
  readonly item: string | undefined;
  readonly ration: bigint;
}

interface Bought {
  readonly judged: readonly Judged[];
  readonly parts: readonly [voucher: bigint, cash: bigint];
  price: bigint | undefined;
  reversed: boolean;
  readonly returns: { parts: readonly [bigint, bigint]; stands: boolean }[];
}

const least = (...amounts: bigint[]): bigint => amounts.reduce((a, b) => (a < b ? a : b));
const positive = (amount: bigint): bigint => (amount > 0n ? amount : 0n);

export class PlainHousehold {
  readonly bought: Bought[] = [];
  readonly #members: bigint;
  readonly #credit: bigint;

  constructor(members: number, credit: bigint) {
    this.#members = BigInt(members);
    this.#credit = credit;
  }

  /** @returns what the answer says; a string: why it is refused */
  buy(rules: PlainRules, lines: readonly BasketLine[]): { voucher: bigint; lines: LineVerdict[] } | string {
    const judged: Judged[] = [];
    for (const line of lines) {
      const one = this.#judge(rules, line, judged);
      if (typeof one === 'string') return one;
      judged.push(one);
    }
    let open = this.#credit - this.bought.reduce((sum, each) => sum + keptOf(each)[0], 0n);
    const told = judged.map(({ code, allowed }, n) => {
      const voucherRials = least(allowed, open);
      open -= voucherRials;
      return { verdict: voucherRials === lines[n]!.amountRials ? ('00' as const) : code, voucherRials };
    });
    const voucher = told.reduce((sum, { voucherRials }) => sum + voucherRials, 0n);
    if (voucher === 0n) return 'credit.none';
    const total = lines.reduce((sum, { amountRials }) => sum + amountRials, 0n);
    this.bought.push({ judged, parts: [voucher, total - voucher], price: undefined, reversed: false, returns: [] });
    return { voucher, lines: told };
  }

  #judge({ fixed, items, sold }: PlainRules, line: BasketLine, before: readonly Judged[]): Judged | string {
    const nothing = { allowed: 0n, item: undefined, ration: 0n };
    const item = items.find(({ goods }) => line.goods in goods);
    const each = item?.goods[line.goods];
    if (item === undefined && fixed) return { ...nothing, code: '01' };
    if (item !== undefined && item.unit !== line.unit && (each === undefined || line.unit !== '00'))
      return { ...nothing, code: '01' };
    if (!sold.includes(line.goods)) return { ...nothing, code: '04' };
    if (item === undefined) return { ...nothing, code: '00', allowed: line.amountRials };
    const measured = BigInt(line.quantity) * (line.unit === '00' ? (each ?? 1n) : 1n);
    const worth = (price: bigint): bigint => (price * measured) / (item.unit === '00' ? 1n : 1_000n);
    if (item.refusesPrice === true && line.amountRials > worth(item.price!)) return 'goods.price';
    const most = item.voucher ?? item.price;
    let allowed = most === undefined ? line.amountRials : least(line.amountRials, worth(most));
    let code: Judged['code'] = allowed < line.amountRials ? '02' : '00';
    const inThis = before.reduce((sum, one) => sum + (one.item === item.item ? one.ration : 0n), 0n);
    const bounds = [
      ...(item.perPerson === undefined ? [] : [item.perPerson * this.#members - this.used(item.item) - inThis]),
      ...(item.perPurchase === undefined ? [] : [item.perPurchase - inThis]),
    ];
    let ration = measured;
    if (bounds.length > 0) {
      const free = positive(least(...bounds));
      if (measured > free) {
        if (item.refusesQuantity === true) return 'goods.quantity';
        [allowed, code, ration] = [(allowed * free) / measured, '03', free];
      }
    }
    return { code, allowed, item: item.item, ration };
  }

  /** Added up from what stands of everything that was ever bought. */
  used(item: string): bigint {
    return this.bought.reduce((sum, each) => {
      let voucher = keptOf(each)[0];
      for (const { item: of, allowed, ration } of each.judged) {
        const paid = least(allowed, voucher);
        voucher -= paid;
        if (of === item && paid > 0n) sum += (ration * paid + allowed - 1n) / allowed;
      }
      return sum;
    }, 0n);
  }

  /** @returns whether it may be returned */
  return(of: Bought, amount: bigint): boolean {
    const [voucher, cash] = keptOf(of);
    if (of.reversed || amount > voucher + cash) return false;
    const back = least(amount, voucher);
    of.returns.push({ parts: [back, amount - back], stands: true });
    return true;
  }
}

/** Voucher and cash that stand: the price, less the returns that stand; what was returned of a part that the price has not comes off the other. */
export function keptOf({ parts: [voucher, cash], price, reversed, returns }: Bought): [bigint, bigint] {
  if (reversed) return [0n, 0n];
  const now = least(price ?? voucher + cash, voucher + cash); // a correction takes away, and never adds
  const back = returns.filter(({ stands }) => stands);
  const left = [
    least(voucher, now) - back.reduce((sum, { parts }) => sum + parts[0], 0n),
    positive(now - voucher) - back.reduce((sum, { parts }) => sum + parts[1], 0n),
  ] as const;
  return [positive(positive(left[0]) - positive(-left[1])), positive(positive(left[1]) - positive(-left[0]))];
}
