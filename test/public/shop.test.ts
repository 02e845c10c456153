import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { FastifyInstance } from 'fastify';
import { Readable } from 'node:stream';
import type pg from 'pg';
import { gunzipSync, gzipSync } from 'node:zlib';
import { verifyJournal } from '../../src/ledger/index.ts';
import { addDays } from '../../src/field/jalali.ts';
import { systemClock } from '../../src/ops/clock.ts';
import { clearDay } from '../settlement/support/clear.ts';
import { merchantId, testSheba } from '../settlement/support/books.ts';
import { openLedgerBooks, type LedgerBooks, type Movement } from '../settlement/support/ledger-books.ts';
import { routesOf, signIn, testDoor } from '../support/door.ts';
import { doorPool } from '../support/postgres.ts';
import { textOf, Visitor } from '../support/visitor.ts';

const [FIRST, TODAY] = ['2026-12-27', '2026-12-30'] as const;
const NOW = Date.parse(`${TODAY}T11:30:00+03:30`);
const [MARYAM, BABAK] = ['09121234567', '09127654321'] as const;

let books: LedgerBooks;
let door: FastifyInstance;
let asDoor: pg.Pool;
let maryam: Visitor;
let babak: Visitor;

beforeAll(async () => {
  books = await openLedgerBooks();
  const { pool } = books;
  await books.openDay(FIRST);
  for (let n = 1; n <= 3; n++) {
    await books.addShop(n, n === 2 ? 'IR00' : testSheba(n));
    await pool.query('update merchants set mobile = $2, name = $3 where merchant_id = $1', [
      merchantId(n),
      n === 3 ? BABAK : MARYAM,
      ['سوپرمارکت بهار', 'لبنیاتی <b>دوست</b>', 'قصابی رضا'][n - 1],
    ]);
  }
  await pool.query(
    `insert into settlement_terms (valid_from, min_payout_rials, fee_fixed_rials) values ($1, 100000, 500)`,
    [FIRST],
  );
  for (let n = 0; n < 4; n++) {
    const day = addDays(FIRST, n);
    const sale = (id: number, shop: number, voucher: number): Movement => ({
      id: 100 * n + id,
      kind: 'purchase',
      day,
      shop,
      voucher,
      card: 50_000,
      cash: 7_005,
    });
    await books.add([sale(1, 1, 1_234_560), sale(2, 1, 800_000), sale(3, 2, 400_000), sale(4, 3, 990_000)]);
    if (n < 3) await clearDay(books, day);
  }
  await pool.query(`update payment_orders set state = 'paid', changed_at = $2 where business_day = $1`, [
    FIRST,
    new Date('2026-12-28T01:10:00Z'),
  ]);
  // as a process that serves the public alone
  asDoor = await doorPool(books.databaseUrl);
  door = testDoor(asDoor, { ...systemClock, now: () => NOW });
  [maryam, babak] = [new Visitor(door), new Visitor(door, '203.0.113.5')];
  await signIn(maryam, pool, MARYAM, NOW);
  await signIn(babak, pool, BABAK, NOW);
});
afterAll(async () => {
  await door.close();
  await asDoor.end();
  await books.close();
});

const page = async (visitor: Visitor, url: string): Promise<string> => {
  const answer = await visitor.get(url);
  expect([url, answer.statusCode]).toEqual([url, 200]);
  return textOf(answer.body);
};

test('whoever has one shop is there at once; whoever has several chooses; a stranger signs in first', async () => {
  expect((await babak.get('/shop')).headers.location).toBe(`/shop/${merchantId(3)}`);
  const choice = await page(maryam, '/shop');
  expect(choice).toContain('سوپرمارکت بهار');
  expect(choice).toContain('لبنیاتی <b>دوست</b>');
  expect(choice).not.toContain('قصابی رضا');
  const stranger = await new Visitor(door).get(`/shop/${merchantId(1)}/days`);
  expect([stranger.statusCode, stranger.headers.location]).toEqual([
    303,
    `/sign-in?back=${encodeURIComponent(`/shop/${merchantId(1)}/days`)}`,
  ]);
});

test('today: what was sold by tender, what is owed and with whom it is', async () => {
  const text = await page(maryam, `/shop/${merchantId(1)}`);
  expect(text).toContain('چهارشنبه ۹ دی ۱۴۰۵');
  expect(text).toContain('۲۱۴٬۸۵۷ تومان'); // the whole sales: 2,148,570 rials
  expect(text).toContain('کالابرگ ۲۰۳٬۴۵۶ تومان');
  expect(text).toContain('حواله نزد بانک است');
  expect(text).toContain('منتظر بانک');
  expect(text).toContain('واریز شد');
});

test('first steps: what the books say is done, what is still to do, and where', async () => {
  const steps = /گام‌های آغاز.*?(?=امروز|کالابرگ ۲۰۳)/s.exec(await page(maryam, `/shop/${merchantId(1)}`))?.[0] ?? '';
  expect(steps).toContain('نخستین واریز انجام شد دوشنبه ۷ دی ۱۴۰۵');
  expect(steps).toContain('کارکنان آموزش دیدند نام آن‌ها را بنویسید');
  expect((await maryam.get(`/shop/${merchantId(1)}`)).body).toContain(`href="/shop/${merchantId(1)}/staff"`);
});

