import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createHash } from 'node:crypto';
import { Registry } from 'prom-client';
import { openAuthority, type AuthorityClient } from '../../../src/handlers/voucher/client.ts';
import { authorityMetrics } from '../../../src/handlers/voucher/metrics.ts';
import { orderBook, type OrderBook } from '../../../src/handlers/voucher/orders.ts';
import type { VoucherPort } from '../../../src/handlers/voucher/port.ts';
import { takeDayList } from '../../../src/handlers/voucher/reconcile.ts';
import { remoteVoucher } from '../../../src/handlers/voucher/remote.ts';
import { followOrders } from '../../../src/handlers/voucher/worker.ts';
import {
  decideBinding,
  decideStandIn,
  endBinding,
  listStoodIn,
  proposeBinding,
  proposeStandIn,
  sumStoodIn,
  verifyLedger,
  type Decision,
  type LegResult,
  type PurchaseRequest,
} from '../../../src/ledger/index.ts';
import { systemClock, tehran } from '../../../src/ops/clock.ts';
import { createLog } from '../../../src/ops/log.ts';
import type { Loop } from '../../../src/ops/repeat.ts';
import {
  startAuthoritySimulator,
  type AuthorityRule,
  type AuthoritySimulator,
} from '../../../src/simulators/authority/index.ts';
import {
  addHousehold,
  header,
  purchaseRequest,
  quoteRequest,
  returnRequest,
  reversalRequest,
} from '../../ledger/model/world.ts';
import { GOOD, openTestLedger, SHOP, type OpenLedger, type TestLedger } from '../../ledger/support/books.ts';

const CREDIT = 1_000_000n;
const PATIENCE_MS = 700;
const log = createLog('silent');

let books: TestLedger;
let ledger: OpenLedger;
let authority: AuthoritySimulator;
let client: AuthorityClient;
let orders: OrderBook;
let port: VoucherPort;
let worker: Loop;

beforeAll(async () => {
  books = await openTestLedger();
  ({ ledger } = books);
  await books.pool.query(`insert into programmes values ('remote')`);
  authority = await startAuthoritySimulator({ host: '127.0.0.1', port: 0, clock: systemClock, creditRials: CREDIT });
  client = openAuthority(
    {
      name: 'central',
      programme: 'remote',
      cards: ['627760'],
      url: authority.url,
      timeoutMs: 400,
      reserveSeconds: 120,
    },
    'central in a test',
    systemClock,
  );
  orders = orderBook(books.pool);
  ({ port, worker } = openPort(ledger));
  await bind();
});
afterAll(async () => {
  await worker.stop();
  client.close();
  await authority.close();
  await books.close();
});
beforeEach(() => {
  authority.rules.replace([]);
});
afterEach(async () => {
  authority.rules.replace([]);
  await settled();
  await agree();
});

/** A copy of the gateway: its port, and its worker. */
function openPort(on: OpenLedger): { port: VoucherPort; worker: Loop } {
  const metrics = authorityMetrics(new Registry(), orders, systemClock, log);
  const common = { orders, authorities: [client], clock: systemClock, log, metrics };
  return {
    port: remoteVoucher({ ...common, ledger: on, patienceMs: PATIENCE_MS }),
    worker: followOrders({
      ...common,
      random: Math.random,
      patienceMs: PATIENCE_MS,
      pollMs: 20,
      retry: { baseMs: 20, capMs: 100 },
    }),
  };
}

/** Two persons let the authority be asked as its settings say. @returns the binding's number */
async function bind(): Promise<string> {
  const proposal = {
    content: client.content,
    from: tehran(Date.now()).isoDate,
    reason: 'the contract of 1405',
    by: 'Ali',
  };
  const { id } = await proposeBinding(books.pool, proposal);
  await expect(decideBinding(books.pool, id, 'approved', 'ali')).rejects.toMatchObject({
    code: 'authority.same-person',
  });
  await decideBinding(books.pool, id, 'approved', 'Sara');
  return id;
}

let serial = 0;
const newPan = (): string => `627760${String(++serial).padStart(10, '0')}`;
const hashOf = (pan: string): Buffer => createHash('sha256').update(pan).digest();

function sale(pan: string, rials: bigint, rest: 'card' | 'cash' = 'card', quoteRef?: string): PurchaseRequest {
  return purchaseRequest(header(SHOP, hashOf(pan), Date.now()), rials, rest, undefined, quoteRef);
}

