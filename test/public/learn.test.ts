import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { FastifyInstance } from 'fastify';
import type pg from 'pg';
import type { EmbeddedPostgres } from '../../src/demo/machine/postgres.ts';
import { checklistOf } from '../../src/enrolment/index.ts';
import { verifyLedger } from '../../src/ledger/index.ts';
import { openPool } from '../../src/ops/database.ts';
import { GOODS, SETS, TASK, type Practice } from '../../src/practice/index.ts';
import { REFUSALS } from '../../src/public/pages/learn/codes.ts';
import { guidePdf } from '../../src/public/pages/learn/guide.ts';
import { WORDS } from '../../src/public/pages/learn/words.ts';
import { wordsOf } from '../../src/handlers/screen-text.ts';
import { finishLesson, LESSONS, type LessonCode } from '../../src/training/index.ts';
import { signIn, testDoor } from '../support/door.ts';
import { createDatabase, doorLogin, doorPool, gatewayLogin, temporaryPostgres } from '../support/postgres.ts';
import { testPractice } from '../support/practice.ts';
import { textOf, Visitor } from '../support/visitor.ts';

const OWNER = '09121234567';
const [SHOP, OTHER] = ['000000000000001', '000000000000002'] as const;

let server: EmbeddedPostgres;
let pool: pg.Pool;
let owner: pg.Pool;
let practice: Practice;
let practiceUrl: string;
let door: FastifyInstance;
let asDoor: pg.Pool;
let maryam: Visitor;

beforeAll(async () => {
  server = await temporaryPostgres();
  practiceUrl = await createDatabase(server, 'practice', 'postgres');
  pool = openPool(await gatewayLogin(server.url), 4);
  owner = openPool(server.url, 1);
  for (const each of [pool, owner]) each.on('error', () => undefined);
  await owner.query(
    `insert into merchants (merchant_id, name, guild, sheba, status, mobile) values
       ('${SHOP}', 'سوپرمارکت بهار', 'supermarket', 'IR380170000000100000000001', 'approved', '${OWNER}'),
       ('${OTHER}', 'لبنیاتی دیگر', 'dairy', 'IR370120000000200000000002', 'approved', '09127654321')`,
  );
  practice = await testPractice(practiceUrl);
  asDoor = await doorPool(server.url);
  door = testDoor(asDoor, undefined, { practice: () => practice });
  maryam = new Visitor(door);
  await signIn(maryam, pool, OWNER);
});
afterAll(async () => {
  await door.close();
  await asDoor.end();
  await practice.close();
  await pool.end();
  await owner.end();
  await server.stop();
});

const STAFF = `/shop/${SHOP}/staff`;

/** Names somebody at the shop. @returns their number */
async function named(name: string): Promise<string> {
  await maryam.get(STAFF);
  expect((await maryam.submit(STAFF, { name })).statusCode).toBe(303);
  const { rows } = await owner.query<{ id: string }>('select staff_id as id from shop_staff where name = $1', [name]);
  return rows[0]?.id ?? '';
}

async function codeFor(id: string): Promise<string> {
  await maryam.get(STAFF);
  const page = await maryam.submit(`${STAFF}/${id}/code`);
  const shown = /[۰-۹]{3} [۰-۹]{3} [۰-۹]{4}/.exec(textOf(page.body))?.[0];
  if (shown === undefined) throw new Error(`no code in ${textOf(page.body)}`);
  return shown;
}

/** Somebody who has typed a practice code. */
async function entered(code: string): Promise<Visitor> {
  const visitor = new Visitor(door);
  await visitor.get('/learn');
  expect((await visitor.submit('/learn/enter', { code })).headers.location).toBe('/learn');
  return visitor;
}

async function begin(visitor: Visitor, lesson: LessonCode): Promise<void> {
  await visitor.get(`/learn/${lesson}`);
  expect((await visitor.submit(`/learn/${lesson}/begin`)).headers.location).toBe(`/learn/${lesson}#practice`);
  await visitor.get(`/learn/${lesson}`);
}

/** Presses keys, without a script. @returns the page afterwards, as text */
async function press(visitor: Visitor, lesson: LessonCode, fields: Record<string, string>): Promise<string> {
  const answer = await visitor.submit(`/learn/${lesson}/terminal`, fields);
  if (answer.statusCode === 303) await visitor.get(`/learn/${lesson}`);
  return textOf(visitor.last?.body ?? '');
}

