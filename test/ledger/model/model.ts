import type { LegResult, LineVerdict } from '../../../src/ledger/index.ts';
import { judge, linesOf, RATION, rationPaid, type Judged } from './basket.ts';
import { PROGRAMMES } from './types.ts';
import type { Asked, Bucket, Expected, Parts, Programme, Quote, Ration, Rules, Sale, Take } from './types.ts';

const sum = (amounts: readonly bigint[]): bigint => amounts.reduce((all, one) => all + one, 0n);
const least = (a: bigint, b: bigint): bigint => (a < b ? a : b);
const most = (amounts: readonly bigint[]): bigint => amounts.reduce((a, b) => (a > b ? a : b), 0n);
const of = (programme: Programme, takes: readonly Take[]): Take[] =>
  takes.filter(({ bucket }) => bucket.programme === programme);
const atLeastZero = (a: bigint): bigint => (a < 0n ? 0n : a);

const plus = (a: Parts, b: Parts, sign = 1n): Parts => [a[0] + sign * b[0], a[1] + sign * b[1], a[2] + sign * b[2]];
const partsOf = ({ voucher, card, cash }: Sale): Parts => [voucher, card, cash];

/** The parts of a sale, had this been its total. */
function priced([voucher, card, cash]: Parts, price: bigint): Parts {
  return [
    least(voucher, price),
    least(card, atLeastZero(price - voucher)),
    least(cash, atLeastZero(price - voucher - card)),
  ];
}

/** What a purchase keeps: its price, less the returns that stand. What was returned of a part that the price has not comes off
 *  the others. */
function keptOf(sale: Sale): Parts {
  if (sale.state === 'reversed' || sale.state === 'declined') return [0n, 0n, 0n];
  const parts = partsOf(sale);
  const left = plus(priced(parts, sale.price ?? sum(parts)), sale.returned, -1n);
  let over = sum(left.map((part) => atLeastZero(-part)));
  const kept = left.map((part) => {
    const off = least(atLeastZero(part), over);
    over -= off;
    return atLeastZero(part) - off;
  });
  return kept as unknown as Parts;
}

function newSale(kind: Sale['kind'], original: Sale | undefined, answer: Expected): Sale {
  return {
    kind, state: 'declined', reversal: false, voucher: 0n, card: 0n, cash: 0n, takes: [], more: [], returned: [0n, 0n, 0n],
    pending: 0, price: undefined, ration: undefined, corrected: undefined, original, answer,
  }; // prettier-ignore
}

interface Split {
  readonly takes: Take[];
  readonly judged: Judged | undefined;
  readonly voucher: bigint;
  readonly limit: string | undefined;
  readonly checksPin: boolean;
}

/** One household and its credit, in plain TypeScript: what the ledger must answer and hold. */
export class HouseholdModel {
  readonly sales: Sale[] = [];
  readonly quotes: Quote[] = [];
  /** Rials of the 0420s that are queued. */
  readonly advices: bigint[] = [];
  /** What reversed returns should have taken again and could not, the oldest first. */
  readonly shortages: { readonly sale: Sale; rials: bigint }[] = [];
  readonly buckets: Bucket[];
  readonly #rules: Readonly<Record<Programme, Rules>>;
  readonly #members: bigint;
  /** By period: the bucket that ends first has it. */
  readonly #rationUsed = new Map<string, bigint>();

  /** @param buckets in the order in which they end */
  constructor(
    rules: Readonly<Record<Programme, Rules>>,
    members: number,
    buckets: readonly { programme: Programme; rials: bigint; from: string; to: string }[],
  ) {
    this.#rules = rules;
    this.#members = BigInt(members);
    this.buckets = buckets.map(({ programme, rials, from, to }) => {
      return { programme, amount: rials, from, to, open: rials, held: 0n, expired: 0n };
    });
  }

  left(today: string): bigint {
    return sum(this.#valid(today).map(({ open }) => open));
  }

  #valid(today: string): Bucket[] {
    return this.buckets.filter(({ from, to }) => from <= today && today <= to);
  }