/** A whole purchase. @returns the RC, and what was decided */
async function buy(
  pan: string,
  rials: bigint,
  options: { readonly rest?: 'card' | 'cash'; readonly leg?: LegResult; readonly request?: PurchaseRequest } = {},
): Promise<{ rc: string; reason: string; voucher: bigint; request: PurchaseRequest; decision: Decision }> {
  const request = options.request ?? sale(pan, rials, options.rest);
  const decision = await port.purchase(request, pan);
  if (decision.kind === 'held') {
    const { rc, reason, voucherRials: voucher } = await port.complete(decision.ref, options.leg ?? GOOD);
    return { rc, reason, voucher, request, decision };
  }
  if (!('outcome' in decision)) return { rc: decision.kind, reason: '', voucher: 0n, request, decision };
  const { rc, reason, voucherRials: voucher } = decision.outcome;
  return { rc, reason, voucher, request, decision };
}

async function settled(): Promise<void> {
  await books.pool.query(`update authority_orders set due_at = 0 where done_at is null`);
  for (let i = 0; i < 120; i++) {
    const { rows } = await books.pool.query<{ n: number }>(
      `select count(*)::int as n from authority_orders where done_at is null`,
    );
    if (rows[0]!.n === 0) return;
    await systemClock.sleep(25);
  }
  const { rows } = await books.pool.query(`select * from authority_orders where done_at is null limit 3`);
  throw new Error(`orders stay open: ${JSON.stringify(rows)}`);
}

/** Our books and the authority's agree to the rial, card by card and order by order. */
async function agree(): Promise<void> {
  const { rows } = await books.pool.query<{ id: string; rials: string }>(
    `select o.order_id as id, coalesce(case when t.state = 'approved' then t.voucher_rials - t.given_voucher end, 0) as rials
       from authority_orders o left join transactions t using (household_id, transaction_id, business_day)`,
  );
  // what an authority refuses of what was granted in its place is our loss, and written so
  const lost = await books.pool.query<{ id: string; rials: string }>(
    'select order_id as id, refused_rials as rials from stand_ins where refused_rials > 0',
  );
  const refused = new Map(lost.rows.map(({ id, rials }) => [id, BigInt(rials)]));
  const ours = rows.filter(({ rials }) => rials !== '0').map(({ id, rials }) => [id, rials]);
  const theirs = [...authority.book.orders.values()]
    .filter(({ state }) => state === 'confirmed' || state === 'reserved')
    .map(({ orderId, subsidizedRials }) => [orderId, String(subsidizedRials + (refused.get(orderId) ?? 0n))]);
  const byId = (a: string[], b: string[]): number => Number(a[0]) - Number(b[0]);
  expect(theirs.sort(byId)).toEqual(ours.sort(byId));
  const fund = await books.pool.query<{ rials: string }>(
    `select coalesce(-sum(p.programme_fund), 0) - coalesce(sum(b.open), 0) as rials
       from (select household_id, bucket_id, sum(programme_fund) as programme_fund from postings where kind in ('allocation', 'expiry') group by 1, 2) p
       join (select household_id, bucket_id, amount_rials - spent_rials - held_rials - expired_rials as open from buckets
              where programme_id = 'remote') b using (household_id, bucket_id)`,
  );
  const confirmed = ours.reduce((sum, [, rials]) => sum + BigInt(rials!), 0n);
  expect(BigInt(fund.rows[0]!.rials)).toBe(confirmed);
}

