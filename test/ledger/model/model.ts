import type { LegResult, LineVerdict } from '../../../src/ledger/index.ts';
import { judge, linesOf, RATION, type Judged } from './basket.ts';
import { PROGRAMMES } from './types.ts';
import type { Asked, Bucket, Expected, Programme, Quote, Ration, Rules, Sale, Take } from './types.ts';

const sum = (amounts: readonly bigint[]): bigint => amounts.reduce((all, one) => all + one, 0n);
const least = (a: bigint, b: bigint): bigint => (a < b ? a : b);
const most = (amounts: readonly bigint[]): bigint => amounts.reduce((a, b) => (a > b ? a : b), 0n);
const of = (programme: Programme, takes: readonly Take[]): Take[] =>
  takes.filter(({ bucket }) => bucket.programme === programme);
const atLeastZero = (a: bigint): bigint => (a < 0n ? 0n : a);

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
    return { period: this.#period(today), quantity: judged.ration };
  }

  #ration(ration: Ration | undefined, sign: 1n | -1n): void {
    if (ration === undefined) return;
    const used = this.#rationUsed.get(ration.period) ?? 0n;
    this.#rationUsed.set(ration.period, atLeastZero(used + sign * ration.quantity));
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
      .map(({ takes }) => of(programme, takes))
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
    const sale: Sale = {
      kind: 'purchase', state: 'declined', reversal: false, voucher: 0n, card: 0n, cash: 0n, givenCard: 0n, givenCash: 0n,
      takes: [], ration: undefined, corrected: undefined, original: undefined, answer: this.#declined('00'),
    }; // prettier-ignore
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
      const split = this.#split(asked);
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
    const quote: Quote = { state: 'held', expiresAt, total: asked.total, guild: asked.guild, takes, ration, lines };
    this.#hold(takes, 1n, true);
    this.#ration(ration, 1n);
    this.quotes.push(quote);
    return { answer, quote };
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
    if (approved) {
      sale.state = 'approved';
      if (sale.kind === 'purchase') for (const { bucket, rials } of sale.takes) bucket.held -= rials;
      else {
        for (const { bucket, rials } of sale.takes) bucket.open += rials;
        this.#ration(sale.ration, -1n);
      }
      sale.answer = { ...sale.answer, kind: 'done', rc: sale.kind === 'purchase' && sale.cash > 0n ? '10' : '00' };
      return sale.answer;
    }
    sale.state = sale.reversal ? 'reversed' : 'declined';
    if (sale.kind === 'purchase') this.#hold(sale.takes, -1n, true);
    else this.#unreturn(sale, sale.takes.map(({ rials }) => rials)); // prettier-ignore
    if (sale.kind === 'purchase') this.#ration(sale.ration, -1n);
    [sale.takes, sale.voucher, sale.card, sale.cash] = [[], 0n, 0n, 0n];
    sale.answer = { ...this.#declined(leg.kind === 'approved' ? '68' : leg.rc), kind: 'done' };
    return sale.answer;
  }

  /** A return that did not come to be: its purchase has given back less. */
  #unreturn(sale: Sale, rials: readonly bigint[]): void {
    const original = sale.original!;
    sale.takes.forEach(({ bucket }, index) => {
      original.takes.find((take) => take.bucket === bucket)!.given -= rials[index]!;
    });
    original.givenCard -= sale.card;
    original.givenCash -= sale.cash;
    original.ration ??= sale.ration;
  }

  /** The last of the takes first. */
  #unwind(sale: Sale, amount: bigint): Take[] {
    let wanted = amount;
    const back: Take[] = [];
    for (const take of sale.takes.toReversed()) {
      const rials = least(take.rials - take.given, wanted);
      if (rials <= 0n) continue;
      wanted -= rials;
      take.given += rials;
      back.push({ bucket: take.bucket, rials, given: 0n });
    }
    return back;
  }

  return(original: Sale, total: bigint, today: string): Sale {
    const refused = (rc: string): Sale => ({
      kind: 'return', state: 'declined', reversal: false, voucher: 0n, card: 0n, cash: 0n, givenCard: 0n, givenCash: 0n,
      takes: [], ration: undefined, corrected: undefined, original, answer: this.#declined(rc),
    }); // prettier-ignore
    const sale = refused('25');
    this.sales.push(sale);
    if (original.kind !== 'purchase' || original.state !== 'approved') return sale;
    const givenVoucher = sum(original.takes.map(({ given }) => given));
    const given = givenVoucher + original.givenCard + original.givenCash;
    if (total > original.voucher + original.card + original.cash - given) {
      sale.answer = this.#declined('61');
      return sale;
    }
    const voucher = least(total, original.voucher - givenVoucher);
    const card = least(total - voucher, original.card - original.givenCard);
    const cash = total - voucher - card;
    Object.assign(sale, {
      voucher,
      card,
      cash,
      takes: this.#unwind(original, voucher),
      state: card > 0n ? 'held' : 'approved',
    });
    original.givenCard += card;
    original.givenCash += cash;
    if (given + total === original.voucher + original.card + original.cash) {
      [sale.ration, original.ration] = [original.ration, undefined]; // the last rial brings the rations back
    }
    const back = sum(
      sale.takes.filter(({ bucket }) => bucket.from <= today && today <= bucket.to).map(({ rials }) => rials),
    );
    sale.answer = { kind: card > 0n ? 'held' : 'approved', rc: '00', voucher, card, cash, left: this.left(today) + back, lines: undefined }; // prettier-ignore
    if (card > 0n) return sale;
    for (const take of sale.takes) take.bucket.open += take.rials;
    this.#ration(sale.ration, -1n);
    return sale;
  }

  /** @param corrected the total of DE 95, 0n for a whole reversal
   *  @returns the credit left */
  reverse(sale: Sale, corrected: bigint, today: string): bigint {
    if (sale.state === 'held' && sale.kind === 'purchase' && corrected > 0n) {
      sale.corrected = least(corrected, sale.corrected ?? corrected);
    } else if (sale.state === 'held') sale.reversal = true;
    else if (sale.state === 'approved' && sale.kind === 'return') this.#reverseReturn(sale);
    else if (sale.state === 'approved') this.#reversePurchase(sale, corrected);
    return this.left(today);
  }

  #reversePurchase(sale: Sale, wanted: bigint): void {
    const corrected = least(wanted, sale.corrected ?? wanted);
    sale.corrected = undefined;
    const keep = (part: bigint, before: bigint): bigint => least(part, atLeastZero(corrected - before));
    const givenVoucher = sum(sale.takes.map(({ given }) => given));
    const voucher = atLeastZero(sale.voucher - givenVoucher - keep(sale.voucher, 0n));
    const card = atLeastZero(sale.card - sale.givenCard - keep(sale.card, sale.voucher));
    const cash = atLeastZero(sale.cash - sale.givenCash - keep(sale.cash, sale.voucher + sale.card));
    for (const { bucket, rials } of this.#unwind(sale, voucher)) bucket.open += rials;
    sale.givenCard += card;
    sale.givenCash += cash;
    if (card > 0n) this.advices.push(card);
    if (corrected > 0n) return;
    sale.state = 'reversed';
    this.#ration(sale.ration, -1n);
  }

  /** What was spent meanwhile cannot be taken again: it stays given back, and the loss stands in suspense. */
  #reverseReturn(sale: Sale): void {
    const again = sale.takes.map(({ bucket, rials }) => least(bucket.open, rials));
    sale.takes.forEach(({ bucket }, index) => (bucket.open -= again[index]!));
    this.#unreturn(sale, again);
    this.#ration(sale.ration, 1n);
    if (sale.card > 0n) this.advices.push(sale.card);
    sale.state = 'reversed';
  }

  expire(now: number, today: string): void {
    for (const quote of this.quotes) if (quote.state === 'held' && quote.expiresAt <= now) this.#endQuote(quote);
    for (const sale of this.sales) {
      if (sale.state === 'approved' && sale.corrected !== undefined) this.#reversePurchase(sale, sale.corrected);
    }
    for (const bucket of this.buckets) {
      if (bucket.to >= today) continue;
      bucket.expired += bucket.open;
      bucket.open = 0n;
    }
  }
}