  #split(asked: Asked): Split {
    const open = this.#valid(asked.today).filter((bucket) => bucket.open > 0n);
    const perMember = open[0] === undefined ? undefined : RATION.perMember[open[0].programme];
    const used = this.#rationUsed.get(this.#period(asked.today)) ?? 0n;
    const free = perMember === undefined ? undefined : atLeastZero(perMember * this.#members - used);
    const judged = asked.basket && judge(asked.basket, asked.guild, free);
    let want = judged === undefined ? asked.total : sum(judged.allowed);
    const minCardRials = most(open.map(({ programme }) => this.#rules[programme].minCardRials));
    if (asked.rest === 'card') want = least(want, atLeastZero(asked.total - minCardRials));
    const takes: Take[] = [];
    for (const bucket of open) {
      const rials = least(bucket.open, want);
      want -= rials;
      if (rials > 0n) takes.push({ bucket, rials, given: 0n });
    }
    const voucher = sum(takes.map(({ rials }) => rials));
    return { takes, judged, voucher, limit: this.#limit(takes, asked.today), checksPin: this.#checksPin(open) };
  }

  #checksPin(buckets: readonly Bucket[]): boolean {
    return buckets.some(({ programme }) => this.#rules[programme].pinCheck === 'issuer');
  }

  /** Of the credit that is spent first. */
  #period(today: string): string {
    const first = this.#valid(today).find(({ open }) => open > 0n);
    return first === undefined ? '' : `${first.programme} ${first.to}`;
  }

  #rationOf(judged: Judged | undefined, voucher: bigint, today: string): Ration | undefined {
    if (judged === undefined || voucher === 0n) return undefined;
    return { period: this.#period(today), judged, voucher };
  }

  #ration(ration: Ration | undefined, sign: 1n | -1n): void {
    if (ration === undefined) return;
    this.#takeRation(ration.period, sign * rationPaid(ration.judged, ration.voucher));
  }

  #takeRation(period: string, quantity: bigint): void {
    this.#rationUsed.set(period, atLeastZero((this.#rationUsed.get(period) ?? 0n) + quantity));
  }