describe('a purchase that an authority decides', () => {
  test.each<[what: string, rials: bigint, rest: 'card' | 'cash', rc: string, voucher: bigint]>([
    ['is paid by the voucher alone', 400_000n, 'card', '00', 400_000n],
    ['by voucher and card', 1_500_000n, 'card', '00', CREDIT],
    ['by voucher and cash', 1_500_000n, 'cash', '10', CREDIT],
  ])('%s', async (_, rials, rest, rc, voucher) => {
    const pan = newPan();
    expect(await buy(pan, rials, { rest })).toMatchObject({ rc, voucher, decision: { kind: 'held' } });
    expect(authority.book.creditOf(pan)).toBe(CREDIT - voucher);
    const { rows } = await books.pool.query(
      `select sum(merchant_payable)::text as payable from postings p join authority_cards using (household_id) where pan_hash = $1`,
      [hashOf(pan)],
    );
    expect(rows).toEqual([{ payable: String(voucher) }]);
  });

  test('is answered once: a repeat gets the answer of the first, and the authority hears of it once', async () => {
    const pan = newPan();
    const first = await buy(pan, 300_000n);
    const again = await buy(pan, 300_000n, { request: first.request });
    expect([again.decision.kind, again.rc, again.voucher]).toEqual(['repeat', '00', 300_000n]);
    const other = { ...first.request, contentHash: Buffer.alloc(32, 1) };
    expect((await buy(pan, 1n, { request: other })).rc).toBe('conflict');
    expect(authority.book.creditOf(pan)).toBe(CREDIT - 300_000n);
  });

  test('that is repeated while the first is with the authority waits for it', async () => {
    authority.rules.replace([{ act: 'inquiry', latencyMs: 200, times: 1 }]);
    const pan = newPan();
    const request = sale(pan, 300_000n);
    const before = authority.book.orders.size;
    const first = buy(pan, 0n, { request });
    while (authority.book.orders.size === before) await systemClock.sleep(5);
    const second = await port.purchase(request, pan);
    expect([(await first).rc, ['pending', 'repeat'].includes(second.kind)]).toEqual(['00', true]);
  });

  test('is refused with the authority’s word, now and on a repeat', async () => {
    const pan = newPan();
    authority.book.setCredit(pan, 0n);
    const first = await buy(pan, 300_000n);
    expect([first.rc, first.reason]).toEqual(['51', 'authority.credit.none']);
    authority.book.setCredit(pan, CREDIT);
    expect(await buy(pan, 0n, { request: first.request })).toMatchObject({ rc: '51', decision: { kind: 'repeat' } });
  });

  test('whose bank declines is cancelled there, and its credit is free again', async () => {
    const pan = newPan();
    expect((await buy(pan, 300_000n, { leg: { kind: 'declined', rc: '55' } })).rc).toBe('55');
    await settled();
    expect(authority.book.creditOf(pan)).toBe(CREDIT);
  });

  test('of a card that our books know is ours, whatever its number', async () => {
    const pan = newPan();
    const {
      cards: [card],
    } = await addHousehold(books.pool, 1, [{ rials: 500n, from: '2020-01-01', to: '2099-01-01' }]);
    const request = { ...sale(pan, 400n, 'cash'), card: { hash: card!, masked: 'x' } };
    expect((await port.purchase(request, pan)).kind).toBe('approved');
    expect((await port.purchase({ ...sale(pan, 400n), card: { hash: card!, masked: 'x' } }, '5022')).kind).toBe('held');
  });
});

describe('whatever the authority does, no rial is lost and nothing it has not surely confirmed stands', () => {
  test.each<[what: string, rule: AuthorityRule, rc: string]>([
    ['silence at the order', { act: 'order', fault: 'silence', times: 1 }, '91'],
    ['an order that was made and not answered', { act: 'order', fault: 'unheard', times: 1 }, '91'],
    ['silence at the inquiry', { act: 'inquiry', fault: 'silence', times: 1 }, '91'],
    ['a reservation that was made and not answered', { act: 'inquiry', fault: 'unheard', times: 1 }, '91'],
    ['an answer that comes too late', { act: 'inquiry', latencyMs: 600, times: 1 }, '91'],
    ['a connection that ends', { act: 'inquiry', fault: 'close', times: 1 }, '91'],
    ['what is not JSON', { act: 'inquiry', fault: 'garbage', times: 1 }, '91'],
    ['50 MB', { act: 'inquiry', fault: 'huge', times: 1 }, '91'],
    ['status 500', { act: 'inquiry', fault: 'error', times: 1 }, '91'],
    ['an answer about another order', { act: 'inquiry', fault: 'another', times: 1 }, '91'],
    ['amounts that do not add up', { act: 'inquiry', fault: 'more', times: 1 }, '91'],
    ['an inquiry done twice', { act: 'inquiry', fault: 'twice', times: 1 }, '00'],
    ['a reservation that lapses between order and confirmation', { act: 'inquiry', fault: 'lapse', times: 1 }, '68'],
    ['silence at the confirmation', { act: 'confirm', fault: 'silence', times: 1 }, '68'],
    ['a confirmation that was made and not answered', { act: 'confirm', fault: 'unheard', times: 1 }, '68'],
    ['a late confirmation', { act: 'confirm', latencyMs: 600, times: 1 }, '68'],
    ['a confirmation of another order', { act: 'confirm', fault: 'another', times: 1 }, '68'],
    ['a confirmation of fewer rials', { act: 'confirm', fault: 'less', times: 1 }, '68'],
    ['a confirmation refused', { act: 'confirm', fault: 'decline', times: 1 }, '68'],
    ['a confirmation done twice', { act: 'confirm', fault: 'twice', times: 1 }, '00'],
  ])('%s', async (_, rule, rc) => {
    authority.rules.replace([rule]);
    const pan = newPan();
    const { request, ...first } = await buy(pan, 1_500_000n);
    expect(first.rc).toBe(rc);
    await settled();
    expect(authority.book.creditOf(pan)).toBe(rc === '00' ? 0n : CREDIT);
    // the card part goes back where it had been taken
    const { rows } = await books.pool.query(
      `select 1 from bank_advices a join transactions t using (rrn) where t.stan = $1 and a.mti = '0420'`,
      [request.key.stan],
    );
    expect(rows).toHaveLength(rc === '68' ? 1 : 0);
    expect((await buy(pan, 0n, { request })).rc).toBe(rc);
  });

  test('a cancellation and a reversal are told until they are answered', async () => {
    authority.rules.replace([
      { act: 'cancel', fault: 'silence', times: 1 },
      { act: 'cancel', fault: 'error', times: 1 },
      { act: 'cancel', fault: 'unheard', times: 1 },
      { act: 'reverse', fault: 'unheard', times: 2 },
      { act: 'confirm', fault: 'unheard', times: 1 },
    ]);
    const [one, two] = [newPan(), newPan()];
    await buy(one, 300_000n, { leg: { kind: 'declined', rc: '51' } });
    expect((await buy(two, 300_000n)).rc).toBe('68');
    await settled();
    expect([authority.book.creditOf(one), authority.book.creditOf(two)]).toEqual([CREDIT, CREDIT]);
  });
});

