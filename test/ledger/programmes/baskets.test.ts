import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type pg from 'pg';
import {
  applyProgrammes,
  collectPrices,
  decideBasket,
  listBaskets,
  listPrices,
  priceOutliers,
  priceSpreads,
  proposeBaskets,
  showProgrammes,
  verifyLedger,
  whatIf,
  type BasketLine,
} from '../../../src/ledger/index.ts';
import { systemClock, tehran } from '../../../src/ops/clock.ts';
import { onBusinessDay, shiftDatabaseClock } from '../../support/clock.ts';
import {
  addHousehold,
  addProgramme,
  header,
  outcome,
  purchaseRequest,
  quoteRequest,
  returnRequest,
  reversalRequest,
  TERMINALS,
} from '../model/world.ts';
import { DAY, FREE, openTestLedger, SHOP, type OpenLedger, type TestLedger } from '../support/books.ts';
import { keptOf, PlainHousehold, type PlainItem, type PlainRules } from './goods.ts';

const NOW = systemClock.now();
const BUTCHER = TERMINALS[2];
const day = (days: number): string => tehran(NOW + days * DAY).isoDate;
const FROM = day(-30);

const [OIL, OIL_BIG, RICE, EGGS] = ['6260000000017', '6260000000024', '6260000000031', '6260000000048'];
const UNKNOWN = '6269999999999';
const OTHER = '0000000000001'; // of category 01, which has a ration of 1,500 a member

let books: TestLedger;
let pool: pg.Pool;
let ledger: OpenLedger;

beforeAll(async () => {
  books = await openTestLedger({ aheadDays: 4 });
  ({ pool, ledger } = books);
  await pool.query(
    `insert into goods (code, category, name_fa, unit, valid_from)
     select code, '06', name, unit, '2020-03-20' from unnest($1::text[], $2::text[], $3::text[]) as u (code, name, unit)`,
    [
      [OIL, OIL_BIG, RICE, EGGS],
      ['روغن آفتابگردان', 'روغن ذرت', 'برنج', 'تخم‌مرغ'],
      ['00', '00', '01', '00'],
    ],
  );
  await pool.query(`insert into guild_goods values ('supermarket', '06'), ('butcher', '06')`);
  await addProgramme(pool, 'basics', FREE);
});
afterAll(() => books.close());

/** Goods pay by this from a day on that is long over: proposed and approved before it. */
async function says(basket: object | undefined, programme = 'test'): Promise<void> {
  await shiftDatabaseClock(pool, -40 * DAY);
  const text = JSON.stringify({
    programmes: [{ programme, baskets: basket === undefined ? [] : [{ from: FROM, ...basket }] }],
  });
  const proposed = await proposeBaskets(pool, text, { reason: 'as a circular says', by: 'maker' }).catch(
    (error: unknown) => {
      if ((error as { code?: string }).code !== 'basket.same') throw error;
      return [];
    },
  );
  for (const { id } of proposed) await decideBasket(pool, id, 'approved', 'checker');
  await shiftDatabaseClock(pool, 4 * DAY);
}

const line = (goods: string, quantity: number, rials: bigint, unit: BasketLine['unit'] = '00'): BasketLine => ({
  ...{ goods, quantity, unit },
  amountRials: rials,
});

const total = (lines: readonly BasketLine[]): bigint => lines.reduce((sum, { amountRials }) => sum + amountRials, 0n);

async function home(rials = 1_000_000n, members = 2) {
  return addHousehold(pool, members, [{ rials, from: day(-9), to: day(9) }]);
}

async function buy(card: Buffer, lines: readonly BasketLine[], till = SHOP as (typeof TERMINALS)[number]) {
  const head = header(till, card, NOW);
  const decision = await ledger.purchase(purchaseRequest(head, total(lines), 'cash', lines));
  return { head, ...outcome(decision) };
}

/** What each line is told, and what the voucher pays of it. */
async function told(lines: readonly BasketLine[], till?: (typeof TERMINALS)[number], rials?: bigint): Promise<unknown> {
  const { cards } = await home(rials);
  const { rc, reason, lines: verdicts, good } = await buy(cards[0]!, lines, till);
  if (verdicts === undefined) return [rc, reason, ...(good === undefined ? [] : [good.nameFa])];
  return verdicts.map(({ verdict, voucherRials }) => `${verdict} ${voucherRials}`);
}

