import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { FastifyInstance } from 'fastify';
import type pg from 'pg';
import type { Browser, Page } from 'playwright-core';
import { openPool, transaction } from '../../src/ops/database.ts';
import { addViolation, giveNotice } from '../../src/shops/index.ts';
import { decide } from '../../src/shops/standing/standing.ts';
import { clearDay } from '../settlement/support/clear.ts';
import { pdfLines } from '../settlement/support/pdf-text.ts';
import { merchantId, testSheba } from '../settlement/support/books.ts';
import { openLedgerBooks, terminalId, type LedgerBooks } from '../settlement/support/ledger-books.ts';
import { noBrowser, openBrowser, openPhone, type Phone } from '../support/browser.ts';
import { routesOf, signIn, testDoor } from '../support/door.ts';
import { addActor } from '../support/people.ts';
import { doorPool, gatewayLogin } from '../support/postgres.ts';
import { actAs, sentCase } from '../support/shops.ts';
import { Visitor } from '../support/visitor.ts';
import { grown, listen, payload, PAYLOADS, told } from '../web/support/markup.ts';

/** The pages and papers that customers and shopkeepers read, over a world whose every name, reason and note is markup, and asked for with markup in their
 *  addresses and forms: none of it runs, and what should be read is read as it was typed. What people of the house read: test/web/pages.test.ts. */

const [YESTERDAY, TODAY] = ['2026-12-29', '2026-12-30'] as const;
const NOW = Date.parse(`${TODAY}T08:00:00Z`);
/** Of a case: before the day from which it wants papers. */
const THEN = Date.UTC(2026, 9, 20, 8);
const MOBILE = '09121234567';
const SHOP = merchantId(1);
const TOKEN = '0123456789abcdefghijkl';
const RRN = (sale: number): string => `636408${String(sale).padStart(6, '0')}`;
const PROGRAM = new URL('../../dist/public/pages/receipt/child.js', import.meta.url);
/** In an address. */
const asked = (): string => encodeURIComponent(payload());
const reason = (): string => `دلیل ${payload()}`;

let books: LedgerBooks;
let door: FastifyInstance;
let asDoor: pg.Pool;
let visitor: Visitor;
let browser: Browser;
let url: string;
/** An address of each page, by its route. */
let pages: Readonly<Record<string, string>>;

/** Pages that show nothing anybody typed here: figures, days, words of ours. */
const SILENT = ['/apply/new', '/complain', '/case/:number', '/', '/case', '/language', '/learn', '/learn/:lesson', '/shop/unit', '/shop/:merchant/days', '/shop/:merchant/days/:day', '/shop/:merchant/papers', '/sign-in', '/complain/status', '/qualify', '/shop/:merchant/statements', '/apply/:number/:step']; // prettier-ignore
/** Files, tried below or kept as they are typed. */
const FILES = ['/healthz', '/robots.txt', '/assets/:version/:name', '/learn/guide-fa.pdf', '/learn/guide-en.pdf', '/shop/:merchant/statements/:file', '/shop/:merchant/backup/:file']; // prettier-ignore

beforeAll(async () => {
  books = await openLedgerBooks();
  const pool = openPool(await gatewayLogin(books.databaseUrl), 4);
  pool.on('error', () => undefined);
  asDoor = await doorPool(books.databaseUrl);
  door = testDoor(asDoor, { now: () => NOW, monotonic: () => performance.now() }, { supportPhones: payload(), drawing: { program: PROGRAM, warm: false } }); // prettier-ignore
  await money(books);
  visitor = new Visitor(door);
  await signIn(visitor, books.pool, MOBILE, NOW);
  pages = await desks(pool);
  await pool.end();
});
afterAll(async () => {
  await door.close();
  await asDoor.end();
  await books.close();
});