describe('a crash', () => {
  test.each<[at: string, before: (request: PurchaseRequest, pan: string) => Promise<void>]>([
    [
      'after the order was written, before anything left',
      async (request) => {
        await open(request);
      },
    ],
    [
      'after the authority reserved, before we wrote so',
      async (request, pan) => {
        await inquire(await open(request), request, pan);
      },
    ],
    [
      'after we wrote what it reserved, before our books held it',
      async (request, pan) => {
        const id = await open(request);
        await inquire(id, request, pan);
        await orders.reserved(id, 'T', 300_000n, Date.now() + 120_000);
      },
    ],
    [
      'while the bank was asked',
      async (request, pan) => {
        const decision = await port.purchase(request, pan);
        expect(decision.kind).toBe('held');
        await sweep(decision);
      },
    ],
    [
      'after the authority confirmed, before our books captured',
      async (request, pan) => {
        const decision = await port.purchase(request, pan);
        const { rows } = await books.pool.query<{ id: string }>(
          `select max(order_id)::text as id from authority_orders`,
        );
        const { id } = rows[0]!;
        await orders.confirming(id, Date.now());
        const { orderTrace } = authority.book.orders.get(id)!;
        expect(await client.confirm(id, orderTrace, '1', '1', 300_000n)).toMatchObject({
          value: { state: 'confirmed' },
        });
        await sweep(decision);
      },
    ],
  ])('%s leaves nothing taken', async (_, crash) => {
    const pan = newPan();
    await crash({ ...sale(pan, 300_000n), at: Date.now() - PATIENCE_MS - 1 }, pan);
    await settled();
    expect(authority.book.creditOf(pan)).toBe(CREDIT);
  });

  test('after our books captured, before the order said so, is confirmed again and stands', async () => {
    const pan = newPan();
    expect((await buy(pan, 300_000n)).rc).toBe('00');
    await books.pool.query(
      `update authority_orders set told = 'confirming', done_at = null, due_at = 0 where order_id = (select max(order_id) from authority_orders)`,
    );
    await settled();
    expect(authority.book.creditOf(pan)).toBe(CREDIT - 300_000n);
  });

  async function open(request: PurchaseRequest): Promise<string> {
    const { household } = (await orders.household(request, { authority: 'central', digest: client.digest }))!;
    const about = {
      authority: 'central',
      programme: 'remote',
      kind: 'purchase',
      household,
      totalRials: 300_000n,
    } as const;
    return (await orders.open(request, about))!;
  }
  async function inquire(id: string, { key, merchant }: PurchaseRequest, pan: string): Promise<void> {
    const { terminal, stan } = key;
    const order = { id, terminal, merchant, stan, totalRials: 300_000n, basket: undefined, card: { pan } };
    expect(await client.inquire(order)).toMatchObject({ value: { decision: 'reserved' } });
  }
  /** What the sweeper does with what a copy left behind. */
  async function sweep(decision: Decision): Promise<void> {
    if (decision.kind !== 'held') throw new Error(decision.kind);
    await ledger.complete(decision.ref, { kind: 'doubt', rc: '68', why: 'its gateway stopped' });
  }
});