const used = async (household: string): Promise<Record<string, string>> => {
  const { rows } = await pool.query<{ key: string; quantity: string }>(
    `select category as key, quantity from entitlement_uses where household_id = $1 and quantity > 0`,
    [household],
  );
  return Object.fromEntries(rows.map(({ key, quantity }) => [key, quantity]));
};

const oils = {
  item: 'oil',
  nameFa: 'روغن',
  unit: '01',
  goods: [
    { good: OIL, each: 810 },
    { good: OIL_BIG, each: 1_350 },
  ],
};

describe('a line of a programme with a basket', () => {
  const rows: [what: string, basket: object, lines: BasketLine[], verdicts: unknown][] = [
    ['a good of no item, free', { items: [{ ...oils, perPerson: 810 }] }, [line(RICE, 500, 90n, '01')], ['00 90']],
    ['a good of no item, fixed', { method: 'fixed', items: [oils] }, [line(RICE, 500, 90n, '01'), line(OIL, 1, 70n)], ['01 0', '00 70']],
    ['a fixed price', { items: [{ ...oils, priceRials: 1_000_000 }] }, [line(OIL, 1, 900_000n)], ['02 810000']],
    ['the part that the customer adds', { items: [{ ...oils, priceRials: 1_000_000, voucherRials: 600_000 }] }, [line(OIL, 1, 810_000n)], ['02 486000']],
    ['below the price: the voucher pays its part first', { items: [{ ...oils, priceRials: 1_000_000, voucherRials: 600_000 }] }, [line(OIL, 1, 480_000n)], ['00 480000']],
    ['a cap without a price', { items: [{ item: 'eggs', nameFa: 'تخم‌مرغ', unit: '00', goods: [{ good: EGGS }], voucherRials: 5 }] }, [line(EGGS, 30, 200n)], ['02 150']],
    ['above the price, refused', { items: [{ ...oils, priceRials: 1_000_000, overPrice: 'refuse' }] }, [line(RICE, 5, 5n, '01'), line(OIL, 1, 810_001n)], ['61', 'goods.price', 'روغن آفتابگردان']],
    ['at the price, not refused', { items: [{ ...oils, priceRials: 1_000_000, overPrice: 'refuse' }] }, [line(OIL, 1, 810_000n)], ['00 810000']],
    ['above the quantity: its share', { items: [{ ...oils, perPerson: 810 }] }, [line(OIL, 3, 300n)], ['03 200']],
    ['above the quantity, refused', { items: [{ ...oils, perPerson: 810, overQuantity: 'refuse' }] }, [line(OIL, 3, 300n)], ['61', 'goods.quantity', 'روغن آفتابگردان']],
    ['alternatives share one ration', { items: [{ ...oils, perPerson: 1_080 }] }, [line(OIL_BIG, 1, 135n), line(OIL, 1, 81n)], ['00 135', '00 81']],
    ['alternatives share one ration, and no more', { items: [{ ...oils, perPerson: 1_000 }] }, [line(OIL_BIG, 1, 135n), line(OIL, 1, 81n)], ['00 135', '03 65']],
    ['a bound of one purchase', { items: [{ ...oils, perPurchase: 1_620 }] }, [line(OIL, 1, 10n), line(OIL, 2, 20n)], ['00 10', '03 10']],
    ['a category', { items: [{ item: 'six', nameFa: 'گروه', unit: '00', categories: ['06'], perPerson: 1 }] }, [line(OIL, 2, 20n), line(EGGS, 1, 9n)], ['00 20', '03 0']],
    ['a good of a category that has an item of its own', { items: [{ item: 'six', nameFa: 'گروه', unit: '00', categories: ['06'], perPerson: 1 }, { item: 'eggs', nameFa: 'تخم‌مرغ', goods: [{ good: EGGS }] }] }, [line(EGGS, 30, 9n)], ['00 9']],
    ['another unit', { items: [{ ...oils, perPerson: 1 }] }, [line(OIL, 1, 9n, '02')], ['01 0']],
    ['a weight of a good that is priced by the piece', { items: [{ item: 'rice', nameFa: 'برنج', unit: '00', goods: [{ good: RICE }], priceRials: 9 }] }, [line(RICE, 1, 9n, '01')], ['01 0']],
    ['a category that has a ration beside the basket', { items: [oils] }, [line(OTHER, 4_000, 400n)], ['03 300']],
  ]; // prettier-ignore
  test.each(rows)('%s', async (_, basket, lines, verdicts) => {
    await says(basket);
    const shown = await told(lines);
    // what is paid to nothing is refused whole
    if (Array.isArray(verdicts) && verdicts.every((each) => String(each).endsWith(' 0')))
      expect(shown).toEqual(['51', 'credit.none']);
    else expect(shown).toEqual(verdicts);
  });

  test('a guild sells what the basket of the programme says, by good or by category', async () => {
    await says({ items: [], guilds: { supermarket: ['06'], butcher: [EGGS] } });
    const lines = [line(OIL, 1, 10n), line(EGGS, 1, 5n), line(OTHER, 1, 3n)];
    expect(await told(lines)).toEqual(['00 10', '00 5', '04 0']);
    expect(await told(lines, BUTCHER)).toEqual(['04 0', '00 5', '04 0']);
    await says({ items: [] });
    expect(await told(lines, BUTCHER)).toEqual(['00 10', '00 5', '00 3']);
  });

  test('a purchase that does not say its goods is paid, or refused where the basket says so; a question never is', async () => {
    await says({ items: [], withoutList: 'refuse' });
    const { cards } = await home();
    const asked = await ledger.purchase(purchaseRequest(header(SHOP, cards[0]!, NOW), 5n, 'card'));
    expect(outcome(asked)).toMatchObject({ rc: '40', reason: 'goods.list-missing' });
    const balance = await ledger.quote(quoteRequest(header(SHOP, cards[0]!, NOW), 0n, 'card', undefined, false));
    expect(outcome(balance)).toMatchObject({ rc: '00', creditLeftRials: 1_000_000n });
    await says({ items: [] });
    const again = await ledger.purchase(purchaseRequest(header(SHOP, cards[0]!, NOW), 5n, 'cash'));
    expect(outcome(again)).toMatchObject({ rc: '00', voucherRials: 5n });
  });

  test('each programme pays by its own basket: what a fixed one does not know, a free one pays', async () => {
    await says({ method: 'fixed', withoutList: 'refuse', items: [{ ...oils, perPerson: 405 }] });
    const { id, cards } = await addHousehold(pool, 2, [
      { programme: 'test', rials: 50n, from: day(-9), to: day(2) },
      { programme: 'basics', rials: 500n, from: day(-9), to: day(9) },
    ]);
    const basket = [line(RICE, 100, 40n, '01'), line(OIL, 2, 200n)];
    const sale = await buy(cards[0]!, basket);
    // the oil: 50 by the fixed one, whose ration would pay 100 of it; the rest, and the rice, by the other
    expect(sale.lines).toEqual([
      { verdict: '00', voucherRials: 40n },
      { verdict: '00', voucherRials: 200n },
    ]);
    expect(await used(id)).toEqual({ oil: '405' });
    await ledger.return(returnRequest(header(SHOP, cards[0]!, NOW), 215n, sale.rrn));
    expect(await used(id)).toEqual({ oil: '203' }); // 25 of the 100 that the ration of 810 g could pay
    const plain = await ledger.purchase(purchaseRequest(header(SHOP, cards[0]!, NOW), 700n, 'cash'));
    expect(outcome(plain)).toMatchObject({ rc: '10', voucherRials: 500n, creditLeftRials: 25n });
    await says({ items: [] });
  });

  test('what comes at once is judged each by its own list, home and shop, and takes its own rations', async () => {
    await says({
      method: 'fixed',
      items: [{ ...oils, perPerson: 405, overQuantity: 'refuse' }],
      guilds: { supermarket: ['06'] },
    });
    const homes = await Promise.all(Array.from({ length: 12 }, (_, i) => home(1_000n * BigInt(i + 1), 2)));
    const lines = (i: number): BasketLine[] | undefined =>
      [
        undefined,
        [line(OIL, 1, BigInt(10 + i))],
        [line(OIL, 2, 5n)],
        [line(RICE, 9, 2n, '01'), line(OIL, 1, BigInt(i))],
      ][i % 4];
    const at = (i: number) => header(i === 5 ? BUTCHER : SHOP, homes[i]!.cards[0]!, NOW);
    const said = await Promise.all(
      homes.map(async (_, i) => {
        const list = lines(i);
        const rials = list === undefined ? 7n : i === 9 ? 1n : total(list);
        return outcome(await ledger.purchase(purchaseRequest(at(i), rials, 'cash', list)));
      }),
    );
    const told = said.map(({ rc, reason, voucherRials, creditLeftRials }) =>
      rc === '61' || rc === '40' || rc === '51' ? `${rc} ${reason}` : `${rc} ${voucherRials} ${creditLeftRials}`,
    );
    expect(told).toEqual([
      ...['00 7 993', '00 11 1989', '61 goods.quantity', '10 3 3997'],
      ...['00 7 4993', '51 credit.none', '61 goods.quantity', '10 7 7993'],
      ...['00 7 8993', '40 basket.sum', '61 goods.quantity', '10 11 11989'],
    ]);
    const taken = await Promise.all(homes.map(async ({ id }) => (await used(id)).oil));
    expect(taken.map((each) => each ?? '-').join(' ')).toBe('- 810 - 810 - - - 810 - - - 810');
    await says({ items: [] });
  });

  test('what is reserved has its ration, and gives it back', async () => {
    await says({ items: [{ ...oils, perPerson: 810 }], observePrices: true });
    const { id, cards } = await home();
    const basket = [line(OIL, 1, 100n)];
    const asked = outcome(await ledger.quote(quoteRequest(header(SHOP, cards[0]!, NOW), 100n, 'card', basket, true)));
    expect(await used(id)).toEqual({ oil: '810' });
    await ledger.releaseQuote({ ...header(SHOP, cards[0]!, NOW), quoteRef: asked.quoteRef! });
    expect(await used(id)).toEqual({});
    const kept = outcome(await ledger.quote(quoteRequest(header(SHOP, cards[0]!, NOW), 100n, 'card', basket, true)));
    await ledger.purchase(purchaseRequest(header(SHOP, cards[0]!, NOW), 100n, 'card', undefined, kept.quoteRef));
    expect(await used(id)).toEqual({ oil: '810' });
    const { rows } = await pool.query('select lines from transactions where household_id = $1 and kind = $2', [
      id,
      'purchase',
    ]);
    expect(rows).toEqual([{ lines: [[OIL, '00', 1, '100']] }]);
    await says({ items: [] });
  });

  test('what-if says which good it is, and nothing is kept', async () => {
    await says({ items: [{ ...oils, priceRials: 1_000, overPrice: 'refuse' }] });
    const { id } = await home();
    const verdict = await whatIf(pool, { household: id, totalRials: 9_000n, rest: 'cash', basket: [line(OIL, 1, 9_000n)] }, NOW); // prettier-ignore
    expect(verdict).toMatchObject({ verdict: 'declined', rc: '61', reason: 'goods.price', good: { code: OIL, nameFa: 'روغن آفتابگردان' } }); // prettier-ignore
    expect(verdict.lines).toMatchObject([{ verdict: '02', voucherRials: 0n, why: [{ code: 'line.fixed-price' }] }]);
    await says({ items: [] });
  });
});

