import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type pg from 'pg';
import type { LegResult } from '../../src/ledger/index.ts';
import { addDays } from '../../src/field/jalali.ts';
import { systemClock, tehran } from '../../src/ops/clock.ts';
import { transaction } from '../../src/ops/database.ts';
import { takeAnswers } from '../../src/settlement/answers/index.ts';
import { beginClearing, closeDay } from '../../src/settlement/clearing/close.ts';
import { deliverFiles } from '../../src/settlement/clearing/deliver.ts';
import { followClearing } from '../../src/settlement/clearing/follow.ts';
import { makeOrders } from '../../src/settlement/clearing/make.ts';
import { netShard } from '../../src/settlement/clearing/net.ts';
import { releaseClearing } from '../../src/settlement/clearing/release.ts';
import { writeFiles } from '../../src/settlement/clearing/write.ts';
import { builtInProfile } from '../../src/settlement/payments/profile.ts';
import { dispute } from '../../src/shops/index.ts';
import { waits } from '../../src/timeline/step.ts';
import { readFacts } from '../../src/timeline/facts.ts';
import { listTransactions, timelineOf, type Timeline } from '../../src/timeline/index.ts';
import { addHousehold, header, outcome, purchaseRequest, returnRequest, setRules } from '../ledger/model/world.ts';
import { DAY, FREE, GOOD, openTestLedger, type OpenLedger, type TestLedger } from '../ledger/support/books.ts';
import { answerCsv } from '../settlement/support/bank.ts';
import { testSheba } from '../settlement/support/books.ts';
import { addActor } from '../support/people.ts';

/** Each state of a transaction once, over the real ledger, a real clearing and a bank's real files: what its timeline says, on whom it waits,
 *  and what it answers to "why was I not paid" and "why was I charged". */

const NOW = Date.now();
const [D0, D1] = [0, 1].map((days) => tehran(NOW + days * DAY).isoDate) as [string, string];
const REASON = 'a reason of ten letters';

/** A shop for each fate, named by it. */
const SHOPS = [
  'shop',
  'gone',
  'refused',
  'busy',
  'blocked',
  'unexplained',
  'sheba',
  'small',
  'owing',
  'suspended',
  'disputed',
  'card',
] as const;
type Shop = (typeof SHOPS)[number];
const merchantOf = (shop: Shop): string => String(700 + SHOPS.indexOf(shop)).padStart(15, '0');
const terminalOf = (shop: Shop): string => String(30_000_000 + SHOPS.indexOf(shop));

let world: TestLedger;
let pool: pg.Pool;
let ledger: OpenLedger;
let folder: string;
let card: Buffer;
let household: string;
/** RRNs by what became of them. */
const rrns: Record<string, string> = {};

beforeAll(async () => {
  world = await openTestLedger({ aheadDays: 3 });
  ({ pool, ledger } = world);
  folder = mkdtempSync(join(tmpdir(), 'kalabarg-timeline-'));
  for (const [n, shop] of SHOPS.entries()) {
    await pool.query(`insert into merchants (merchant_id, name, guild, sheba, status) values ($1, $2, 'supermarket', $3, 'approved')`, [merchantOf(shop), `shop ${shop}`, testSheba(100 + n)]); // prettier-ignore
    await pool.query('insert into terminals (terminal_id, merchant_id) values ($1, $2)', [
      terminalOf(shop),
      merchantOf(shop),
    ]);
  }
  await pool.query(`insert into settlement_terms (valid_from, min_payout_rials) values ('2020-01-02', 1000)`);
  ({ id: household, cards: [card] } = (await addHousehold(pool, 2, [{ rials: 50_000_000n, from: tehran(NOW - 9 * DAY).isoDate, to: tehran(NOW + 30 * DAY).isoDate }])) as { id: string; cards: [Buffer] }); // prettier-ignore
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await pool.query(`delete from postings where kind = 'purchase' and household_id = 'forged'`);
  await world.close();
});

const headOf = (shop: Shop, by = card, at = NOW) =>
  header({ terminal: terminalOf(shop), merchant: merchantOf(shop) } as never, by, at);