describe('afterwards', () => {
  test('a reversal of a confirmed purchase gives the credit back here and there, once', async () => {
    const pan = newPan();
    const { request } = await buy(pan, 300_000n);
    const reversal = reversalRequest(request, Date.now(), undefined, 300_000n);
    expect((await ledger.reverse(reversal)).rc).toBe('00');
    expect((await ledger.reverse(reversal)).rc).toBe('00');
    await settled();
    expect(authority.book.creditOf(pan)).toBe(CREDIT);
  });

  test('a reversal while the bank is asked wins over its approval', async () => {
    const pan = newPan();
    const request = sale(pan, 300_000n);
    const decision = await port.purchase(request, pan);
    if (decision.kind !== 'held') throw new Error(decision.kind);
    await ledger.reverse(reversalRequest(request, Date.now(), undefined, 300_000n));
    expect((await port.complete(decision.ref, GOOD)).rc).toBe('68');
    await settled();
    expect(authority.book.creditOf(pan)).toBe(CREDIT);
  });

  test('a reversal before its original keeps it from being made', async () => {
    const pan = newPan();
    const request = sale(pan, 300_000n);
    await ledger.reverse(reversalRequest(request, Date.now(), undefined, 300_000n));
    expect((await buy(pan, 0n, { request })).rc).toBe('12');
    await settled();
    expect(authority.book.creditOf(pan)).toBe(CREDIT);
  });

  test('what the authority has no act for is refused with a code, and nothing moves', async () => {
    const pan = newPan();
    const { request, decision } = await buy(pan, 300_000n);
    const { rrn } = (decision as Extract<Decision, { kind: 'held' }>).outcome;
    const part = await ledger.reverse(reversalRequest(request, Date.now(), 100_000n, 300_000n));
    expect([part.rc, part.reason]).toEqual(['57', 'authority.whole-only']);
    const back = await ledger.return(returnRequest(header(SHOP, hashOf(pan), Date.now()), 300_000n, rrn));
    expect(back).toMatchObject({ kind: 'declined', outcome: { rc: '57', reason: 'authority.no-return' } });
    const balance = await port.quote(
      quoteRequest(header(SHOP, hashOf(pan), Date.now()), 0n, 'card', undefined, false),
      pan,
    );
    expect(balance).toMatchObject({ kind: 'declined', outcome: { rc: '57', reason: 'authority.no-balance' } });
  });

  test('a day that the authority has closed is a person’s to settle', async () => {
    authority.rules.replace([{ act: 'reverse', fault: 'closed' }]);
    const pan = newPan();
    const { request } = await buy(pan, 300_000n);
    await ledger.reverse(reversalRequest(request, Date.now(), undefined, 300_000n));
    await settled();
    const { rows } = await books.pool.query(`select told from authority_orders order by order_id desc limit 1`);
    expect(rows).toEqual([{ told: 'refused' }]);
    // settled by hand, so that the books agree again
    authority.rules.replace([]);
    authority.book.reverse([...authority.book.orders.values()].at(-1)!, Date.now());
  });
});

describe('a quote', () => {
  const ask = (pan: string, rials: bigint, reserve: boolean) =>
    port.quote(quoteRequest(header(SHOP, hashOf(pan), Date.now()), rials, 'card', undefined, reserve), pan);

  test('says the split, and reserves nothing', async () => {
    const pan = newPan();
    expect(await ask(pan, 1_500_000n, false)).toMatchObject({
      kind: 'approved',
      outcome: { voucherRials: CREDIT, cardRials: 500_000n, quoteRef: undefined },
    });
    await settled();
    expect(authority.book.creditOf(pan)).toBe(CREDIT);
  });

  test('that reserves is taken by its purchase, or given back', async () => {
    const pan = newPan();
    const quoted = await ask(pan, 600_000n, true);
    if (quoted.kind !== 'approved') throw new Error(quoted.kind);
    expect(authority.book.creditOf(pan)).toBe(400_000n);
    const { quoteRef } = quoted.outcome;
    const request = sale(pan, 600_000n, 'card', quoteRef);
    expect(await buy(pan, 0n, { request })).toMatchObject({ rc: '00', voucher: 600_000n });
    expect((await buy(pan, 0n, { request: sale(pan, 600_000n, 'card', quoteRef) })).rc).toBe('25');
    expect(authority.book.creditOf(pan)).toBe(400_000n);
    const second = await ask(pan, 300_000n, true);
    if (second.kind !== 'approved') throw new Error(second.kind);
    const release = { ...header(SHOP, hashOf(pan), Date.now()), quoteRef: second.outcome.quoteRef! };
    expect(await port.releaseQuote(release)).toMatchObject({ kind: 'approved' });
    await settled();
    expect(authority.book.creditOf(pan)).toBe(400_000n);
  });
});