describe('what-if of a basket: what the voucher pays of each line, and why not the rest', () => {
  const free = { items: [{ ...oils, perPerson: 810, perPurchase: 2_000 }] };
  const fixed = {
    method: 'fixed',
    items: [{ ...oils, priceRials: 1_000_000, voucherRials: 600_000, perPerson: 1_350 }],
  };
  const refusing = { items: [{ ...oils, perPerson: 405, overQuantity: 'refuse' }] };
  const rows: [what: string, basket: object, lines: BasketLine[], expected: string[]][] = [
    ['free: a good of no item is paid whole', free, [line(RICE, 500, 90n, '01')], ['00 90 +0']],
    ['free: above the ration', free, [line(OIL, 3, 300n)], ['03 200 +100 line.quantity-of-purchase line.quantity']],
    ['free: alternatives share it', free, [line(OIL_BIG, 1, 135n), line(OIL, 1, 81n)], ['00 135 +0', '03 27 +54 line.quantity']],
    ['free: one that is nowhere', free, [line(UNKNOWN, 1, 5n), line(OIL, 1, 81n)], ['01 0 +5 line.unknown', '00 81 +0']],
    ['free: another unit', free, [line(RICE, 1, 5n, '00'), line(OIL, 1, 81n)], ['01 0 +5 line.unit', '00 81 +0']],
    ['fixed: a good of no item', fixed, [line(RICE, 500, 90n, '01'), line(OIL, 1, 70n)], ['01 0 +90 line.not-in-basket', '00 70 +0']],
    ['fixed: the customer’s part of the price', fixed, [line(OIL, 1, 810_000n)], ['02 486000 +324000 line.customer-part']],
    ['fixed: above the price too', fixed, [line(OIL, 1, 900_000n)], ['02 486000 +414000 line.fixed-price line.customer-part']],
    ['fixed: no credit for all of it', fixed, [line(OIL, 1, 480_000n), line(OIL_BIG, 1, 810_000n)], ['00 480000 +0', '00 520000 +290000 line.credit']],
    ['a purchase that a good stops', refusing, [line(RICE, 5, 5n, '01'), line(OIL, 2, 20n)], ['00 0 +5 line.refused', '03 0 +20 line.quantity']],
    ['nothing that the voucher pays', fixed, [line(UNKNOWN, 1, 5n)], ['01 0 +5 line.unknown']],
  ]; // prettier-ignore
  test.each(rows)('%s', async (_, basket, lines, expected) => {
    await says(basket);
    const { id } = await home();
    const asked = { household: id, totalRials: total(lines), rest: 'cash' as const, basket: lines, terminal: SHOP.terminal };
    const { lines: told, voucherRials } = await whatIf(pool, asked, NOW);
    expect(told.map((each) => [`${each.verdict} ${each.voucherRials} +${each.customerRials}`, ...each.why.map(({ code }) => code)].join(' '))).toEqual(expected);
    expect(told.reduce((sum, each) => sum + each.voucherRials, 0n)).toBe(voucherRials);
    for (const { why } of told) for (const { code, fa, en } of why) expect([fa, en]).not.toContain(code);
    await says({ items: [] });
  }); // prettier-ignore

  test('a line says its item: price, ration, what is used of it, and what may be had instead', async () => {
    await says(fixed);
    const { id, cards } = await home();
    await buy(cards[0]!, [line(OIL, 1, 10n)]);
    const verdict = await whatIf(pool, { household: id, totalRials: 20n, rest: 'card', basket: [line(OIL, 2, 20n)], terminal: SHOP.terminal }, NOW); // prettier-ignore
    expect(verdict.lines[0]).toMatchObject({
      nameFa: 'روغن آفتابگردان',
      item: { item: 'oil', priceRials: '1000000', voucherRials: '600000', entitled: '2700', used: '810', alternatives: [{ goods: OIL_BIG, nameFa: 'روغن ذرت' }] },
    }); // prettier-ignore
    await says({ items: [] });
  });
});