  /** The ration of what stands of a purchase: the voucher that it keeps, and what the bank is asked to give back. */
  #standing(sale: Sale): bigint {
    if (sale.ration === undefined || sale.state === 'reversed' || sale.state === 'declined') return 0n;
    const asking = this.sales.filter(({ original, state }) => original === sale && state === 'held');
    return rationPaid(sale.ration.judged, keptOf(sale)[0] + sum(asking.map(({ voucher }) => voucher)));
  }

  #limit(takes: readonly Take[], today: string): string | undefined {
    for (const programme of PROGRAMMES) {
      const rials = sum(of(programme, takes).map((take) => take.rials));
      const limit = rials > 0n ? this.#limitOf(programme, rials, today) : undefined;
      if (limit !== undefined) return limit;
    }
    return undefined;
  }

  #limitOf(programme: Programme, voucher: bigint, today: string): string | undefined {
    const { maxPurchaseRials, maxDayRials, maxDayPurchases, maxPeriodRials } = this.#rules[programme];
    const counted = [
      ...this.sales.filter(({ kind, state }) => kind === 'purchase' && (state === 'held' || state === 'approved')),
      ...this.quotes.filter(({ state }) => state === 'held'),
    ]
      .map((one) => of(programme, 'more' in one ? [...one.takes, ...one.more] : one.takes))
      .filter((takes) => takes.length > 0);
    const taken = sum(counted.flat().map(({ rials, given }) => rials - given));
    if (maxPurchaseRials !== null && voucher > maxPurchaseRials) return '61';
    if (maxDayRials !== null && taken + voucher > maxDayRials) return '61';
    if (maxDayPurchases !== null && counted.length >= maxDayPurchases) return '65';
    const valid = this.#valid(today).filter((bucket) => bucket.programme === programme);
    const used = sum(valid.map(({ amount, open, expired }) => amount - open - expired));
    return maxPeriodRials !== null && used + voucher > maxPeriodRials ? '61' : undefined;
  }

  #declined(rc: string): Expected {
    return { kind: 'declined', rc, voucher: 0n, card: 0n, cash: 0n, left: 0n, lines: undefined };
  }

  /** Takes credit out of what is open: held, or spent at once. */
  #hold(takes: readonly Take[], sign: 1n | -1n, held: boolean): void {
    for (const { bucket, rials } of takes) {
      bucket.open -= sign * rials;
      if (held) bucket.held += sign * rials;
    }
  }

  purchase(asked: Asked, quote: Quote | undefined): Sale {
    const sale = newSale('purchase', undefined, this.#declined('00'));
    this.sales.push(sale);
    let lines: readonly LineVerdict[] | undefined;
    let checksPin: boolean;
    if (quote !== undefined) {
      const good = quote.state === 'held' && quote.expiresAt > asked.at && quote.guild === asked.guild;
      if (!good || quote.total !== asked.total) {
        sale.answer = this.#declined('25');
        return sale;
      }
      this.#endQuote(quote);
      if (quote.takes.length === 0 && asked.rest === 'cash') {
        sale.answer = this.#declined('51');
        return sale;
      }
      [sale.takes, sale.ration, lines] = [quote.takes, quote.ration, quote.lines];
      checksPin = this.#checksPin(quote.takes.map(({ bucket }) => bucket));
    } else {
      let split = this.#split(asked);
      const short = split.limit !== undefined || split.voucher < asked.total;
      if (short && this.#yieldReservations(asked.terminal)) split = this.#split(asked);
      if (split.limit !== undefined || (split.voucher === 0n && asked.rest === 'cash')) {
        sale.answer = this.#declined(split.limit ?? '51');
        return sale;
      }
      sale.takes = split.takes;
      sale.ration = this.#rationOf(split.judged, split.voucher, asked.today);
      lines = split.judged && linesOf(split.judged, split.voucher);
      checksPin = split.checksPin;
    }
    sale.voucher = sum(sale.takes.map(({ rials }) => rials));
    sale[asked.rest] = asked.total - sale.voucher;
    const asksBank = sale.card > 0n || checksPin;
    sale.state = asksBank ? 'held' : 'approved';
    this.#hold(sale.takes, 1n, asksBank);
    this.#ration(sale.ration, 1n);
    const { voucher, card, cash } = sale;
    const kind = asksBank ? 'held' : 'approved';
    sale.answer = { kind, rc: cash > 0n ? '10' : '00', voucher, card, cash, left: this.left(asked.today), lines };
    return sale;
  }

  quote(asked: Asked, reserve: boolean): { answer: Expected; quote: Quote | undefined } {
    if (reserve) {
      const lately = this.quotes.filter(({ expiresAt }) => expiresAt > asked.at + 120_000 - 600_000);
      if (lately.length >= 6) return { answer: this.#declined('65'), quote: undefined };
      this.#yieldReservations(asked.terminal);
    }
    const { takes, judged, voucher, limit } = this.#split(asked);
    if (limit !== undefined) return { answer: this.#declined(limit), quote: undefined };
    const left = this.left(asked.today) - voucher;
    const lines = judged && linesOf(judged, voucher);
    const answer: Expected = {
      kind: 'approved',
      rc: '00',
      voucher,
      card: asked.total - voucher,
      cash: 0n,
      left,
      lines,
    };
    if (!reserve) return { answer, quote: undefined };
    const ration = this.#rationOf(judged, voucher, asked.today);
    const expiresAt = asked.at + 120_000;
    const quote: Quote = {
      state: 'held',
      expiresAt,
      total: asked.total,
      guild: asked.guild,
      terminal: asked.terminal,
      takes,
      ration,
      lines,
    };
    this.#hold(takes, 1n, true);
    this.#ration(ration, 1n);
    this.quotes.push(quote);
    return { answer, quote };
  }

  /** A reservation needs no PIN: it yields to what another terminal sells or reserves. */
  #yieldReservations(by: string): boolean {
    const held = this.quotes.filter(({ state, terminal }) => state === 'held' && terminal !== by);
    for (const quote of held) this.#endQuote(quote);
    return held.length > 0;
  }

  #endQuote(quote: Quote): void {
    quote.state = 'ended';
    this.#hold(quote.takes, -1n, true);
    this.#ration(quote.ration, -1n);
  }

  release(quote: Quote, today: string): Expected {
    if (quote.state === 'held') this.#endQuote(quote);
    return { ...this.#declined('00'), kind: 'approved', left: this.left(today) };
  }

  complete(sale: Sale, leg: LegResult): Expected {
    if (sale.state !== 'held') return sale.answer;
    const gone = sale.original?.state === 'reversed';
    const approved = gone || (leg.kind === 'approved' && !sale.reversal);
    if ((leg.kind === 'doubt' || (leg.kind === 'approved' && !approved)) && sale.card > 0n)
      this.advices.push(sale.card);
    if (gone && leg.kind !== 'approved') this.advices.push(sale.card);
    const { original } = sale;
    if (original !== undefined) {
      this.#changed(original, () => {
        this.#endReturn(sale, original, approved);
        sale.state = approved ? 'approved' : 'declined';
      });
    }
    if (approved) {
      sale.state = 'approved';
      if (sale.kind === 'purchase') for (const { bucket, rials } of sale.takes) bucket.held -= rials;
      sale.answer = { ...sale.answer, kind: 'done', rc: sale.kind === 'purchase' && sale.cash > 0n ? '10' : '00' };
      return sale.answer;
    }
    sale.state = sale.reversal ? 'reversed' : 'declined';
    if (sale.kind === 'purchase') {
      this.#hold(sale.takes, -1n, true);
      this.#ration(sale.ration, -1n);
    }
    [sale.takes, sale.voucher, sale.card, sale.cash] = [[], 0n, 0n, 0n];
    sale.answer = { ...this.#declined(leg.kind === 'approved' ? '68' : leg.rc), kind: 'done' };
    return sale.answer;
  }

  /** What a change of a purchase does to its rations. */
  #changed(sale: Sale, change: () => void): void {
    const before = this.#standing(sale);
    change();
    if (sale.ration !== undefined) this.#takeRation(sale.ration.period, this.#standing(sale) - before);
  }

  #endReturn(sale: Sale, original: Sale, approved: boolean): void {
    original.pending--;
    if (approved) for (const { bucket, rials } of this.#release(original, sale.voucher)) bucket.open += rials;
    else original.returned = plus(original.returned, partsOf(sale), -1n);
  }

  /** What goes back with this much of the voucher: nothing for what was never taken again, then the last taken first.
   *  @param preview only asks */
  #release(sale: Sale, amount: bigint, preview = false): Take[] {
    let wanted = amount;
    for (const shortage of this.shortages.toReversed()) {
      if (shortage.sale !== sale) continue;
      const part = least(shortage.rials, wanted);
      wanted -= part;
      if (!preview) shortage.rials -= part;
    }
    const back: Take[] = [];
    for (const take of [...sale.more.toReversed(), ...sale.takes.toReversed()]) {
      const rials = least(take.rials - take.given, wanted);
      wanted -= rials;
      if (!preview) take.given += rials;
      if (rials > 0n) back.push({ bucket: take.bucket, rials, given: 0n });
    }
    return back;
  }

  /** Takes credit again: of its own buckets, also what ended there, then of what may be spent.
   *  @returns what is not to be had */
  #takeAgain(sale: Sale, amount: bigint, today: string): bigint {
    let wanted = amount;
    for (const take of sale.takes) {
      const rials = least(least(take.given, wanted), take.bucket.open + take.bucket.expired);
      const ended = atLeastZero(rials - take.bucket.open);
      take.bucket.open -= rials - ended;
      take.bucket.expired -= ended;
      take.given -= rials;
      wanted -= rials;
    }
    for (const bucket of this.#valid(today)) {
      const rials = least(bucket.open, wanted);
      bucket.open -= rials;
      wanted -= rials;
      if (rials === 0n) continue;
      const before = sale.more.find((take) => take.bucket === bucket);
      if (before === undefined) sale.more.push({ bucket, rials, given: 0n });
      else before.given -= rials;
    }
    return wanted;
  }

  /** Credit that came back goes to what is short first, before and after each request.
   *  @returns whether any did */
  recover(today: string): boolean {
    let any = false;
    for (const shortage of this.shortages) {
      if (shortage.rials === 0n) continue;
      const left = this.#takeAgain(shortage.sale, shortage.rials, today);
      any ||= left < shortage.rials;
      shortage.rials = left;
    }
    return any;
  }

  return(original: Sale, total: bigint, today: string): Sale {
    const sale = newSale('return', original, this.#declined('25'));
    this.sales.push(sale);
    if (original.kind !== 'purchase' || original.state !== 'approved') return sale;
    const kept = keptOf(original);
    if (total > sum(kept)) {
      sale.answer = this.#declined('61');
      return sale;
    }
    const voucher = least(total, kept[0]);
    const card = least(total - voucher, kept[1]);
    const cash = total - voucher - card;
    this.#changed(original, () => {
      Object.assign(sale, { voucher, card, cash, state: card > 0n ? 'held' : 'approved' });
      const back = this.#release(original, voucher, card > 0n);
      original.returned = plus(original.returned, [voucher, card, cash]);
      const spendable = sum(
        back.filter(({ bucket }) => bucket.from <= today && today <= bucket.to).map(({ rials }) => rials),
      );
      const left = this.left(today) + spendable;
      sale.answer = { kind: card > 0n ? 'held' : 'approved', rc: '00', voucher, card, cash, left, lines: undefined };
      if (card > 0n) original.pending++;
      else for (const { bucket, rials } of back) bucket.open += rials;
    });
    return sale;
  }

  /** @param corrected the total of DE 95, 0n for a whole reversal
   *  @returns the credit left */
  reverse(sale: Sale, corrected: bigint, today: string): bigint {
    if (sale.state === 'held' && corrected > 0n) sale.corrected = least(corrected, sale.corrected ?? corrected);
    else if (sale.state === 'held') sale.reversal = true;
    else if (sale.state === 'approved' && sale.kind === 'return') this.#reverseReturn(sale, corrected, today);
    else if (sale.state === 'approved') this.#reversePurchase(sale, corrected);
    return this.left(today);
  }

  #reversePurchase(sale: Sale, wanted: bigint): void {
    const corrected = least(wanted, sale.corrected ?? wanted);
    if (corrected > 0n && sale.pending > 0) {
      sale.corrected = corrected;
      return;
    }
    sale.corrected = undefined;
    const before = keptOf(sale);
    this.#changed(sale, () => {
      if (corrected > 0n) sale.price = least(corrected, sale.price ?? corrected);
      else sale.state = 'reversed';
    });
    const [voucher, card] = plus(before, keptOf(sale), -1n);
    for (const { bucket, rials } of this.#release(sale, voucher)) bucket.open += rials;
    if (card > 0n) this.advices.push(card);
  }

  /** What cannot be taken again is a shortage. */
  #reverseReturn(sale: Sale, wanted: bigint, today: string): void {
    const corrected = least(least(wanted, sale.corrected ?? wanted), sale.price ?? wanted);
    sale.corrected = undefined;
    const original = sale.original!;
    const again = plus(partsOf(sale), priced(partsOf(sale), corrected), -1n);
    const before = keptOf(original);
    this.#changed(original, () => {
      original.returned = plus(original.returned, plus(again, sale.returned, -1n), -1n);
    });
    const [voucher, card] = plus(keptOf(original), before, -1n);
    const short = this.#takeAgain(original, voucher, today);
    if (short > 0n) this.shortages.push({ sale: original, rials: short });
    if (card > 0n) this.advices.push(card);
    sale.returned = again;
    if (corrected > 0n) sale.price = corrected;
    else sale.state = 'reversed';
  }

  expire(now: number, today: string): void {
    for (const quote of this.quotes) if (quote.state === 'held' && quote.expiresAt <= now) this.#endQuote(quote);
    for (const sale of this.sales) {
      if (sale.state !== 'approved' || sale.corrected === undefined || sale.pending > 0) continue;
      this.recover(today);
      this.reverse(sale, sale.corrected, today);
      this.recover(today);
    }
    for (const bucket of this.buckets) {
      if (bucket.to >= today) continue;
      bucket.expired += bucket.open;
      bucket.open = 0n;
    }
  }
}