describe('the list of a day', () => {
  const DAY = '2026-03-01';
  const END = Date.parse('2026-03-02T00:00:00+03:30');
  let taken = 0;
  /** As if all that was done so far had been done on a day of its own. */
  async function list(fault?: AuthorityRule['fault'], change: () => void = () => undefined) {
    const day = new Date(Date.parse(DAY) + ++taken * 86_400_000).toISOString().slice(0, 10);
    const at = END + taken * 86_400_000 - 3_600_000;
    for (const order of authority.book.orders.values()) {
      if (order.confirmedDay > '2026-06-01') order.confirmedDay = day;
      if (order.reversedDay > '2026-06-01') order.reversedDay = day;
    }
    await books.pool.query(`update authority_orders set told_at = $1 where told_at > $2`, [
      at,
      Date.parse('2026-06-01'),
    ]);
    change();
    if (fault !== undefined) authority.rules.replace([{ act: 'list', fault, times: 1 }]);
    const intake = () => takeDayList(books.pool, client, day, Date.now());
    return { day, intake, last: [...authority.book.orders.values()].at(-1)! };
  }

  test('that agrees raises nothing, and is taken once', async () => {
    // what the tests before left on purpose is a day of its own
    await (await list()).intake();
    const back = await buy(newPan(), 300_000n);
    await buy(newPan(), 200_000n);
    await ledger.reverse(reversalRequest(back.request, Date.now(), undefined, 300_000n));
    await settled();
    const { intake } = await list();
    expect(await intake()).toMatchObject({ repeated: false, lines: 3, breaks: {} });
    expect(await intake()).toMatchObject({ repeated: true });
    authority.rules.replace([{ act: 'list', fault: 'extra', times: 1 }]);
    await expect(intake()).rejects.toMatchObject({ code: 'authority.list-changed' });
  });

  test.each<[what: string, fault: AuthorityRule['fault'], change: (() => void) | undefined, breaks: object]>([
    ['a line of an order that we do not know', 'extra', undefined, { ONLY_ACQUIRER: 1 }],
    ['another amount', 'different', undefined, { AMOUNT_DIFF: 1 }],
    ['no line of what we sold', 'missing', undefined, { ONLY_US: 1 }],
    [
      'what it took back and we did not',
      undefined,
      () => {
        const order = [...authority.book.orders.values()].at(-1)!;
        order.reversedDay = order.confirmedDay;
      },
      { STATUS_DIFF: 1 },
    ],
  ])('with %s is a break in the desk', async (_, fault, change, breaks) => {
    await buy(newPan(), 300_000n);
    await settled();
    const { day, intake, last } = await list(fault, change);
    expect((await intake()).breaks).toEqual(breaks);
    const { rows } = await books.pool.query(`select class, psp from breaks where settlement_date = $1`, [day]);
    expect(rows).toEqual([{ class: Object.keys(breaks)[0], psp: 'central' }]);
    last.reversedDay = '';
  });

  test('that tells later what was missing closes its break but for the second person', async () => {
    await buy(newPan(), 300_000n);
    await settled();
    const missed = await list('missing');
    expect((await missed.intake()).breaks).toEqual({ ONLY_US: 1 });
    missed.last.confirmedDay = '2026-11-28'; // it is told with the next day
    expect((await (await list()).intake()).breaks).toEqual({});
    const { rows } = await books.pool.query(`select state, proposed_by from breaks where settlement_date = $1`, [
      missed.day,
    ]);
    expect(rows).toEqual([{ state: 'proposed', proposed_by: 'matching' }]);
  });

  test.each<[what: string, fault: AuthorityRule['fault']]>([
    ['has fewer lines than it says', 'short'],
    ['is not JSON', 'garbage'],
    ['has 50 MB', 'huge'],
    ['is not answered', 'silence'],
  ])('that %s is not taken at all', async (_, fault) => {
    await buy(newPan(), 300_000n);
    await settled();
    const { day, intake } = await list(fault);
    await expect(intake()).rejects.toMatchObject({ code: 'authority.list' });
    const { rowCount } = await books.pool.query('select from authority_list_lines where day = $1', [day]);
    expect(rowCount).toBe(0);
    expect(await intake()).toMatchObject({ repeated: false });
  });

  test('of a day that is not over is not asked for', async () => {
    await expect(takeDayList(books.pool, client, '2099-01-01', Date.now())).rejects.toMatchObject({
      code: 'authority.list',
    });
  });
});

