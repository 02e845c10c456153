import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { FastifyInstance } from 'fastify';
import type pg from 'pg';
import { pino } from 'pino';
import type { Browser, Page } from 'playwright-core';
import type { EmbeddedPostgres } from '../../src/demo/machine/postgres.ts';
import { softwareHsm } from '../../src/hsm/index.ts';
import { systemClock } from '../../src/ops/clock.ts';
import { openPool } from '../../src/ops/database.ts';
import { systemRandom } from '../../src/ops/random.ts';
import { bringPaperKey, openPapers, type Papers } from '../../src/papers/index.ts';
import * as files from '../papers/files.ts';
import { assertPage, noBrowser, openBrowser, openPhone, type Phone } from '../support/browser.ts';
import { codeOf, testDoor } from '../support/door.ts';
import { doorPool, gatewayLogin, temporaryPostgres } from '../support/postgres.ts';

/** Papers of an application as a shopkeeper sends them with a phone. */
const SHOTS = process.env['KALABARG_TEST_SHOTS'];
const PROGRAM = new URL('../../dist/papers/child.js', import.meta.url);
const MOBILE = '09121234567';

(noBrowser === undefined ? describe : describe.skip)(
  `papers in a browser${noBrowser === undefined ? '' : ` (${noBrowser})`}`,
  () => {
    let server: EmbeddedPostgres;
    let pool: pg.Pool;
    let door: FastifyInstance;
    let asDoor: pg.Pool;
    let papers: Papers;
    let browser: Browser;
    let phone: Phone;
    let page: Page;
    let data: string;

    beforeAll(async () => {
      data = mkdtempSync(join(tmpdir(), 'kalabarg-door-papers-'));
      server = await temporaryPostgres();
      pool = openPool(await gatewayLogin(server.url), 6);
      pool.on('error', () => undefined); // the server stops before its last connection is closed
      const hsm = softwareHsm({ lmk: Buffer.alloc(32, 7) });
      await bringPaperKey(pool, hsm);
      await hsm.close();
      // without an HSM: what takes papers reads none
      const log = pino({ level: 'silent' });
      papers = openPapers({ pool, dataDir: data, clock: systemClock, random: systemRandom, log, program: PROGRAM });
      asDoor = await doorPool(server.url);
      door = testDoor(asDoor, systemClock, { papers });
      const address = await door.listen({ host: '127.0.0.1', port: 0 });
      browser = await openBrowser();
      phone = await openPhone(browser, address.replace('127.0.0.1', 'localhost'));
      page = phone.page;
    });
    afterAll(async () => {
      await browser.close();
      papers.close();
      await door.close();
      await asDoor.end();
      await pool.end();
      await server.stop();
      rmSync(data, { recursive: true, force: true });
    });

    async function look(name: string): Promise<void> {
      await assertPage(page);
      if (SHOTS === undefined) return;
      mkdirSync(SHOTS, { recursive: true });
      await page.screenshot({ path: join(SHOTS, `${name}.png`), fullPage: true });
    }
    const press = (name: string): Promise<void> => page.getByRole('button', { name, exact: true }).click();
    const choose = async (kind: string, name: string, bytes: Buffer): Promise<void> => {
      const path = join(data, name);
      writeFileSync(path, bytes);
      await page.locator(`[data-kind=${kind}] input[type=file]`).last().setInputFiles(path);
    };
    const card = (kind: string) => page.locator(`[data-kind=${kind}]`);

    test('a step waits for its papers: pictures are sent, refused with a reason, removed and sent again', async () => {
      await page.goto('/apply');
      await page.getByLabel('شماره همراه').fill(MOBILE);
      await press('فرستادن کد');
      await page.getByLabel('کد پیامک‌شده').fill(await codeOf(pool, MOBILE));
      await press('ادامه');
      await page.getByLabel('نام فروشگاه').fill('سوپرمارکت امید');
      await page.getByLabel('سوپرمارکت', { exact: true }).check();
      await press('آغاز');
      await page.getByLabel('شناسه صنفی').fill('۰۱۲۳۴۵۶۷۸۹');
      await page.getByLabel('صادرکننده').fill('اتاق اصناف تهران');
      await page.getByLabel('تاریخ صدور').fill('۱۴۰۴/۱/۱');
      await page.getByLabel('پایان اعتبار').fill('۱۴۰۸/۱/۱');
      await press('ذخیره و ادامه');
      await page.getByText('هنوز نرسیده است؛ عکس آن را بفرستید').first().waitFor();
      await look('papers-missing-fa');

      await choose(
        'guild_licence',
        'licence.jpg',
        Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>'),
      );
      await card('guild_licence').getByRole('alert').getByText('SVG').waitFor();
      await look('papers-refused-fa');
      await choose('guild_licence', 'licence.txt', await files.photo());
      await card('guild_licence').getByText('رسیده است').waitFor();
      await look('papers-here-fa');
      await card('guild_licence').getByRole('button', { name: 'حذف' }).click();
      await card('guild_licence').getByText('هنوز نرسیده').waitFor();
      await choose('guild_licence', 'licence.pdf', await files.pdf());
      await card('guild_licence').getByText('رسیده است').waitFor();
      await page.getByLabel('صادرکننده').press('Enter'); // with the version that the upload left; it removes nothing
      await page.getByLabel('کد ملی').waitFor();

      // typed first, sent later, and the other way round
      await choose('national_card', 'a.jpg', await files.photo(800, 600));
      await card('national_card').getByText('رسیده است').waitFor();
      await choose('birth_certificate', 'b.jpg', await files.photo(800, 601));
      await card('birth_certificate').getByText('رسیده است').waitFor();
      await page.getByLabel('کد ملی').fill('۰۰۸۴۵۷۵۹۴۸');
      await page.getByLabel('نام و نام خانوادگی').fill('حسن رضایی');
      await look('papers-two-fa');
      await press('ذخیره و ادامه');
      await page.getByLabel('کد رهگیری ثبت‌نام').waitFor();
      expect(phone.faults).toEqual([]);
      const { rows } = await pool.query(
        `select kind, removed_by from shop_papers where uploaded_by is null order by paper_id`,
      );
      expect(rows).toEqual([
        { kind: 'guild_licence', removed_by: 'applicant' },
        { kind: 'guild_licence', removed_by: null },
        { kind: 'national_card', removed_by: null },
        { kind: 'birth_certificate', removed_by: null },
      ]);
      expect(readdirSync(join(data, 'papers', '.part'))).toEqual([]);
      await page.goBack();
      await page.getByRole('link', { name: 'English' }).click();
      await look('papers-en');
    });

    test('nobody else sends to a case, reads of it or removes from it, nor another site in the owner’s name', async () => {
      const { rows } = await pool.query<{ number: string; paper: string }>(
        `select c.number, p.paper_id::text as paper from shop_cases c join shop_papers p using (case_id) where p.removed_at is null limit 1`,
      );
      const [{ number, paper } = { number: '', paper: '' }] = rows;
      const path = `/apply/${number}/papers/guild_licence/guild_licence`;
      const body = await files.photo(300, 300);
      const send = (headers: object) =>
        door.inject({
          method: 'POST',
          url: path,
          payload: body,
          headers: { 'content-type': 'image/jpeg', ...headers },
        });
      expect((await send({})).statusCode).toBe(403); // no page of ours
      const cookies = await page.context().cookies();
      const cookie = cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
      expect((await send({ cookie })).statusCode).toBe(403); // the owner's browser, another site's form
      const csrf = (await page.locator('[data-papers]').first().getAttribute('data-csrf')) ?? '';
      expect((await send({ cookie, 'x-csrf': csrf, 'sec-fetch-site': 'cross-site' })).statusCode).toBe(403);
      const mine = cookies
        .filter(({ name }) => name === '__Host-form')
        .map(({ name, value }) => `${name}=${value}`)
        .join('');
      expect((await send({ cookie: mine, 'x-csrf': csrf })).statusCode).toBe(401); // signed out
      const other = path.replace(number, '123456789');
      const foreign = await door.inject({
        method: 'POST',
        url: other,
        payload: body,
        headers: { cookie, 'x-csrf': csrf, 'content-type': 'image/jpeg' },
      });
      expect(foreign.statusCode).toBe(404);
      const removal = await door.inject({
        method: 'POST',
        url: `/apply/${number}/papers/${paper}/removal`,
        payload: '',
        headers: { cookie, 'content-type': 'application/x-www-form-urlencoded' },
      });
      expect(removal.statusCode).toBe(403);
      const still = await pool.query('select 1 from shop_papers where paper_id = $1 and removed_at is null', [paper]);
      expect(still.rowCount).toBe(1);
    });
  },
);
