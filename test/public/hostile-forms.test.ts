import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { FastifyInstance, LightMyRequestResponse } from 'fastify';
import type pg from 'pg';
import { openPool, transaction } from '../../src/ops/database.ts';
import type { Papers } from '../../src/papers/index.ts';
import { addViolation, giveNotice } from '../../src/shops/index.ts';
import { merchantId, testSheba } from '../settlement/support/books.ts';
import { openLedgerBooks, terminalId, type LedgerBooks } from '../settlement/support/ledger-books.ts';
import { codeOf, routesOf, signIn, testDoor } from '../support/door.ts';
import { givePapers } from '../support/papers.ts';
import { addActor } from '../support/people.ts';
import { doorPool, gatewayLogin } from '../support/postgres.ts';
import { Visitor } from '../support/visitor.ts';

/** Forms that are sent for what belongs to another, and forms that are sent twice. */
const TODAY = '2026-12-30';
const DAY = 86_400_000;
/** Of that day. */
const RRN = (sale: number): string => `636408${String(sale).padStart(6, '0')}`;
const time = { now: Date.parse(`${TODAY}T08:00:00Z`) };
const [VICTIM, THIEF] = [
  { mobile: '09121110001', merchant: merchantId(1) },
  { mobile: '09121110002', merchant: merchantId(2) },
];

let books: LedgerBooks;
let owner: pg.Pool;
let pool: pg.Pool;
let door: FastifyInstance;
let asDoor: pg.Pool;
let victim: Visitor;
let thief: Visitor;
let staff: Awaited<ReturnType<typeof addActor>>;

beforeAll(async () => {
  books = await openLedgerBooks();
  owner = books.pool;
  await books.openDay(TODAY);
  for (const [n, { mobile, merchant }] of [VICTIM, THIEF].entries()) {
    await books.addShop(n + 1, testSheba(n + 1));
    await owner.query('update merchants set mobile = $2 where merchant_id = $1', [merchant, mobile]);
  }
  const sale = (id: number, shop: number) => ({
    id,
    kind: 'purchase' as const,
    day: TODAY,
    shop,
    voucher: 900_000,
    rrn: RRN(id),
  });
  // of a sale that was taken back, the system says so at once: its complainant may say that it is not settled
  const takenBack = (id: number) => ({ ...sale(id, 1), state: 'reversed' as const });
  await books.add([sale(1, 1), sale(2, 1), sale(3, 2), takenBack(4), takenBack(5)]);
  pool = openPool(await gatewayLogin(books.databaseUrl), 8);
  pool.on('error', () => undefined);
  staff = await addActor(owner, 'maryam');
  const clock = { now: () => time.now, monotonic: () => performance.now() };
  asDoor = await doorPool(books.databaseUrl);
  door = testDoor(asDoor, clock, { papers: NO_PAPERS });
  await door.ready();
  [victim, thief] = [new Visitor(door, '192.0.2.1'), new Visitor(door, '192.0.2.2')];
  await signIn(victim, pool, VICTIM.mobile, time.now);
  await signIn(thief, pool, THIEF.mobile, time.now);
});
afterAll(async () => {
  await door.close();
  await asDoor.end();
  await pool.end();
  await books.close();
});

/** Forms that name nothing which another could have. */
const NOTHING_OF_ANOTHER = [
  '/apply/new',
  '/learn/:lesson/begin',
  '/learn/:lesson/terminal',
  '/learn/enter',
  '/learn/leave',
  '/sign-in',
  '/sign-in/code',
];

/** No test here comes as far as the bytes of a paper. */
const NO_PAPERS: Papers = {
  take: () => Promise.reject(new Error('nothing of another is received')),
  open: () => Promise.reject(new Error('nothing is read here')),
  remove: () => Promise.resolve(),
  sweep: () => Promise.resolve(),
  close: () => undefined,
};

async function one<T>(text: string, values: readonly unknown[] = []): Promise<T> {
  const { rows } = await owner.query<{ it: T }>(text, [...values]);
  return rows[0]?.it as T;
}

