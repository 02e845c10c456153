import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { FastifyInstance } from 'fastify';
import type pg from 'pg';
import type { Browser, Page } from 'playwright-core';
import type { EmbeddedPostgres } from '../../src/demo/machine/postgres.ts';
import { openPool } from '../../src/ops/database.ts';
import type { Practice } from '../../src/practice/index.ts';
import { assertPage, noBrowser, openBrowser, openPhone, type Phone } from '../support/browser.ts';
import { codeOf, testDoor } from '../support/door.ts';
import { createDatabase, doorPool, gatewayLogin, temporaryPostgres } from '../support/postgres.ts';
import { testPractice } from '../support/practice.ts';

const SHOTS = process.env['KALABARG_TEST_SHOTS'];
const MOBILE = '09121234567';

(noBrowser === undefined ? describe : describe.skip)(
  `in a browser${noBrowser === undefined ? '' : ` (${noBrowser})`}`,
  () => {
    let server: EmbeddedPostgres;
    let pool: pg.Pool;
    let practice: Practice;
    let door: FastifyInstance;
    let asDoor: pg.Pool;
    let address: string;
    let browser: Browser;
    let phone: Phone;

    beforeAll(async () => {
      server = await temporaryPostgres();
      const practiceUrl = await createDatabase(server, 'practice', 'postgres');
      pool = openPool(await gatewayLogin(server.url), 4);
      const owner = openPool(server.url, 1);
      for (const each of [pool, owner]) each.on('error', () => undefined);
      await owner.query(
        `insert into merchants (merchant_id, name, guild, sheba, status, mobile) values
           ('000000000000001', 'سوپرمارکت بهار', 'supermarket', 'IR380170000000100000000001', 'approved', '${MOBILE}')`,
      );
      await owner.end();
      practice = await testPractice(practiceUrl);
      asDoor = await doorPool(server.url);
      door = testDoor(asDoor, undefined, { practice: () => practice });
      address = (await door.listen({ host: '127.0.0.1', port: 0 })).replace('127.0.0.1', 'localhost');
      browser = await openBrowser();
      phone = await openPhone(browser, address);
    });
    afterAll(async () => {
      await browser.close();
      await door.close();
      await asDoor.end();
      await practice.close();
      await pool.end();
      await server.stop();
    });

    async function look(page: Page, name: string): Promise<void> {
      await assertPage(page);
      if (SHOTS === undefined) return;
      mkdirSync(SHOTS, { recursive: true });
      await page.screenshot({ path: join(SHOTS, `${name}.png`), fullPage: true });
    }

    test('an owner names somebody; they practise with the code on a phone, in Persian, by the drawn keys', async () => {
      const { page } = phone;
      const press = (name: string): Promise<void> => page.getByRole('button', { name, exact: true }).click();
      const keys = async (digits: string): Promise<void> => {
        for (const digit of digits) await press(digit);
        await press('تأیید');
      };
      await page.goto('/sign-in?back=/shop');
      await page.getByLabel('شماره همراه').fill(MOBILE);
      await press('فرستادن کد');
      await page.getByLabel('کد پیامک‌شده').fill(await codeOf(pool, MOBILE));
      await press('ادامه');
      await page.getByRole('link', { name: 'کارکنان و آموزش' }).click();
      await page.getByLabel('نام').fill('بابک');
      await press('افزودن');
      await press('کد تمرین (بابک)');
      const code =
        (await page.locator('.figure').innerText()).replace(/\D/g, '') || (await page.locator('.figure').innerText());
      await look(page, 'staff-fa');
      await press('خروج');
      await page.getByRole('link', { name: 'آموزش', exact: true }).click();
      await look(page, 'learn-fa');
      await page.getByLabel('کد تمرین').fill(code);
      await press('ورود');
      await page.getByRole('link', { name: 'وقتی اعتبار کم است: باقی از کارت یا نقد' }).click();
      await press('آغاز تمرین');
      await look(page, 'lesson-begun-fa');
      await keys('۱');
      expect(await page.getByLabel('مبلغ (ریال)').isVisible()).toBe(true);
      await keys('۵۰۰۰۰۰۰');
      await look(page, 'lesson-rest-fa');
      await keys('۱');
      await keys('۱۲۳۴');
      await page.getByText('آفرین!').waitFor();
      expect(await page.getByText('به نام شما ثبت شد: بابک').isVisible()).toBe(true);
      await look(page, 'lesson-done-fa');
      await page.getByRole('link', { name: 'درس بعد' }).click();
      await look(page, 'lesson-codes-fa');
      expect(phone.faults).toEqual([]);
    });

    test('the same on a desk, in English, by the keyboard alone', async () => {
      const context = await browser.newContext({
        baseURL: address,
        viewport: { width: 1280, height: 900 },
        colorScheme: 'dark',
      });
      const page = await context.newPage();
      await page.goto('/language?to=en&back=/learn/line');
      await page.getByRole('button', { name: 'Begin', exact: true }).focus();
      await page.keyboard.press('Enter');
      await page.getByText('Ready. Choose from the menu.').waitFor();
      const act = async (digit: string, ...answers: string[]): Promise<void> => {
        await page.locator('[data-step=act] input:checked').focus();
        await page.keyboard.press(digit);
        await page.keyboard.press('Enter');
        for (const answer of answers) {
          await page.keyboard.type(answer);
          await page.keyboard.press('Enter');
        }
      };
      await act('1', '800000', '1', '1234');
      await page.getByText('The line is cut. Do not sell again.').waitFor();
      await look(page, 'line-cut-en');
      await act('5');
      await page.getByText('The sale without an answer was taken back.').waitFor();
      await act('3');
      await page.getByText('Credit: 6,000,000 rials').waitFor();
      await act('1', '800000', '1', '1234');
      await page.getByText('Well done: the books say so too.').waitFor();
      await look(page, 'line-done-en');
      await page.goto('/learn');
      await look(page, 'learn-en');
      await context.close();
    });
  },
);
