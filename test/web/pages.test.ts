import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import { until } from '../support/attacker.ts';
import { noBrowser, openBrowser } from '../support/browser.ts';
import { consoleFindings, openSignedIn } from './support/console.ts';
import { hostileWorld, type HostileWorld } from './support/hostile-world.ts';
import { grown, listen, PAYLOADS, told } from './support/markup.ts';

/** Every page and every page of one thing, over a world whose texts are all markup: none of it runs, what should be read is read as it was typed, and axe
 *  finds nothing serious. Each page is looked at in one of the looks, by KALABARG_TEST_SEED; `npm run test:pages` looks at all of them in each. */

const ALL = process.env['KALABARG_TEST_LOOKS'] === 'all';
const SEED = Number(process.env['KALABARG_TEST_SEED'] ?? 1);
const LOOKS = [
  { language: 'fa', width: 1440, scheme: 'light' },
  { language: 'en', width: 360, scheme: 'light' },
  { language: 'fa', width: 360, scheme: 'dark' },
  { language: 'en', width: 1440, scheme: 'dark' },
] as const;
type Look = Omit<(typeof LOOKS)[number], 'scheme'> & { readonly scheme: 'light' | 'dark' };
const EVERY: readonly Look[] = LOOKS.flatMap((look) => [{ ...look, scheme: 'light' as const }, { ...look, scheme: 'dark' as const }]); // prettier-ignore
/** As the registry of pages has them; its own modules are a browser's. */
const REGISTRY = readFileSync(new URL('../../web/src/pages/registry.ts', import.meta.url), 'utf8');
const PATHS = [...REGISTRY.matchAll(/path: '([^']+)'/g)].map(([, path = '']) => path);
/** What is opened of a page, as its address says it. */
const OPENED: Readonly<Record<string, string>> = { '/captures/$file': '?frame=0', '/search': '?q=10000001' };
/** Where people’s words stand alone or beside others. The rest shows figures, codes and days. */
const WORDY = PATHS.filter((path) => ![
  '/overview', '/decode', '/wall', '/days', '/days/$day', '/files', '/carries', '/breaks', '/doubts', '/households', '/programmes', '/rules-by-day',
  '/signal-rules', '/registries', '/devices', '/devices/$device', '/certificates', '/endings', '/sick', '/captures', '/queues', '/keys', '/keys/terminals',
  '/keys/log', '/messages', '/sick', '/search', '/stand-ins',
].includes(path)); // prettier-ignore