/** @param leg what the bank says; `open`: nothing yet */
async function buy(
  name: string,
  shop: Shop,
  rials: bigint,
  {
    rest = 'cash',
    leg = GOOD,
    by = card,
    at = NOW,
  }: { rest?: 'card' | 'cash'; leg?: LegResult | 'open'; by?: Buffer; at?: number } = {},
) {
  // prettier-ignore
  const head = headOf(shop, by, at);
  const decision = await ledger.purchase(purchaseRequest(head, rials, rest));
  if (decision.kind !== 'held') rrns[name] = outcome(decision).rrn;
  else {
    rrns[name] = decision.outcome.rrn;
    if (leg !== 'open') await ledger.complete(decision.ref, leg);
  }
  return head;
}

async function roadOf(name: string, now = NOW): Promise<Timeline> {
  const { rows } = await listTransactions(pool, { rrn: rrns[name] ?? '' }, { limit: 10 });
  const row = rows.find(({ kind }) => kind === 'purchase' || kind === 'forward');
  const facts = row === undefined ? undefined : await readFacts(pool, row, now);
  if (facts === undefined) throw new Error(`no transaction ${name} (${rrns[name] ?? '-'})`);
  const road = timelineOf(facts, undefined, now);
  keepsItsPromises(name, road);
  return road;
}

/** What holds in every state. */
function keepsItsPromises(name: string, { steps, waiting, answer }: Timeline): void {
  const all = JSON.stringify({ steps, answer }, (_, value: unknown) =>
    typeof value === 'bigint' ? String(value) : value,
  );
  expect([name, /IR\d{24}(?!\d)/.exec(all)?.[0], /\b\d{16,19}\b/.exec(all)?.[0]]).toEqual([name, undefined, undefined]);
  for (const { kind, title, waiting: own } of steps) {
    expect([name, kind, title.fa, title.en]).toEqual([
      name,
      kind,
      expect.stringMatching(/[آ-ی]/),
      expect.stringMatching(/^[A-Z]/),
    ]);
    if (own?.until !== undefined) expect([name, kind, own.until >= own.since]).toEqual([name, kind, true]);
  }
  if (waiting !== undefined)
    expect([name, waiting.can.fa, waiting.can.en]).toEqual([
      name,
      expect.stringMatching(/./),
      expect.stringMatching(/./),
    ]);
  expect([name, steps[0]?.kind]).toEqual([name, 'received']);
}

type Expected = readonly [
  name: string,
  paid: string,
  charged: string,
  waitsOn: string | undefined,
  steps?: readonly string[],
];

async function tells(rows: readonly Expected[], now = NOW): Promise<void> {
  for (const [name, paid, charged, waitsOn, keys] of rows) {
    const { steps, waiting, answer } = await roadOf(name, now);
    expect([name, answer.paid.code, answer.charged.code, waiting?.on]).toEqual([name, paid, charged, waitsOn]);
    const titles = steps.map(({ titleKey }) => titleKey);
    if (keys !== undefined) expect([name, titles]).toEqual([name, keys]);
  }
}

