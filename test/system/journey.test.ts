import 'reflect-metadata';
import { spawn } from 'node:child_process';
import { webcrypto } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import * as x509 from '@peculiar/x509';
import type pg from 'pg';
import type { Browser, Page } from 'playwright-core';
import { compile, loadSpec } from '../../src/codec/index.ts';
import { unwrapKeyBlock } from '../../src/hsm/index.ts';
import { listMessages } from '../../src/messages/index.ts';
import { systemClock } from '../../src/ops/clock.ts';
import { openPool } from '../../src/ops/database.ts';
import { loadOrCreateKey } from '../../src/ops/keyfile.ts';
import { ownerKeys } from '../../src/owners/index.ts';
import { SimulatedTerminal } from '../../src/simulators/terminal/index.ts';
import { noBrowser, openBrowser, openPhone, type Phone } from '../support/browser.ts';
import { addActor, loginToken } from '../support/people.ts';
import { cardOf, startSystem, type CommandResult, type System } from '../support/system.ts';

/** The story of the article on the whole program (docs/journey.md): a phone in front, reviewers and engineers at the API, a terminal at its
 *  own door. The pictures of papers have tests of their own: the rules of this day ask for none. */

const COMMAND = fileURLToPath(new URL('../../bin/kalabarg.js', import.meta.url));
const MOBILE = '09121234567';
/** The key under which keys travel to the makers of devices: two components. */
const ONE = Buffer.from('8F3A1C5D7E9B0246A8C0E2F4163850729B0D4F81C3E5A7096B2D8F4E1A3C5D70', 'hex');
const TWO = Buffer.from('1B2D3F405162738495A6B7C8D9EAFB0C1D2E3F405162738495A6B7C8D9EAFB0C', 'hex');
const ZMK = Buffer.from(ONE.map((byte, i) => byte ^ (TWO[i] ?? 0)));

