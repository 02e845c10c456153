import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { demoPan } from '../../src/demo/programme.ts';
import { noBrowser, openBrowser, openPhone, type Phone } from '../support/browser.ts';
import { until } from '../support/desk.ts';
import { cardOf, startSystem, type System } from '../support/system.ts';

/** A recording from its beginning to its replay, through the pages of the running demo: an engineer records a terminal, reads what it said, plays it
 *  again and makes a test of it. */
const TERMINAL = '10000002';
const HOUSEHOLD = 7;

(noBrowser === undefined ? describe : describe.skip)(
  `a recording${noBrowser === undefined ? '' : ` (${noBrowser})`}`,
  () => {
    let system: System;
    let browser: Browser;
    let window: Phone;
    let page: Page;
    let console_: string;
    let file = '';

    beforeAll(async () => {
      [system, browser] = await Promise.all([startSystem(), openBrowser()]);
      console_ = `http://localhost:${system.httpPort}/console`;
      window = await openPhone(browser, console_);
      ({ page } = window);
      page.setDefaultTimeout(20_000);
      await page.setViewportSize({ width: 1440, height: 900 });
      const code = readFileSync(join(system.data, 'secrets', 'demo-console.txt'), 'utf8').trim();
      await page.goto(`${console_}/demo#${code}`);
      await page.getByRole('button', { name: /ثبت‌کنندهٔ نمایشی/ }).click();
      await page.waitForURL(/\/console\/$/);
    });
    afterAll(async () => {
      await browser.close();
      await system.stop();
    });

    const main = (): Promise<string> => page.locator('main').innerText();
    async function act(name: string): Promise<void> {
      await page.getByRole('button', { name, exact: true }).click();
      const dialog = page.getByRole('dialog');
      if (name === 'آغاز ضبط') await dialog.getByLabel('شمارهٔ پایانه‌ها').fill(TERMINAL);
      await dialog.getByLabel('دلیل').fill('پاسخ‌های گم‌شده');
      await dialog.getByRole('button', { name, exact: true }).click();
      await dialog.waitFor({ state: 'hidden' });
    }

    test('is begun, holds what the terminal says from then on, and is ended', async () => {
      await page.goto(`${console_}/captures`);
      await act('آغاز ضبط');
      await page.getByRole('region', { name: 'اکنون ضبط می‌شود' }).waitFor();
      // copies follow an order within a second: until one does, the terminal signs on, which spends nothing
      const recorded = async (): Promise<string | undefined> => {
        (await system.terminal(TERMINAL)).close();
        await page.goto(`${console_}/captures`);
        await page.getByRole('region', { name: 'اکنون ضبط می‌شود' }).waitFor();
        const link = page.getByRole('cell').getByRole('link');
        return (await link.count()) === 0 ? undefined : ((await link.first().textContent()) ?? undefined);
      };
      file = await until(recorded);
      const terminal = await system.terminal(TERMINAL);
      await terminal.financial('379800', 0n, cardOf(HOUSEHOLD, null));
      await terminal.financial('179800', 1_000_000n, cardOf(HOUSEHOLD));
      terminal.close();
      await act('پایان ضبط');
      await page.getByText('اکنون چیزی ضبط نمی‌شود').waitFor();
    });

    test('is drawn as messages that go to and fro, without the number of a card', async () => {
      await page.getByRole('link', { name: file }).click();
      await page.locator('button.exchange').first().waitFor();
      expect(await page.locator('button.exchange').count()).toBeGreaterThanOrEqual(4);
      expect(await page.content()).not.toContain(demoPan(HOUSEHOLD));
    });

    test('is played again: of a household like it all answers are the same', async () => {
      await act('بازپخش');
      const report = page.getByRole('status', { name: 'نتیجهٔ بازپخش' });
      await report.getByText(/پاسخ هر .* درخواست همان بود/).waitFor();
      expect(await report.getByRole('row').count()).toBe(0);
      const audited = await system.query<{ act: string; actor: string; reason: string }>(
        `select act, actor, reason from audit where act like 'capture.%' order by seq`,
      );
      expect(audited.map(({ act }) => act)).toEqual(['capture.started', 'capture.stopped', 'capture.replayed']);
      expect(new Set(audited.map(({ actor, reason }) => `${actor}: ${reason}`)).size).toBe(1);
    });

    test('is played once more: what the first time left of the credit is told, element by element', async () => {
      await act('بازپخش');
      const report = page.getByRole('status', { name: 'نتیجهٔ بازپخش' });
      await report.getByText(/پاسخ .* درخواست فرق دارد/).waitFor();
      const rows = await report.getByRole('row').allInnerTexts();
      expect(rows.filter((row) => /\b54\b/.test(row))).not.toEqual([]); // credit left
    });

    test('becomes a test as `kalabarg capture to-test` writes it', async () => {
      const download = page.waitForEvent('download');
      await page.getByRole('link', { name: 'ساختن آزمون' }).click();
      const saved = await (await download).path();
      const frames = readFileSync(saved, 'utf8').trim().split('\n').map((line) => JSON.parse(line) as { hex: string; from: string }); // prettier-ignore
      expect(frames.some(({ from }) => from === 'terminal')).toBe(true);
      expect(frames.map(({ hex }) => hex).join('')).not.toContain(demoPan(HOUSEHOLD));
      expect(await main()).toContain(file);
      expect(window.faults).toEqual([]);
    });
  },
);