const SALE = { act: 'voucher', rest: 'card', pin: '۱۲۳۴' };
/** What does each task, key by key. */
const DONE: Readonly<Record<LessonCode, readonly Record<string, string>[]>> = {
  menu: [{ ...SALE, amount: '۵۰۰٬۰۰۰' }],
  start: [{ act: 'sign-on' }],
  balance: [{ act: 'balance' }],
  credit: [{ ...SALE, 'good-rice': '1', 'good-oil': '1' }],
  split: [{ ...SALE, amount: '5000000' }],
  refusals: [
    { ...SALE, rest: 'cash', 'good-soap': '1' },
    { ...SALE, pin: '1111', 'good-rice': '1' },
    { ...SALE, 'good-rice': '1' },
  ],
  line: [{ ...SALE, amount: '800000' }, { act: 'sign-on' }, { act: 'balance' }, { ...SALE, amount: '800000' }],
  close: [{ act: 'return', amount: '400000', pin: '1234' }],
};

async function finish(visitor: Visitor, lesson: LessonCode): Promise<string> {
  await begin(visitor, lesson);
  let page = '';
  for (const fields of DONE[lesson]) {
    const rrn = /name="rrn"[^>]*value="(\d*)"/.exec(visitor.last?.body ?? '')?.[1] ?? '';
    page = await press(visitor, lesson, { rrn, ...fields });
  }
  return page;
}

test('a lesson is read and practised by anybody; nothing of it is recorded', async () => {
  const visitor = new Visitor(door);
  expect(textOf((await visitor.get('/learn')).body)).toContain('هشت درس کوتاه');
  expect(await finish(visitor, 'menu')).toContain('آفرین');
  expect(textOf((await visitor.get('/learn')).body)).toContain('گذرانده شد');
  expect((await owner.query('select 1 from staff_lessons')).rowCount).toBe(0);
  await visitor.submit('/learn/leave');
  expect(textOf((await visitor.get('/learn')).body)).not.toContain('گذرانده شد');
});

test('somebody whom the shop named finishes all lessons with a code, and the checklist says so', async () => {
  await owner.query('insert into shops (merchant_id) values ($1)', [SHOP]).catch(() => undefined);
  const babak = await named('بابک');
  const checklist = async () => {
    const { rows } = await owner.query<{ id: string }>('select shop_id as id from shops where merchant_id = $1', [
      SHOP,
    ]);
    return (await checklistOf(pool, rows[0]?.id ?? '', Date.now())).find(({ code }) => code === 'staff_trained');
  };
  expect(await checklist()).toMatchObject({ state: 'open' });
  const visitor = await entered(await codeFor(babak));
  for (const { code } of LESSONS)
    expect([code, await finish(visitor, code)]).toEqual([code, expect.stringContaining('به نام شما ثبت شد: بابک')]);
  expect(textOf((await visitor.get('/learn')).body)).toContain('۸ درس از ۸ درس');
  expect(textOf((await maryam.get(STAFF)).body)).toMatch(/بابک[\s\S]*۸ از ۸ درس · تمام شد/);
  expect(await checklist()).toEqual({ code: 'staff_trained', state: 'done', at: expect.any(String), detail: '1' });

  // a lesson that changed is asked again, and it alone
  await owner.query(`update staff_lessons set version = 99 where lesson = 'line'`);
  expect(await checklist()).toMatchObject({ state: 'open' });
  expect(textOf((await visitor.get('/learn')).body)).toContain('۷ درس از ۸ درس');
  await finishLesson(pool, babak, 'line', Date.now());
  expect(await checklist()).toMatchObject({ state: 'done' });
});

