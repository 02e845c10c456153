import type { KeptSale } from './books.ts';
import { merchantOf } from './books.ts';

/** What four rules say, written down a second time: sale by sale, with nothing of SQL. */
export interface Said {
  readonly merchant: string;
  readonly purchases: number;
  readonly rials: string;
  readonly rrns: readonly string[];
}
type Figures = Readonly<Record<string, number>>;

function* shopsOf(sales: readonly KeptSale[], day: string): Generator<readonly KeptSale[]> {
  const shops = new Map<number, KeptSale[]>();
  for (const sale of sales) {
    if (sale.day !== day || sale.kind !== 'purchase' || sale.state !== 'approved' || sale.voucher === 0) continue;
    shops.set(sale.shop, [...(shops.get(sale.shop) ?? []), sale]);
  }
  for (const own of shops.values()) yield own.sort((a, b) => a.at - b.at || a.id - b.id);
}

function said(sales: readonly KeptSale[], order: 'time' | 'rrn' = 'time'): Said {
  const rrns = sales.map(({ rrn }) => rrn);
  return {
    merchant: merchantOf(sales[0]?.shop ?? 0),
    purchases: sales.length,
    rials: String(sales.reduce((sum, { voucher }) => sum + voucher, 0)),
    rrns: (order === 'rrn' ? rrns.sort() : rrns).slice(0, 200),
  };
}

const sorted = (all: Said[]): Said[] =>
  all.sort((a, b) => Number(b.rials) - Number(a.rials) || (a.merchant < b.merchant ? -1 : 1));

export function creditBurst(sales: readonly KeptSale[], day: string, figures: Figures): Said[] {
  const { leftRials = 0, leastRials = 0, seconds = 0, chain = 0 } = figures;
  const found: Said[] = [];
  for (const own of shopsOf(sales, day)) {
    const chains: KeptSale[][] = [];
    let last: KeptSale | undefined;
    for (const sale of own) {
      const whole = sale.left <= leftRials && sale.voucher >= leastRials;
      const grows =
        whole && last !== undefined && sale.household !== last.household && sale.at - last.at <= seconds * 1_000;
      if (grows) chains.at(-1)?.push(sale);
      else if (whole) chains.push([sale]);
      last = whole ? sale : undefined;
    }
    const long = chains.filter(
      (each) => each.length >= chain && new Set(each.map(({ household }) => household)).size >= chain,
    );
    if (long.length > 0) found.push(said(long.flat(), 'rrn'));
  }
  return sorted(found);
}

export function splitPurchases(sales: readonly KeptSale[], day: string, figures: Figures): Said[] {
  const { purchases = 0, smallRials = 0, sumRials = 0 } = figures;
  const found: Said[] = [];
  for (const own of shopsOf(sales, day)) {
    const small = own.filter(({ total }) => total < smallRials);
    const many = [...new Set(small.map(({ household }) => household))]
      .map((household) => small.filter((sale) => sale.household === household))
      .filter((each) => each.length >= purchases && each.reduce((sum, { total }) => sum + total, 0) >= sumRials);
    if (many.length > 0) found.push(said(many.flat(), 'rrn'));
  }
  return sorted(found);
}

export function sameTail(sales: readonly KeptSale[], day: string, figures: Figures): Said[] {
  const { digits = 0, purchases = 0, sharePercent = 0 } = figures;
  const found: Said[] = [];
  for (const own of shopsOf(sales, day)) {
    const tails = new Map<number, KeptSale[]>();
    for (const sale of own) {
      const tail = sale.total % 10 ** digits;
      tails.set(tail, [...(tails.get(tail) ?? []), sale]);
    }
    const [, most] = [...tails].sort(([a, one], [b, other]) => other.length - one.length || a - b)[0] ?? [0, []];
    if (most.length >= purchases && most.length * 100 >= sharePercent * own.length) found.push(said(most));
  }
  return sorted(found);
}

export function terminalsAlternate(sales: readonly KeptSale[], day: string, figures: Figures): Said[] {
  const { purchases = 0, seconds = 0, sharePercent = 0 } = figures;
  const found: Said[] = [];
  for (const own of shopsOf(sales, day)) {
    if (own.length < Math.max(2, purchases) || new Set(own.map(({ terminal }) => terminal)).size !== 2) continue;
    let turns = 0;
    for (const [index, sale] of own.entries()) {
      const before = own[index - 1];
      if (before !== undefined && before.terminal !== sale.terminal && sale.at - before.at <= seconds * 1_000) turns++;
    }
    if (turns * 100 >= sharePercent * (own.length - 1)) found.push(said(own));
  }
  return sorted(found);
}