describe('stand-in', () => {
  const DOWN: AuthorityRule[] = [
    { act: 'order', fault: 'close' },
    { act: 'cancel', fault: 'close' },
  ];
  const today = tehran(Date.now()).isoDate;

  async function allow(household: bigint, shop: bigint): Promise<void> {
    const rule = { programme: 'remote', from: today, householdRials: household, shopRials: shop, reason: 'a storm' };
    const { id } = await proposeStandIn(books.pool, { ...rule, by: 'Ali' });
    await expect(decideStandIn(books.pool, id, 'approved', 'ali')).rejects.toMatchObject({
      code: 'stand-in.same-person',
    });
    await decideStandIn(books.pool, id, 'approved', 'Sara');
  }
  async function known(): Promise<string> {
    const pan = newPan();
    expect((await buy(pan, 1_000n)).rc).toBe('00');
    return pan;
  }

  test('is off, until two persons made a rule', async () => {
    const pan = await known();
    authority.rules.replace(DOWN);
    expect(await buy(pan, 1_000n)).toMatchObject({ rc: '91', reason: 'authority.unreachable' });
  });

  test('grants up to the rule to a card seen before, says so, and is presented afterwards', async () => {
    const [pan, poor, third, fourth] = [await known(), await known(), await known(), await known()];
    const stranger = newPan();
    await allow(300_000n, 700_000n);
    authority.rules.replace(DOWN);
    expect((await buy(stranger, 1_000n)).rc).toBe('91');
    const first = await buy(pan, 200_000n);
    expect(first).toMatchObject({ rc: '00', reason: 'approved.stand-in', voucher: 200_000n });
    expect((await buy(pan, 0n, { request: first.request })).decision.kind).toBe('repeat');
    expect(await buy(pan, 200_000n)).toMatchObject({ rc: '00', voucher: 100_000n }); // the card pays the rest
    expect(await buy(pan, 200_000n)).toMatchObject({ rc: '61', reason: 'authority.stand-in-limit' });
    expect((await buy(poor, 300_000n)).voucher).toBe(300_000n);
    // what was taken back is free again, and the authority never hears of it
    const back = await buy(third, 100_000n);
    expect(back.voucher).toBe(100_000n);
    expect((await buy(fourth, 100_000n)).rc).toBe('61'); // the shop has had its 700,000
    await ledger.reverse(reversalRequest(back.request, Date.now(), undefined, 100_000n));
    authority.book.setCredit(poor, 50_000n);
    authority.rules.replace([{ act: 'confirm', fault: 'unheard', times: 1 }]);
    await settled();
    const { rows } = await books.pool.query<{ rials: string; refused: string | null }>(
      `select rials, refused_rials as refused from stand_ins order by order_id`,
    );
    expect(rows.map(({ rials, refused }) => [rials, refused])).toEqual([
      ['200000', '0'],
      ['100000', '0'],
      ['300000', '250000'],
      ['100000', null],
    ]);
    expect(authority.book.creditOf(pan)).toBe(CREDIT - 301_000n);
    expect(await orders.standIns()).toEqual(
      expect.arrayContaining([
        { programme: 'remote', said: 'waiting', rials: 0 },
        { programme: 'remote', said: 'taken', rials: 350_000 },
        { programme: 'remote', said: 'refused', rials: 250_000 },
      ]),
    );
    const range = { from: today, to: today };
    const stood = await listStoodIn(books.pool, range, { after: undefined, limit: 10 });
    expect(stood.map(({ state, rials, refusedRials }) => [state, rials, refusedRials])).toEqual([
      ['returned', '100000', '0'],
      ['refused', '300000', '250000'],
      ['taken', '100000', '0'],
      ['taken', '200000', '0'],
    ]);
    expect(stood[0]).toMatchObject({ of: 'authority', authority: 'central', programmes: ['remote'], terminal: SHOP.terminal, merchant: SHOP.merchant }); // prettier-ignore
    expect(await listStoodIn(books.pool, range, { after: stood[2]!, limit: 10 })).toEqual(stood.slice(3));
    expect(await sumStoodIn(books.pool, { ...range, state: 'refused' })).toEqual([
      { of: 'authority', state: 'refused', count: 1, rials: '300000', refusedRials: '250000' },
    ]);
    // written off by hand, so that the books agree again
    await allow(0n, 0n);
    authority.rules.replace(DOWN);
    expect((await buy(pan, 1_000n)).rc).toBe('91');
  });
});