test('what is practised is in no book of the shops, and both books are in order', async () => {
  const { rows } = await owner.query(
    `select (select count(*) from transactions)::int as transactions, (select count(*) from postings)::int as postings,
            (select count(*) from merchants)::int as merchants, (select count(*) from public_shops where name = 'فروشگاه تمرینی')::int as listed,
            (select count(*) from signals)::int as signals, (select count(*) from practice_seats)::int as seats`,
  );
  expect(rows).toEqual([{ transactions: 0, postings: 0, merchants: 2, listed: 0, signals: 0, seats: 0 }]);
  const books = openPool(practiceUrl, 1);
  books.on('error', () => undefined);
  expect(await verifyLedger(books)).toEqual([]);
  expect(
    (await books.query(`select 1 from transactions where kind = 'purchase' and state = 'approved'`)).rowCount,
  ).toBeGreaterThan(3);
  expect((await books.query('select 1 from merchants where payout_until > 0 or sheba <> $1', [''])).rowCount).toBe(0);
  await books.end();
  expect(await verifyLedger(owner)).toEqual([]);
});

test('a form sent twice presses a key once; what is mistyped is said on the display', async () => {
  const visitor = new Visitor(door);
  await begin(visitor, 'menu');
  const fields = { ...visitor.hidden('/learn/menu/terminal'), ...SALE, amount: '500000' };
  for (let n = 0; n < 2; n++) await visitor.post('/learn/menu/terminal', fields);
  await visitor.get('/learn/menu');
  expect(await press(visitor, 'menu', { act: 'balance' })).toContain('مانده: ۹٬۵۰۰٬۰۰۰ ریال');
  for (const [wrong, said] of [
    [{ ...SALE, amount: '' }, 'مبلغ را به ریال بزنید'],
    [{ ...SALE, amount: '99999999999999' }, 'مبلغ را به ریال بزنید'],
    [{ ...SALE, amount: '5', pin: '12' }, 'رمز چهار رقم است'],
    [{ act: 'card', amount: '5', pin: '12345' }, 'رمز چهار رقم است'],
    [{ act: 'return', amount: '5', pin: '1234', rrn: '1' }, 'شمارهٔ مرجع ۱۲ رقم است'],
    [{ act: 'cash-out', amount: '5', pin: '1234' }, 'از منو انتخاب کنید'],
  ] as const) {
    expect(await press(visitor, 'menu', wrong)).toContain(said);
    expect(visitor.last?.statusCode).toBe(422);
  }
});

describe('who may', () => {
  test('a wrong code, one that ended and one of somebody removed are answered alike; an address has ten tries', async () => {
    const id = await named('گذرا');
    const code = await codeFor(id);
    const visitor = new Visitor(door, '198.51.100.9');
    await visitor.get('/learn');
    const tried = async (typed: string): Promise<string> =>
      textOf((await visitor.submit('/learn/enter', { code: typed })).body);
    const wrong = await tried('0000000000');
    expect(wrong).toContain('این کد درست نیست');
    await owner.query('update shop_staff set code_until = now() where staff_id = $1', [id]);
    expect(await tried(code)).toContain('این کد درست نیست');
    await maryam.get(STAFF);
    expect((await maryam.submit(`${STAFF}/${id}/removal`)).statusCode).toBe(303);
    expect(await tried(code)).toContain('این کد درست نیست');
    for (let n = 0; n < 7; n++) await tried('1234567890');
    expect(await tried('1234567890')).toContain('پشت سر هم تلاش شده است');
  });

  test('the owner practises on the same device; nobody of another shop is there', async () => {
    const own = await named('مریم');
    await maryam.get(STAFF);
    expect((await maryam.submit(`${STAFF}/${own}/practice`)).headers.location).toBe('/learn');
    expect(textOf((await maryam.get('/learn')).body)).toContain('مریم : ۰ درس از ۸ درس');
    await owner.query(`insert into shop_staff (merchant_id, name, added_at) values ('${OTHER}', 'بیگانه', now())`);
    const { rows } = await owner.query<{ id: string }>(`select staff_id as id from shop_staff where name = 'بیگانه'`);
    await maryam.get(STAFF);
    const csrf = maryam.hidden(STAFF);
    for (const act of ['code', 'practice'])
      expect((await maryam.post(`${STAFF}/${rows[0]?.id ?? ''}/${act}`, csrf)).statusCode).toBe(404);
    await maryam.post(`${STAFF}/${rows[0]?.id ?? ''}/removal`, csrf);
    expect((await owner.query(`select 1 from shop_staff where name = 'بیگانه'`)).rowCount).toBe(1);
    expect((await maryam.get(`/shop/${OTHER}/staff`)).statusCode).toBe(404);
  });

  test('names are bounded, each once, fifty a shop, without marks that turn a line', async () => {
    const add = async (name: string): Promise<string> => {
      await maryam.get(STAFF);
      return textOf((await maryam.submit(STAFF, { name })).body);
    };
    expect(await add('')).toContain('نام را بنویسید');
    expect(await add('ا'.repeat(61))).toContain('نام را بنویسید');
    expect(await add('مر\u202eیم')).toContain('نام را بنویسید');
    expect(await add('مريم')).toContain('کسی با همین نام هست');
    await owner.query(
      `insert into shop_staff (merchant_id, name, added_at) select '${SHOP}', 'کس ' || n, now() from generate_series(1, 50) n`,
    );
    expect(await add('دیگری')).toContain('بیش از این نمی‌شود');
  });

  test('the public door alone reads who has a code and records what they finished, and no more of the staff', async () => {
    const alone = openPool(await doorLogin(server.url), 1);
    alone.on('error', () => undefined);
    await finishLesson(alone, '1', 'menu', Date.now());
    await expect(alone.query(`update shop_staff set name = 'x'`)).rejects.toThrow('permission denied');
    await expect(alone.query('delete from staff_lessons')).rejects.toThrow('permission denied');
    await alone.end();
  });
});

