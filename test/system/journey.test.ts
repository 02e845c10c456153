import 'reflect-metadata';
import { spawn } from 'node:child_process';
import { webcrypto } from 'node:crypto';
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import * as x509 from '@peculiar/x509';
import type pg from 'pg';
import type { Browser, Page } from 'playwright-core';
import sharp from 'sharp';
import { compile, loadSpec } from '../../src/codec/index.ts';
import { freePort } from '../../src/demo/machine/postgres.ts';
import { unwrapKeyBlock } from '../../src/hsm/index.ts';
import { listMessages } from '../../src/messages/index.ts';
import { systemClock } from '../../src/ops/clock.ts';
import { openPool } from '../../src/ops/database.ts';
import { loadOrCreateKey } from '../../src/ops/keyfile.ts';
import { ownerKeys } from '../../src/owners/index.ts';
import { SimulatedTerminal } from '../../src/simulators/terminal/index.ts';
import { assertPage, noBrowser, openBrowser, openPhone, type Phone } from '../support/browser.ts';
import { desk, until, type Desk } from '../support/desk.ts';
import { addActor, loginToken } from '../support/people.ts';
import { shopkeeper, type Shopkeeper } from '../support/shopkeeper.ts';
import { cardOf, startSystem, type CommandResult, type System } from '../support/system.ts';

/** The story of the article on the whole program (docs/journey.md): a phone in front, reviewers and engineers at the API, a terminal at its
 *  own door, registries and a bank that answer. */

const SHOTS = process.env['KALABARG_TEST_SHOTS'];
const COMMAND = fileURLToPath(new URL('../../bin/kalabarg.js', import.meta.url));
const MOBILE = '09121234567';
const OWN_SHEBA = 'IR71 0560 0000 0010 0324 2000 01';
/** The registry says that it is somebody else's. */
const OTHERS_SHEBA = 'IR740170000000000000007700';
/** The key under which keys travel to the makers of devices: two components. */
const ONE = Buffer.from('8F3A1C5D7E9B0246A8C0E2F4163850729B0D4F81C3E5A7096B2D8F4E1A3C5D70', 'hex');
const TWO = Buffer.from('1B2D3F405162738495A6B7C8D9EAFB0C1D2E3F405162738495A6B7C8D9EAFB0C', 'hex');
/** Why the next shop of a disqualified owner is stopped. */
const [RELATED, RELATED_FA] = ['disqualified_party', 'فروشگاهی پیوند دارد که از طرح کنار گذاشته شده است'] as const;
const ZMK = Buffer.from(ONE.map((byte, i) => byte ^ (TWO[i] ?? 0)));