describe('an authority that nobody let be asked', () => {
  test('is not asked, whatever its card, and stand-in is none of its cards either; what was held before comes to its end', async () => {
    const { rows } = await books.pool.query<{ id: string }>(
      `select binding_id as id from authority_bindings where ended_at is null`,
    );
    const pan = newPan();
    const request = sale(pan, 100_000n);
    const held = await port.purchase(request, pan);
    if (held.kind !== 'held') throw new Error(held.kind);
    await endBinding(books.pool, rows[0]!.id, 'its line lies to us', 'Ali'); // one person is enough
    expect((await port.complete(held.ref, GOOD)).rc).toBe('00');
    const asked = authority.book.orders.size;
    expect(await buy(pan, 100_000n)).toMatchObject({ rc: '91', reason: 'authority.off' });
    expect(
      await port.quote(quoteRequest(header(SHOP, hashOf(pan), Date.now()), 100_000n, 'cash', undefined, true), pan),
    ).toMatchObject({
      outcome: { rc: '91', reason: 'authority.off' },
    });
    expect(authority.book.orders.size).toBe(asked);
    expect((await buy(pan, 100_000n, { request })).decision.kind).toBe('repeat');
    await expect(endBinding(books.pool, rows[0]!.id, 'once more', 'Ali')).rejects.toMatchObject({
      code: 'authority.binding-state',
    });
    await bind();
    expect((await buy(pan, 100_000n)).rc).toBe('00');
  });

  test('hears nothing at another address than the one that two persons approved', async () => {
    const elsewhere = openAuthority(
      { ...client.settings, url: `${authority.url}/other` },
      'a file that was changed',
      systemClock,
    );
    const common = {
      orders,
      clock: systemClock,
      log,
      metrics: authorityMetrics(new Registry(), orders, systemClock, log),
    };
    const astray = remoteVoucher({ ...common, authorities: [elsewhere], ledger, patienceMs: PATIENCE_MS });
    const pan = newPan();
    expect(await astray.purchase(sale(pan, 1_000n), pan)).toMatchObject({
      outcome: { rc: '91', reason: 'authority.off' },
    });
    expect(await orders.isApproved({ authority: 'central', digest: elsewhere.digest })).toBe(false);
    elsewhere.close();
  });
});

test('chaos: whatever fails at once, till, books and authority agree to the rial', async () => {
  const faults = ['silence', 'unheard', 'close', 'garbage', 'another', 'twice', 'lapse', 'more', 'error'] as const;
  const rule = (): AuthorityRule => {
    const act = (['order', 'inquiry', 'confirm', 'cancel', 'reverse'] as const)[Math.floor(Math.random() * 5)]!;
    return { act, fault: faults[Math.floor(Math.random() * faults.length)]!, times: 1 };
  };
  authority.rules.replace(Array.from({ length: 60 }, rule));
  const pans = Array.from({ length: 6 }, newPan);
  const kept = new Map(pans.map((pan) => [pan, 0n]));
  const till = async (pan: string): Promise<void> => {
    for (let i = 0; i < 8; i++) {
      const leg: LegResult = Math.random() < 0.2 ? { kind: 'declined', rc: '51' } : GOOD;
      const { rc, voucher, request } = await buy(pan, 100_000n, { leg });
      if (rc !== '00') continue;
      if (Math.random() < 0.3) await ledger.reverse(reversalRequest(request, Date.now(), undefined, 100_000n));
      else kept.set(pan, kept.get(pan)! + voucher);
    }
  };
  await Promise.all(pans.map(till));
  authority.rules.replace([]);
  await settled();
  for (const pan of pans) expect([pan, authority.book.creditOf(pan)]).toEqual([pan, CREDIT - kept.get(pan)!]);
  await ledger.housekeep(Date.now());
  expect(await verifyLedger(books.pool)).toEqual([]);
});