test('what is returned after its period goes back to the ration of that period, and its reversal takes it there again', async () => {
  await says({ items: [{ ...oils, perPerson: 810 }] });
  const { id, cards } = await home();
  const sale = await buy(cards[0]!, [line(OIL, 1, 300n)]);
  await shiftDatabaseClock(pool, 21 * DAY);
  await onBusinessDay(pool, day(20), async () => {
    const back = header(SHOP, cards[0]!, NOW + 20 * DAY); // its credit ended on the ninth day
    await ledger.return(returnRequest(back, 200n, sale.rrn));
    expect(await used(id)).toEqual({ oil: '270' });
    await ledger.reverse(reversalRequest(back, NOW + 20 * DAY));
    expect(await used(id)).toEqual({ oil: '810' });
    await ledger.return(returnRequest(header(SHOP, cards[0]!, NOW + 20 * DAY), 300n, sale.rrn));
    expect(await used(id)).toEqual({});
  });
  await shiftDatabaseClock(pool, 4 * DAY);
  await says({ items: [] });
});

test('rations follow what stands of each purchase, whatever is returned, corrected and reversed', async () => {
  const items: PlainItem[] = [
    { item: 'oil', unit: '01', goods: { [OIL]: 810n, [OIL_BIG]: 1_350n }, perPerson: 1_500n, price: 90n, voucher: 70n },
    { item: 'rice', unit: '01', goods: { [RICE]: undefined }, perPerson: 900n, perPurchase: 1_100n },
    { item: 'eggs', unit: '00', goods: { [EGGS]: undefined }, perPerson: 40n, price: 4n, refusesPrice: true, refusesQuantity: true },
  ]; // prettier-ignore
  const rules: PlainRules = { fixed: true, items, sold: [OIL, OIL_BIG, RICE, EGGS] };
  await says({
    method: 'fixed',
    items: items.map(
      ({ item, unit, goods, perPerson, perPurchase, price, voucher, refusesPrice, refusesQuantity }) => ({
        ...{ item, nameFa: item, unit },
        goods: Object.entries(goods).map(([good, each]) => ({
          good,
          ...(each !== undefined && { each: Number(each) }),
        })),
        ...(perPerson !== undefined && { perPerson: Number(perPerson) }),
        ...(perPurchase !== undefined && { perPurchase: Number(perPurchase) }),
        ...(price !== undefined && { priceRials: Number(price) }),
        ...(voucher !== undefined && { voucherRials: Number(voucher) }),
        ...(refusesPrice === true && { overPrice: 'refuse' }),
        ...(refusesQuantity === true && { overQuantity: 'refuse' }),
      }),
    ),
  });
  const anyLine = fc.oneof(
    fc.record({ goods: fc.constantFrom(OIL, OIL_BIG), unit: fc.constant('00' as const), quantity: fc.integer({ min: 1, max: 3 }), amountRials: fc.bigInt(1n, 300n) }),
    fc.record({ goods: fc.constant(RICE), unit: fc.constant('01' as const), quantity: fc.integer({ min: 1, max: 1_500 }), amountRials: fc.bigInt(1n, 300n) }),
    fc.record({ goods: fc.constantFrom(EGGS, OTHER), unit: fc.constantFrom('00' as const, '01' as const), quantity: fc.integer({ min: 1, max: 50 }), amountRials: fc.bigInt(1n, 150n) }),
  ); // prettier-ignore
  const step = fc.oneof(
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('buy' as const), lines: fc.array(anyLine, { minLength: 1, maxLength: 4 }) }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('return' as const), of: fc.nat(9), rials: fc.bigInt(1n, 200n) }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('undo-return' as const), of: fc.nat(9) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('reverse' as const), of: fc.nat(9) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('correct' as const), of: fc.nat(9), rials: fc.bigInt(1n, 300n) }) },
  ); // prettier-ignore
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 14 }), fc.integer({ min: 1, max: 3 }), async (steps, members) => {
      const plain = new PlainHousehold(members, 100_000n); // more than is ever spent: a reversed return finds its credit
      const { id, cards } = await home(100_000n, members);
      const heads: Awaited<ReturnType<typeof buy>>[] = [];
      const returned = new Map<(typeof plain.bought)[number]['returns'][number], ReturnType<typeof header>>();
      for (const one of steps) {
        if (one.kind === 'buy') {
          const expected = plain.buy(rules, one.lines);
          const sale = await buy(cards[0]!, one.lines);
          if (typeof expected === 'string') expect(sale.reason).toBe(expected);
          else {
            expect({ voucher: sale.voucherRials, lines: sale.lines }).toEqual(expected);
            heads.push(sale);
          }
        } else if (plain.bought.length > 0) {
          const place = one.of % plain.bought.length;
          const [sale, real] = [plain.bought[place]!, heads[place]!];
          if (one.kind === 'return') {
            const head = header(SHOP, cards[0]!, NOW);
            const { rc } = outcome(await ledger.return(returnRequest(head, one.rials, real.rrn)));
            const may = plain.return(sale, one.rials);
            expect(rc).toBe(may ? '00' : sale.reversed ? '25' : '61');
            if (may) returned.set(sale.returns.at(-1)!, head);
          } else if (one.kind === 'undo-return') {
            const back = sale.returns.find(({ stands }) => stands);
            if (back === undefined) continue;
            await ledger.reverse(reversalRequest(returned.get(back)!, NOW));
            back.stands = false;
          } else {
            await ledger.reverse(reversalRequest(real.head, NOW, one.kind === 'correct' ? one.rials : undefined));
            if (one.kind === 'reverse') sale.reversed = true;
            else if (!sale.reversed) sale.price = sale.price === undefined || one.rials < sale.price ? one.rials : sale.price;
          }
        }
        const expected = items.map(({ item }) => [item, String(plain.used(item))]).filter(([, n]) => n !== '0');
        expect(await used(id)).toEqual(Object.fromEntries(expected));
      }
      const kept = plain.bought.reduce((sum, sale) => sum + keptOf(sale)[0], 0n);
      const { rows } = await pool.query('select spent_rials from buckets where household_id = $1', [id]);
      expect(rows).toEqual([{ spent_rials: String(kept) }]);
    }),
    { numRuns: Number(process.env['KALABARG_MODEL_RUNS'] ?? 25), endOnFailure: false,
      // A line that is not eligible, before one of the same good that is.
      examples: [[[{ kind: 'buy', lines: [{ goods: EGGS, unit: '01', quantity: 1, amountRials: 1n }, { goods: EGGS, unit: '00', quantity: 1, amountRials: 1n }] }], 1]] },
  ); // prettier-ignore
  expect(await verifyLedger(pool)).toEqual([]);
  await says({ items: [] });
});

