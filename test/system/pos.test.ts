import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import axe from 'axe-core';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { noBrowser, openBrowser, openPhone } from '../support/browser.ts';
import { tehran } from '../../src/ops/clock.ts';
import { startSystem, stopProcess, untilReady, type System } from '../support/system.ts';

/** `/pos` as a newcomer has it: the whole demo, a browser, and the frames between. */
jest.setTimeout(120_000);

const SHOTS = process.env['KALABARG_TEST_SHOTS'];

let system: System;
let address: string;

beforeAll(async () => {
  system = await startSystem();
  address = `http://localhost:${system.publicPort}`;
});
afterAll(async () => {
  await system.stop();
});

/** A browser without scripts, that follows forms. */
class Plain {
  #cookies = new Map<string, string>();
  body = '';

  async get(path: string): Promise<number> {
    return this.#keep(await fetch(address + path, { headers: this.#headers(), redirect: 'manual' }));
  }

  async press(
    name: string,
    value: string,
    turn = /name="turn" value="(\d+)"/.exec(this.body)?.[1] ?? '',
  ): Promise<number> {
    const csrf = /name="csrf" value="([^"]*)"/.exec(this.body)?.[1] ?? '';
    const answer = await fetch(`${address}/pos`, {
      method: 'POST',
      redirect: 'manual',
      headers: { ...this.#headers(), 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ csrf, turn, [name]: value }).toString(),
    });
    const status = await this.#keep(answer);
    if (status === 303) await this.get('/pos');
    return status;
  }

  /** Looks again until the centre has answered. */
  async settled(): Promise<void> {
    while (this.body.includes('data-busy="1"')) await this.get('/pos');
  }

  get screen(): string {
    return (/data-screen>([\s\S]*?)<\/div>/.exec(this.body)?.[1] ?? '')
      .replace(/<[^>]*>/g, ' ')
      .replace(/\s+/g, ' ')
      .trim();
  }

  #headers(): Record<string, string> {
    return { cookie: ['language=en', ...[...this.#cookies].map(([name, value]) => `${name}=${value}`)].join('; ') };
  }

  async #keep(answer: Response): Promise<number> {
    for (const cookie of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]*)=([^;]*)/.exec(cookie) ?? [];
      this.#cookies.set(name, value);
    }
    this.body = await answer.text();
    return answer.status;
  }
}

async function visitor(): Promise<Plain> {
  const plain = new Plain();
  expect(await plain.get('/pos')).toBe(200);
  await plain.settled();
  return plain;
}

/** Sells rice (4,800,000) to a household. */
async function sellTo(plain: Plain, household: string): Promise<void> {
  await plain.press('good', '4');
  await plain.press('key', 'enter');
  await plain.press('card', household);
  await plain.settled();
}