/** Begins an application. @returns its number */
async function begun(visitor: Visitor, name: string): Promise<string> {
  await visitor.get('/apply/new');
  const answer = await visitor.submit('/apply/new', { name, guild: 'supermarket' });
  return /^\/apply\/(\d{9})/.exec(String(answer.headers.location))?.[1] ?? '';
}

/** Gives the victim notice of a sanction. @returns its id */
async function noticed(): Promise<string> {
  const found = { merchantId: VICTIM.merchant, kind: 'cash_out', at: time.now - DAY, note: 'forty purchases in a minute', evidence: [RRN(1)] }; // prettier-ignore
  const { violations } = await transaction(pool, (db) => addViolation(db, found, { actor: staff }, time.now));
  const ids = violations.map(({ id }) => id);
  const given = { merchantId: VICTIM.merchant, violations: ids, sanction: 'DISQUALIFIED', days: 365, text: 'forty sham purchases on the 29th' } as const; // prettier-ignore
  return (await transaction(pool, (db) => giveNotice(db, given, { actor: staff }, time.now))).id;
}

/** Complains about a sale of the victim's shop. @returns the complaint's id */
async function complained(sale: number): Promise<string> {
  await victim.get(`/shop/${VICTIM.merchant}/complaints`);
  await victim.submit(`/shop/${VICTIM.merchant}/complaints`, { kind: 'not_paid', rrn: RRN(sale), terminal: terminalId(1), text: '' }); // prettier-ignore
  return one<string>('select complaint_id::text as it from complaints where rrn = $1', [RRN(sale)]);
}

const LICENCE = { number: '0123456789', issuer: 'اتحادیه', issued: '1404/1/1', ends: '1408/1/1' };

