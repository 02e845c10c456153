import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { totpCode } from '../../src/people/totp.ts';
import { noBrowser, openBrowser, openPhone, type Phone } from '../support/browser.ts';
import { until } from '../support/desk.ts';
import { fromBase32 } from '../support/people.ts';
import { startSystem, type System } from '../support/system.ts';

/** From `/pos` to the paid Sheba, through the pages alone: a visitor buys; support, a maker and a checker, each with their own sign-in, in
 *  Persian or English, see it through. The whole demo, as `npm start` runs it; the bank answers as it does there. */

const SHOTS = process.env['KALABARG_TEST_SHOTS'];
const PASSWORD = 'seven lanterns over Alborz';

const WORDS = {
  fa: {
    setup: { code: 'کد راه‌اندازی', password: 'گذرواژهٔ تازه', first: 'نخستین رمزی که برنامه نشان می‌دهد', finish: 'پایان راه‌اندازی', kept: 'نوشتم؛ ورود' },
    signIn: { login: 'نام کاربری', password: 'گذرواژه', next: 'ادامه', code: 'رمز یک‌بارمصرف', enter: 'ورود' },
    nothing: 'کاری در انتظار شما نیست.',
    inbox: 'در انتظار شما',
    reason: 'دلیل',
  },
  en: {
    setup: { code: 'Set-up code', password: 'New password', first: 'The first code that the app shows', finish: 'Finish', kept: 'Written down; sign in' },
    signIn: { login: 'Login', password: 'Password', next: 'Continue', code: 'One-time code', enter: 'Sign in' },
    nothing: 'Nothing waits for you.',
    inbox: 'Waits for you',
    reason: 'Reason',
  },
} as const; // prettier-ignore
type Language = keyof typeof WORDS;

/** What becomes of the money, in this order. */
const MONEY = ['Posted', 'The business day was closed', 'Netted: to be paid', 'A line of the payment file', 'Released by a second person', 'The bank has the file', 'The bank paid', 'Credited to the Sheba']; // prettier-ignore

interface Colleague {
  readonly page: Page;
  readonly language: Language;
  readonly window: Phone;
}

