import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { FastifyInstance } from 'fastify';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type pg from 'pg';
import type { EmbeddedPostgres } from '../../src/demo/machine/postgres.ts';
import { loadFiles } from '../../src/ledger/index.ts';
import { openPool, transaction } from '../../src/ops/database.ts';
import { actOnCase, readCase, type CaseRequest } from '../../src/shops/index.ts';
import { signIn, testDoor } from '../support/door.ts';
import { decideStanding } from '../shops/support/standing.ts';
import { addActor } from '../support/people.ts';
import { doorLogin, gatewayLogin, temporaryPostgres } from '../support/postgres.ts';
import { textOf, Visitor } from '../support/visitor.ts';

/** Rules 1405-1, which ask for no papers: those have tests of their own. */
const time = { now: Date.parse('2026-11-21T08:00:00Z') };
const clock = { now: () => time.now, monotonic: () => performance.now() };
const MOBILE = '09121234567';
const TYPED: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  guild_licence: { number: '۰۱۲۳۴۵۶۷۸۹', issuer: 'اتاق اصناف تهران', issued: '۱۴۰۴/۱/۱', ends: '۱۴۰۸/۰۱/۰۱' },
  owner_identity: { nationalId: '۰۰۸۴۵۷۵۹۴۸', name: 'حسن رضائي' },
  tax_code: { code: '1234567890' },
  sheba: { sheba: 'IR71 0560 0000 0010 0324 2000 01' },
  address: { postalCode: '۱۴۵۸۹-۷۶۵۴۳', text: 'تهران، خیابان آزادی، پلاک ۱' },
  terminal: { wish: 'new' },
  terms: { version: '1405-1' },
};
let folder: string;
let server: EmbeddedPostgres;
let owner: pg.Pool;
let pool: pg.Pool;
let doorPool: pg.Pool;
let door: FastifyInstance;