describe('without scripts', () => {
  test('keys, split, PIN, slip, receipt: each a form', async () => {
    const plain = await visitor();
    expect(plain.screen).toContain('Voucher purchase, rest by card');
    for (const key of ['1', '2', '4', '0', '0', '0', '0', '0', '0', '0']) await plain.press('key', key);
    expect(plain.screen).toContain('40,000,000 rials');
    await plain.press('key', 'enter');
    for (const key of ['1', '2', 'enter']) await plain.press('key', key);
    await plain.settled();
    expect(plain.screen).toMatch(
      /Total 40,000,000 rials From the voucher 30,000,000 rials From the card 10,000,000 rials/,
    );
    await plain.press('key', 'enter');
    for (const key of ['1', '2', '3']) await plain.press('key', key);
    expect(plain.screen).toContain('●●●○');
    for (const key of ['4', 'enter']) await plain.press('key', key);
    await plain.settled();
    expect(plain.screen).toMatch(/^Approved From the voucher 30,000,000 rials From the card 10,000,000 rials/);
    const receipt = /href="(\/r\/[\w-]{22})"/.exec(plain.body)?.[1] ?? '';
    expect(await plain.get(receipt)).toBe(200);
    expect(plain.body).toContain('10,000,000 rials');
  });

  test('a form sent twice does one thing, and a stranger’s form nothing', async () => {
    const plain = await visitor();
    const turn = /name="turn" value="(\d+)"/.exec(plain.body)?.[1] ?? '';
    await plain.press('key', '1', turn);
    expect(plain.screen).toContain('Goods by their code');
    await plain.press('key', '1', turn);
    expect(plain.screen).toContain('Goods by their code');
    expect(await new Plain().press('key', '1', '0')).toBe(403);
  });

  test('no paper: the sale is made, and its slip comes once there is paper', async () => {
    const plain = await visitor();
    await plain.press('fault', 'paper');
    await sellTo(plain, '13');
    await plain.press('key', 'enter');
    await plain.press('pin', '1');
    await plain.settled();
    expect(plain.screen).toContain('Out of paper: the sale is made');
    expect(plain.body).not.toContain('class="slip"');
    await plain.press('key', '7');
    expect(plain.screen).toContain('There is no paper');
    await plain.press('fault', 'paper');
    await plain.press('key', '7');
    expect(plain.body).toContain('class="slip"');
    expect(plain.body).not.toContain('>Copy<');
    await plain.press('key', '7');
    expect(plain.body).toContain('>Copy<');
  });

  test('a wrong PIN, and a bank that is silent', async () => {
    const plain = await visitor();
    await plain.press('fault', 'pin');
    await sellTo(plain, '7');
    await plain.press('key', 'enter');
    await plain.press('pin', '1');
    await plain.settled();
    expect(plain.screen).toBe('Declined, code 55 Wrong PIN');
    await plain.press('fault', 'bank');
    await plain.press('key', 'enter');
    await sellTo(plain, '7');
    await plain.press('key', 'enter');
    await plain.press('pin', '1');
    await plain.settled();
    expect(plain.screen).toMatch(/^Declined, code (?:68|91) No answer from the bank/);
  });

  test('nothing secret is in the page, however the frames are opened', async () => {
    const plain = await visitor();
    await sellTo(plain, '7');
    await plain.press('key', 'enter');
    await plain.press('pin', '1');
    await plain.settled();
    expect(plain.screen).toContain('Approved');
    expect(plain.body).not.toMatch(/603799\d{6}|36 30 33 37 39 39|60 37 99 0/); // PAN, in digits and packed
    const pin = /Personal identification number data<\/strong> <bdi>([^<]*)/.exec(plain.body)?.[1];
    expect(pin).toMatch(/^\*+$/);
    expect(plain.body).not.toMatch(/30\s+TPK[^<]*<bdi>[0-9A-Z]{8}/);
  });

  test('two visitors have two devices', async () => {
    const terminals = await Promise.all([visitor(), visitor()]);
    const [first, second] = terminals.map(({ body }) => /TID (\d{8})/.exec(body)?.[1]);
    expect(first).toMatch(/^1000\d{4}$/);
    expect(second).not.toBe(first);
  });
});