describe('what belongs to another owner', () => {
  /** Whatever changes of somebody's data: all tables but those that say who knocked. */
  async function everything(): Promise<Record<string, string>> {
    const { rows } = await owner.query<{ name: string }>(
      `select format('%I.%I', schemaname, tablename) as name from pg_tables
        where schemaname not in ('pg_catalog', 'information_schema') and tablename !~ '^(owner_|audit|messages)' order by 1`,
    );
    const union = rows.map(({ name }) => `select '${name}' as name, md5(coalesce(string_agg(t::text, '|' order by t::text), '')) as it from ${name} t`); // prettier-ignore
    const found = await owner.query<{ name: string; it: string }>(union.join(' union all '));
    return Object.fromEntries(found.rows.map(({ name, it }) => [name, it]));
  }

  test('no form, sent with a token of one’s own, reaches a case, paper, change, complaint or notice of theirs', async () => {
    const number = await begun(victim, 'نانوایی پنهان');
    const caseId = await one<string>('select case_id::text as it from shop_cases where number = $1', [number]);
    await givePapers(owner, caseId, time.now);
    const paper = await one<string>('select min(paper_id)::text as it from shop_papers where case_id = $1', [caseId]);
    const complaint = await complained(1);
    const complaintNumber = await one<string>('select number as it from complaints where complaint_id = $1', [complaint]); // prettier-ignore
    const notice = await noticed();
    await victim.post(`/shop/${VICTIM.merchant}/staff`, { name: 'شاگرد پنهان', csrf: await tokenOf(victim) });
    const person = await one<string>('select staff_id::text as it from shop_staff');
    expect(person).toBeDefined();
    const own = await begun(thief, 'دکان خودم');
    const seen = { seen: '1', item: '0' };
    const [mine, theirs] = [`/shop/${THIEF.merchant}`, `/shop/${VICTIM.merchant}`];
    const words = { act: 'withdraw', text: 'این را من می‌گویم، نه صاحبش' };
    const nobodys = /\d{9}|\/\d+(?=\/removal)|\d+$/;
    /** Route, where to, what is sent, the answer; `alike`: as for one that nobody has. */
    const attempts: readonly (readonly [route: string, url: string, fields: Record<string, string>, answer: number | 'alike'])[] = [
      ['/apply/:number', `/apply/${number}`, seen, 404],
      ['/apply/:number/:step', `/apply/${number}/guild_licence`, { ...seen, ...LICENCE }, 404],
      ['/apply/:number/:step', `/apply/${number}/sheba`, { ...seen, sheba: testSheba(2) }, 404],
      ['/apply/:number/papers/:paper/removal', `/apply/${number}/papers/${paper}/removal`, {}, 404],
      ['/apply/:number/papers/:paper/removal', `/apply/${own}/papers/${paper}/removal`, {}, 'alike'],
      ['/apply/:number/papers/:paper/:kind', `/apply/${number}/papers/owner_identity/national_card`, {}, 404],
      ['/case/:number/withdraw', `/case/${number}/withdraw`, seen, 404],
      ['/case/:number/reopen', `/case/${number}/reopen`, seen, 404],
      ['/shop/:merchant/changes', `${theirs}/changes`, { kind: 'sheba' }, 404],
      ['/shop/:merchant/complaints', `${theirs}/complaints`, { kind: 'not_paid', rrn: RRN(2), terminal: terminalId(1) }, 404],
      ['/shop/:merchant/complaints', `${mine}/complaints`, { kind: 'not_paid', rrn: RRN(2), terminal: terminalId(1) }, 200],
      ['/shop/:merchant/complaints/:id', `${theirs}/complaints/${complaint}`, words, 404],
      ['/shop/:merchant/complaints/:id', `${mine}/complaints/${complaint}`, words, 'alike'],
      ['/shop/:merchant/notices/:id', `${theirs}/notices/${notice}`, words, 404],
      ['/shop/:merchant/notices/:id', `${mine}/notices/${notice}`, { ...words, act: 'respond' }, 'alike'],
      ['/shop/:merchant/notices/:id/papers/evidence', `${theirs}/notices/${notice}/papers/evidence`, {}, 404],
      ['/shop/:merchant/notices/:id/papers/evidence', `${mine}/notices/${notice}/papers/evidence`, {}, 404],
      ['/shop/:merchant/notices/:id/papers/:paper/removal', `${theirs}/notices/${notice}/papers/1/removal`, {}, 404],
      ['/shop/:merchant/notices/:id/papers/:paper/removal', `${mine}/notices/${notice}/papers/1/removal`, {}, 404],
      ['/shop/:merchant/staff', `${theirs}/staff`, { name: 'دزد' }, 404],
      ...['code', 'practice', 'removal'].flatMap((act) => [
        [`/shop/:merchant/staff/:staff/${act}`, `${theirs}/staff/${person}/${act}`, {}, 404] as const,
        [`/shop/:merchant/staff/:staff/${act}`, `${mine}/staff/${person}/${act}`, {}, act === 'removal' ? 'alike' : 404] as const,
      ]),
      ['/complain/status', '/complain/status', { number: complaintNumber, rrn: RRN(3) }, 'alike'],
      ['/complain/act', '/complain/act', { number: complaintNumber, rrn: RRN(3), ...words }, 'alike'],
      ['/complain', '/complain', { kind: 'amount', rrn: RRN(2), terminal: terminalId(1), total: '1', last4: '0000' }, 422],
      // a session that nobody has ends without a word
      ['/sign-out', '/sign-out', { mobile: VICTIM.mobile, owner: VICTIM.mobile }, 303],
    ]; // prettier-ignore
    const before = await everything();
    for (const [, url, fields, expected] of attempts) {
      const knocker = url === '/sign-out' ? new Visitor(door, '192.0.2.3') : thief;
      const forms = { ...fields, mobile: VICTIM.mobile, owner: VICTIM.mobile, merchant: VICTIM.merchant };
      const send = async (to: string, body: Record<string, string>): Promise<LightMyRequestResponse> => {
        const csrf = await tokenOf(knocker);
        return knocker.post(to, { ...body, csrf }, { 'x-csrf': csrf });
      };
      const answer = await send(url, forms);
      const other = await send(url.replace(url.startsWith(mine) || url.includes(own) ? /\d+$|\d+(?=\/removal)/ : nobodys, '999999999'), { ...forms, number: '999999999' }); // prettier-ignore
      if (expected === 'alike') {
        expect([url, answer.statusCode]).toEqual([url, other.statusCode]);
        expect(bare(answer.body)).toBe(bare(other.body));
      } else expect([url, answer.statusCode]).toEqual([url, expected]);
      for (const secret of ['نانوایی پنهان', 'sham purchases']) expect(answer.body).not.toContain(secret);
    }
    expect(await everything()).toEqual(before);
    // a new form is added to the list, or said here to have nothing of another in it
    const posts = routesOf(door)
      .filter(({ methods }) => methods.includes('POST'))
      .map(({ path }) => path);
    expect(posts.filter((path) => !attempts.some(([route]) => route === path)).sort()).toEqual(NOTHING_OF_ANOTHER);
  });

  test('a shop is not begun in the name of another, whatever the form says', async () => {
    const count = () => one<number>('select count(*)::int as it from shop_cases where applicant_mobile = $1', [VICTIM.mobile]); // prettier-ignore
    const before = await count();
    await thief.get('/apply/new');
    const sent = await thief.submit('/apply/new', { name: 'دکان', guild: 'dairy', mobile: VICTIM.mobile, owner: VICTIM.mobile, applicant_mobile: VICTIM.mobile }); // prettier-ignore
    expect(sent.statusCode).toBe(303);
    expect(await count()).toBe(before);
  });

  /** What differs by itself, or repeats what was typed. */
  const bare = (page: string): string =>
    page.replace(/value="[^"]*"/g, '').replace(/\/?\b\d{9,}\b/g, '#').replace(/[\w-]{36}/g, '#'); // prettier-ignore
});