test('a day: its sum, its fees, its pay clock with the Sheba’s last digits and the batch, and each sale', async () => {
  const paid = await page(maryam, `/shop/${merchantId(1)}/days/${FIRST}`);
  expect(paid).toContain(`…${testSheba(1).slice(-4)}`);
  expect(paid).toContain('دوشنبه ۷ دی ۱۴۰۵ ساعت ۰۴:۴۰');
  expect(paid).toContain('جمع واریز ۲۰۳٬۳۵۶ تومان');
  expect(paid).toContain('شمارهٔ حواله 14051006000001');
  expect(paid).toContain('شمارهٔ مرجع 666666666661');
  const wrong = await page(maryam, `/shop/${merchantId(2)}/days/2026-12-29`);
  expect(wrong).toContain('شبای ثبت‌شده درست نیست.');
  expect(wrong).toContain('منتظر شما');
});

test('amounts are shown in rials when the reader wants that', async () => {
  const visitor = new Visitor(door);
  await signIn(visitor, books.pool, MARYAM, NOW + 120_000);
  expect((await visitor.get(`/shop/unit?to=rial&back=/shop/${merchantId(1)}`)).headers.location).toBe(
    `/shop/${merchantId(1)}`,
  );
  expect(await page(visitor, `/shop/${merchantId(1)}`)).toContain('۲٬۱۴۸٬۵۷۰ ریال');
  expect((await visitor.get('/shop/unit?to=rial&back=//evil.ir')).headers.location).toBe('/');
});

test('statements come as PDF, XLSX and CSV, of months of both calendars; what is no period is explained', async () => {
  const base = `/shop/${merchantId(1)}/statements`;
  for (const [of, kind, start] of [
    ['1405-10', 'pdf', '%PDF-'],
    ['2026-12', 'xlsx', 'PK'],
    [FIRST, 'csv', '\ufeffتاریخ'],
  ]) {
    const answer = await maryam.get(`${base}/${of}.${kind}`);
    expect([answer.statusCode, answer.body.startsWith(start ?? '')]).toEqual([200, true]);
    expect(answer.headers['content-disposition']).toContain(`kalabarg-${merchantId(1)}-${of}.${kind}`);
  }
  const csv = (await maryam.get(`${base}/1405-10-06.csv`)).body;
  expect(csv).toContain('1291565,1234560,50000,7005,1234560');
  expect(await page(maryam, `${base}?of=2026-13`)).toContain('شمسی مانند 1405-10-09');
  expect(await page(maryam, `${base}?of=2026-12`)).toContain('2026-12');
  expect((await maryam.get(`${base}/2026-13.csv`)).statusCode).toBe(404);
});

test('a backup is a chain that the command verifies, and a changed byte is found', async () => {
  const answer = await maryam.get(`/shop/${merchantId(1)}/backup/${FIRST}.jsonl.gz`);
  expect(answer.statusCode).toBe(200);
  const good = await verifyJournal(Readable.from([answer.rawPayload]));
  expect([good.lines, good.fault]).toEqual([4, undefined]);
  const forged = gzipSync(gunzipSync(answer.rawPayload).toString().replace('1234560', '1234561'));
  expect((await verifyJournal(Readable.from([forged]))).fault).toMatchObject({ line: 2 });
});

test('terminals and papers are shown as the database has them', async () => {
  const terminals = await page(maryam, `/shop/${merchantId(1)}/terminals`);
  expect(terminals).toContain('10000001 فعال');
  expect(terminals).toContain('هنوز کلید ندارد');
  const papers = await page(maryam, `/shop/${merchantId(1)}/papers`);
  expect(papers).toContain('فروش با کالابرگ مجاز');
});

test('a change begins as a case of its kind, once; another kind is none', async () => {
  const page = `/shop/${merchantId(1)}/changes`;
  await maryam.get(page);
  expect((await maryam.submit(page, { kind: 'toString' })).statusCode).toBe(200);
  const begun = await maryam.submit(page, { kind: 'sheba' });
  expect([begun.statusCode, begun.headers.location]).toEqual([303, expect.stringMatching(/^\/apply\/\d{9}$/)]);
  await maryam.get(page);
  expect(textOf((await maryam.submit(page, { kind: 'sheba' })).body)).toContain('پرونده‌ای از همین نوع باز است');
  expect((await maryam.get(`/shop/${merchantId(1)}/notices`)).statusCode).toBe(200);
});

test('a shop of somebody else does not exist, on every route', async () => {
  const routes = routesOf(door).filter(({ path }) => path.startsWith('/shop/:merchant'));
  expect(routes.length).toBeGreaterThan(6);
  await maryam.get('/shop');
  const token = csrf();
  for (const { path, methods } of routes) {
    const url = path
      .replace(':merchant', merchantId(3))
      .replace(':day', FIRST)
      .replace(':file', `${FIRST}.csv`)
      .replace(/:\w+/, '1');
    const unknown = url.replace(merchantId(3), merchantId(99));
    for (const method of methods.filter((each) => each !== 'HEAD')) {
      const send = (to: string) => (method === 'GET' ? maryam.get(to) : maryam.post(to, { csrf: token }));
      const [theirs, nobodys] = [await send(url), await send(unknown)];
      expect([method, url, theirs.statusCode]).toEqual([method, url, 404]);
      expect(theirs.body).toBe(nobodys.body);
      expect(theirs.body).not.toContain('قصابی');
    }
  }
});

/** Of the form that signs out, which every page has. */
function csrf(): string {
  return maryam.hidden('/sign-out')['csrf'] ?? '';
}
