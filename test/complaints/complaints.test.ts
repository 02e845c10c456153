import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { FastifyInstance } from 'fastify';
import type pg from 'pg';
import {
  actOnComplaint,
  fileComplaint,
  readComplaint,
  watchComplaints,
  type KeptComplaint,
} from '../../src/complaints/index.ts';
import { complaintPosition, type Remedy } from '../../src/complaints/complaint.ts';
import { systemClock } from '../../src/ops/clock.ts';
import { transaction } from '../../src/ops/database.ts';
import type { Actor } from '../../src/people/index.ts';
import { unexplained } from '../../src/settlement/audit/unexplained.ts';
import { merchantId, testSheba } from '../settlement/support/books.ts';
import { clearDay } from '../settlement/support/clear.ts';
import { openLedgerBooks, terminalId, type LedgerBooks } from '../settlement/support/ledger-books.ts';
import { signIn, testDoor } from '../support/door.ts';
import { addActor } from '../support/people.ts';
import { doorPool } from '../support/postgres.ts';
import { textOf, Visitor } from '../support/visitor.ts';

/** RRNs of ours name their day: YDDDhhnnnnnn. */
const [YESTERDAY, TODAY] = ['2026-12-29', '2026-12-30'] as const;
const NOW = Date.parse(`${TODAY}T11:30:00+03:30`);
const rrnOf = (n: number): string => `636311${String(n).padStart(6, '0')}`;
const DAY_MS = 86_400_000;

let books: LedgerBooks;
let door: FastifyInstance;
let asDoor: pg.Pool;
let sara: Actor;
let babak: Actor;
const by = (actor: Actor) => ({ actor });

beforeAll(async () => {
  books = await openLedgerBooks();
  const { pool } = books;
  await books.openDay(YESTERDAY);
  await books.addShop(1, testSheba(1));
  await books.addShop(2, testSheba(2));
  await pool.query(`update merchants set mobile = '09121234567' where merchant_id = $1`, [merchantId(1)]);
  await pool.query(`insert into programmes values ('kalabarg')`);
  await books.add(
    [1, 2, 3, 4, 5, 6, 7].map((id) => ({
      id,
      kind: 'purchase',
      day: YESTERDAY,
      shop: 1,
      voucher: 100_000 * id,
      rrn: rrnOf(id),
      household: id,
    })),
  );
  for (let n = 1; n <= 7; n++) {
    await pool.query(`insert into households (household_id, members) values ($1, 3)`, [`h${n}`]);
    await pool.query(`insert into cards values (decode($1, 'hex'), '603799******0000', $2)`, [
      String(n).repeat(64),
      `h${n}`,
    ]);
    await pool.query(
      `insert into buckets (household_id, bucket_id, programme_id, period, amount_rials, spent_rials, valid_from, valid_to)
       values ($1, 1, 'kalabarg', '1405-10', 5000000, $2, '2026-12-01', '2027-01-20')`,
      [`h${n}`, 100_000 * n],
    );
    await pool.query(`update transactions set given_rials = '{0}' where household_id = $1`, [`h${n}`]);
  }
  await clearDay(books, YESTERDAY);
  [sara, babak] = [await addActor(pool, 'sara', ['support']), await addActor(pool, 'babak', ['checker'])];
  asDoor = await doorPool(books.databaseUrl);
  door = testDoor(asDoor, { ...systemClock, now: () => NOW });
});
afterAll(async () => {
  await door.close();
  await asDoor.end();
  await books.close();
});

async function filed(n: number, kind: KeptComplaint['facts']['kind'] = 'deducted', now = NOW): Promise<KeptComplaint> {
  const receipt = { rrn: rrnOf(n), terminal: terminalId(1), totalRials: BigInt(100_000 * n), last4: '0000' };
  const kept = await transaction(books.pool, (db) =>
    fileComplaint(db, receipt, { kind, filedBy: 'support', told: '' }, by(sara), now),
  );
  if (kept === undefined) throw new Error(`no purchase ${n}`);
  return kept;
}

const act = (
  id: string,
  request: Parameters<typeof actOnComplaint>[2],
  actor: Actor,
  now = NOW,
): Promise<KeptComplaint> => transaction(books.pool, (db) => actOnComplaint(db, { id }, request, by(actor), now));