describe('a basket is proposed by one person and approved by another', () => {
  const file = (from: string, more = ''): string =>
    `programmes: [{ programme: basics, baskets: [{ from: ${from}, items: [{ item: oil, nameFa: روغن, goods: [{ good: '${OIL}' }]${more} }] }] }]`;
  const propose = (text: string, by = 'maker') => proposeBaskets(pool, text, { reason: 'circular 1234', by });
  const code = (work: Promise<unknown>): Promise<unknown> =>
    work.then(
      () => 'done',
      (error: unknown) => (error as { code?: string }).code,
    );

  test('two persons, from tomorrow on; what is shown is a file in which nothing is new', async () => {
    const from = day(20);
    const [row] = await propose(file(from));
    expect(row).toMatchObject({ programme: 'basics', from, state: 'proposed' });
    expect(await code(propose(file(from)))).toBe('basket.waiting');
    expect(await code(decideBasket(pool, row!.id, 'approved', 'Maker'))).toBe('basket.same-person');
    expect(await decideBasket(pool, row!.id, 'approved', 'checker')).toMatchObject({ state: 'coming', decidedBy: 'checker' });
    expect(await code(decideBasket(pool, row!.id, 'rejected', 'checker'))).toBe('basket.state');
    const shown = await showProgrammes(pool, 'basics');
    expect(shown.programmes[0]?.baskets).toHaveLength(1);
    expect(await applyProgrammes(pool, JSON.stringify(shown), { name: 'shown', now: NOW })).toEqual([]);
    expect(await code(propose(JSON.stringify(shown)))).toBe('basket.same');
    expect((await listBaskets(pool, 'basics')).map(({ state }) => state)).toEqual(['coming']);
    // left out of a newer file it is withdrawn, by two persons too
    const [gone] = await propose('programmes: [{ programme: basics, baskets: [] }]');
    expect(gone).toMatchObject({ from, basket: null });
    await decideBasket(pool, gone!.id, 'approved', 'checker');
    expect((await showProgrammes(pool, 'basics')).programmes[0]?.baskets).toBeUndefined();
    expect((await listBaskets(pool, 'basics')).map(({ state }) => state)).toEqual(['replaced', 'replaced']);
  }); // prettier-ignore

  test.each([
    ['the day of today', file(day(4)), 'has begun'],
    ['an item twice', file(day(20), " }, { item: oil, nameFa: 'رو', categories: ['06']"), 'programmes[0].baskets[0].items[1].item: oil comes twice'],
    ['a good in two items', file(day(20), ` }, { item: other, nameFa: 'رو', goods: [{ good: '${OIL}' }]`), `items[1].goods[0]: ${OIL} comes twice`],
    ['a number without its unit', file(day(20), ', perPerson: 5'), 'items[0]: oil needs the unit of its numbers'],
    ['a part above its price', file(day(20), ", unit: '00', priceRials: 5, voucherRials: 6"), 'oil would have the voucher pay 6 of a price of 5'],
    ['a refusal above nothing', file(day(20), ', overPrice: refuse'), 'oil refuses above a price, and has none'],
    ['a fixed basket of nothing', `programmes: [{ programme: basics, baskets: [{ from: ${day(20)}, method: fixed }] }]`, 'a fixed basket has items'],
    ['a setting that is none', file(day(20), ', price: 5'), 'there is no setting price'],
  ])('%s is refused by the path of its fault', async (_, text, fault) => {
    await expect(propose(text)).rejects.toThrow(fault);
    expect((await listBaskets(pool)).filter(({ state }) => state === 'proposed')).toEqual([]);
  }); // prettier-ignore

  test('a programme file that one person applies changes none, and a day that has come is approved by nobody', async () => {
    const applied = applyProgrammes(pool, file(day(20)), { name: 'one', now: NOW + 4 * DAY });
    await expect(applied).rejects.toThrow('two persons change it');
    const [late] = await propose(file(day(5)));
    await shiftDatabaseClock(pool, 6 * DAY);
    expect(await code(decideBasket(pool, late!.id, 'approved', 'checker'))).toBe('basket.begun');
    await expect(
      pool.query(`update basket_proposals set verdict = 'approved', decided_by = 'x', decided_at = now() where proposal_id = $1`, [late!.id]),
    ).rejects.toThrow('has begun');
    await decideBasket(pool, late!.id, 'rejected', 'checker');
    await shiftDatabaseClock(pool, 4 * DAY);
  }); // prettier-ignore
});