test('at the till: refused, declined, split, in doubt, reversed, returned', async () => {
  const poor = (await addHousehold(pool, 1, [{ rials: 400n, from: D0, to: tehran(NOW + DAY).isoDate }]))
    .cards[0] as Buffer;
  const none = (await addHousehold(pool, 1, [])).cards[0] as Buffer;
  await pool.query(`update merchants set status = 'suspended' where merchant_id = $1`, [merchantOf('suspended')]);
  await buy('refused at the door', 'suspended', 5_000n);
  await pool.query(`update merchants set status = 'approved' where merchant_id = $1`, [merchantOf('suspended')]);
  await buy('no credit', 'shop', 5_000n, { by: none });
  await buy('split', 'shop', 5_000n, { by: poor, rest: 'card' });
  await buy('declined by the bank', 'shop', 5_000n, {
    by: none,
    rest: 'card',
    leg: { kind: 'declined', rc: '51', bankRc: '51' },
  });
  await buy('not sent', 'shop', 5_000n, { by: none, rest: 'card', leg: { kind: 'unsent', rc: '91' } });
  await buy('being asked', 'shop', 5_000n, { by: none, rest: 'card', leg: 'open' });
  for (const name of ['doubt settled', 'doubt refused', 'doubt'])
    await buy(name, 'shop', 5_000n, { by: none, rest: 'card', leg: { kind: 'doubt', rc: '68', why: 'no answer' } });
  // one after the other: they are of one card
  const next = async (): Promise<string> => (await ledger.claimAdvices(10, 1_000, NOW + DAY))[0]?.id ?? '';
  await ledger.adviceDone(await next(), '00');
  await ledger.adviceDone(await next(), '05');
  await ledger.adviceFailed(await next(), 'no answer in time', NOW + 60_000);
  await buy('by card alone', 'card', 5_000n, { by: none, rest: 'card' });
  const head = await buy('reversed', 'shop', 5_000n);
  const { key, merchant, contentHash } = headOf('shop');
  await ledger.reverse({ key, merchant, contentHash, at: NOW, original: { mti: '0200', stan: head.key.stan, transmission: head.transmission }, totalRials: 5_000n, reason: '17' } as never); // prettier-ignore
  await buy('returned', 'shop', 5_000n);
  await ledger.return(returnRequest(headOf('shop'), 5_000n, rrns['returned'] ?? ''));
  await buy('returned partly', 'shop', 5_000n);
  await ledger.return(returnRequest(headOf('shop'), 2_000n, rrns['returned partly'] ?? ''));
  const forwarded = await ledger.forward({ ...headOf('shop', Buffer.alloc(32, 7)), totalRials: 9_000n });
  if (forwarded.kind === 'held') {
    rrns['ordinary'] = forwarded.outcome.rrn;
    await ledger.complete(forwarded.ref, GOOD);
  }
  await setRules(pool, { ...FREE, pinCheck: 'issuer' });
  await buy('wrong PIN', 'shop', 5_000n, { leg: { kind: 'declined', rc: '55', bankRc: '55' } });
  await setRules(pool, FREE);

  await tells([
    ['refused at the door', 'declined', 'not_charged', undefined, ['received.request', 'checks.refused', 'decision.declined', 'completion.declined']],
    ['no credit', 'declined', 'not_charged', undefined, ['received.request', 'checks.passed', 'decision.declined', 'completion.declined']],
    ['split', 'day_open', 'charged', 'system', ['received.request', 'checks.passed', 'decision.split', 'hold.taken', 'leg.approved', 'completion.approved', 'postings.done', 'day.open', 'credited.open']],
    ['declined by the bank', 'declined', 'declined_by_bank', undefined, ['received.request', 'checks.passed', 'decision.asked', 'hold.released', 'leg.declined', 'completion.declined']],
    ['wrong PIN', 'declined', 'declined_by_bank', undefined],
    ['not sent', 'declined', 'not_charged', undefined],
    ['being asked', 'in_doubt', 'in_doubt', 'bank', ['received.request', 'checks.passed', 'decision.asked', 'hold.open', 'leg.open']],
    ['doubt', 'declined', 'reversing', 'bank', ['received.request', 'checks.passed', 'decision.asked', 'hold.released', 'leg.doubt', 'completion.declined', 'advice.open']],
    ['doubt refused', 'declined', 'reversal_refused', 'operator'],
    ['doubt settled', 'declined', 'given_back', undefined],
    ['by card alone', 'nothing_due', 'charged', undefined],
    ['reversed', 'reversed', 'given_back', undefined],
    ['returned', 'returned', 'returned', 'system'],
    ['returned partly', 'day_open', 'returned_partly', 'system'],
    ['ordinary', 'not_ours', 'charged', undefined],
  ]); // prettier-ignore
  const { answer, steps } = await roadOf('doubt');
  expect(answer.charged.facts).toMatchObject({ rials: '5000', attempts: 1, code: '68' });
  expect(steps.find(({ kind }) => kind === 'advice')?.facts).toMatchObject({
    lastError: 'no answer in time',
    attempts: 1,
    why: '68',
  });
  const split = await roadOf('split');
  expect(split.answer.charged.facts).toMatchObject({ voucherRials: '400', cardRials: '4600' });
  expect(split.steps.find(({ kind }) => kind === 'decision')?.facts['rules']).toMatchObject([
    { programme: 'test', version: '2020-03-20' },
  ]);
  expect(split.steps.find(({ kind }) => kind === 'postings')?.facts['entries']).toMatchObject([
    { legs: { 'household-voucher': '-400', 'merchant-payable': '400' } },
  ]);
  const late = (await roadOf('being asked', NOW + DAY)).waiting;
  expect([late?.on, late?.late]).toEqual(['bank', true]);
});