(noBrowser === undefined ? describe : describe.skip)(
  `public pages full of markup${noBrowser === undefined ? '' : ` (${noBrowser})`}`,
  () => {
    beforeAll(async () => {
      url = (await door.listen({ host: '127.0.0.1', port: 0 })).replace('127.0.0.1', 'localhost');
      browser = await openBrowser();
    });
    afterAll(() => browser.close());

    test('there is an address of every page', () => {
      const routes = routesOf(door).filter(({ methods }) => methods.includes('GET')).map(({ path }) => path); // prettier-ignore
      expect(routes.filter((path) => !FILES.includes(path) && pages[path] === undefined)).toEqual([]);
    });

    test.each(['fa', 'en'] as const)(
      'run nothing and say what was typed (%s)',
      async (language) => {
        const { page, faults, caught, window } = await windowOf(language);
        const findings: object[] = [];
        const silent: string[] = [];
        for (const [route, path] of Object.entries(pages)) {
          await page.goto(path);
          const found = [...(await grown(page)), ...caught.splice(0), ...faults.splice(0)];
          if (found.length > 0) findings.push({ path, found });
          if (told(await page.evaluate<string>(WORDS)).length === 0) silent.push(route);
        }
        await window.close();
        expect(findings).toEqual([]);
        expect(silent.filter((route) => !SILENT.includes(route))).toEqual([]);
      },
      240_000,
    );

    test('a form that is sent back says what was typed, and runs none of it', async () => {
      const { page, faults, caught, window } = await windowOf('fa');
      const echo = ['/apply/new', '/complain', `/shop/${SHOP}/complaints`, `/shop/${SHOP}/staff`];
      const silent = [pages['/apply/:number/:step'] ?? '', '/complain/status', `/shop/${SHOP}/changes`, '/sign-in'];
      const said: Record<string, number> = {};
      for (const path of [...echo, ...silent]) {
        await page.goto(path);
        const form = page
          .locator('main form[method=post]')
          .filter({ has: page.locator('button:visible') })
          .first();
        if ((await form.count()) === 0) continue;
        await page.evaluate(FREED); // what a browser would hold back before it is sent
        const fields = form.locator(':is(input[type=text], input[type=tel], input:not([type]), textarea):visible');
        for (let at = 0, count = await fields.count(); at < count; at++) await fields.nth(at).fill(payload());
        await Promise.all([page.waitForEvent('load'), form.locator('button:visible').first().click()]);
        const found = [...(await grown(page)), ...caught.splice(0), ...faults.splice(0)];
        expect({ path, found }).toEqual({ path, found: [] });
        said[path] = told(await page.evaluate<string>(WORDS)).length;
      }
      await window.close();
      expect(echo.filter((path) => (said[path] ?? 0) === 0)).toEqual([]);
    }, 240_000);

    test('a hole would be seen', async () => {
      const { page, caught, window } = await windowOf('en', true);
      await page.route(`${url}/shop`, async (route) => {
        const answer = await route.fetch();
        await route.fulfill({ response: answer, body: (await answer.text()).replaceAll('&lt;', '<').replaceAll('&gt;', '>') }); // prettier-ignore
      });
      await page.goto('/shop');
      await page.waitForLoadState('networkidle');
      const found = [...(await grown(page)), ...caught];
      await window.close();
      expect(found.join('\n')).toMatch(/xss|payload \d ran/);
    });
  },
);