(noBrowser === undefined ? describe : describe.skip)('the journey of a shop', () => {
  let system: System;
  let pool: pg.Pool;
  let browser: Browser;
  let phone: Phone;
  let page: Page;
  let keeper: Shopkeeper;
  let staff: Desk;
  let registry: string;
  let terminal: SimulatedTerminal | undefined;
  const tokens: Record<string, string> = {};

  beforeAll(async () => {
    const port = await freePort();
    registry = `http://127.0.0.1:${port}`;
    system = await startSystem({ KALABARG_REGISTRY_PORT: String(port) });
    pool = openPool(system.databaseUrl(), 3);
    pool.on('error', () => undefined); // the server stops before its last connection is closed
    // before there are people: afterwards each holder of a component signs in
    const typed = ['Zohreh Amini', ONE.toString('hex'), 'yes', 'Bahram Karimi', TWO.toString('hex'), 'yes', 'yes'];
    expect(await keys(['form', 'zmk:vendor', '--bits', '256'], typed)).toMatchObject({ status: 0 });
    for (const [login, role] of [
      ['sara', 'reviewer'],
      ['reza', 'reviewer'],
      ['omid', 'engineer'],
    ] as const)
      // prettier-ignore
      tokens[login] = await loginToken(pool, await addActor(pool, login, [role]));
    browser = await openBrowser();
    phone = await openPhone(browser, `http://localhost:${system.publicPort}`);
    page = phone.page;
    keeper = shopkeeper(page, codeOf);
    staff = desk(system, tokens);
  });
  afterAll(async () => {
    terminal?.close();
    await browser.close();
    await pool.end();
    await system.stop();
  });

  async function codeOf(mobile: string): Promise<string> {
    const keys = ownerKeys(loadOrCreateKey(join(system.data, 'secrets', 'pan.key')));
    const [message] = await listMessages(pool, { mobile, limit: 1 }, { key: keys.messages, now: Date.now() });
    return /[0-9۰-۹]{6}/.exec(message?.text ?? '')?.[0] ?? '';
  }

  const caseId = async (number: string): Promise<string> => (await pool.query<{ id: string }>('select case_id::text as id from shop_cases where number = $1', [number])).rows[0]?.id ?? ''; // prettier-ignore

  /** Reloads a page of the phone until it says that. */
  async function reads(path: string, words: string): Promise<void> {
    let read = '';
    const look = async (): Promise<true | undefined> => {
      await page.goto(path);
      read = await page.locator('main').innerText();
      return read.includes(words) ? true : undefined;
    };
    await until(look, () => `“${words}” instead of: ${read}`);
  }

  async function shoot(name: string): Promise<void> {
    await assertPage(page);
    if (SHOTS === undefined) return;
    mkdirSync(SHOTS, { recursive: true });
    await page.screenshot({ path: join(SHOTS, `${name}.png`), fullPage: true });
  }

  test('a bookshop and an expired licence are stopped before anything is kept, each with its reason', async () => {
    await page.goto('/qualify?guild=bookshop');
    expect(await page.locator('#result').innerText()).toContain('این صنف در طرح نیست');
    await page.goto('/apply/new?guild=supermarket');
    await keeper.signIn(MOBILE);
    await page.getByLabel('نام فروشگاه').fill('سوپرمارکت کهنه');
    await keeper.press('آغاز');
    await keeper.fillIn({ 'شناسه صنفی': '۰۱۲۳۴۵۶۷۸۹', 'صادرکننده': 'اتاق اصناف', 'تاریخ صدور': '۱۴۰۰/۱/۱', 'پایان اعتبار': '۱۴۰۵/۱/۱' }); // prettier-ignore
    expect(await page.locator('#ends-fault').innerText()).toContain('اعتبار پروانه پایان یافته است');
  });

  let number = '';
  test('a supermarket sends photographs; a Sheba of another person is stopped, and put right', async () => {
    const rule = { registry: 'sheba', when: { sheba: OTHERS_SHEBA }, says: 'no', reason: 'not_the_owner' };
    const told = await fetch(`${registry}/rules`, { method: 'PUT', headers: { 'content-type': 'application/json' }, body: JSON.stringify([rule]) }); // prettier-ignore
    expect(told.status).toBe(200);
    number = await keeper.apply('سوپرمارکت امید', OTHERS_SHEBA, 'S90-JOURNEY-1');
    await keeper.press('فرستادن درخواست');
    const id = await caseId(number);
    const items = await staff.checked(id);
    expect(items.filter(({ state }) => state === 'failed')).toMatchObject([{ code: 'sheba', reason: 'not_the_owner' }]);
    await reads(`/case/${number}`, 'به نام مالک فروشگاه نیست.');
    expect(await page.locator('#state').innerText()).toContain('نیازمند اصلاح شما');
    // what is to be put right stands above all else
    expect(await page.locator('section h3').first().innerText()).toContain('حساب دریافت پول');
    await shoot('case-returned-fa');
    await page.getByRole('link', { name: 'اصلاح' }).first().click();
    await keeper.fillIn({ 'شماره شبا': OWN_SHEBA }, 'فرستادن اصلاح');
    expect((await staff.checked(id)).find(({ code }) => code === 'sheba')).toMatchObject({ state: 'met' });
  });

  test('reviewers see what the photographs show and nothing else of them; one that cannot be read is taken again; two approve', async () => {
    const id = await caseId(number);
    const papers = async () => ((await staff.api('sara', 'GET', `/cases/${id}/papers`)).body as { items: { id: string; kind: string }[] }).items; // prettier-ignore
    const sent = await papers();
    expect(sent.map(({ kind }) => kind).sort()).toEqual(['birth_certificate', 'guild_licence', 'national_card']);
    for (const { id: paper } of sent) {
      const { media, bytes } = await staff.paper('sara', id, paper);
      const { width, height, exif } = await sharp(bytes).metadata();
      expect([media, width, height, exif]).toEqual(['image/jpeg', 800, 600, undefined]);
    }
    await staff.change('sara', `/cases/${id}/items/guild_licence/judgement`, { event: 'reject', reason: 'not_readable', note: 'مهر پیدا نیست' }); // prettier-ignore
    await page.goto(`/case/${number}`);
    expect(await page.locator('#state').innerText()).toContain('نیازمند اصلاح شما');
    expect(await page.locator('main').innerText()).toContain('مهر پیدا نیست');
    await page.getByRole('link', { name: 'اصلاح' }).first().click();
    await keeper.takeBack('guild_licence');
    await keeper.photograph('guild_licence');
    await keeper.fillIn({ 'شناسه صنفی': '۹۸۷۶۵۴۳۲۱۰' }, 'فرستادن اصلاح');
    await staff.accept('sara', id);
    const again = await papers();
    expect(again).toHaveLength(3);
    expect(again.map((paper) => paper.id)).not.toEqual(sent.map((paper) => paper.id));
    for (const login of ['sara', 'reza']) await staff.change(login, `/cases/${id}/reviews`, { verdict: 'approve' });
    await page.goto(`/case/${number}`);
    expect(await page.locator('#state').innerText()).toContain('تأیید شد');
  });

  let [device, merchant] = ['', ''];
  test('its terminal gets a number, a key and a certificate, and signs on', async () => {
    device = await until(async () => (await pool.query<{ id: string }>('select terminal_id as id from devices where keyed_at is not null and case_id = $1', [await caseId(number)])).rows[0]?.id); // prettier-ignore
    const { cert, key } = await certificate(device);
    const exported = await keys(['export', `terminal:${device}`, '--under', 'zmk:vendor'], []);
    if (exported.status !== 0) throw new Error(exported.stderr);
    const tmk = unwrapKeyBlock(/D\d{4}K1[0-9A-Z]+/.exec(exported.stdout)?.[0] ?? '', ZMK).key;
    const tls = { ca: join(system.data, 'tls', 'ca.crt'), cert: join(system.data, 'own.crt'), key: join(system.data, 'own.key') }; // prettier-ignore
    writeFileSync(tls.cert, cert);
    writeFileSync(tls.key, key);
    merchant = (await pool.query<{ id: string }>('select merchant_id as id from terminals where terminal_id = $1', [device])).rows[0]?.id ?? ''; // prettier-ignore
    terminal = await SimulatedTerminal.connect({
      terminal: device,
      merchant,
      algorithm: 'AES',
      tmk,
      endpoint: { host: '127.0.0.1', port: Number(system.environment['KALABARG_TERMINAL_PORT']), tls },
      codec: compile(loadSpec('kalabarg-pos')),
      clock: systemClock,
      timeoutMs: 20_000,
      firstStan: 1,
    });
    await terminal.signOn();
  });

  test('its staff finish a lesson on the drawn terminal, which no real books know of', async () => {
    const sold = async () =>
      (await pool.query<{ n: number }>('select count(*)::int as n from transactions')).rows[0]?.n;
    const keys = async (digits: string): Promise<void> => {
      for (const digit of digits) await keeper.press(digit);
      await keeper.press('تأیید');
    };
    const before = await sold();
    await page.goto(`/shop/${merchant}/staff`);
    await page.getByLabel('نام').fill('بابک');
    await keeper.press('افزودن');
    await keeper.press('کد تمرین (بابک)');
    const code = await page.locator('.figure').innerText();
    await page.goto('/learn');
    await page.getByLabel('کد تمرین').fill(code);
    await keeper.press('ورود');
    await page.getByRole('link', { name: 'وقتی اعتبار کم است: باقی از کارت یا نقد' }).click();
    await keeper.press('آغاز تمرین');
    for (const typed of ['۱', '۵۰۰۰۰۰۰', '۱', '۱۲۳۴']) await keys(typed);
    await page.getByText('به نام شما ثبت شد: بابک').waitFor();
    expect(await sold()).toBe(before);
  });

  test('it sells by voucher, split with a card, and with cash', async () => {
    const sales = [['179800', 2_500_000n, 7], ['179800', 12_500_000n, 10], ['179898', 12_500_000n, 15]] as const; // prettier-ignore
    const answers: (string | undefined)[] = [];
    for (const [code, amount, household] of sales)
      answers.push((await terminal?.financial(code, amount, cardOf(household)))?.rc);
    expect(answers).toEqual(['00', '00', '10']);
    await page.goto('/shop');
    expect(page.url()).toMatch(new RegExp(`/shop/${merchant}$`));
    expect(await page.locator('main').innerText()).toContain('روز کاری هنوز باز است');
  });

  test('the pay clock of that day says whom it waits on, and turns green when the bank has paid', async () => {
    const orders = async () => (await pool.query<{ id: string; day: string; rials: string }>('select instruction_id as id, business_day::text as day, amount_rials::text as rials from payment_orders where merchant_id = $1', [merchant])).rows; // prettier-ignore
    expect(await system.kalabarg('settle', '--date', 'today', '--hold')).toMatchObject({ status: 0 });
    const [order] = await orders();
    expect(await orders()).toMatchObject([{ rials: String(22_500_000n) }]);
    const { id, day } = order ?? { id: '', day: '' };
    const clock = page.locator('.clock');
    await page.goto(`/shop/${merchant}/days/${day}`);
    expect(await clock.innerText()).toContain('حواله آماده است و نفر دوم آن را بررسی می‌کند');
    expect(await clock.innerText()).toContain('منتظر کارشناس تسویهٔ ما');
    expect(await clock.getAttribute('class')).toBe('card wait clock');

    expect(await system.kalabarg('settlement', 'release', '--date', day)).toMatchObject({ status: 0 });
    await page.reload();
    expect(await clock.innerText()).toContain('منتظر بانک');
    expect(await clock.getAttribute('class')).toBe('card wait clock');
    await shoot('shop-amber-fa');

    // the bank answers into the inbox, which the gateway looks at by itself
    const part = join(system.data, 'answer.csv');
    writeFileSync(part, `end_to_end_id,status,reason\n${id},ACSC,\n`);
    mkdirSync(join(system.data, 'inbox'), { recursive: true });
    renameSync(part, join(system.data, 'inbox', 'answer.csv'));
    await reads(`/shop/${merchant}/days/${day}`, 'واریز شد');
    expect(await clock.getAttribute('class')).toBe('card good clock');
    expect(await clock.innerText()).toContain('…0001');
    expect(await clock.innerText()).not.toContain('منتظر');
    await shoot('shop-green-fa');
  });

  test('every page of its own, and what everybody may read, holds at the width of a phone, in both languages, light and dark', async () => {
    const [paid] = (await pool.query<{ day: string }>('select business_day::text as day from payment_orders where merchant_id = $1', [merchant])).rows; // prettier-ignore
    const own = `/shop/${merchant}`;
    const pages = { own, 'own-day': `${own}/days/${paid?.day ?? ''}`, 'own-days': `${own}/days`, complain: '/complain', goods: '/goods', shops: '/shops' }; // prettier-ignore
    const sections = ['staff', 'statements', 'terminals', 'papers', 'changes', 'notices', 'complaints'];
    const all = { ...pages, ...Object.fromEntries(sections.map((path) => [`own-${path}`, `${own}/${path}`])) };
    for (const language of ['fa', 'en'] as const) {
      await page.emulateMedia({ colorScheme: language === 'en' ? 'dark' : 'light' });
      await page.goto(`/language?to=${language}&back=/`);
      for (const [name, path] of Object.entries(all)) {
        expect((await page.goto(path))?.status()).toBe(200);
        expect(await page.locator('html').getAttribute('lang')).toBe(language);
        if (language === 'en') expect(await page.locator('main').innerText()).not.toMatch(/[،؛]/);
        await shoot(`${name}-${language}`);
      }
    }
    await page.emulateMedia({ colorScheme: 'light' });
    await page.goto('/language?to=fa&back=/');
  });

  test('a second application with the same particulars waits on a person, and the owner, who sees why, withdraws it', async () => {
    const second = await keeper.apply('سوپرمارکت امید ۲', OWN_SHEBA, 'S90-JOURNEY-2');
    await keeper.press('فرستادن درخواست');
    const items = await staff.checked(await caseId(second));
    expect(items.find(({ code }) => code === 'relations')).toMatchObject({ state: 'failed', reason: 'duplicate' });
    await page.goto(`/case/${second}`);
    expect(await page.locator('main').innerText()).toContain('همین مشخصات در پروندهٔ دیگری هست');
    await keeper.press('پس گرفتن درخواست');
    expect(await page.locator('#state').innerText()).toContain('پس گرفته شد');
  });

  test('two persons disqualify the shop: it sells no more, and its owner’s next shop is refused with the reason', async () => {
    const decision = { state: 'DISQUALIFIED', reason: 'Vouchers were bought for cash', rule: '1405-1 cash-out' };
    const { decisions } = (await staff.api('sara', 'POST', `/shops/${merchant}/decisions`, decision)).body as { decisions: { id: string }[] }; // prettier-ignore
    const confirmation = `/shops/${merchant}/decisions/${decisions.at(-1)?.id ?? ''}/confirmation`;
    const confirmed = await staff.api('reza', 'POST', confirmation, { reason: 'I read the evidence' });
    expect(confirmed.body).toMatchObject({ standing: 'DISQUALIFIED', sells: false });
    expect((await terminal?.financial('179800', 1_000_000n, cardOf(8)))?.rc).toBe('03');

    const third = await keeper.apply('سوپرمارکت امید ۳', OWN_SHEBA, 'S90-JOURNEY-3');
    await keeper.press('فرستادن درخواست');
    const id = await caseId(third);
    const items = await staff.checked(id);
    expect(items.find(({ code }) => code === 'relations')).toMatchObject({ state: 'failed', reason: RELATED });
    const { relations } = (await staff.api('sara', 'GET', `/cases/${id}/desk`)).body as { relations: object[] };
    expect(relations).toContainEqual(expect.objectContaining({ merchant, item: 'owner_identity', standing: 'DISQUALIFIED' })); // prettier-ignore
    await staff.accept('sara', id, ['relations']);
    await page.goto(`/case/${third}`);
    expect(await page.locator('#state').innerText()).toContain('همکار بررسی‌کننده');
    const note = 'مالک این فروشگاه از طرح کنار گذاشته شده است.';
    for (const login of ['sara', 'reza'])
      await staff.change(login, `/cases/${id}/reviews`, { verdict: 'refuse', note });
    await page.goto(`/case/${third}`);
    const said = await page.locator('main').innerText();
    for (const words of ['رد شد', note, RELATED_FA, 'اعتراض تا']) expect(said).toContain(words);
    await shoot('case-refused-fa');
  });

  test('what the owner was told on the way holds no link and no code that others could read', async () => {
    const { items } = (await staff.api('sara', 'GET', `/messages?mobile=${MOBILE}&limit=100`)).body as { items: { template: string; text: string }[] }; // prettier-ignore
    const templates = new Set(items.map(({ template }) => template));
    expect([...templates].sort()).toEqual(['case.refused', 'case.returned', 'case.sent', 'code.sign-in', 'enrolment.approved', 'enrolment.terminal-ready']); // prettier-ignore
    for (const { text } of items) expect(text).not.toMatch(/https?:|www\.|:\/\/|[a-z]+\.[a-z]{2,}/i);
    for (const { template, text } of items) if (template === 'code.sign-in') expect(text).not.toMatch(/[0-9۰-۹]{6}/);
    expect(phone.faults).toEqual([]);
  });

  /** @returns PEM: the certificate that the engineer has made from the device's own request, and its key */
  async function certificate(id: string): Promise<{ cert: string; key: string }> {
    x509.cryptoProvider.set(webcrypto);
    const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
    const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
    const request = await x509.Pkcs10CertificateRequestGenerator.create({ name: `CN=${id}`, keys, signingAlgorithm: algorithm }); // prettier-ignore
    const { body } = await staff.api('omid', 'POST', `/terminals/${id}/certificate`, { csr: request.toString('pem') });
    const key = x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey), 'PRIVATE KEY');
    return { cert: body['pem'] as string, key };
  }

  /** Runs `kalabarg keys …` as a person; the lines are typed into it. */
  function keys(args: readonly string[], lines: readonly string[]): Promise<CommandResult> {
    return new Promise((done) => {
      const env = { ...system.environment };
      const child = spawn(process.execPath, [COMMAND, 'keys', ...args], { env });
      let [stdout, stderr] = ['', ''];
      child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
      child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
      child.once('close', (status) => {
        done({ status: status ?? -1, stdout, stderr });
      });
      child.stdin.end(lines.map((line) => `${line}\n`).join(''));
    });
  }
});