const STEPS_OF_A_DAY = { close: 'closing', make: 'checking', release: 'sending', deliver: 'at_bank' };

test('from the business day to the Sheba, with everything that can keep it', async () => {
  for (const shop of SHOPS) if (shop !== 'card') await buy(shop, shop, shop === 'small' ? 900n : 300_000n);
  const sara = await addActor(pool, 'sara', ['support']);
  await transaction(pool, (db) => dispute(db, { merchantId: merchantOf('disputed'), rrn: rrns['disputed'] ?? '', businessDay: D0, reason: REASON, until: new Date(NOW + 20 * DAY).toISOString() }, { actor: sara }, NOW)); // prettier-ignore
  await tells([['shop', 'day_open', 'charged', 'system'], ['disputed', 'disputed', 'charged', 'operator']]); // prettier-ignore

  await closeDay0();
  await tells([['shop', STEPS_OF_A_DAY.close, 'charged', 'system']]);
  await pool.query(`update merchants set status = 'suspended' where merchant_id = $1`, [merchantOf('suspended')]);
  await forge(merchantOf('unexplained'));
  await makeOrders(pool, D0);
  await writeFiles(pool, D0, folder);
  await tells([
    ['shop', STEPS_OF_A_DAY.make, 'charged', 'operator', ['received.request', 'checks.passed', 'decision.approved', 'completion.approved', 'postings.done', 'day.closed', 'net.pay', 'order.made', 'release.open', 'credited.open']],
    ['suspended', 'held', 'charged', 'operator'],
    ['unexplained', 'held_break', 'charged', 'operator'],
    ['small', 'small', 'charged', 'shop'],
    ['disputed', 'disputed', 'charged', 'operator'],
  ]); // prettier-ignore
  const held = await roadOf('unexplained');
  expect(held.waiting).toMatchObject({ on: 'operator', who: 'settlement desk' });
  expect(held.steps.find(({ kind }) => kind === 'break')?.facts).toMatchObject({ class: 'UNEXPLAINED', ofShop: true });

  await pool.query('update merchants set sheba = $2 where merchant_id = $1', [merchantOf('sheba'), testSheba(900)]);
  expect(await releaseClearing(pool, D0, 'babak')).toHaveLength(1); // the Sheba: held, and nothing left
  await writeFiles(pool, D0, folder);
  expect(await releaseClearing(pool, D0, 'babak')).toEqual([]);
  await tells([['shop', STEPS_OF_A_DAY.release, 'charged', 'system'], ['sheba', 'sheba_changed', 'charged', 'system']]); // prettier-ignore

  await deliverFiles(pool, D0, folder);
  await tells([['shop', STEPS_OF_A_DAY.deliver, 'charged', 'bank']]);
  const overdue = (await roadOf('shop', NOW + 9 * DAY)).waiting;
  expect([overdue?.on, overdue?.late]).toEqual(['bank', true]);

  await answers([['shop', 'ACSC'], ['gone', 'ACSC'], ['refused', 'RJCT', 'AC04'], ['busy', 'RJCT', 'MS03'], ['blocked', 'BLCK'], ['owing', 'ACSC']]); // prettier-ignore
  await tells([
    ['shop', 'paid', 'charged', undefined, ['received.request', 'checks.passed', 'decision.approved', 'completion.approved', 'postings.done', 'day.closed', 'net.pay', 'order.made', 'release.done', 'delivery.done', 'answer.paid', 'credited.done']],
    ['refused', 'bank_refused', 'charged', 'shop'],
    ['busy', 'bank_refused', 'charged', 'system'],
    ['blocked', 'bank_blocked', 'charged', 'bank'],
  ]); // prettier-ignore
  const paid = await roadOf('shop');
  expect(paid.answer.paid.facts).toMatchObject({
    rials: '300000',
    order: expect.stringMatching(/^\d{14}$/),
    position: expect.any(Number),
  });
  expect(paid.steps.find(({ kind }) => kind === 'bank-answer')?.facts).toMatchObject({
    state: 'paid',
    file: 'answers.csv',
    kind: 'csv',
  });
  const refused = await roadOf('refused');
  expect(refused.answer.paid.facts).toMatchObject({ cause: 'sheba_refused', bankReason: 'AC04' });
  await pool.query('update merchants set sheba = $2 where merchant_id = $1', [merchantOf('refused'), testSheba(901)]);
  await tells([['refused', 'bank_refused', 'charged', 'operator']]); // corrected: two persons let it go on
});

