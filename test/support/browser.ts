import { existsSync } from 'node:fs';
import { expect } from '@jest/globals';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';

/** A real browser, as a shopkeeper holds it. */

const CHROMIUM = '/usr/bin/chromium';

/** Why the tests of a browser cannot run here; undefined: they can. */
export const noBrowser = existsSync(CHROMIUM)
  ? undefined
  : `${CHROMIUM} is missing: apt-get install chromium (npm test does)`;

export interface Phone {
  readonly page: Page;
  /** What went wrong in its pages: errors of scripts, what the policy refused, answers of 500. */
  readonly faults: readonly string[];
  close(): Promise<void>;
}

export async function openBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
}

/** A phone of 360 points, touched, that speaks Persian. */
export async function openPhone(browser: Browser, baseURL: string, dark = false): Promise<Phone> {
  const context: BrowserContext = await browser.newContext({
    baseURL,
    viewport: { width: 360, height: 740 },
    deviceScaleFactor: 2,
    hasTouch: true,
    isMobile: true,
    locale: 'fa-IR',
    timezoneId: 'Asia/Tehran',
    colorScheme: dark ? 'dark' : 'light',
    reducedMotion: 'reduce',
  });
  const page = await context.newPage();
  const faults: string[] = [];
  page.on('pageerror', (error) => faults.push(error.message));
  page.on('console', (message) => {
    // of an answer that a test asks for (404, 422) chromium says so in its console
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
      faults.push(message.text());
  });
  page.on('response', (answer) => {
    if (answer.status() >= 500) faults.push(`${answer.status()} ${answer.url()}`);
  });
  return { page, faults, close: () => context.close() };
}

/** Runs in the page, which has types of its own. */
const LOOK = `({
  wider: document.documentElement.scrollWidth - document.documentElement.clientWidth,
  h1: document.querySelectorAll('h1').length,
  unnamed: [...document.querySelectorAll('input:not([type=hidden]), textarea, select')]
    .filter((field) => field.labels.length === 0 && field.ariaLabel === null).map((field) => field.name),
  pictures: document.querySelectorAll('img:not([alt])').length,
  small: [...document.querySelectorAll('button, .button, textarea, select, input:not([type=radio], [type=checkbox], [type=file])')]
    .filter((one) => one.offsetHeight > 0 && one.offsetHeight < 44).map((one) => one.name || one.innerText),
  direction: document.documentElement.dir,
})`;

/** What every page of the door holds, whatever it shows: nothing wider than the phone, one h1, every field named, every picture too. */
export async function assertPage(page: Page): Promise<void> {
  const found = await page.evaluate<object>(LOOK);
  const expected = {
    wider: 0,
    h1: 1,
    unnamed: [],
    pictures: 0,
    small: [],
    direction: expect.stringMatching(/^(?:rtl|ltr)$/),
  };
  expect({ url: page.url(), ...found }).toEqual({ url: page.url(), ...expected });
}