beforeAll(async () => {
  server = await temporaryPostgres();
  owner = openPool(server.url, 2);
  doorPool = openPool(await doorLogin(server.url), 6); // with no more rights than a door alone has
  pool = openPool(await gatewayLogin(server.url), 6);
  for (const each of [owner, pool, doorPool]) each.on('error', () => undefined);
  door = testDoor(doorPool, clock);
  const files = [
    ['device-models.csv', 'model,becomes,since', 'S90,update,2026-01-01', 'VX520,replacement,2026-01-01'],
    ['psp-terminals.csv', 'number,psp,model,serial', '12345678,به‌پرداخت,S90,S9012345', '87654321,سداد,VX520,VX99887'],
  ];
  folder = mkdtempSync(join(tmpdir(), 'kalabarg-apply-'));
  const paths = files.map(([name = '', ...lines]) => {
    writeFileSync(join(folder, name), lines.join('\n') + '\n');
    return join(folder, name);
  });
  await loadFiles(owner, paths, { panKey: Buffer.alloc(32, 1), now: time.now, profiles: ['native'] });
});
afterAll(async () => {
  await door.close();
  await Promise.all([pool.end(), doorPool.end(), owner.end()]);
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

let addresses = 0;
async function signedIn(mobile = MOBILE): Promise<Visitor> {
  const visitor = new Visitor(door, `203.0.113.${addresses++}`);
  await signIn(visitor, pool, mobile, time.now);
  return visitor;
}

/** Begins a draft. @returns its number */
async function begun(visitor: Visitor): Promise<string> {
  await visitor.get('/apply/new?guild=supermarket');
  const answer = await visitor.submit('/apply/new', { name: 'سوپرماركت اميد', guild: 'supermarket' });
  return /^\/apply\/(\d{9})\/guild_licence$/.exec(String(answer.headers.location))?.[1] ?? '';
}

async function fill(visitor: Visitor, number: string, step: string, typed = TYPED[step] ?? {}) {
  await visitor.get(`/apply/${number}/${step}`);
  return visitor.submit(`/apply/${number}/${step}`, typed);
}

async function filled(visitor: Visitor): Promise<string> {
  const number = await begun(visitor);
  for (const step of Object.keys(TYPED)) await fill(visitor, number, step);
  return number;
}

const stands = async (number: string) => {
  const { rows } = await pool.query<{ id: string }>('select case_id::text as id from shop_cases where number = $1', [number]); // prettier-ignore
  return readCase(pool, rows[0]?.id ?? '');
};

/** What a reviewer does to a case. */
async function judge(number: string, person: { id: string; name: string }, ...acts: CaseRequest[]): Promise<void> {
  for (const what of acts) {
    const { id, version } = await stands(number);
    await transaction(pool, (db) => actOnCase(db, { id, seen: version }, what, { actor: person }, time.now));
  }
}

test('the first page says who may join, which papers, how long and what it costs, in both languages', async () => {
  const visitor = new Visitor(door);
  const fa = textOf((await visitor.get('/')).body);
  expect(fa).toContain('سوپرمارکت خواربارفروشی لبنیات‌فروشی');
  expect(fa).toContain('پیوستن به طرح و بررسی پرونده رایگان است');
  expect(fa).toContain('(هنوز اندازه‌گیری نشده)');
  await visitor.get('/language?to=en');
  expect(textOf((await visitor.get('/')).body)).toContain('(not yet measured)');
});

test.each([
  ['bookshop', 'valid', 'own', 'این صنف در طرح نیست', 'قانون نظام صنفی، مادهٔ ۵'],
  ['supermarket', 'ended', 'own', 'نخست پروانهٔ معتبر', 'تمدید کنید'],
  ['supermarket', 'none', 'new', 'نخست پروانهٔ معتبر', 'درگاه ملی مجوزها'],
  ['dairy', 'valid', 'new', 'بله، می‌توانید درخواست دهید', 'دستگاه می‌خواهید'],
])(
  'who asks whether a %s with licence %s and terminal %s qualifies is told',
  async (guild, licence, terminal, ...says) => {
    const page = textOf((await new Visitor(door).get(`/qualify?guild=${guild}&licence=${licence}&terminal=${terminal}`)).body); // prettier-ignore
    for (const each of says) expect(page).toContain(each);
  },
);

test.each([
  ['۱۲۳۴ ۵۶۷۸', 'کارت‌خوان شما (مدل S90): همین دستگاه می‌ماند'],
  ['87654321', 'کارت‌خوان شما (مدل VX520): این مدل به‌روزرسانی نمی‌شود'],
  ['11111111', 'این شماره پایانه در فهرست شرکت‌های پرداخت نیست'],
  ['1234', 'شماره پایانه ۸ رقم است'],
])('who gives the number %s of a terminal is told what becomes of it, and nothing else of it', async (number, says) => {
  const query = new URLSearchParams({ guild: 'dairy', licence: 'valid', number });
  const { body } = await new Visitor(door).get(`/qualify?${query.toString()}`);
  expect(textOf(body)).toContain('بله، می‌توانید درخواست دهید');
  expect(textOf(body)).toContain(says);
  expect(body).toMatch(/value="own" checked/);
  expect(body).not.toMatch(/S9012345|VX99887|سداد|به‌پرداخت/);
});

test('nothing is asked or kept before the mobile is proved, and then one is back where one was', async () => {
  const visitor = new Visitor(door, '203.0.113.200');
  const answer = await visitor.get('/apply/new?guild=dairy');
  expect([answer.statusCode, answer.headers.location]).toEqual([303, '/sign-in?back=%2Fapply%2Fnew%3Fguild%3Ddairy']);
  await signIn(visitor, pool, '09351112233', time.now);
  const page = await visitor.get('/apply/new?guild=dairy');
  expect(page.body).toMatch(/value="dairy" checked/);
});

test('a shop applies step by step, reads a summary, sends it once and gets a number', async () => {
  const visitor = await signedIn();
  const number = await begun(visitor);
  expect(number).toMatch(/^\d{9}$/);
  const first = await visitor.get(`/apply/${number}/guild_licence`);
  expect(textOf(first.body)).toContain('مرحلهٔ ۱ از ۷');
  let next = await fill(visitor, number, 'guild_licence');
  expect(next.headers.location).toBe(`/apply/${number}/owner_identity`);
  for (const step of Object.keys(TYPED).slice(1)) next = await fill(visitor, number, step);
  expect(next.headers.location).toBe(`/apply/${number}`);
  const summary = textOf((await visitor.get(`/apply/${number}`)).body);
  expect(summary).toContain('سوپرمارکت امید');
  expect(summary).toContain('حسن رضائی');
  expect(summary).toContain('۱۴۰۸/۰۱/۰۱');
  const fields = visitor.hidden(`/apply/${number}`);
  const [sent, again] = await Promise.all([1, 2].map(() => visitor.post(`/apply/${number}`, fields)));
  expect([sent?.headers.location, again?.headers.location]).toEqual([`/case/${number}`, `/case/${number}`]);
  const { facts, items } = await stands(number);
  expect(facts.submittedAt).toBe(time.now);
  expect(items.find(({ code }) => code === 'mobile')?.state).toBe('met');
  const page = textOf((await visitor.get(`/case/${number}`)).body);
  expect(page).toContain(
    'بررسی نخست یک همکار پرونده را می‌خواند. منتظرِ همکار بررسی‌کننده از شنبه ۳۰ آبان ۱۴۰۵ ساعت ۱۱:۳۰',
  );
  expect((await visitor.get(`/apply/${number}/sheba`)).headers.location).toBe(`/case/${number}`);
});

test('what is wrong stands beside its field, in the page’s language, and what was typed stays', async () => {
  const visitor = await signedIn();
  const number = await begun(visitor);
  const wrong = { number: '12', issuer: '<b>اتاق</b>', issued: '۱۴۰۹/۰۱/۰۱', ends: '۱۴۰۴/۱۳/۰۱' };
  const fa = await fill(visitor, number, 'guild_licence', wrong);
  expect(fa.statusCode).toBe(422);
  const page = textOf(fa.body);
  expect(page).toContain('۳ مورد را درست کنید');
  expect(page).toContain('شناسه صنفی: شناسه صنفی ۱۰ تا ۱۲ رقم دارد');
  expect(page).toContain('پایان اعتبار: تاریخ نیست');
  expect(fa.body).toContain('<a href="#ends">');
  expect(fa.body).toContain('value="&lt;b&gt;اتاق&lt;/b&gt;"');
  await visitor.get('/language?to=en');
  const en = await fill(visitor, number, 'guild_licence', { ...wrong, ends: '' });
  expect(textOf(en.body)).toContain('Valid until: is required');
  const turned = await fill(visitor, number, 'owner_identity', { nationalId: '0084575948', name: 'a\u202egnp.exe' });
  expect([turned.statusCode, textOf(turned.body)]).toEqual([422, expect.stringContaining('mark of direction')]);
});

test('a terminal is found by its number, and what becomes of it is said before anything is kept', async () => {
  const visitor = await signedIn();
  const number = await begun(visitor);
  const update = await fill(visitor, number, 'terminal', { wish: 'own', number: '۱۲۳۴۵۶۷۸' });
  expect(textOf(update.body)).toContain('پیدا شد: S90 · شرکت پرداخت به‌پرداخت · S9012345 همین دستگاه می‌ماند');
  expect(update.body).toContain('value="S9012345"');
  const replaced = await fill(visitor, number, 'terminal', { wish: 'own', number: '87654321' });
  expect(textOf(replaced.body)).toContain('این مدل به‌روزرسانی نمی‌شود');
  const unknown = await fill(visitor, number, 'terminal', { wish: 'own', number: '11111111' });
  expect(textOf(unknown.body)).toContain('در فهرست شرکت‌های پرداخت نیست');
  const kept = await fill(visitor, number, 'terminal', { wish: 'own', number: '12345678', serial: 'S9012345', model: 'S90' }); // prettier-ignore
  expect(kept.statusCode).toBe(303);
  expect((await stands(number)).items.find(({ code }) => code === 'terminal')?.value).toEqual({
    wish: 'own',
    number: '12345678',
    serial: 'S9012345',
    model: 'S90',
  });
});

test('a draft goes on with the same mobile on another device; another mobile finds nothing', async () => {
  const mobile = '09361112233';
  const phone = await signedIn(mobile);
  const number = await begun(phone);
  await fill(phone, number, 'tax_code');
  const desk = await signedIn(mobile);
  expect(textOf((await desk.get('/apply')).body)).toContain(number);
  expect(textOf((await desk.get(`/apply/${number}`)).body)).toContain('1234567890');
  const other = await signedIn('09369998877');
  for (const path of [`/apply/${number}`, `/apply/${number}/sheba`, `/case/${number}`])
    expect((await other.get(path)).statusCode).toBe(404);
  expect((await other.get('/apply')).headers.location).toBe('/apply/new');
  await other.get('/apply/new');
  const { csrf } = other.hidden('/apply/new');
  for (const path of [`/apply/${number}`, `/apply/${number}/sheba`, `/case/${number}/withdraw`])
    expect((await other.post(path, { csrf: csrf ?? '', seen: '1' })).statusCode).toBe(404);
});

test('a second tab that is older is told so, keeps what was typed, and overwrites nothing', async () => {
  const visitor = await signedIn();
  const number = await begun(visitor);
  await visitor.get(`/apply/${number}/tax_code`);
  const old = visitor.hidden(`/apply/${number}/tax_code`);
  await fill(visitor, number, 'tax_code');
  const late = await visitor.post(`/apply/${number}/tax_code`, { ...old, code: '1111111111' });
  expect([late.statusCode, textOf(late.body)]).toEqual([409, expect.stringContaining('پرونده در این میان تغییر کرد.')]);
  expect(late.body).toContain('value="1111111111"');
  expect((await stands(number)).items.find(({ code }) => code === 'tax_code')?.value).toEqual({ code: '1234567890' });
  const sure = await visitor.submit(`/apply/${number}/tax_code`, { code: '1111111111' });
  expect(sure.statusCode).toBe(303);
});

test('what is returned, and that alone, can be put right; then it is checked again by itself', async () => {
  const visitor = await signedIn('09371112233');
  const number = await filled(visitor);
  await visitor.get(`/apply/${number}`);
  await visitor.submit(`/apply/${number}`);
  const [reviewer, second] = [await addActor(owner, 'sara', ['reviewer']), await addActor(owner, 'reza', ['reviewer'])];
  await judge(number, reviewer, { kind: 'judge', code: 'guild_licence', event: 'reject', reason: 'not_readable', note: 'مهر آن دیده نمی‌شود' }); // prettier-ignore
  const page = await visitor.get(`/case/${number}`);
  const said = textOf(page.body);
  expect(said).toContain('نیازمند اصلاح شما');
  expect(said).toContain('منتظرِ شما');
  expect(said).toContain('تصویر یا نوشته خوانا نیست. در روشنایی کافی' /* the words of that day */);
  expect(said).toContain('توضیح همکار ما: مهر آن دیده نمی‌شود');
  expect((await visitor.get(`/apply/${number}/sheba`)).headers.location).toBe(`/case/${number}`);
  // while the owner types, others go on with the rest of the case
  await visitor.get(`/apply/${number}/guild_licence`);
  await judge(number, reviewer, { kind: 'judge', code: 'tax_code', event: 'accept' });
  const typed = { ...TYPED['guild_licence'], number: '9876543210' };
  const mended = await visitor.submit(`/apply/${number}/guild_licence`, typed);
  expect(mended.headers.location).toBe(`/case/${number}`);
  expect(textOf((await visitor.get(`/case/${number}`)).body)).toContain('بررسی نخست');

  const open = (await stands(number)).items.filter(({ state }) => state === 'unknown' || state === 'failed');
  await judge(number, reviewer, ...open.map(({ code }) => ({ kind: 'judge', code, event: 'accept' }) as const), { kind: 'sign', verdict: 'approve' }); // prettier-ignore
  await judge(number, second, { kind: 'sign', verdict: 'approve' });
  expect(textOf((await visitor.get(`/case/${number}`)).body)).toContain('تأیید شد');
});

test('a refusal says why, until when one may appeal and from when one may apply again', async () => {
  const visitor = await signedIn('09381112233');
  const number = await filled(visitor);
  await visitor.get(`/apply/${number}`);
  await visitor.submit(`/apply/${number}`);
  const [one, two] = [await addActor(owner, 'mina', ['reviewer']), await addActor(owner, 'omid', ['reviewer'])];
  await judge(number, one, { kind: 'judge', code: 'guild_licence', event: 'reject', reason: 'other_guild' }, { kind: 'sign', verdict: 'refuse' }); // prettier-ignore
  await judge(number, two, { kind: 'sign', verdict: 'refuse', note: 'پروانهٔ کتاب‌فروشی است' });
  const page = textOf((await visitor.get(`/case/${number}`)).body);
  for (const says of [
    'رد شد',
    'پروانهٔ کتاب‌فروشی است',
    'صنف پروانه با صنف درخواست یکی نیست.',
    'اعتراض تا سه‌شنبه ۱۰ آذر ۱۴۰۵',
    'هم‌اکنون',
  ])
    expect(page).toContain(says);
});

test.each([
  ['another shop', undefined, 'همین مشخصات', 'with the same details'],
  ['a disqualified shop', 'DISQUALIFIED', 'از طرح کنار گذاشته شده', 'is disqualified'],
])('who shares an account with %s is told so in plain words, and never whose it is', async (_, state, fa, en) => {
  const visitor = await signedIn('09361112233');
  const [merchant, name] = ['990000000000001', 'لبنیات ناشناس'];
  await owner.query(
    `insert into merchants (merchant_id, name, guild, status, sheba, owner_national_id)
     values ($1, $2, 'dairy', 'approved', 'IR740170000000000000007700', '0013542419') on conflict do nothing`,
    [merchant, name],
  );
  if (state !== undefined)
    await decideStanding(owner, merchant, [(await addActor(owner, 'nima')).id, (await addActor(owner, 'taha')).id], { state }); // prettier-ignore
  const number = await filled(visitor);
  await fill(visitor, number, 'sheba', { sheba: 'IR740170000000000000007700' });
  await visitor.get(`/apply/${number}`);
  await visitor.submit(`/apply/${number}`);
  for (const [language, words] of [
    ['fa', fa],
    ['en', en],
  ] as const) {
    await visitor.get(`/language?to=${language}`);
    const page = (await visitor.get(`/case/${number}`)).body;
    expect(textOf(page)).toContain(words);
    for (const secret of [merchant, name, '0013542419', 'DISQUALIFIED']) expect(page).not.toContain(secret);
  }
});

test('a case that lapsed opens again by one button, twice pressed or not; one that is withdrawn ends', async () => {
  const visitor = await signedIn('09391112233');
  const number = await begun(visitor);
  const before = time.now;
  time.now += 31 * 86_400_000;
  try {
    const later = await signedIn('09391112233');
    expect(textOf((await later.get(`/case/${number}`)).body)).toContain('مهلت گذشت');
    const fields = later.hidden(`/case/${number}/reopen`);
    const opened = await Promise.all([1, 2].map(() => later.post(`/case/${number}/reopen`, fields)));
    expect(opened.map(({ statusCode }) => statusCode)).toEqual([303, 303]);
    expect(textOf((await later.get(`/case/${number}`)).body)).toContain('پیش‌نویس');
    expect((await later.submit(`/case/${number}/withdraw`)).statusCode).toBe(303);
    const ended = await later.get(`/case/${number}`);
    expect(textOf(ended.body)).toContain('پس گرفته شد');
    expect(ended.body).not.toContain('/withdraw"');
  } finally {
    time.now = before;
  }
});