describe('what goods cost', () => {
  const today = day(0);
  const collect = (mostPages: number) => collectPrices(pool, { now: NOW, afterCloseMs: 0, page: 3, mostPages });
  const filter = { from: today, to: today };

  test('lines of a closed day are added up once, page by page, whoever stops and begins again', async () => {
    await says({ items: [oils], observePrices: true });
    const bought: BasketLine[][] = [
      [line(OIL, 1, 100n), line(RICE, 500, 50n, '01')],
      [line(OIL, 3, 330n)],
      [line(RICE, 250, 30n, '01'), line(UNKNOWN, 1, 9n)],
      [line(RICE, 1_000, 90n, '01')],
    ];
    for (const lines of bought) await buy((await home()).cards[0]!, lines);
    const gone = await buy((await home()).cards[0]!, [line(OIL, 1, 999n)]);
    await ledger.reverse(reversalRequest(gone.head, NOW));
    await pool.query('delete from price_days');
    expect(await collect(100)).toBe(0); // the day is open
    await pool.query(`update business_days set closed_at = to_timestamp($1 / 1000.0) where business_day = $2`, [NOW - 1, today]);
    expect(await collect(1)).toBe(1);
    while ((await collect(2)) > 0);
    expect(await collect(100)).toBe(0);
    await pool.query('update business_days set closed_at = null where business_day = $1', [today]);
    const plain = await pool.query<{ lines: [string, string, number, string][] }>(
      `select lines from transactions where kind = 'purchase' and state = 'approved' and lines is not null and business_day = $1`,
      [today],
    );
    const of = (good: string) => plain.rows.flatMap(({ lines }) => lines).filter(([code]) => code === good);
    const seen = await listPrices(pool, filter, { limit: 100 });
    for (const good of [OIL, RICE]) {
      const row = seen.find((each) => each.good === good)!;
      const quantity = of(good).reduce((sum, [, , n]) => sum + n, 0);
      const rials = of(good).reduce((sum, [, , , r]) => sum + Number(r), 0);
      const price = (r: number, n: number) => Math.round((r * (good === OIL ? 1 : 1_000)) / n);
      const prices = of(good).map(([, , n, r]) => price(Number(r), n));
      expect(row).toMatchObject({ lines: of(good).length, quantity: String(quantity), rials: String(rials), priceRials: String(price(rials, quantity)) });
      expect([row.leastRials, row.mostRials]).toEqual([String(Math.min(...prices)), String(Math.max(...prices))]);
    }
    expect(of(OIL).some(([, , , r]) => r === '999')).toBe(false);
    expect(seen.map(({ good }) => good)).not.toContain(UNKNOWN);
    await says({ items: [] });
  }); // prettier-ignore

  test('median and quartiles count each shop once, and what stands out is told with what it is compared with', async () => {
    await says({ items: [{ item: 'rice', nameFa: 'برنج', unit: '01', goods: [{ good: RICE }], priceRials: 300 }] });
    await pool.query('delete from price_days');
    const shops = Array.from({ length: 9 }, (_, n) => `90000000000000${n}`);
    await pool.query(
      `insert into merchants select unnest($1::text[]), 'shop', 'supermarket', 'IR380170000000100000000001', 'approved'`,
      [shops],
    );
    await pool.query(
      `insert into price_days select $1, $2, m, '01', 1, 1000, p, p, p from unnest($3::text[], $4::bigint[]) as u (m, p)`,
      [today, RICE, shops, [100, 101, 102, 103, 104, 105, 106, 130, 400]],
    );
    const [country] = await priceSpreads(pool, filter);
    expect(country).toMatchObject({ provinceFa: null, shops: 9, leastRials: '100', lowerRials: '102', medianRials: '104', upperRials: '106', mostRials: '400' });
    const found = await priceOutliers(pool, filter);
    expect(found.map(({ merchant, why }) => [merchant, ...why])).toEqual([
      [shops[8], 'quartiles', 'fixed-price'],
      [shops[7], 'quartiles'],
    ]);
    expect(found[0]).toMatchObject({ priceRials: '400', medianRials: '104', fenceRials: '112', fixedRials: '300', shops: 9 });
    const page = await listPrices(pool, filter, { limit: 4 });
    const next = await listPrices(pool, filter, { after: page.at(-1)!, limit: 100 });
    expect([...page, ...next].map(({ merchant }) => merchant)).toEqual(shops);
    await says({ items: [] });
  }); // prettier-ignore
});
