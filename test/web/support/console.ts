import { mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from '@jest/globals';
import type { FastifyInstance } from 'fastify';
import type pg from 'pg';
import { pino } from 'pino';
import type { Browser, Page } from 'playwright-core';
import { Registry } from 'prom-client';
import type { ApiOptions } from '../../../src/console/api/index.ts';
import { createHttp } from '../../../src/console/http.ts';
import type { EmbeddedPostgres } from '../../../src/demo/machine/postgres.ts';
import { systemClock, type Now } from '../../../src/ops/clock.ts';
import { openPool, transaction } from '../../../src/ops/database.ts';
import { PERMISSIONS, type People } from '../../../src/people/index.ts';
import { issueToken } from '../../../src/people/tokens.ts';
import { openPhone, type Phone } from '../../support/browser.ts';
import { testPeople, type SetUpPerson } from '../../support/people.ts';
import { gatewayLogin, temporaryPostgres } from '../../support/postgres.ts';

/** The console as its users have it: the built pages (dist/web), the API, a real database, a real browser. */

export const BUILT_PAGES = fileURLToPath(new URL('../../../dist/web/', import.meta.url));
/** Where pictures of the pages are put, when somebody wants to look at them. */
const SHOTS = process.env['KALABARG_TEST_SHOTS'];
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

export interface TestConsole {
  readonly pool: pg.Pool;
  /** As the owner of the tables: for what a test needs to be there. */
  readonly owner: pg.Pool;
  readonly people: People;
  readonly http: FastifyInstance;
  readonly url: string;
  close(): Promise<void>;
}

export async function openTestConsole(options: Partial<ApiOptions> = {}): Promise<TestConsole> {
  const server: EmbeddedPostgres = await temporaryPostgres();
  const console = await openConsoleOn({ owner: server.url, gateway: await gatewayLogin(server.url) }, options);
  return {
    ...console,
    close: async () => {
      await console.close();
      await server.stop();
    },
  };
}

/** The same before a database that is there.
 *  @param urls of its owner, and of the gateway's login */
export async function openConsoleOn(
  urls: { readonly owner: string; readonly gateway: string },
  options: Partial<ApiOptions> = {},
  clock: Now = systemClock,
): Promise<TestConsole> {
  const owner = openPool(urls.owner, 2);
  const pool = openPool(urls.gateway, 6);
  for (const each of [owner, pool]) each.on('error', () => undefined); // the server stops before its last connection is closed
  const people = testPeople(pool, clock);
  const api = { people: () => people, log: pino({ level: 'error' }), ...options };
  let asked = 0;
  const http = createHttp({
    registry: new Registry(),
    // Tests turn pages faster than people: by this clock an address asks every 10 ms, as often as it may.
    clock: { monotonic: () => (asked += 10) },
    notReady: () => Promise.resolve([]),
    api,
    pages: BUILT_PAGES,
  });
  const address = await http.listen({ host: '127.0.0.1', port: 0 });
  return {
    pool,
    owner,
    people,
    http,
    url: address.replace('127.0.0.1', 'localhost'), // which browsers trust without HTTPS
    close: async () => {
      await http.close();
      await pool.end();
      await owner.end();
    },
  };
}

/** A window of a desk, or of a phone, that speaks Persian. */
export async function openWindow(browser: Browser, url: string, width = 1440): Promise<Phone> {
  const window = await openPhone(browser, url);
  window.page.setDefaultTimeout(15_000);
  await window.page.setViewportSize({ width, height: width < 600 ? 740 : 900 });
  return window;
}

/** Password, then the code of this moment (or of the next half minute: no code is taken twice). */
export async function signIn(page: Page, person: SetUpPerson, laterMs = 30_000): Promise<void> {
  await page.getByLabel('نام کاربری').fill(person.login);
  await page.getByLabel(/^گذرواژه/).fill(person.password);
  await page.getByRole('button', { name: 'ادامه' }).click();
  await page.getByLabel('رمز یک‌بارمصرف').fill(person.code(Date.now() + laterMs));
  await page.getByRole('button', { name: 'ورود', exact: true }).click();
}

/** What a browser has of somebody who signed in just now, without the two forms. */
export async function sessionOf(door: TestConsole, login: string): Promise<{ cookie: string; csrf: string }> {
  const { rows } = await door.owner.query<{ id: string }>('select person_id::text as id from persons where login = $1', [login]); // prettier-ignore
  const now = door.people.clock.now();
  const issue = { personId: rows[0]?.id ?? '', kind: 'session', scopes: PERMISSIONS, provedAt: now, now } as const;
  const { token } = await transaction(door.pool, (db) => issueToken(db, issue));
  const me = await door.http.inject({ url: '/api/v1/me', headers: { cookie: `__Host-kalabarg=${token}` } });
  return { cookie: token, csrf: me.json<{ csrfToken: string }>().csrfToken };
}

/** How somebody looks at the console. */
export interface Looking {
  readonly language: 'fa' | 'en';
  readonly width?: number;
  readonly scheme?: 'light' | 'dark';
  /** Left out: false. The policy of the page holds back what a hole lets in. */
  readonly bypassCSP?: boolean;
}

/** A window of somebody who is signed in. */
export async function openSignedIn(
  browser: Browser,
  door: TestConsole,
  login: string,
  { language, width = 1440, scheme = 'light', bypassCSP = false }: Looking,
): Promise<Page> {
  const { cookie } = await sessionOf(door, login);
  const context = await browser.newContext({ baseURL: door.url, viewport: { width, height: width < 600 ? 740 : 900 }, locale: language, timezoneId: 'Asia/Tehran', reducedMotion: 'reduce', colorScheme: scheme, bypassCSP }); // prettier-ignore
  await context.addCookies([
    { name: '__Host-kalabarg', value: cookie, url: door.url.replace('http:', 'https:'), secure: true, httpOnly: true, sameSite: 'Strict' }, // prettier-ignore
    { name: 'kalabarg-look', value: `${language}.rial.${scheme}`, url: `${door.url}/console` },
  ]);
  return context.newPage();
}

interface Finding {
  readonly id: string;
  readonly impact: string;
  readonly nodes: readonly { readonly html: string }[];
}

/** What every page holds: nothing wider than the window, one h1, no serious finding of axe. A picture of it, when somebody wants one. */
export async function assertConsolePage(page: Page, name: string): Promise<void> {
  if (SHOTS !== undefined) {
    mkdirSync(SHOTS, { recursive: true });
    await page.screenshot({ path: join(SHOTS, `${name}.png`), fullPage: true });
  }
  expect({ page: name, findings: await consoleFindings(page) }).toEqual({ page: name, findings: [] });
}

/** What a page does not hold of it.
 *  @param part what axe looks at: around a page stands what stands around the one before */
export async function consoleFindings(page: Page, part: 'html' | 'main' = 'html'): Promise<string[]> {
  // by the tools of the browser: the policy of the page lets no script in
  if (await page.evaluate<boolean>('window.axe === undefined')) await page.evaluate(AXE);
  const { wider, h1, direction, violations } = await page.evaluate<{ wider: number; h1: number; direction: string; violations: readonly Finding[] }>(
    `axe.run('${part}', { resultTypes: ['violations'] }).then(({ violations }) => ({
      wider: document.documentElement.scrollWidth - document.documentElement.clientWidth,
      h1: document.querySelectorAll('h1').length,
      direction: document.documentElement.dir,
      violations,
    }))`,
  ); // prettier-ignore
  return [
    ...(wider === 0 ? [] : [`${wider} points wider than the window`]),
    ...(h1 === 1 ? [] : [`${h1} h1`]),
    ...(/^(?:rtl|ltr)$/.test(direction) ? [] : [`direction ${direction}`]),
    ...violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`),
  ];
}