(noBrowser === undefined ? describe : describe.skip)(
  `in a browser${noBrowser === undefined ? '' : ` (${noBrowser})`}`,
  () => {
    let browser: Browser;
    beforeAll(async () => {
      browser = await openBrowser();
    });
    afterAll(async () => {
      await browser.close();
    });

    async function desk(language: 'fa' | 'en'): Promise<{ context: BrowserContext; page: Page; faults: string[] }> {
      const context = await browser.newContext({
        baseURL: address,
        viewport: { width: 1280, height: 900 },
        reducedMotion: 'reduce',
      });
      await context.addCookies([{ name: 'language', value: language, url: address }]);
      const page = await context.newPage();
      const faults: string[] = [];
      page.on('pageerror', (error) => faults.push(error.message));
      page.on('console', (message) => {
        if (message.type() === 'error') faults.push(message.text());
      });
      return { context, page, faults };
    }

    const shot = async (page: Page, name: string): Promise<void> => {
      if (SHOTS === undefined) return;
      mkdirSync(SHOTS, { recursive: true });
      await page.screenshot({ path: join(SHOTS, `${name}.png`), fullPage: true });
    };

    /** What axe-core finds serious or worse. */
    async function seriousOf(page: Page): Promise<string[]> {
      // as a debugger does: the page's own policy lets no script in from elsewhere
      const session = await page.context().newCDPSession(page);
      await session.send('Runtime.evaluate', { expression: axe.source });
      const { result } = await session.send('Runtime.evaluate', {
        expression: `axe.run().then(({ violations }) => JSON.stringify(violations
          .filter(({ impact }) => impact === 'serious' || impact === 'critical')
          .map(({ id, nodes }) => id + ' ' + nodes.map(({ html }) => html).join(' ').slice(0, 300))))`,
        awaitPromise: true,
        returnByValue: true,
      });
      await session.detach();
      return JSON.parse(String(result.value)) as string[];
    }

    const idle = (page: Page) => page.locator('[data-pos][data-busy="0"]').waitFor();
    const screen = (page: Page) => page.locator('[data-screen]');

    test('a purchase by the keyboard with a split, its frames, its receipt; then a line that is cut', async () => {
      const { context, page, faults } = await desk('en');
      await page.goto('/pos');
      await idle(page);
      expect(await seriousOf(page)).toEqual([]);
      await page.keyboard.press('1');
      await page.keyboard.press('1');
      await page.locator('button[name=good][value="4"]').click();
      await page.locator('button[name=good][value="99"]').click();
      await says(screen(page), 'Total 5,200,000 rials');
      await page.keyboard.press('Escape');
      await page.keyboard.type('11');
      await page.keyboard.type('4');
      await page.keyboard.press('Enter');
      await page.keyboard.type('99');
      await page.keyboard.press('Enter');
      await says(screen(page), 'Total 5,200,000 rials');
      await page.keyboard.press('Enter');
      await page.locator('button[name=card][value="7"]').click();
      await says(screen(page), 'From the voucher 4,800,000 rials From the card 400,000 rials');
      expect(await seriousOf(page)).toEqual([]);
      await page.keyboard.press('Enter');
      await page.keyboard.type('1234');
      await page.keyboard.press('Enter');
      await says(screen(page), 'Approved From the voucher 4,800,000 rials From the card 400,000 rials');
      const frame = page.locator('.frame.sent').first();
      await frame.locator('summary').click();
      await says(frame, 'Processing code');
      await says(frame, '17 98 00');
      await says(frame, 'not shown');
      await shot(page, 'pos-en');
      expect(await seriousOf(page)).toEqual([]);

      await page.locator('button[name=fault][value=line]').click();
      await says(page.locator('button[name=fault][aria-pressed=true]'), 'line is cut');
      // over a slow line: Enter is the device's before the picture with the good is there
      await page.route('**/pos', async (route) => {
        await new Promise((done) => setTimeout(done, 400));
        await route.continue();
      });
      await page.locator('button[name=good][value="6"]').click();
      await page.keyboard.press('Enter');
      await page.locator('button[name=card][value="7"]:enabled').waitFor();
      await page.unroute('**/pos');
      await page.locator('button[name=card][value="7"]').click();
      await says(screen(page), 'From the voucher 700,000 rials');
      await page.keyboard.press('Enter');
      await page.locator('button[name=pin]').click();
      await says(screen(page), 'No answer from the centre. The sale was taken back');
      const wire = (await page.locator('.till-wire').innerText()).replace(/\s+/g, ' ');
      expect(wire).toMatch(/0410 .*RC 00.*0400 .*✂.*0200/);
      await shot(page, 'pos-cut-en');

      await page.locator('.slip a').first().click();
      await says(page.locator('main'), 'From the bank card 400,000 rials');
      expect(await seriousOf(page)).toEqual([]);
      await shot(page, 'receipt-en');
      expect(faults).toEqual([]);
      await context.close();
    });

    test('in Persian on a phone: nothing is wider than it, and every key is big enough', async () => {
      const phone = await openPhone(browser, address);
      const { page } = phone;
      await page.goto('/pos');
      await idle(page);
      for (const dark of [false, true]) {
        await page.emulateMedia({ colorScheme: dark ? 'dark' : 'light' });
        expect(await seriousOf(page)).toEqual([]);
      }
      await page.emulateMedia({ colorScheme: 'light' });
      const press = async (key: string): Promise<void> => page.locator(`[data-key="${key}"]`).click();
      await page.locator('button[name=good][value="3"]').click();
      await press('enter');
      await page.locator('button[name=card][value="909"]').click();
      await says(screen(page), 'از کالابرگ ۹۰۰٬۰۰۰ ریال');
      await press('enter');
      await page.locator('button[name=pin]').click();
      await says(screen(page), 'موفق از کالابرگ ۹۰۰٬۰۰۰ ریال');
      const wider = await page.evaluate<number>('document.documentElement.scrollWidth - document.documentElement.clientWidth'); // prettier-ignore
      expect(wider).toBe(0);
      const small = await page.evaluate<string[]>(
        `[...document.querySelectorAll('.till button')].filter((one) => one.offsetHeight < 44).map((one) => one.innerText)`,
      );
      expect(small).toEqual([]);
      await shot(page, 'pos-phone-fa');
      await page.locator('.slip a').first().click();
      await says(page.locator('main'), 'از اعتبار کالابرگ');
      expect(await seriousOf(page)).toEqual([]);
      await shot(page, 'receipt-fa');
      expect(phone.faults).toEqual([]);
      await phone.close();
    });
  },
);

