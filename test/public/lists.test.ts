import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { FastifyInstance } from 'fastify';
import type pg from 'pg';
import type { EmbeddedPostgres } from '../../src/demo/machine/postgres.ts';
import { openPool } from '../../src/ops/database.ts';
import { testDoor } from '../support/door.ts';
import { doorLogin, temporaryPostgres } from '../support/postgres.ts';
import { textOf } from '../support/visitor.ts';

/** What everybody may know, read as the role of the public door alone. */
let server: EmbeddedPostgres;
let owner: pg.Pool;
let pool: pg.Pool;
let door: FastifyInstance;
let asked = 0;

beforeAll(async () => {
  server = await temporaryPostgres();
  owner = openPool(server.url, 1);
  pool = openPool(await doorLogin(server.url), 2);
  for (const each of [owner, pool]) each.on('error', () => undefined);
  await owner.query(`
    insert into goods (code, category, name_fa, unit, price_cap_rials, valid_from, valid_to) values
      ('0000000000001', '01', 'گوشت قرمز', '01', 9000000, '2020-03-20', '2020-12-30'),
      ('0000000000001', '01', 'گوشت قرمز', '01', 12000000, '2021-01-01', default),
      ('0000000000006', '06', 'روغن', '00', null, '2020-03-20', default),
      ('0000000000099', '07', 'کالای پارسال', null, null, '2019-01-01', '2019-12-30');
    insert into guild_goods values ('supermarket', '01'), ('butcher', '01'), ('supermarket', '06');
    insert into postal_areas values ('11', 'تهران', 'Tehran', null, null), ('1136', 'تهران', 'Tehran', 'تهران', 'Tehran');
    insert into merchants (merchant_id, name, guild, sheba, status, mobile, owner_national_id, postal_code)
    select lpad(n::text, 15, '0'), case when n <= 60 then 'فروشگاه امید' else 'سوپر ' || n end, 'supermarket', 'IR380170000000100000000001',
           case when n = 99 then 'suspended' else 'approved' end, '0912' || lpad(n::text, 7, '0'), '1234567891',
           case when n % 2 = 0 then '1136913131' else '9199999999' end
      from generate_series(1, 99) n;
    insert into merchants (merchant_id, name, guild, sheba, status) values
      ('000000000000200', '<script>alert(1)</script>', 'butcher', 'IR380170000000100000000001', 'approved')`);
  const query = pool.query.bind(pool) as (...args: unknown[]) => Promise<unknown>;
  pool.query = ((...args: unknown[]) => {
    asked++;
    return query(...args);
  }) as typeof pool.query;
  door = testDoor(pool);
});
afterAll(async () => {
  await door.close();
  await pool.end();
  await owner.end();
  await server.stop();
});

const page = async (url: string, headers: Record<string, string> = {}) => door.inject({ url, headers });

test('goods of today stand with their cap, unit and guilds; those of before do not', async () => {
  const { statusCode, body } = await page('/goods');
  expect(statusCode).toBe(200);
  expect(textOf(body)).toMatch(/گوشت قرمز\s*هر کیلوگرم ۱۲٬۰۰۰٬۰۰۰ ریال\s*قصابی و پروتئین، سوپرمارکت/);
  expect(textOf(body)).toMatch(/روغن\s*بدون سقف\s*سوپرمارکت/);
  expect(body).not.toContain('کالای پارسال');
  expect(textOf((await page('/goods?q=%D8%B1%D9%88%D8%BA%D9%86')).body)).not.toContain('گوشت قرمز');
  const english = await page('/goods', { cookie: 'language=en' });
  expect(textOf(english.body)).toContain('12,000,000 rials a kilogram');
});

test('shops that may take the voucher stand by name, guild and place, and nothing leads to an owner', async () => {
  const names: string[] = [];
  let url: string | undefined = '/shops';
  let pages = 0;
  while (url !== undefined) {
    const { body } = await page(url);
    names.push(...[...body.matchAll(/<td><bdi>([^<]*)<\/bdi><\/td>/g)].map(([, name]) => name ?? ''));
    expect(body).not.toMatch(/0912|1234567891|IR38|0{10}\d{5}|1136913131/);
    url = /<a href="(\/shops\?[^"]*)" rel="next"/.exec(body)?.[1]?.replaceAll('&amp;', '&');
    pages++;
  }
  expect(pages).toBe(2);
  expect(names).toHaveLength(99); // 98 and the one with markup: the suspended one is not there
  expect(names.filter((name) => name === 'فروشگاه امید')).toHaveLength(60);
  expect(names).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
});