async function accepted(n: number, remedy: Remedy, rials?: bigint): Promise<KeptComplaint> {
  const { id } = await filed(n);
  await act(id, { kind: 'propose', remedy, rials, reason: 'the receipt shows it' }, sara);
  await expect(act(id, { kind: 'approve' }, sara)).rejects.toMatchObject({ code: 'complaints.same-person' });
  return act(id, { kind: 'approve' }, babak);
}

test('the same complaint again is the same one; what the receipt does not say is not found', async () => {
  const one = await filed(1);
  expect((await filed(1)).number).toBe(one.number);
  const wrong = { rrn: rrnOf(1), terminal: terminalId(1), totalRials: 100_001n, last4: '0000' };
  expect(
    await transaction(books.pool, (db) =>
      fileComplaint(db, wrong, { kind: 'amount', filedBy: 'support', told: '' }, by(sara), NOW),
    ),
  ).toBeUndefined();
});

test('two people give credit back by a return of the ledger; nothing that was is edited', async () => {
  const before = await books.pool.query('select * from postings order by household_id, transaction_id, line');
  const done = await accepted(2, 'return', 150_000n);
  expect(complaintPosition(done.facts, NOW).state).toBe('ACCEPTED');
  const { rows } = await books.pool.query<{ kind: string; voucher: string }>(
    `select kind, household_voucher::text as voucher from postings where household_id = 'h2' and kind = 'return'`,
  );
  expect(rows).toEqual([{ kind: 'return', voucher: '150000' }]);
  const after = await books.pool.query('select * from postings order by household_id, transaction_id, line');
  expect(after.rows).toEqual(expect.arrayContaining(before.rows));
  const bucket = await books.pool.query<{ spent: string }>(
    `select spent_rials::text as spent from buckets where household_id = 'h2'`,
  );
  expect(bucket.rows[0]?.spent).toBe('50000');
  expect(done.posting).toMatch(/^\d{12}$/);
});

test('two people credit a shop by ending a break, which the next net takes up; the audit finds nothing', async () => {
  const done = await accepted(3, 'credit_shop', 70_000n);
  const id = done.posting?.replace('break ', '');
  const { rows } = await books.pool.query(
    'select class, state, post, post_rials::text as rials, proposed_by, approved_by from breaks where break_id = $1',
    [id],
  );
  expect(rows).toEqual([
    {
      class: 'COMPLAINT',
      state: 'resolved',
      post: 'credit',
      rials: '70000',
      proposed_by: 'sara',
      approved_by: 'babak',
    },
  ]);
  expect(await unexplained(books.pool, YESTERDAY, YESTERDAY)).toEqual([]);
});

test('more than the purchase cannot be proposed, and a return not beyond its voucher part', async () => {
  const { id } = await filed(4);
  await expect(
    act(id, { kind: 'propose', remedy: 'return', rials: 400_001n, reason: 'too much of it' }, sara),
  ).rejects.toMatchObject({ code: 'complaints.rials' });
  await books.pool.query(`update transactions set given_voucher = 400000 where household_id = 'h4'`);
  await act(id, { kind: 'propose', remedy: 'return', rials: 400_000n, reason: 'it went back before' }, sara);
  await expect(act(id, { kind: 'approve' }, babak)).rejects.toMatchObject({ code: 'ledger.return' });
  expect(complaintPosition((await readComplaint(books.pool, id)).facts, NOW).state).toBe('PROPOSED');
});