test('when every device is taken, whoever comes is told so, and the others go on', async () => {
  const first = await visitor();
  const statuses: number[] = [];
  for (let n = 0; n < 12; n++) statuses.push(await new Plain().get('/pos'));
  expect(statuses.at(-1)).toBe(503);
  await first.press('key', '1');
  expect(first.screen).toContain('Goods by their code');
});

test('nothing of it is left in doubt', async () => {
  const { stdout, status } = await system.kalabarg('ledger', 'verify');
  expect([status, stdout]).toEqual([0, expect.any(String)]);
});

describe('after the switch of the rial', () => {
  const RULES = `
units:
  - { unit: new-rial, from: "DAY", alpha: XXX, numeric: "999", exponent: 2, rials: 10000, nameFa: ریال نو, nameEn: new rial, lawful: true }
terminalUnits: [{ profile: native, from: "DAY", in: new-rial }]
paymentUnits: [{ from: "DAY", in: new-rial }]
`;
  let next: ChildProcess;
  let rules: string;

  beforeAll(async () => {
    // Rows of the rules begin tomorrow at the earliest: what two persons approved yesterday.
    await system.query(`with day as (select (now() at time zone 'Asia/Tehran')::date d),
        unit as (insert into money_units select 'new-rial', d, 'XXX', '999', 2, 10000, 'ریال نو', 'new rial', true from day)
      select 1`);
    for (const table of ['terminal_units (profile, valid_from, unit)', 'payment_units (valid_from, unit)']) {
      const profile = table.startsWith('terminal') ? "'native', " : '';
      await system.query(`insert into ${table} select ${profile}(now() at time zone 'Asia/Tehran')::date, 'new-rial'`);
    }
    const day = tehran(Date.now()).isoDate;
    rules = join(system.data, 'units.yaml');
    writeFileSync(rules, RULES.replaceAll('DAY', day));
    await stopProcess(system.process);
    next = spawn(process.execPath, [join(process.cwd(), 'bin', 'kalabarg.js'), 'start'], { env: { ...system.environment }, stdio: 'pipe' }); // prettier-ignore
    await untilReady(next);
  });
  afterAll(async () => {
    await stopProcess(next);
  });

  test('keys, split, slip, frames and receipt say the new unit first, the rial beside it', async () => {
    const plain = await visitor();
    for (const key of ['1', '2']) await plain.press('key', key);
    expect(plain.screen).toContain('Amount (new rial)?');
    for (const key of ['4', '0', '0', '0', '2', '5']) await plain.press('key', key);
    expect(plain.screen).toContain('4,000.25 new rial = 40,002,500 rials');
    await plain.press('key', 'enter');
    await plain.press('card', '17');
    await plain.settled();
    expect(plain.screen).toMatch(/Total 4,000\.25 new rial = 40,002,500 rials From the voucher 3,000 new rial From the card 1,000\.25 new rial /); // prettier-ignore
    await plain.press('key', 'enter');
    await plain.press('pin', '1');
    await plain.settled();
    expect(plain.screen).toMatch(/^Approved From the voucher 3,000 new rial/);
    expect(plain.body).toMatch(/<td>4<\/td>(?:(?!<\/tr>)[\s\S])*000000400025/);
    expect(plain.body).toMatch(/<td>49<\/td>(?:(?!<\/tr>)[\s\S])*999/);
    const receipt = /href="(\/r\/[\w-]{22})"/.exec(plain.body)?.[1] ?? '';
    expect(await plain.get(receipt)).toBe(200);
    expect(plain.body).toContain('1,000.25 new rial');
  }); // prettier-ignore

  test('goods by their code, taken back; a household of one rial pays by card alone', async () => {
    const plain = await visitor();
    await sellTo(plain, '908');
    expect(plain.screen).toMatch(/Total 480 new rial = 4,800,000 rials From the voucher 0 new rial From the card 480 new rial/); // prettier-ignore
    await plain.press('key', 'enter');
    await plain.press('pin', '1');
    await plain.settled();
    expect(plain.screen).toMatch(/^Approved/);
    await plain.press('key', 'enter');
    await plain.press('key', '6');
    await plain.settled();
    expect(plain.screen).toContain('The last purchase was taken back');
  });

  test('the simulated terminal: refused while it says rials, and right with the rules of the day', async () => {
    const ask = (...more: string[]) => system.kalabarg('simulate', 'terminal', 'purchase', '--terminal', '10000002', '--household', '18', '--amount', '2500000', ...more); // prettier-ignore
    const old = await ask('--json');
    expect([old.status, JSON.parse(old.stdout)]).toMatchObject([2, { rc: '30', fieldAtFault: '49' }]);
    const slip = await ask('--units', rules);
    expect([slip.status, slip.stdout]).toEqual([0, expect.stringMatching(/total +250 XXX\n.*from the voucher +250 XXX/)]); // prettier-ignore
    const back = await system.kalabarg('simulate', 'terminal', 'reverse', '--terminal', '10000002', '--units', rules);
    expect([back.status, back.stdout]).toEqual([0, expect.stringContaining('APPROVED')]);
    const odd = await ask('--units', rules, '--amount', '2500050');
    expect([odd.status, odd.stderr]).toEqual([
      1,
      expect.stringContaining('250.005 new rial is no amount of this unit'),
    ]);
  });

  (noBrowser === undefined ? test : test.skip)('as it is seen, in both languages', async () => {
    const browser = await openBrowser();
    try {
      for (const language of ['en', 'fa'] as const) {
        const context = await browser.newContext({ baseURL: address, viewport: { width: 1280, height: 900 }, reducedMotion: 'reduce' }); // prettier-ignore
        await context.addCookies([{ name: 'language', value: language, url: address }]);
        const page = await context.newPage();
        const idle = () => page.locator('[data-pos][data-busy="0"]').waitFor();
        await page.goto('/pos');
        await idle();
        for (const good of ['4', '9', '99']) await page.locator(`button[name=good][value="${good}"]`).click();
        await says(page.locator('[data-screen]'), language === 'en' ? 'Total 552 new rial' : 'جمع ۵۵۲ ریال نو');
        await page.keyboard.press('Enter');
        await page.locator('button[name=card][value="7"]:enabled').click();
        await says(page.locator('[data-screen]'), language === 'en' ? '40 new rial' : '۴۰ ریال نو');
        if (SHOTS !== undefined) await page.screenshot({ path: join(SHOTS, `pos-unit-split-${language}.png`), fullPage: true }); // prettier-ignore
        await page.keyboard.press('Enter');
        await page.keyboard.type('1234');
        await page.keyboard.press('Enter');
        await page.locator('.slip').waitFor();
        const wider = await page.evaluate<number>('document.documentElement.scrollWidth - document.documentElement.clientWidth'); // prettier-ignore
        expect(wider).toBe(0);
        if (SHOTS !== undefined) await page.screenshot({ path: join(SHOTS, `pos-unit-${language}.png`), fullPage: true }); // prettier-ignore
        await page.locator('.slip a').first().click();
        await says(page.locator('main'), language === 'en' ? '40 new rial' : '۴۰ ریال نو');
        if (SHOTS !== undefined) await page.screenshot({ path: join(SHOTS, `receipt-unit-${language}.png`), fullPage: true }); // prettier-ignore
        await context.close();
      }
    } finally {
      await browser.close();
    }
  });

  test('its books are in order', async () => {
    const { stdout, status } = await system.kalabarg('ledger', 'verify');
    expect([status, stdout]).toEqual([0, expect.any(String)]);
  });
});

/** Waits until a part of the page says so, blanks as one. */
async function says(place: ReturnType<Page['locator']>, text: string): Promise<void> {
  for (let left = 150; ; left--) {
    const said = (await place.innerText()).replace(/\s+/g, ' ');
    if (said.includes(text)) return;
    if (left === 0) expect(said).toContain(text);
    await place.page().waitForTimeout(100);
  }
}