test('they are found by name, guild, place and the first digits of a postal code, in any digits', async () => {
  const count = async (query: string): Promise<number> =>
    (await page(`/shops?${new URLSearchParams(query).toString()}`)).body.match(/<td><bdi>/g)?.length ?? 0;
  expect(await count('q=سوپر 6')).toBe(9);
  expect(await count('q=سوپر 61')).toBe(1);
  expect(await count('guild=butcher')).toBe(1);
  expect(await count('guild=constructor')).toBe(50);
  expect(await count('place=تهران&q=سوپر')).toBe(19);
  expect(await count('post=۹۱&q=سوپر')).toBe(19);
  expect(await count('q=لا‌یوجد')).toBe(0);
  expect(await count('q=%25')).toBe(0); // no wild card
});

test('a list is asked of the database once, and a reader who has it is told so', async () => {
  const before = asked;
  const first = await page('/shops?q=%D8%B3%D9%88%D9%BE%D8%B1');
  const etag = String(first.headers.etag);
  expect(first.headers).toMatchObject({ 'cache-control': 'public, max-age=60', vary: 'cookie' });
  const again = await page('/shops?q=%D8%B3%D9%88%D9%BE%D8%B1', { 'if-none-match': etag });
  expect([again.statusCode, again.body]).toEqual([304, '']);
  const english = await page('/shops?q=%D8%B3%D9%88%D9%BE%D8%B1', { 'if-none-match': etag, cookie: 'language=en' });
  expect(english.statusCode).toBe(200);
  expect(asked - before).toBe(1);
});

test('where another unit is lawful too, caps and fees stand in both, that of the payments first', async () => {
  const [goods, home] = [async (of: FastifyInstance) => textOf((await of.inject({ url: '/goods', headers: { cookie: 'language=en' } })).body), async (of: FastifyInstance) => textOf((await of.inject({ url: '/' })).body)]; // prettier-ignore
  await owner.query(`
    insert into money_units values ('new-rial', '2020-01-02', 'IRN', '999', 2, 10000, 'ریال نو', 'new rial', true);
    update settlement_terms set fee_fixed_rials = 12000`);
  const beside = testDoor(pool);
  expect(await goods(beside)).toContain('12,000,000 rials = 1,200 new rial a kilogram');
  expect(await home(beside)).toContain('۱۲٬۰۰۰ ریال = ۱٫۲۰ ریال نو');
  await owner.query(`update settlement_terms set fee_fixed_rials = 0`);
  await owner.query(`insert into fee_tables values ('merchant', '2020-01-02', 'card', '[{"below": 6000000, "rials": 1200}, {"perMillion": 200, "most": 40000}]', '{}', 'psp', 'IR1')`); // prettier-ignore
  const tables = testDoor(pool);
  expect(textOf((await tables.inject({ url: '/', headers: { cookie: 'language=en' } })).body)).toContain(
    'What is taken of each purchase: of the card part: below 6,000,000 rials = 600 new rial: 1,200 rials = 0.12 new rial; else: 0.02 %, at most 40,000 rials = 4 new rial (psp)',
  );
  await tables.close();
  await owner.query('delete from fee_tables');
  await beside.close();
  await owner.query(`insert into payment_units values ('2020-01-02', 'new-rial')`);
  const first = testDoor(pool);
  expect(await goods(first)).toContain('1,200 new rial = 12,000,000 rials a kilogram');
  await first.close();
  await owner.query(`insert into money_units values ('rial', '2020-01-02', 'IRR', '364', 0, 1, 'ریال', 'rial', false)`);
  const alone = testDoor(pool);
  expect(await goods(alone)).toContain('1,200 new rial a kilogram');
  expect(await goods(alone)).not.toContain('rials');
  await alone.close();
  await owner.query(
    `delete from payment_units; delete from money_units where valid_from = '2020-01-02'; update settlement_terms set fee_fixed_rials = 0`,
  );
});