(noBrowser === undefined ? describe : describe.skip)('the journey of a shop', () => {
  let system: System;
  let pool: pg.Pool;
  let browser: Browser;
  let phone: Phone;
  let page: Page;
  let terminal: SimulatedTerminal | undefined;
  const tokens: Record<string, string> = {};

  beforeAll(async () => {
    system = await startSystem();
    pool = openPool(system.databaseUrl(), 3);
    pool.on('error', () => undefined); // the server stops before its last connection is closed
    await pool.query(
      `insert into shop_rules (version, valid_from, rules) select '1405-99', (now() at time zone 'Asia/Tehran')::date, rules - 'papers'
         from shop_rules order by valid_from desc limit 1`,
    );
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
  });
  afterAll(async () => {
    terminal?.close();
    await browser.close();
    await pool.end();
    await system.stop();
  });

  const press = (name: string): Promise<void> => page.getByRole('button', { name, exact: true }).click();

  async function api(login: string, method: string, path: string, body?: object, version?: string) {
    const answer = await fetch(`http://127.0.0.1:${system.httpPort}/api/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${tokens[login] ?? ''}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(version === undefined ? {} : { 'if-match': version }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const read = (await answer.json()) as Record<string, unknown>;
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(read)}`);
    return { body: read, etag: answer.headers.get('etag') ?? '' };
  }

  /** A change of the case as it stands now: read again where a registry has answered meanwhile, as a person does. */
  async function change(login: string, path: string, body: object): Promise<void> {
    for (let tries = 1; ; tries++) {
      const { etag } = await api(login, 'GET', path.replace(/^(\/cases\/\d+).*/, '$1'));
      try {
        await api(login, 'POST', path, body, etag);
        return;
      } catch (error) {
        if (tries === 5 || !String(error).includes('"code":"api.stale"')) throw error;
      }
    }
  }

  async function until<T>(look: () => Promise<T | undefined>, said = (): unknown => ''): Promise<T> {
    for (let i = 0; i < 240; i++) {
      const found = await look();
      if (found !== undefined) return found;
      await systemClock.sleep(250);
    }
    throw new Error(`it did not come: ${JSON.stringify(said())}`);
  }

  const caseId = async (number: string): Promise<string> => (await pool.query<{ id: string }>('select case_id::text as id from shop_cases where number = $1', [number])).rows[0]?.id ?? ''; // prettier-ignore

  /** What checks could not say, a reviewer accepts. */
  async function acceptAll(id: string): Promise<void> {
    let stands: unknown;
    const isAsked = async (): Promise<true | undefined> => {
      const { items } = (await api('sara', 'GET', `/cases/${id}`)).body as { items: { state: string }[] };
      stands = items;
      return items.some(({ state }) => state === 'submitted' || state === 'verifying') ? undefined : true;
    };
    await until(isAsked, () => stands);
    const { items } = (await api('sara', 'GET', `/cases/${id}`)).body as { items: { code: string; state: string }[] };
    for (const { code, state } of items)
      if (!['met', 'waived', 'not_required'].includes(state))
        await change('sara', `/cases/${id}/items/${code}/judgement`, { event: 'accept' });
  }

  async function signIn(mobile: string): Promise<void> {
    await page.getByLabel('شماره همراه').fill(mobile);
    await press('فرستادن کد');
    const keys = ownerKeys(loadOrCreateKey(join(system.data, 'secrets', 'pan.key')));
    const [message] = await listMessages(pool, { mobile, limit: 1 }, { key: keys.messages, now: Date.now() });
    await page.getByLabel('کد پیامک‌شده').fill(/[0-9۰-۹]{6}/.exec(message?.text ?? '')?.[0] ?? '');
    await press('ادامه');
  }

  async function fillIn(fields: Readonly<Record<string, string>>): Promise<void> {
    for (const [label, value] of Object.entries(fields)) await page.getByRole('textbox', { name: label }).fill(value);
    await press('ذخیره و ادامه');
  }

  /** An application up to its summary. @returns its number */
  async function apply(name: string, sheba: string, serial: string): Promise<string> {
    await page.goto('/apply/new?guild=supermarket');
    await page.getByLabel('نام فروشگاه').fill(name);
    await press('آغاز');
    await fillIn({ 'شناسه صنفی': '۰۱۲۳۴۵۶۷۸۹', 'صادرکننده': 'اتاق اصناف تهران', 'تاریخ صدور': '۱۴۰۴/۱/۱', 'پایان اعتبار': '۱۴۰۸/۱/۱' }); // prettier-ignore
    await fillIn({ 'کد ملی': '۰۰۸۴۵۷۵۹۴۸', 'نام و نام خانوادگی': 'حسن رضایی' });
    await fillIn({ 'کد رهگیری ثبت‌نام': '1234567890' });
    await fillIn({ 'شماره شبا': sheba });
    await fillIn({ 'کد پستی': '1458976543', نشانی: 'تهران، خیابان آزادی، پلاک ۱' });
    await page.getByLabel('بله، کارت‌خوان دارم').check();
    await fillIn({ 'سریال دستگاه': serial });
    await page.getByLabel('این شرایط را می‌پذیرم').check();
    await press('ذخیره و ادامه');
    return /\/apply\/(\d{9})$/.exec(page.url())?.[1] ?? '';
  }

  test('a bookshop and an expired licence are stopped before anything is kept, each with its reason', async () => {
    await page.goto('/qualify?guild=bookshop');
    expect(await page.locator('#result').innerText()).toContain('این صنف در طرح نیست');
    await page.goto('/apply/new?guild=supermarket');
    await signIn(MOBILE);
    await page.getByLabel('نام فروشگاه').fill('سوپرمارکت کهنه');
    await press('آغاز');
    await fillIn({ 'شناسه صنفی': '۰۱۲۳۴۵۶۷۸۹', 'صادرکننده': 'اتاق اصناف', 'تاریخ صدور': '۱۴۰۰/۱/۱', 'پایان اعتبار': '۱۴۰۵/۱/۱' }); // prettier-ignore
    expect(await page.locator('#ends-fault').innerText()).toContain('اعتبار پروانه پایان یافته است');
  });

  let number = '';
  test('a supermarket applies, is returned once for its licence, puts that right, and two persons approve it', async () => {
    number = await apply('سوپرمارکت امید', 'IR71 0560 0000 0010 0324 2000 01', 'S90-JOURNEY-1');
    await press('فرستادن درخواست');
    const id = await caseId(number);
    await change('sara', `/cases/${id}/items/guild_licence/judgement`, { event: 'reject', reason: 'not_readable', note: 'مهر پیدا نیست' }); // prettier-ignore
    await page.reload();
    expect(await page.locator('#state').innerText()).toContain('نیازمند اصلاح شما');
    await page.getByRole('link', { name: 'اصلاح' }).first().click();
    await page.getByLabel('شناسه صنفی').fill('۹۸۷۶۵۴۳۲۱۰');
    await press('فرستادن اصلاح');
    await acceptAll(id);
    for (const login of ['sara', 'reza']) await change(login, `/cases/${id}/reviews`, { verdict: 'approve' });
    await page.goto(`/case/${number}`);
    expect(await page.locator('#state').innerText()).toContain('تأیید شد');
  });

  let device = '';
  test('its terminal gets a number, a key and a certificate, and signs on', async () => {
    device = await until(async () => (await pool.query<{ id: string }>('select terminal_id as id from devices where keyed_at is not null and case_id = $1', [await caseId(number)])).rows[0]?.id); // prettier-ignore
    const { cert, key } = await certificate(device);
    const exported = await keys(['export', `terminal:${device}`, '--under', 'zmk:vendor'], []);
    if (exported.status !== 0) throw new Error(exported.stderr);
    const tmk = unwrapKeyBlock(/D\d{4}K1[0-9A-Z]+/.exec(exported.stdout)?.[0] ?? '', ZMK).key;
    const tls = { ca: join(system.data, 'tls', 'ca.crt'), cert: join(system.data, 'own.crt'), key: join(system.data, 'own.key') }; // prettier-ignore
    writeFileSync(tls.cert, cert);
    writeFileSync(tls.key, key);
    const merchant = (await pool.query<{ id: string }>('select merchant_id as id from terminals where terminal_id = $1', [device])).rows[0]?.id ?? ''; // prettier-ignore
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

  test('it sells by voucher, split with a card, and with cash; the night puts it into a payment; the shop sees it', async () => {
    const sales = [['179800', 2_500_000n, 7], ['179800', 12_500_000n, 10], ['179898', 12_500_000n, 15]] as const; // prettier-ignore
    const answers: (string | undefined)[] = [];
    for (const [code, amount, household] of sales)
      answers.push((await terminal?.financial(code, amount, cardOf(household)))?.rc);
    expect(answers).toEqual(['00', '00', '10']);
    expect(await system.kalabarg('settle', '--date', 'today')).toMatchObject({ status: 0 });
    const { rows } = await pool.query<{ rials: string }>(
      `select o.amount_rials::text as rials from payment_orders o join terminals t using (merchant_id) where t.terminal_id = $1`,
      [device],
    );
    expect(rows).toEqual([{ rials: String(22_500_000n) }]);
    await page.goto('/shop');
    expect(await page.locator('main').innerText()).toContain('سوپرمارکت امید');
    expect(phone.faults).toEqual([]);
  });

  test('a second application with the same particulars waits on a person, who sees why', async () => {
    const second = await apply('سوپرمارکت امید ۲', 'IR71 0560 0000 0010 0324 2000 01', 'S90-JOURNEY-2');
    await press('فرستادن درخواست');
    const { items } = (await api('sara', 'GET', `/cases/${await caseId(second)}`)).body as { items: { code: string; state: string; reason?: string }[] }; // prettier-ignore
    expect(items.find(({ code }) => code === 'relations')).toMatchObject({ state: 'failed', reason: 'duplicate' });
    await page.goto(`/case/${second}`);
    expect(await page.locator('main').innerText()).toContain('همین مشخصات در پروندهٔ دیگری هست');
  });

  /** @returns PEM: the certificate that the engineer has made from the device's own request, and its key */
  async function certificate(id: string): Promise<{ cert: string; key: string }> {
    x509.cryptoProvider.set(webcrypto);
    const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
    const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
    const request = await x509.Pkcs10CertificateRequestGenerator.create({ name: `CN=${id}`, keys, signingAlgorithm: algorithm }); // prettier-ignore
    const { body } = await api('omid', 'POST', `/terminals/${id}/certificate`, { csr: request.toString('pem') });
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