(noBrowser === undefined ? describe : describe.skip)(
  `pages full of markup${noBrowser === undefined ? '' : ` (${noBrowser})`}`,
  () => {
    let world: HostileWorld;
    let browser: Browser;
    beforeAll(async () => {
      [world, browser] = await Promise.all([hostileWorld(), openBrowser()]);
    });
    afterAll(async () => {
      await browser.close();
      await world.close();
    });

    test('there is a page of one thing for each kind of them', () => {
      expect(PATHS.length).toBeGreaterThan(60);
      expect(PATHS.filter((path) => path.includes('$') && world.details[path] === undefined)).toEqual([]);
    });

    test(`run nothing, say what was typed, and are seen by everybody (seed ${SEED})`, async () => {
      const looks = ALL ? EVERY : LOOKS;
      const of = (at: number): string[] => PATHS.filter((_, index) => ALL || (index + SEED) % looks.length === at);
      const seen = await Promise.all(looks.map((look, at) => walk(look, of(at))));
      expect(seen.flatMap(({ findings }) => findings)).toEqual([]);
      const shown = new Map(seen.flatMap((one) => [...one.told]));
      expect([...new Set([...shown.values()].flat())].sort()).toEqual([...PAYLOADS].sort());
      expect(WORDY.filter((path) => shown.get(path)?.length === 0)).toEqual([]);
    }, 600_000);

    test('how much waits for who is signed in stands beside the inbox, on any page', async () => {
      const page = await openSignedIn(browser, world.door, world.login, { language: 'en' });
      await page.goto('/console/tokens');
      const link = page.locator('a[aria-description]');
      await link.waitFor();
      const { count } = await page.evaluate<{ count: number }>(
        `fetch('/api/v1/inbox').then((answer) => answer.json())`,
      );
      expect(count).toBeGreaterThan(1);
      expect(await link.getAttribute('aria-description')).toBe(`${count} things wait for you`);
      expect(await link.locator('.tag').innerText()).toBe(String(count));
      await page.context().close();
    });

    test('a hole would be seen: as elements behind the policy, as what ran without it', async () => {
      const holed = async (bypassCSP: boolean): Promise<string[]> => {
        const page = await openSignedIn(browser, world.door, world.login, { language: 'fa', bypassCSP });
        await page.addInitScript(HOLE);
        const caught = await listen(page, world.door.url);
        await page.goto(`/console/shops/${world.details['/shops/$merchant'] ?? ''}`);
        await page.locator('.xss').first().waitFor({ state: 'attached' });
        // an element's handler runs when its image has failed, after the page is there
        if (bypassCSP) await until(() => caught.includes('payload 1 ran'));
        const found = [...caught, ...(await grown(page))];
        await page.context().close();
        return found;
      };
      expect((await holed(false)).join('\n')).toMatch(/class="xss"/);
      expect(await holed(true)).toContain('payload 1 ran');
    });

    interface Walked {
      readonly findings: readonly object[];
      /** The payloads that can be read, by page. */
      readonly told: ReadonlyMap<string, readonly string[]>;
    }

    async function walk(look: Look, paths: readonly string[]): Promise<Walked> {
      const page = await openSignedIn(browser, world.door, world.login, look);
      const faults = await listen(page, world.door.url);
      page.on('pageerror', (error) => faults.push(error.message));
      // of an answer of 404 chromium says so in its console
      page.on('console', (message) => {
        if (message.type() === 'error' && !message.text().startsWith('Failed to load')) faults.push(message.text());
      });
      const settled = settling(page);
      await page.goto('/console/tokens');
      const findings: object[] = [];
      const read = new Map<string, string[]>();
      for (const [at, path] of paths.entries()) {
        const address =
          path.replace(/\$\w+/, () => encodeURIComponent(world.details[path] ?? '')) + (OPENED[path] ?? '');
        await settled(address);
        const found = [...(await consoleFindings(page, at === 0 ? 'html' : 'main')), ...(await grown(page))];
        const words = told(await page.evaluate<string>(WORDS));
        for (const dialog of path.includes('$') ? await dialogsOf(page) : []) {
          found.push(...dialog.found);
          words.push(...dialog.words);
        }
        found.push(...((await page.evaluate<string>(MAIN)).match(/(?<!PKCS |[^\s(])#\d+\b/g) ?? []).map((one) => `a number, ${one}, for a name`)); // prettier-ignore
        found.push(...faults.splice(0));
        if (found.length > 0) findings.push({ path, ...look, found });
        read.set(path, words);
      }
      await page.context().close();
      return { findings, told: read };
    }
  },
);

/** What can be read, in fields too. */
const WORDS = `document.body.innerText + [...document.querySelectorAll('input, textarea')].map((each) => each.value).join(' ')`;
const MAIN = `document.querySelector('main').innerText`;
/** Nothing is being read, two frames later. */
const QUIET = `new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(!/در حال خواندن…|Reading…/.test(document.body.innerText)))))`; // prettier-ignore
/** What every text of an element is made with becomes markup, as one careless line would make it. */
const HOLE = `{ const own = Object.getOwnPropertyDescriptor(Node.prototype, 'textContent');
  Object.defineProperty(Element.prototype, 'textContent', { ...own, set(text) { this.innerHTML = text; } }); }`;

/** @returns goes to an address by the console's own router, and waits until what it asks for is there */
function settling(page: Page): (address: string) => Promise<void> {
  const open = new Set<object>();
  page.on('request', (request) => {
    if (!request.url().endsWith('/stream')) open.add(request);
  });
  for (const end of ['requestfinished', 'requestfailed'] as const)
    page.on(end as 'requestfinished', (request) => open.delete(request));
  return async (address) => {
    await page.locator('h1').waitFor();
    await page.evaluate(`document.querySelectorAll('h1').forEach((each) => each.setAttribute('data-old', ''));
      history.pushState({}, '', ${JSON.stringify(`/console${address}`)})`);
    await page.locator('h1:not([data-old])').waitFor();
    for (let calm = 0; calm < 2;) {
      const quiet = await page.evaluate<boolean>(QUIET);
      calm = quiet && open.size === 0 ? calm + 1 : 0;
    }
  };
}

/** What stands in the dialogue of each act of a page. */
async function dialogsOf(page: Page): Promise<{ found: string[]; words: string[] }[]> {
  const seen = [];
  const acts = page.locator('main button[aria-haspopup=dialog]');
  for (let at = 0; at < (await acts.count()); at++) {
    await acts.nth(at).click();
    const dialog = page.getByRole('dialog');
    await dialog.waitFor();
    seen.push({ found: await grown(page), words: told(await page.evaluate<string>(WORDS)) });
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'hidden' });
  }
  return seen;
}