describe('papers full of markup', () => {
  test.each(['fa', 'en'] as const)('a receipt (%s): literally, without anything that acts', async (language) => {
    const pdf = await visitor.get(`/r/${TOKEN}.pdf?lang=${language}`);
    expect([pdf.statusCode, pdf.headers['content-type']]).toEqual([200, 'application/pdf']);
    expectPlain(pdf.rawPayload, await nameOf(1), language);
    for (const form of ['png', 'escpos']) {
      const drawn = await visitor.get(`/r/${TOKEN}.${form}?lang=${language}`); // pictures alone: no text of a printer's commands
      expect([form, drawn.statusCode, drawn.rawPayload.includes('xss')]).toEqual([form, 200, false]);
    }
  });

  test('a statement: literally, without anything that acts', async () => {
    const pdf = await visitor.get(`/shop/${SHOP}/statements/${YESTERDAY}.pdf`);
    expect(pdf.statusCode).toBe(200);
    expectPlain(pdf.rawPayload, await nameOf(1));
    const csv = (await visitor.get(`/shop/${SHOP}/statements/${YESTERDAY}.csv`)).body;
    expect(csv.split('\n').flatMap((line) => line.split(',')).filter((cell) => /^"?[=@+]/.test(cell))).toEqual([]); // prettier-ignore
  });
});

/** What can be read, in fields too. */
const WORDS = `document.body.innerText + [...document.querySelectorAll('input, textarea')].map((each) => each.value).join(' ')`;
const FREED = `document.querySelectorAll('form').forEach((form) => { form.noValidate = true;
  form.querySelectorAll('[maxlength]').forEach((field) => field.removeAttribute('maxlength')); })`;

/** A phone of who is signed in. */
async function windowOf(
  language: 'fa' | 'en',
  bypassCSP = false,
): Promise<{ window: Phone; page: Page; faults: string[]; caught: string[] }> {
  const phone = await openPhone(browser, url);
  if (bypassCSP) await (await phone.page.context().newCDPSession(phone.page)).send('Page.setBypassCSP', { enabled: true }); // prettier-ignore
  const cookies = visitor.cookies().split('; ').map((pair) => pair.split('=')).filter(([name]) => name !== 'language'); // prettier-ignore
  await phone.page.context().addCookies(
    [...cookies, ['language', language]].map(([name = '', value = '']) =>
      name.startsWith('__Host-') ? { name, value, url: url.replace('http:', 'https:'), secure: true } : { name, value, url },
    ),
  ); // prettier-ignore
  return { window: phone, page: phone.page, faults: phone.faults as string[], caught: await listen(phone.page, url) };
}

async function nameOf(shop: number): Promise<string> {
  const { rows } = await books.pool.query<{ name: string }>('select name from merchants where merchant_id = $1', [merchantId(shop)]); // prettier-ignore
  return rows[0]?.name ?? '';
}

/** On paper lines break, and in a Persian line brackets at the ends turn with it: what is between them stands as it was typed. */
function expectPlain(pdf: Buffer, name: string, language: 'fa' | 'en' = 'fa'): void {
  const text = pdfLines(pdf).join('').replace(/\s/g, '');
  const typed = PAYLOADS[0].replace(/\s/g, '');
  expect(name).toContain(PAYLOADS[0]);
  expect(text).toContain(language === 'en' ? typed : typed.slice(1, -2));
  const raw = pdf.toString('latin1');
  expect(raw.match(/\/(?:JavaScript|JS|OpenAction|AA|Launch|URI|SubmitForm|EmbeddedFile)\b/g)).toBeNull();
}

/** Books of two days, of which one is paid. */
async function money(world: LedgerBooks): Promise<void> {
  const { pool } = world;
  await world.openDay(YESTERDAY);
  for (const n of [1, 2]) {
    await world.addShop(n, testSheba(n));
    const name = `${n === 1 ? PAYLOADS[0] : payload()} فروشگاه`;
    await pool.query('update merchants set name = $2, mobile = $3 where merchant_id = $1', [merchantId(n), name, MOBILE]); // prettier-ignore
  }
  await pool.query('update terminals set model = $1, psp = $2, place = $3', [payload(), payload(), payload()]);
  await pool.query(`insert into goods (code, category, name_fa, unit, valid_from) values ('0000000000001', '01', $1, '01', '2020-03-20')`, [payload()]); // prettier-ignore
  await world.add([{ id: 1, kind: 'purchase', day: YESTERDAY, shop: 1, voucher: 900_000, card: 100_000, rrn: RRN(1) }]);
  await clearDay(world, YESTERDAY);
  await world.openDay(TODAY);
  await world.add([{ id: 2, kind: 'purchase', day: TODAY, shop: 1, voucher: 500_000, rrn: RRN(2) }]);
  await pool.query('update transactions set token = $1 where rrn = $2', [TOKEN, RRN(2)]);
}

/** Everything that shops and the house say to each other.
 *  @returns where it is read */
async function desks(pool: pg.Pool): Promise<Record<string, string>> {
  const [clerk, ...others] = await Promise.all(['maryam', 'babak', 'sara'].map((login) => addActor(books.pool, login)));
  const staff = { clerk: clerk as typeof clerk & object, reviewers: others as never };
  const by = { actor: staff.clerk };
  const sent = await sentCase(pool, staff, THEN, { name: payload(), sheba: testSheba(7), mobile: MOBILE });
  await actAs(pool, others[0] as never, sent, { kind: 'judge', code: 'owner_identity', event: 'reject', reason: 'not_readable', note: payload() }, NOW - 3_600_000); // prettier-ignore
  await visitor.get('/apply/new');
  const begun = await visitor.submit('/apply/new', { name: payload(), guild: 'supermarket' });
  const draft = /^\/apply\/(\d{9})\/?(\w*)/.exec(String(begun.headers.location));
  const found = { merchantId: SHOP, kind: 'cash_out', at: NOW - 86_400_000, note: reason(), evidence: [RRN(1)] };
  const { violations } = await transaction(pool, (db) => addViolation(db, found, by, NOW));
  const ids = violations.map(({ id }) => id);
  await transaction(pool, (db) => giveNotice(db, { merchantId: SHOP, violations: ids, sanction: 'DISQUALIFIED', days: 365, text: reason() }, by, NOW)); // prettier-ignore
  await transaction(pool, (db) => decide(db, merchantId(2), { state: 'SUSPENDED', reason: reason(), until: new Date(NOW + 86_400_000).toISOString() }, by, NOW)); // prettier-ignore
  await visitor.get(`/shop/${SHOP}/staff`);
  await visitor.submit(`/shop/${SHOP}/staff`, { name: payload().slice(0, 40) });
  await visitor.get(`/shop/${SHOP}/complaints`);
  await visitor.submit(`/shop/${SHOP}/complaints`, { kind: 'not_paid', rrn: RRN(1), terminal: terminalId(1), text: payload() }); // prettier-ignore
  return {
    '/': `/?lang=${asked()}`,
    '/apply': '/apply',
    '/apply/new': `/apply/new?guild=${asked()}`,
    '/apply/:number': `/apply/${draft?.[1] ?? ''}`,
    '/apply/:number/:step': `/apply/${draft?.[1] ?? ''}/address`,
    '/case': '/case',
    '/case/:number': `/case/${sent.number}`,
    '/complain': `/complain?rrn=${asked()}&terminal=${asked()}&total=${asked()}`,
    '/complain/status': `/complain/status?number=${asked()}`,
    '/goods': `/goods?q=${asked()}`,
    '/language': `/language?to=${asked()}&back=${asked()}`,
    '/learn': `/learn?${asked()}`,
    '/learn/:lesson': `/learn/${asked()}`,
    '/qualify': `/qualify?guild=${asked()}`,
    '/r/:file': `/r/${TOKEN}`,
    '/shop': '/shop',
    '/shop/unit': `/shop/unit?to=${asked()}&back=${asked()}`,
    '/shop/:merchant': `/shop/${SHOP}`,
    '/shop/:merchant, of one that is suspended': `/shop/${merchantId(2)}`,
    '/shop/:merchant/changes': `/shop/${SHOP}/changes`,
    '/shop/:merchant/complaints': `/shop/${SHOP}/complaints`,
    '/shop/:merchant/days': `/shop/${SHOP}/days?of=${asked()}`,
    '/shop/:merchant/days/:day': `/shop/${SHOP}/days/${YESTERDAY}?page=${asked()}`,
    '/shop/:merchant/notices': `/shop/${SHOP}/notices`,
    '/shop/:merchant/papers': `/shop/${SHOP}/papers`,
    '/shop/:merchant/staff': `/shop/${SHOP}/staff`,
    '/shop/:merchant/statements': `/shop/${SHOP}/statements?of=${asked()}`,
    '/shop/:merchant/terminals': `/shop/${SHOP}/terminals`,
    '/shops': `/shops?q=${asked()}`,
    '/sign-in': `/sign-in?back=${asked()}`,
  };
}