(noBrowser === undefined ? describe : describe.skip)(
  `from /pos to the paid Sheba${noBrowser === undefined ? '' : ` (${noBrowser})`}`,
  () => {
    let system: System;
    let browser: Browser;
    let customer: Phone;
    let support: Colleague;
    let maker: Colleague;
    let checker: Colleague;
    let console_: string;

    beforeAll(async () => {
      [system, browser] = await Promise.all([startSystem(), openBrowser()]);
      console_ = `http://localhost:${system.httpPort}/console`;
      customer = await openPhone(browser, `http://localhost:${system.publicPort}`);
      support = await colleague('leila', 'support', 'en', ['لیلا احمدی', 'Leila Ahmadi']);
      maker = await colleague('maryam', 'maker', 'fa', ['مریم کریمی', 'Maryam Karimi']);
      checker = await colleague('reza', 'checker', 'en', ['رضا نوری', 'Reza Nouri']);
    });
    afterAll(async () => {
      await browser.close();
      await system.stop();
    });

    /** Invited by the admin, set up by themselves: password, authenticator, and the first sign-in. */
    async function colleague(
      login: string,
      role: string,
      language: Language,
      [fa, en]: readonly [string, string],
    ): Promise<Colleague> {
      const invited = await system.kalabarg('people', 'add', login, '--name-fa', fa, '--name-en', en, '--role', role);
      const [setupCode = ''] = /^\s+\S+$/m.exec(invited.stdout) ?? [];
      expect(setupCode.trim()).not.toBe('');
      const window = await openPhone(browser, console_);
      const { page } = window;
      page.setDefaultTimeout(15_000);
      await page.setViewportSize({ width: 1440, height: 900 });
      const { setup, signIn, inbox } = WORDS[language];
      const press = (name: string): Promise<void> => page.getByRole('button', { name, exact: true }).click();
      await page.goto(`${console_}/setup`);
      if (language === 'en') await press('English');
      await page.getByLabel(signIn.login).fill(login);
      await page.getByLabel(setup.code).fill(setupCode.trim());
      await press(signIn.next);
      await page.getByLabel(setup.password).fill(PASSWORD);
      const secret = fromBase32((await page.locator('pre').innerText()).replace(/\s/g, ''));
      const code = (at: number): string => totpCode(secret, Math.floor(at / 30_000));
      await page.getByLabel(setup.first).fill(code(Date.now()));
      await press(setup.finish);
      await page.getByRole('link', { name: setup.kept }).click();
      await page.getByLabel(signIn.login).fill(login);
      await page.getByLabel(new RegExp(`^${signIn.password}`)).fill(PASSWORD);
      await press(signIn.next);
      await page.getByLabel(signIn.code).fill(code(Date.now() + 30_000)); // no code is taken twice
      await press(signIn.enter);
      await page.getByRole('heading', { level: 1, name: inbox }).waitFor();
      return { page, language, window };
    }

    /** Blanks as one, and without the marks that keep names of the other direction together. */
    const said = async (page: Page): Promise<string> =>
      (await page.locator('main').innerText()).replace(/[\u2066-\u2069]/g, '').replace(/\s+/g, ' ');

    /** Reloads a page until it says all of that. */
    async function reads(page: Page, words: readonly string[]): Promise<void> {
      let stands = '';
      await until(
        async () => {
          await page.reload();
          await page.locator('h1').waitFor();
          await page.getByText(/^(?:در حال خواندن|Reading)…$/).first().waitFor({ state: 'hidden' });
          stands = await said(page);
          return words.every((each) => stands.includes(each)) ? true : undefined;
        },
        () => `${words.join(' · ')} instead of: ${stands}`,
      ); // prettier-ignore
    }

    async function shoot(page: Page, name: string): Promise<void> {
      if (SHOTS === undefined) return;
      mkdirSync(SHOTS, { recursive: true });
      await page.screenshot({ path: join(SHOTS, `${name}.png`), fullPage: true });
    }

    /** Nothing waits for them, or exactly one thing, which is gone to. */
    async function inbox({ page, language }: Colleague, waits?: string): Promise<void> {
      await page.goto(`${console_}/`);
      if (waits === undefined) {
        await page.getByText(WORDS[language].nothing).waitFor();
        return;
      }
      await page.getByText(waits).waitFor();
      expect(await page.locator('main tbody tr').count()).toBe(1);
      await page.locator('main tbody a').click();
      await page.getByRole('heading', { level: 1, name: WORDS[language].inbox }).waitFor({ state: 'hidden' });
    }

    async function act({ page, language }: Colleague, name: string, reason: string): Promise<void> {
      await page.getByRole('button', { name, exact: true }).click();
      const dialog = page.getByRole('dialog');
      await dialog.getByLabel(WORDS[language].reason).fill(reason);
      await dialog.getByRole('button', { name, exact: true }).click();
      await dialog.waitFor({ state: 'hidden' });
    }

    let rrn = '';
    let receipt = '';
    test('a visitor buys with voucher and card, and opens the receipt', async () => {
      const { page } = customer;
      await page.goto('/pos');
      const idle = (): Promise<void> => page.locator('[data-pos][data-busy="0"]').waitFor();
      await idle();
      for (const good of ['4', '99']) await page.locator(`button[name=good][value="${good}"]`).click();
      await page.locator('[data-key=enter]').click();
      await page.locator('button[name=card][value="7"]:enabled').click();
      await page.locator('[data-screen]', { hasText: /از کارت\s*۴۰۰٬۰۰۰/ }).waitFor();
      await page.locator('[data-key=enter]').click();
      await page.locator('button[name=pin]').click();
      await page.locator('.slip a').first().click();
      await page.waitForURL(/\/r\/[\w-]{22}$/);
      const text = await said(page);
      expect(text).toContain('از اعتبار کالابرگ');
      receipt = page.url();
      rrn = /شمارهٔ مرجع (\d{12})/.exec(text)?.[1] ?? '';
      expect(rrn).not.toBe('');
    });

    test('support finds it by RRN and by receipt: it waits on the end of the day', async () => {
      const { page } = support;
      await inbox(support);
      for (const wanted of [rrn, receipt]) {
        await page.goto(`${console_}/overview`);
        await page.locator('#search').fill(wanted);
        await page.keyboard.press('Enter');
        await page.getByRole('heading', { level: 1, name: `Transaction ${rrn}` }).waitFor();
      }
      const text = await said(page);
      for (const words of [
        'The business day is still open',
        'Waits on the system',
        'Credit was held, then taken',
        'Posted',
      ])
        expect(text).toContain(words);
      expect(text).not.toContain('Netted');
      await shoot(page, 'road-open-en');
    });

    test('the maker closes the day and makes the files; releasing them is not theirs', async () => {
      const { page } = maker;
      await inbox(maker);
      await page.goto(`${console_}/days`);
      await page.locator('main tbody a').first().click();
      await act(maker, 'بستن روز و ساختن فایل‌ها', 'پایان روز کاری، به وقت خود');
      await reads(page, ['نوشته‌شده', 'شخصی جز maryam']);
      await inbox(maker);
      await page.goBack();
      expect(await page.getByRole('button', { name: 'آزاد کردن فایل‌ها' }).count()).toBe(0);
      await shoot(page, 'day-written-fa');
    });

    test('the checker finds it waiting, and lets the files go', async () => {
      const { page } = checker;
      await inbox(checker, 'payment files are written; a second person lets them go');
      await act(checker, 'Release the files', 'sums agree with the nets');
      await reads(page, ['with the bank']);
      await inbox(checker);
    });

    test('until the bank has answered it waits on the bank; then its Sheba is credited', async () => {
      const { page } = support;
      await reads(page, ['The bank has the order', 'Waits on the bank', 'Not credited yet']);
      expect(await system.kalabarg('simulate', 'bank', 'answers')).toMatchObject({ status: 0 });
      await reads(page, ['The shop was paid', 'it waits on nobody']);
      const road = await page.locator('ol.road > li').allInnerTexts();
      const titles = road
        .map((text) => MONEY.find((title) => text.includes(title)))
        .filter((title) => title !== undefined);
      expect(titles).toEqual(MONEY);
      await shoot(page, 'road-paid-en');
      for (const each of [support, maker, checker]) await inbox(each);
    });

    test('a newcomer is let in by the link that npm start prints, as one person and as the other', async () => {
      const code = readFileSync(join(system.data, 'secrets', 'demo-console.txt'), 'utf8').trim();
      const window = await openPhone(browser, console_);
      for (const name of ['ثبت‌کنندهٔ نمایشی', 'تأییدکنندهٔ نمایشی']) {
        await window.page.goto(`${console_}/demo#${code}`);
        await window.page.getByRole('button', { name: `ورود با نام ${name}` }).click();
        await window.page.getByRole('button', { name: `شما: ${name}` }).waitFor();
      }
      expect(window.faults).toEqual([]);
    });

    test('nothing failed on the way', () => {
      expect([customer, support.window, maker.window, checker.window].flatMap(({ faults }) => faults)).toEqual([]);
    });
  },
);