async function tokenOf(visitor: Visitor): Promise<string> {
  await visitor.get('/complain');
  return visitor.hidden('/complain')['csrf'] ?? '';
}

describe('a form that is sent four times at once, and once more when all is done', () => {
  /** @returns the statuses */
  async function often(visitor: Visitor, url: string, fields: Record<string, string>): Promise<number[]> {
    const token = { csrf: await tokenOf(visitor) };
    const send = async (): Promise<number> => (await visitor.post(url, { ...fields, ...token })).statusCode;
    const statuses = await Promise.all([send(), send(), send(), send()]);
    return [...statuses, await send()];
  }
  /** Each is answered by a page, or sent on to one. */
  const answered = (statuses: readonly number[]): void => {
    expect(statuses.filter((status) => ![200, 303, 409].includes(status))).toEqual([]);
  };

  test('an application is begun once', async () => {
    await victim.get('/apply/new');
    const fields = { ...victim.hidden('/apply/new'), name: 'یک بار', guild: 'dairy' };
    answered(await often(victim, '/apply/new', fields));
    expect(await one<number>(`select count(*)::int as it from shop_cases where name = 'یک بار'`)).toBe(1);
  });

  test('a step is kept once', async () => {
    const number = await begun(victim, 'گام');
    const version = () => one<number>(`select i.version as it from shop_items i join shop_cases c using (case_id) where c.number = $1 and i.code = 'tax_code'`, [number]); // prettier-ignore
    await victim.get(`/apply/${number}/tax_code`);
    const [before, fields] = [await version(), victim.hidden(`/apply/${number}/tax_code`)];
    answered(await often(victim, `/apply/${number}/tax_code`, { ...fields, code: '1234567890' }));
    expect(await version()).toBe(before + 1);
  });

  test('a case is withdrawn once', async () => {
    const number = await begun(victim, 'پس گرفتن');
    await victim.get(`/case/${number}`);
    const fields = victim.hidden(`/case/${number}/withdraw`);
    answered(await often(victim, `/case/${number}/withdraw`, fields));
    expect(await one<string>('select state as it from shop_cases where number = $1', [number])).toBe('WITHDRAWN');
  });

  test('a change of Sheba is begun once', async () => {
    answered(await often(victim, `/shop/${VICTIM.merchant}/changes`, { kind: 'sheba' }));
    expect(await one<number>(`select count(*)::int as it from shop_cases where kind = 'sheba'`)).toBe(1);
  });

  test('a complaint is filed once, and contested once', async () => {
    const fields = { kind: 'not_paid', rrn: RRN(4), terminal: terminalId(1), text: '' };
    answered(await often(victim, `/shop/${VICTIM.merchant}/complaints`, fields));
    const filed = (name: string) => one<number>(`select count(*)::int as it from complaint_events n join complaints c using (complaint_id) where c.rrn = $1 and n.event = '${name}'`, [RRN(4)]); // prettier-ignore
    const id = await one<string>('select complaint_id::text as it from complaints where rrn = $1', [RRN(4)]);
    answered(await often(victim, `/shop/${VICTIM.merchant}/complaints/${id}`, { act: 'contest', text: 'پول نیامد' }));
    expect([await filed('filed'), await filed('contest')]).toEqual([1, 1]);
  });

  test('a customer’s complaint is filed once, and contested once', async () => {
    const customer = new Visitor(door, '192.0.2.7');
    const fields = { kind: 'amount', rrn: RRN(5), terminal: terminalId(1), total: '900000', last4: '0000', mobile: '', text: '' }; // prettier-ignore
    answered(await often(customer, '/complain', fields));
    const { number, notes } = (await owner.query<{ number: string; notes: number }>(`select number, (select count(*)::int from complaint_events n where n.complaint_id = c.complaint_id) as notes from complaints c where rrn = $1`, [RRN(5)])).rows[0]!; // prettier-ignore
    expect(notes).toBe(1);
    const other = new Visitor(door, '192.0.2.8');
    answered(await often(other, '/complain/act', { number, rrn: RRN(5), act: 'contest', text: 'پول نیامد' }));
    expect(await one<number>(`select count(*)::int as it from complaint_events n join complaints c using (complaint_id) where c.rrn = $1 and n.event = 'contest'`, [RRN(5)])).toBe(1); // prettier-ignore
  });

  test('a notice is answered once; its form, sent again after the decision, is no appeal', async () => {
    const id = await noticed();
    await victim.get(`/shop/${VICTIM.merchant}/notices`);
    const form = { ...victim.hidden(`/shop/${VICTIM.merchant}/notices/${id}`), text: 'همهٔ خریدها واقعی بود.' };
    answered(await often(victim, `/shop/${VICTIM.merchant}/notices/${id}`, form));
    const stands = () => one<string>('select state as it from shop_notices where notice_id = $1', [id]);
    expect(await stands()).toBe('DECISION');
    const reza = await addActor(owner, 'reza');
    await owner.query(`update shop_notices set state = 'APPEAL_OPEN', waits_on = 'shop', decided_by = $2, decided_at = $3, upheld = true, decision = 'I read the evidence' where notice_id = $1`, [id, reza.id, new Date(time.now)]); // prettier-ignore
    const late = await victim.post(`/shop/${VICTIM.merchant}/notices/${id}`, { ...form, csrf: await tokenOf(victim) });
    expect(late.statusCode).toBe(409);
    expect(await stands()).toBe('APPEAL_OPEN');
  });

  test('a code opens one session', async () => {
    const visitor = new Visitor(door, '192.0.2.11');
    const mobile = '09121110009';
    await visitor.get('/sign-in');
    await visitor.submit('/sign-in', { mobile });
    const fields = { ...visitor.hidden('/sign-in/code'), code: await codeOf(pool, mobile, time.now) };
    const statuses = await Promise.all([1, 2, 3].map(async () => (await visitor.post('/sign-in/code', fields)).statusCode)); // prettier-ignore
    expect(statuses.filter((status) => status === 303)).toHaveLength(1);
    expect(await one<number>('select count(*)::int as it from owner_sessions where mobile = $1', [mobile])).toBe(1);
  });
});