test('what one day left goes with the next, and more that came back than was sold is owed', async () => {
  const at = NOW + DAY;
  await buy('owing later', 'owing', 10_000n, { at });
  await ledger.return(returnRequest(headOf('owing', card, at), 290_000n, rrns['owing'] ?? ''));
  await tells([['sheba', 'sheba_changed', 'charged', 'system'], ['owing', 'paid', 'returned_partly', undefined]], at); // prettier-ignore
  await beginClearing(pool, { day: D1, profile: builtInProfile('ccti-1'), maker: 'maryam', shards: 1 }, systemClock);
  await closeDay(pool, D1, systemClock);
  await netShard(pool, D1, 0);
  await makeOrders(pool, D1);
  await writeFiles(pool, D1, folder);
  await releaseClearing(pool, D1, 'babak');
  await deliverFiles(pool, D1, folder);
  await tells([['sheba', 'at_bank', 'charged', 'bank'], ['busy', 'at_bank', 'charged', 'bank'], ['owing later', 'owing', 'charged', 'shop']], at); // prettier-ignore
  await answers([['sheba', 'ACSC'], ['busy', 'ACSC']], D1); // prettier-ignore
  await tells([['sheba', 'paid', 'charged', undefined], ['busy', 'paid', 'charged', undefined]], at); // prettier-ignore
  const moved = await roadOf('busy', at);
  expect(moved.answer.paid.facts).toMatchObject({ firstOrder: { state: 'returned', reason: 'MS03' } });
  expect(moved.steps.map(({ titleKey }) => titleKey)).toEqual(
    expect.arrayContaining(['answer.returned', 'answer.paid', 'credited.done']),
  );
  expect(addDays(D0, 1)).toBe(D1);
  expect(household).not.toBe('');
});

async function closeDay0(): Promise<void> {
  await beginClearing(pool, { day: D0, profile: builtInProfile('ccti-1'), maker: 'maryam', shards: 1 }, systemClock);
  await closeDay(pool, D0, systemClock);
  await netShard(pool, D0, 0);
}

/** A posting that no transaction explains, of one shop. */
async function forge(merchant: string): Promise<void> {
  await pool.query(
    `insert into postings (household_id, transaction_id, line, business_day, at, kind, merchant_id, bucket_id, household_voucher, merchant_payable)
     values ('forged', 999999999, 1, $1, 0, 'purchase', $2, 1, -77, 77)`,
    [D0, merchant],
  );
}

async function answers(
  words: readonly (readonly [shop: Shop, status: string, reason?: string])[],
  day = D0,
): Promise<void> {
  const found = await pool.query<{ merchant: string; id: string }>(
    'select merchant_id as merchant, instruction_id as id from payment_orders where business_day = $1',
    [day],
  );
  const said = words.map(([shop, status, reason]) => {
    const id = found.rows.find(({ merchant }) => merchant === merchantOf(shop))?.id ?? '';
    return { id, status, ...(reason === undefined ? {} : { reason }) };
  });
  const name = day === D0 ? 'answers.csv' : 'answers-2.csv';
  writeFileSync(join(folder, name), answerCsv(said));
  await takeAnswers(pool, join(folder, name), name);
  await followClearing(pool, day);
}

test('nothing waits since a midnight to come: a day may be open since the evening before', () => {
  expect(waits('system', { since: 2_000, until: 3_000 }, 1_000)).toMatchObject({
    since: 1_000,
    until: 3_000,
    late: false,
  });
  expect(waits('system', { since: 500, until: 900 }, 1_000)).toMatchObject({ since: 500, late: true });
});
