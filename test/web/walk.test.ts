import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { noBrowser, openBrowser, type Phone } from '../support/browser.ts';
import { setUpPerson, type SetUpPerson } from '../support/people.ts';
import { assertConsolePage, openTestConsole, openWindow, signIn, type TestConsole } from './support/console.ts';

const SHOP = '000000000000041';
const RECORDING = 'purchase-split-voucher-and-card.jsonl';
(noBrowser === undefined ? describe : describe.skip)(
  `the console in a browser${noBrowser === undefined ? '' : ` (${noBrowser})`}`,
  () => {
    let door: TestConsole;
    let browser: Browser;
    let window: Phone;
    let page: Page;
    let person: SetUpPerson;
    const data = mkdtempSync(join(tmpdir(), 'kalabarg-walk-'));

    beforeAll(async () => {
      mkdirSync(join(data, 'captures'));
      copyFileSync(new URL(`../captures/${RECORDING}`, import.meta.url), join(data, 'captures', RECORDING));
      door = await openTestConsole({ data });
      person = await setUpPerson(door.people, 'maryam', ['engineer', 'auditor', 'admin']);
      await door.owner.query(
        `insert into merchants (merchant_id, name, guild, sheba, status)
         values ($1, 'x', 'dairy', 'IR710560000000100324200001', 'approved')`,
        [SHOP],
      );
      await door.owner.query(
        `insert into terminals (terminal_id, merchant_id) select '1000' || lpad(n::text, 4, '0'), $1 from generate_series(1, 60) n`,
        [SHOP],
      );
      browser = await openBrowser();
      window = await openWindow(browser, door.url);
      page = window.page;
    });
    afterAll(async () => {
      await browser.close();
      await door.close();
      rmSync(data, { recursive: true });
    });

    const press = (name: string): Promise<void> => page.getByRole('button', { name, exact: true }).click();
    const headed = (name: string): Promise<void> => page.getByRole('heading', { level: 1, name }).waitFor();

    test('a person signs in with password and code, and goes on to the page they wanted', async () => {
      await page.goto('/console/terminals?state=registered');
      await headed('ورود به میز کار');
      await assertConsolePage(page, 'sign-in-fa');
      await signIn(page, person);
      await headed('پایانه‌ها');
      expect(page.url()).toBe(`${door.url}/console/terminals?state=registered`);
      await page.getByRole('link', { name: '10000001' }).waitFor();
      await assertConsolePage(page, 'terminals-fa');
    });

    test('a list turns its pages in the address, and back', async () => {
      await press('صفحهٔ بعد');
      await page.getByRole('link', { name: '10000051' }).waitFor();
      expect(new URL(page.url()).searchParams.get('state')).toBe('registered');
      await press('صفحهٔ پیش');
      await page.getByRole('link', { name: '10000001' }).waitFor();
    });

    test('an act shows before and after, wants a reason, and happens', async () => {
      await page.getByRole('link', { name: '10000001' }).click();
      await headed('پایانهٔ 10000001');
      await press('مسدود کردن پایانه');
      const dialog = page.getByRole('dialog');
      await dialog.getByRole('cell', { name: 'مسدود', exact: true }).waitFor();
      await dialog.getByLabel('دلیل').fill('گزارش سرقت');
      await assertConsolePage(page, 'act-fa');
      await dialog.getByRole('button', { name: 'مسدود کردن پایانه' }).click();
      await page.locator('dd', { hasText: 'مسدود' }).waitFor();
      await assertConsolePage(page, 'terminal-fa');
    });

    test('of two persons on one act the later one sees what was changed, field by field, and decides again', async () => {
      const other = await openWindow(browser, door.url);
      await other.page.goto('/console/terminals/10000001');
      await signIn(other.page, await setUpPerson(door.people, 'babak', ['engineer']));
      const move = async (of: Page, place: string): Promise<void> => {
        await of.getByRole('button', { name: 'تغییر محل' }).click();
        await of.getByRole('dialog').getByLabel('محل').fill(place);
        await of.getByRole('dialog').getByLabel('دلیل').fill(`به ${place}`);
      };
      const send = (of: Page): Promise<void> =>
        of.getByRole('dialog').getByRole('button', { name: 'تغییر محل' }).click();
      await move(page, 'باجهٔ ۲');
      await move(other.page, 'انبار');
      await send(other.page);
      await other.page.locator('dd', { hasText: 'انبار' }).waitFor();
      await door.owner.query(`update terminals set model = 'X9', version = version + 1 where terminal_id = '10000001'`);
      await send(page);
      const dialog = page.getByRole('dialog');
      await dialog.getByText('دیگری آن را تغییر داده است').waitFor();
      await dialog.getByRole('alert').getByRole('cell', { name: 'انبار' }).waitFor();
      await dialog.getByRole('alert').getByRole('cell', { name: 'X9' }).waitFor(); // what the act does not touch
      await assertConsolePage(page, 'stale-fa');
      expect(await placeOf('10000001')).toBe('انبار'); // nothing was lost
      await send(page);
      await page.locator('dd', { hasText: 'باجهٔ ۲' }).waitFor();
      const { rows } = await door.pool.query<{ actor: string }>(
        `select actor from audit where object = 'terminal:10000001' and reason like 'به %' order by seq`,
      );
      expect(rows.map(({ actor }) => actor)).toEqual(['babak', 'maryam']);
      expect(other.faults).toEqual([]);
    });

    async function placeOf(terminal: string): Promise<string | undefined> {
      const sql = 'select place from terminals where terminal_id = $1';
      return (await door.owner.query<{ place: string }>(sql, [terminal])).rows[0]?.place;
    }

    test('keys go where they say, on a Persian layout too', async () => {
      await page.keyboard.press('g');
      await page.keyboard.press('p');
      await headed('افراد');
      await page.getByText('maryam').first().waitFor();
      await assertConsolePage(page, 'people-fa');
      await page.keyboard.press('/');
      expect(await page.evaluate<string>('document.activeElement.id')).toBe('search');
      await page.keyboard.press('Escape');
      await page.evaluate('document.activeElement.blur()');
      await page.keyboard.press('?');
      await page.getByRole('dialog').getByText('کلیدهای میان‌بر').waitFor();
      await assertConsolePage(page, 'keys-fa');
      await page.keyboard.press('Escape');
    });

    test('a recording is a sequence diagram that the keyboard walks, and Enter opens the bytes of a message', async () => {
      await page.goto('/console/captures');
      await page.getByRole('link', { name: RECORDING }).click();
      await headed('نمودار گفت‌وگو');
      const frames = page.locator('button.exchange');
      await frames.first().focus();
      await page.keyboard.press('ArrowDown');
      await page.keyboard.press('Enter');
      expect(await frames.nth(1).getAttribute('aria-expanded')).toBe('true');
      await page.getByRole('cell', { name: 'Card acceptor terminal identification' }).waitFor();
      expect(new URL(page.url()).searchParams.get('frame')).toBe('1');
      await assertConsolePage(page, 'capture-fa');
      const download = page.waitForEvent('download');
      await page.getByRole('link', { name: 'ساختن آزمون' }).click();
      expect((await download).suggestedFilename()).toBe(RECORDING);
    });

    test('a recording begins with a reason, is seen as it runs, and ends', async () => {
      await page.goto('/console/captures');
      await press('آغاز ضبط');
      const dialog = page.getByRole('dialog');
      await dialog.getByLabel('شمارهٔ پایانه‌ها').fill('10000001، 10000002');
      await dialog.getByLabel('دلیل').fill('پاسخ‌های گم‌شده');
      await assertConsolePage(page, 'capture-start-fa');
      await dialog.getByRole('button', { name: 'آغاز ضبط' }).click();
      await page.getByText('10000001, 10000002').waitFor();
      await press('پایان ضبط');
      await dialog.getByLabel('دلیل').fill('بس است');
      await dialog.getByRole('button', { name: 'پایان ضبط' }).click();
      await page.getByText('اکنون چیزی ضبط نمی‌شود').waitFor();
    });

    test('English turns the page around, and a phone loses nothing', async () => {
      await page.goto('/console/people');
      await headed('افراد');
      await press('English');
      await headed('People');
      await assertConsolePage(page, 'people-en');
      await page.setViewportSize({ width: 360, height: 740 });
      await page.goto('/console/terminals');
      await page.getByRole('link', { name: '10000001' }).waitFor();
      await assertConsolePage(page, 'terminals-en-360');
      await page.getByRole('button', { name: 'فارسی' }).click();
      await headed('پایانه‌ها');
      await assertConsolePage(page, 'terminals-fa-360');
      await page.emulateMedia({ colorScheme: 'dark' });
      await assertConsolePage(page, 'terminals-fa-360-dark');
      await page.setViewportSize({ width: 1440, height: 900 });
      await assertConsolePage(page, 'terminals-fa-dark');
    });

    test('who signs out is out, and a link to elsewhere leads nowhere', async () => {
      await page.emulateMedia({ colorScheme: 'light' });
      await page.getByRole('button', { name: 'شما' }).click();
      await page.getByRole('menuitem', { name: 'خروج' }).click();
      await headed('ورود به میز کار');
      const other = await setUpPerson(door.people, 'reza', ['engineer']); // of maryam no code is taken twice
      await page.goto('/console/sign-in?to=https://evil.example/');
      await signIn(page, other);
      await headed('در انتظار شما');
      expect(page.url()).toBe(`${door.url}/console/`);
    });

    test('nothing failed, nothing was refused by the policy', () => {
      expect(window.faults).toEqual([]);
    });
  },
);