test('where nobody can practise, the lessons are read, and say so', async () => {
  const closed = testDoor(pool);
  const visitor = new Visitor(closed);
  expect(textOf((await visitor.get('/learn')).body)).toContain('پایانهٔ تمرینی اینجا روشن نیست');
  for (const { code } of LESSONS)
    expect(textOf((await visitor.get(`/learn/${code}`)).body)).toContain(WORDS[code].title.fa);
  expect((await visitor.get('/learn/nothing')).statusCode).toBe(404);
  await closed.close();
});

test('the words of the lessons say the amounts that their tasks are checked by', () => {
  const grouped = (rials: bigint): string => rials.toLocaleString('en-US');
  const amounts: readonly (readonly [LessonCode, readonly bigint[]])[] = [
    ['menu', [TASK.menuRials]],
    ['credit', [GOODS.rice.rials, GOODS.oil.rials]],
    ['split', [TASK.splitRials, SETS.split.creditRials]],
    ['line', [TASK.lineRials]],
    ['close', [TASK.soldRials, TASK.returnRials]],
  ];
  for (const [lesson, each] of amounts)
    for (const rials of each) expect(WORDS[lesson].task.en).toContain(grouped(rials));
  for (const { fa, en } of Object.values(WORDS).map(({ task }) => task))
    expect(
      fa
        .replace(/[۰-۹]/g, (digit) => String(digit.charCodeAt(0) & 0xf))
        .match(/\d{1,3}(?:٬\d{3})+/g)
        ?.map((n) => n.replaceAll('٬', ',')) ?? [],
    ).toEqual(en.match(/\d{1,3}(?:,\d{3})+/g) ?? []);
});

test('codes that are explained are codes of the gateway', () => {
  for (const { rc } of REFUSALS)
    for (const code of rc.split(' · '))
      expect([code, wordsOf(code).en]).not.toEqual([code, 'a code that nobody agreed on']);
});

describe('the guide for the counter', () => {
  test.each(['fa', 'en'] as const)('one sheet of A4 in %s, with the numbers of the setting', async (language) => {
    const pdf = await guidePdf(language, '021-12345678, 1510');
    const text = pdf.toString('latin1');
    expect(text.match(/\/MediaBox \[[^\]]*\]/g)).toEqual(['/MediaBox [0 0 595.28 841.89]']);
    expect(text).toContain(language === 'fa' ? '/Lang (fa-IR)' : '/Lang (en)');
    expect(await guidePdf(language, ' 021-12345678 ,1510,')).toEqual(pdf);
    expect(await guidePdf(language, '')).not.toEqual(pdf); // a line to write them on
  });

  test('is at the door', async () => {
    const answer = await new Visitor(door).get('/learn/guide-fa.pdf');
    expect([answer.statusCode, answer.headers['content-type'], answer.rawPayload.subarray(0, 5).toString()]).toEqual([
      200,
      'application/pdf',
      '%PDF-',
    ]);
  });
});