test('a reversal under way answers by itself; when it is over the system looks again, or support does', async () => {
  await books.pool.query(
    `insert into bank_advices (lane, mti, terminal_id, merchant_id, rrn, amount_rials, leg, original_mti, original_leg, reason, queued_at, due_at)
     values ('1', '0420', $1, $2, $3, 5, '{}', '0200', '{}', 'timeout', $4, $4)`,
    [terminalId(1), merchantId(1), rrnOf(5), NOW],
  );
  const watched = await filed(5);
  expect(complaintPosition(watched.facts, NOW)).toMatchObject({
    state: 'WATCHED',
    waiting: { on: 'bank', until: NOW + 3 * DAY_MS },
  });
  await expect(act(watched.id, { kind: 'refuse', reason: 'not now, please' }, sara)).rejects.toMatchObject({
    code: 'complaints.state',
  });
  expect(await watchComplaints(books.pool, NOW + 1)).toBe(0);
  await books.pool.query(`update bank_advices set done_rc = '00', done_at = now() where rrn = $1`, [rrnOf(5)]);
  await books.pool.query(`update transactions set state = 'reversed' where household_id = 'h5'`);
  expect(await watchComplaints(books.pool, NOW + 2)).toBe(1);
  expect(complaintPosition((await readComplaint(books.pool, watched.id)).facts, NOW + 3)).toMatchObject({
    state: 'ANSWERED',
  });
});

test('a customer complains with a receipt, and follows it; wrong and unknown are answered alike', async () => {
  const visitor = new Visitor(door, '203.0.113.20');
  await visitor.get('/complain');
  const receipt = {
    kind: 'overcharged',
    rrn: rrnOf(6),
    terminal: terminalId(1),
    total: '۶۰۰٬۰۰۰',
    last4: '۰۰۰۰',
    mobile: '',
    text: '<b>گران</b>',
  };
  const wrong = await visitor.submit('/complain', { ...receipt, total: '600001' });
  await visitor.get('/complain');
  const unknown = await visitor.submit('/complain', { ...receipt, rrn: rrnOf(999) });
  expect([wrong.statusCode, unknown.statusCode]).toEqual([422, 422]);
  expect(textOf(wrong.body)).toContain('خریدی با این مشخصات پیدا نشد');
  const said = (body: string): string => /role="alert">([\s\S]*?)<\/div>/.exec(body)?.[1] ?? '';
  expect(said(wrong.body)).toBe(said(unknown.body));
  const right = await visitor.submit('/complain', receipt);
  expect(right.statusCode).toBe(200);
  const number = /شکایت (\d{9})/.exec(textOf(right.body))?.[1] ?? '';
  expect(textOf(right.body)).toContain('منتظر کارشناس پشتیبانی');
  await visitor.get('/complain/status');
  expect(textOf((await visitor.submit('/complain/status', { number, rrn: rrnOf(6) })).body)).toContain(number);
  await visitor.get('/complain/status');
  const [other, none] = [
    await visitor.submit('/complain/status', { number, rrn: rrnOf(5) }),
    await visitor.submit('/complain/status', { number: '123456789', rrn: rrnOf(6) }),
  ];
  expect([other.statusCode, none.statusCode]).toEqual([422, 422]);
});

test('whoever guesses receipts is stopped', async () => {
  const visitor = new Visitor(door, '203.0.113.21');
  const answers: number[] = [];
  for (let n = 0; n < 12; n++) {
    await visitor.get('/complain');
    const sent = {
      kind: 'amount',
      rrn: rrnOf(n + 500),
      terminal: terminalId(1),
      total: '5',
      last4: '0000',
      mobile: '',
      text: '',
    };
    answers.push((await visitor.submit('/complain', sent)).statusCode);
  }
  expect(answers.slice(0, 10)).toEqual(Array.from({ length: 10 }, () => 422));
  expect(answers.at(-1)).toBe(429);
});

test('a shop asks where the money of a sale is, and the pay clock answers; another shop’s sale is not found', async () => {
  const visitor = new Visitor(door, '203.0.113.22');
  await signIn(visitor, books.pool, '09121234567', NOW);
  const page = `/shop/${merchantId(1)}/complaints`;
  await visitor.get(page);
  const sent = { kind: 'not_paid', rrn: rrnOf(7), terminal: terminalId(1), text: '' };
  expect((await visitor.submit(page, { ...sent, terminal: terminalId(2) })).statusCode).toBe(200);
  expect(textOf(visitor.last?.body ?? '')).toContain('فروشی با این شمارهٔ مرجع و پایانه پیدا نشد');
  const answer = await visitor.follow(await visitor.submit(page, sent));
  expect(textOf(answer.body)).toContain('پول این فروش به حساب فروشگاه نیامده است');
  expect(textOf(answer.body)).toContain('منتظر');
});
