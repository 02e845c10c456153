import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { FastifyInstance } from 'fastify';
import type pg from 'pg';
import type { Browser, Page } from 'playwright-core';
import type { EmbeddedPostgres } from '../../src/demo/machine/postgres.ts';
import { openPool } from '../../src/ops/database.ts';
import { assertPage, noBrowser, openBrowser, openPhone, type Phone } from '../support/browser.ts';
import { codeOf, testDoor } from '../support/door.ts';
import { doorPool, gatewayLogin, temporaryPostgres } from '../support/postgres.ts';

/** Where pictures of the pages are put, when somebody wants to look at them. */
const SHOTS = process.env['KALABARG_TEST_SHOTS'];
const time = { now: Date.parse('2026-11-21T08:00:00Z') };
const MOBILE = '09121234567';

(noBrowser === undefined ? describe : describe.skip)(
  `in a browser${noBrowser === undefined ? '' : ` (${noBrowser})`}`,
  () => {
    let server: EmbeddedPostgres;
    let pool: pg.Pool;
    let door: FastifyInstance;
    let asDoor: pg.Pool;
    let browser: Browser;
    let phone: Phone;
    let page: Page;

    beforeAll(async () => {
      server = await temporaryPostgres();
      pool = openPool(await gatewayLogin(server.url), 6);
      pool.on('error', () => undefined); // the server stops before its last connection is closed
      asDoor = await doorPool(server.url);
      door = testDoor(asDoor, { now: () => time.now, monotonic: () => performance.now() });
      const address = await door.listen({ host: '127.0.0.1', port: 0 });
      browser = await openBrowser();
      phone = await openPhone(browser, address.replace('127.0.0.1', 'localhost'));
      page = phone.page;
    });
    afterAll(async () => {
      await browser.close();
      await door.close();
      await asDoor.end();
      await pool.end();
      await server.stop();
    });

    async function look(name: string): Promise<void> {
      await assertPage(page);
      if (SHOTS === undefined) return;
      mkdirSync(SHOTS, { recursive: true });
      await page.screenshot({ path: join(SHOTS, `${name}.png`), fullPage: true });
    }

    const press = (name: string): Promise<void> => page.getByRole('button', { name, exact: true }).click();

    test('a shopkeeper goes from the first question to a case number with a phone, in Persian', async () => {
      await page.goto('/');
      await look('home-fa');
      await page.getByRole('link', { name: 'آیا فروشگاه من می‌تواند؟' }).click();
      await page.getByLabel('کتاب‌فروشی').check();
      await press('بررسی');
      await look('qualify-refused-fa');
      await page.getByLabel('سوپرمارکت').check();
      await page.getByLabel('دارم و معتبر است').check();
      await page.getByRole('radio', { name: 'ندارم' }).last().check();
      await press('بررسی');
      await look('qualify-fa');
      await page.getByRole('link', { name: 'آغاز درخواست' }).click();
      await page.getByLabel('شماره همراه').fill('۰۹۱۲۱۲۳۴۵۶۷');
      await press('فرستادن کد');
      await look('code-fa');
      await page.getByLabel('کد پیامک‌شده').fill(await codeOf(pool, MOBILE, time.now));
      await press('ادامه');
      expect(await page.getByRole('radio', { name: 'سوپرمارکت' }).isChecked()).toBe(true);
      await page.getByLabel('نام فروشگاه').fill('سوپرمارکت امید');
      await press('آغاز');
      await page.getByLabel('شناسه صنفی').fill('۱۲');
      await press('ذخیره و ادامه');
      await look('apply-faults-fa');
      await page.getByRole('link', { name: 'شناسه صنفی: شناسه صنفی ۱۰ تا ۱۲ رقم دارد' }).click();
      await page.getByLabel('شناسه صنفی').fill('۰۱۲۳۴۵۶۷۸۹');
      await page.getByLabel('صادرکننده').fill('اتاق اصناف تهران');
      await page.getByLabel('تاریخ صدور').fill('۱۴۰۴/۱/۱');
      await page.getByLabel('پایان اعتبار').fill('۱۴۰۸/۱/۱');
      await press('ذخیره و ادامه');
      await page.getByLabel('کد ملی').fill('۰۰۸۴۵۷۵۹۴۸');
      await page.getByLabel('نام و نام خانوادگی').fill('حسن رضایی');
      await press('ذخیره و ادامه');
      await page.getByLabel('کد رهگیری ثبت‌نام').fill('1234567890');
      await press('ذخیره و ادامه');
      await page.getByLabel('شماره شبا').fill('IR71 0560 0000 0010 0324 2000 01');
      await press('ذخیره و ادامه');
      await page.getByLabel('کد پستی').fill('1458976543');
      await page.getByRole('textbox', { name: 'نشانی' }).fill('تهران، خیابان آزادی، پلاک ۱');
      await press('ذخیره و ادامه');
      await look('apply-terminal-fa');
      await page.getByLabel('ندارم، یک دستگاه می‌خواهم').check();
      await press('ذخیره و ادامه');
      await page.getByLabel('این شرایط را می‌پذیرم').check();
      await look('apply-terms-fa');
      await press('ذخیره و ادامه');
      await look('apply-summary-fa');
      await press('فرستادن درخواست');
      expect(page.url()).toMatch(/\/case\/\d{9}$/);
      expect(await page.getByRole('heading', { name: 'بررسی نخست' }).isVisible()).toBe(true);
      await look('case-fa');
      expect(phone.faults).toEqual([]);
    });

    test('the same pages are there in English, in the dark and by the keyboard', async () => {
      await page.emulateMedia({ colorScheme: 'dark' });
      await page.getByRole('link', { name: 'English' }).click();
      await look('case-en');
      await page.goto('/');
      await look('home-en');
      await page.goto('/qualify?guild=bookshop');
      await look('qualify-refused-en');
      await page.keyboard.press('Tab');
      await page.keyboard.press('Enter');
      expect(await page.evaluate<string>('document.activeElement.id')).toBe('main');
      expect(phone.faults).toEqual([]);
    });
  },
);
