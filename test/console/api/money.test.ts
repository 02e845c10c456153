import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { unzipSync } from 'fflate';
import { openPool } from '../../../src/ops/database.ts';
import type { Role } from '../../../src/people/index.ts';
import { maskPan } from '../../../src/field/pan.ts';
import { testSheba, merchantId } from '../../settlement/support/books.ts';
import { clearDay } from '../../settlement/support/clear.ts';
import { openLedgerBooks, terminalId, type LedgerBooks } from '../../settlement/support/ledger-books.ts';
import { gatewayLogin } from '../../support/postgres.ts';
import { closeDay } from '../../../src/settlement/clearing/close.ts';
import { makeOrders } from '../../../src/settlement/clearing/make.ts';
import { netShard } from '../../../src/settlement/clearing/net.ts';
import { writeFiles } from '../../../src/settlement/clearing/write.ts';
import { keepsContract, type Route } from './support/contract.ts';
import { hashPan, openOperators, type Operators } from './support/operators.ts';

/** The road of the money over the API, with the rights of the gateway's own role. */
const NOW = Date.parse('2026-12-30T08:00:00Z');
const [YESTERDAY, TODAY] = ['2026-12-29', '2026-12-30'] as const;
const PAN = '6037990000000078';
/** But for that in a MsgId, which begins with the programme’s own account. */
const WHOLE_SHEBA = /IR\d{24}(?!\d)/;
const PAYER = { debtorName: 'صندوق', debtorSheba: 'IR380170000000100000000001', debtorBic: 'BMJIIRTHXXX' };
const rrnOf = (day: number, n: number): string => `6${day}11${String(n).padStart(6, '0')}`;
let books: LedgerBooks;
let pool: ReturnType<typeof openPool>;
let operators: Operators;
const ids: Record<string, string> = {};

beforeAll(async () => {
  books = await openLedgerBooks();
  await books.openDay(YESTERDAY);
  for (const n of [1, 2, 3]) await books.addShop(n, testSheba(n));
  await books.add(
    [1, 2, 3, 4, 5, 6].map((id) => ({ id, kind: 'purchase', day: YESTERDAY, shop: 1 + (id % 3), voucher: 100_000 * id, rrn: rrnOf(363, id), household: id })), // prettier-ignore
  );
  await books.add([
    {
      id: 7,
      kind: 'return',
      day: YESTERDAY,
      shop: 2,
      voucher: 30_000,
      rrn: rrnOf(363, 7),
      household: 1,
      originalId: 1,
    },
    {
      id: 8,
      kind: 'reversal',
      day: YESTERDAY,
      shop: 3,
      voucher: 200_000,
      rrn: rrnOf(363, 8),
      household: 2,
      originalId: 2,
    },
  ]);
  await clearDay(books, YESTERDAY);
  await books.openDay(TODAY);
  await books.add([
    { id: 11, kind: 'purchase', day: TODAY, shop: 1, voucher: 70_000, card: 5_000, rrn: rrnOf(364, 11), household: 1 },
  ]);
  await books.pool.query(`insert into households (household_id, members) values ('h1', 3)`);
  await books.pool.query(`insert into cards values ($1, $2, 'h1')`, [hashPan(PAN), maskPan(PAN)]);
  await books.pool.query(`update transactions set masked = $1 where household_id = 'h1'`, [maskPan(PAN)]);
  await books.pool.query(
    `insert into breaks (class, psp, settlement_date, business_day, merchant_id, terminal_id, rrn, rials, detail, source, raised_at)
     values ('AMOUNT_DIFF', 'SDD', $1, $1, $2, $3, $4, 70000, 'the file says less', 'test 1', now())`,
    [YESTERDAY, merchantId(1), terminalId(1), rrnOf(363, 3)],
  );
  await books.pool.query(
    `insert into bank_advices (lane, mti, terminal_id, merchant_id, rrn, amount_rials, leg, original_mti, original_leg, reason, queued_at, due_at, done_rc, done_at)
     values ('h1', '0420', $1, $2, $3, 5000, '{"stan":"000001","transmission":"1230080000"}', '0200', '{"stan":"000002","transmission":"1230075900"}', '68', $4, $4, '05', now())`,
    [terminalId(1), merchantId(1), rrnOf(364, 11), NOW - 60_000],
  );
  await books.pool.query(
    `insert into taken_files (sha256, kind, identity, name, lines) values ($1, 'camt.053', 'STMT-1', 'statement.xml', 3)`,
    ['a'.repeat(64)],
  );
  await books.pool.query(
    `insert into bank_leftovers (sha256, line, statement, direction, rials, booked_on, shown, reason) values ($1, 2, 'STMT-1', 'DBIT', 900, '2026-12-29', '=HYPERLINK("x")', 'names no order')`,
    ['a'.repeat(64)],
  );
  pool = openPool(await gatewayLogin(books.databaseUrl), 4);
  pool.on('error', () => undefined);
  writeFileSync(join(books.dataDir, 'settlement.json'), JSON.stringify({ bank: PAYER }));
  operators = await openOperators(pool, NOW, { babak: ['maker', 'checker'] }, undefined, { data: books.dataDir });
  const { rows } = await books.pool.query<{ file: string; order: string }>(
    `select message_id as file, instruction_id as order from payment_orders order by 2 limit 1`,
  );
  const list = await operators.call('support', 'GET', '/transactions');
  Object.assign(ids, {
    transaction: String((list.body['items'] as { id: string }[])[0]?.id),
    file: rows[0]?.file ?? '',
    order: rows[0]?.order ?? '',
    date: TODAY,
    cleared: YESTERDAY,
    break: '1',
    doubt: '1',
    leftover: '1',
    merchant: merchantId(1),
  });
});
afterAll(async () => {
  await operators.http.close();
  await pool.end();
  await books.close();
});

const READS: Role[] = ['maker', 'checker', 'support', 'engineer', 'auditor'];
const STOPS: Role[] = ['maker', 'checker'];
const WORKS: Role[] = ['maker', 'checker', 'support'];
const BANK: Role[] = ['engineer', 'support'];
const why = { reason: 'ticket ninety-one' };
const routes: Route[] = [
  { route: 'GET /transactions', roles: READS, whole: true },
  { route: 'GET /transactions/:transaction', roles: READS },
  { route: 'GET /transactions/:transaction/timeline', roles: READS },
  { route: 'GET /search?q=10000001', roles: READS, whole: true },
  { route: 'GET /business-days', roles: READS, whole: true },
  { route: 'GET /business-days/:date', roles: READS },
  { route: 'GET /payment-files', roles: READS, whole: true },
  { route: 'GET /payment-files/:file', roles: READS },
  { route: 'GET /payment-files/:file/lines', roles: READS },
  { route: 'GET /payment-orders/:order/sheba', roles: READS },
  { route: 'GET /bank-answers', roles: READS, whole: true },
  { route: 'GET /bank-answers/leftovers', roles: READS, whole: true },
  { route: 'GET /bank-answers/leftovers/:leftover', roles: READS },
  { route: 'GET /blocked-carries', roles: READS, whole: true },
  { route: 'GET /breaks', roles: READS, whole: true },
  { route: 'GET /breaks/:break', roles: READS },
  { route: 'GET /doubts', roles: READS, whole: true },
  { route: 'GET /doubts/:doubt', roles: READS },
  { route: 'POST /search', roles: READS, body: { q: '10000001' } },
  { route: 'POST /business-days/:date/make', roles: ['maker'], body: { profile: 'ccti-1', ...why } },
  { route: 'POST /business-days/:cleared/release', roles: ['checker'], body: why, versioned: true },
  { route: 'POST /business-days/:cleared/acceptance', roles: ['maker'], body: why, versioned: true },
  { route: 'POST /business-days/:cleared/acceptance/decision', roles: ['checker'], body: { verdict: 'approve', ...why }, versioned: true }, // prettier-ignore
  { route: 'POST /payment-files/:file/delivery', roles: STOPS, body: { said: 'arrived', ...why }, versioned: true },
  { route: 'POST /payment-orders/:order/hold', roles: STOPS, body: why },
  { route: 'POST /bank-answers/leftovers/:leftover/close', roles: STOPS, body: { note: why.reason }, versioned: true },
  { route: 'POST /shops/:merchant/unblock', roles: ['maker'], body: { ...why, sameSheba: false }, whole: true },
  {
    route: 'POST /shops/:merchant/unblock/decision',
    roles: ['checker'],
    body: { verdict: 'approve', ...why },
    whole: true,
  },
  { route: 'POST /breaks/:break/assign', roles: WORKS, body: { owner: 'one-support' }, versioned: true },
  { route: 'POST /breaks/:break/comment', roles: WORKS, body: { text: 'asked the acquirer' }, versioned: true },
  {
    route: 'POST /breaks/:break/proposal',
    roles: ['maker'],
    body: { post: 'credit', rials: '5', ...why },
    versioned: true,
  },
  { route: 'POST /breaks/:break/decision', roles: ['checker'], body: { verdict: 'approve', ...why }, versioned: true },
  { route: 'POST /doubts/:doubt/retry', roles: BANK, body: why, versioned: true },
  { route: 'POST /doubts/:doubt/owner', roles: BANK, body: { owner: 'one-engineer', note: 'asked' }, versioned: true },
  { route: 'POST /doubts/:doubt/resolution', roles: BANK, body: { note: why.reason }, versioned: true },
];
keepsContract(routes, () => operators, () => ids); // prettier-ignore

test('transactions are listed newest first, page by page, and by each filter', async () => {
  const of = async (query: string) =>
    (await operators.call('support', 'GET', `/transactions?${query}`)).body as {
      items: { rrn: string; id: string }[];
      next: string | null;
    };
  const rrns = async (query: string) => (await of(query)).items.map(({ rrn }) => rrn);
  const all = [rrnOf(364, 11), ...[8, 7, 6, 5, 4, 3, 2, 1].map((n) => rrnOf(363, n))];
  expect(await rrns('')).toEqual(all);
  const pages: string[] = [];
  for (let cursor: string | null = ''; cursor !== null;) {
    const page: Awaited<ReturnType<typeof of>> = await of(`limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`);
    pages.push(...page.items.map(({ rrn }) => rrn));
    cursor = page.next;
  }
  expect(pages).toEqual(all);
  expect(await rrns(`terminal=${terminalId(1)}`)).toEqual([rrnOf(364, 11), rrnOf(363, 6), rrnOf(363, 3)]);
  expect(await rrns(`merchant=${merchantId(2)}`)).toEqual([rrnOf(363, 7), rrnOf(363, 4), rrnOf(363, 1)]);
  expect(await rrns(`rrn=${rrnOf(363, 4)}`)).toEqual([rrnOf(363, 4)]);
  expect(await rrns('card=603799*0078')).toEqual([rrnOf(364, 11), rrnOf(363, 7), rrnOf(363, 1)]);
  expect(await rrns('code=00&kind=purchase&state=approved')).toEqual(
    all.filter((rrn) => rrn !== rrnOf(363, 7) && rrn !== rrnOf(363, 8)),
  );
  expect(await rrns('kind=return')).toEqual([rrnOf(363, 7)]);
  expect(await rrns('state=declined')).toEqual([]);
  expect(await rrns(`from=${TODAY}`)).toEqual([rrnOf(364, 11)]);
  expect(await rrns(`stan=000004&from=${YESTERDAY}&to=${TODAY}`)).toEqual([rrnOf(363, 4)]);
});

test('search reads a number as all that it may be; a whole PAN only in a body', async () => {
  const hits = async (q: string) =>
    (
      (await operators.call('support', 'POST', '/search', { body: { q } })).body['hits'] as {
        kind: string;
        title: string;
      }[]
    ).map(({ kind, title }) => `${kind} ${title}`);
  expect(await hits(rrnOf(363, 4))).toEqual([`transaction RRN ${rrnOf(363, 4)}`]);
  expect(await hits(terminalId(2))).toEqual([`terminal ${terminalId(2)}`]);
  expect(await hits(merchantId(2))).toEqual(['shop shop 2']);
  expect(await hits('shop 2')).toEqual(['shop shop 2']);
  expect(await hits(testSheba(2))).toEqual(['shop shop 2']);
  expect(await hits('000004')).toEqual([`transaction RRN ${rrnOf(363, 4)}`]);
  expect(await hits('603799*0078')).toEqual([
    'household h1',
    `transaction RRN ${rrnOf(364, 11)}`,
    `transaction RRN ${rrnOf(363, 7)}`,
    `transaction RRN ${rrnOf(363, 1)}`,
  ]);
  expect(await hits(PAN.replace(/(.{4})/g, '$1 ').trim())).toEqual([
    'household h1',
    `transaction RRN ${rrnOf(364, 11)}`,
    `transaction RRN ${rrnOf(363, 7)}`,
    `transaction RRN ${rrnOf(363, 1)}`,
  ]);
  expect(await hits(ids['order'] ?? '')).toEqual([`payment-order ${ids['order'] ?? ''}`]);
  expect(await hits(ids['file'] ?? '')).toEqual([`payment-file ${ids['file'] ?? ''}`]);
  const token = 'abcdefghijKLMNOPQRST-_';
  await books.pool.query('update transactions set token = $1 where rrn = $2', [token, rrnOf(363, 4)]);
  expect(await hits(token)).toEqual([`transaction RRN ${rrnOf(363, 4)}`]);
  expect(await hits(`https://pay.example.ir/r/${token}?lang=fa`)).toEqual([`transaction RRN ${rrnOf(363, 4)}`]);
  const typed = await operators.call('support', 'GET', `/search?q=${PAN}`);
  expect([typed.status, typed.body['code']]).toEqual([400, 'search.pan']);
  expect(JSON.stringify(typed.body)).not.toContain(PAN);
});

test('the road of a purchase that waits for the bank', async () => {
  const [item] = (await operators.call('support', 'GET', `/transactions?rrn=${rrnOf(363, 4)}`)).body['items'] as {
    id: string;
  }[];
  const { body } = await operators.call('support', 'GET', `/transactions/${item?.id ?? ''}/timeline`);
  const steps = body['steps'] as { kind: string; titleKey: string }[];
  expect(steps.map(({ titleKey }) => titleKey)).toEqual([
    'received.request', 'checks.passed', 'decision.approved', 'completion.approved', 'postings.done', 'day.closed', 'net.pay', 'order.made',
    'release.done', 'delivery.done', 'answer.open', 'credited.open',
  ]); // prettier-ignore
  expect(body['waiting']).toMatchObject({ on: 'bank' });
  expect(body['answer']).toMatchObject({ paid: { code: 'at_bank' }, charged: { code: 'charged' } });
});

const LISTS = ['transactions', 'business-days', 'payment-files', 'payment-files/:file/lines', 'bank-answers', 'bank-answers/leftovers', 'blocked-carries', 'breaks', 'doubts', 'terminals', 'certificates', 'cases', 'complaints']; // prettier-ignore

test.each(LISTS)('/%s is a file too, whole, and who took it stands in the audit', async (list) => {
  const path = `/${list.replace(':file', ids['file'] ?? '')}`;
  const shown = (await operators.call('auditor', 'GET', path)).body['items'] as unknown[];
  const csv = await operators.call('auditor', 'GET', `${path}?format=csv`, { headers: { 'accept-language': 'fa' } });
  expect([csv.status, csv.headers['content-type'], csv.headers['content-disposition']]).toEqual([200, 'text/csv; charset=utf-8', expect.stringMatching(/^attachment; filename="[\w-]+-2026-12-30\.csv"$/)]); // prettier-ignore
  const lines = csv.bytes.toString().split('\n');
  expect(lines[0]).toMatch(/^\ufeff.*[آ-ی]/);
  expect(lines).toHaveLength(shown.length + 2); // a head, and the end of the last line
  const book = await operators.call('auditor', 'GET', `${path}?format=xlsx`);
  const sheet = Buffer.from(unzipSync(book.bytes)['xl/worksheets/sheet1.xml'] ?? []).toString();
  expect(sheet.match(/<row /g)).toHaveLength(shown.length + 1);
  for (const text of [csv.bytes.toString(), sheet]) {
    expect(text).not.toMatch(/(?:^|,|"|>)[=@+]/m); // never a formula
    expect(text).not.toMatch(WHOLE_SHEBA);
    expect(text).not.toContain(PAN);
  }
  const { rows } = await books.pool.query<{ actor: string; object: string }>(`select actor, object from audit where act = 'list.exported' order by seq desc limit 2`); // prettier-ignore
  expect(rows.map(({ actor, object }) => [actor, object.startsWith('list:')])).toEqual(Array.from({ length: 2 }, () => ['one-auditor', true])); // prettier-ignore
});

test('the audit is a file with what changed, and with the hash of each row', async () => {
  const { bytes } = await operators.call('auditor', 'GET', '/audit?act=list&format=csv');
  const [head = '', first = '', ...rest] = bytes.toString().trim().split('\n');
  expect(head).toBe('Row,At,Person,Actor,Act,Object,Reason,Before,After,Request,Hash');
  expect(first).toMatch(/,one-auditor,list\.exported,list:complaints,,,"?\{.*format.*xlsx.*\}"?,[^,]+,[0-9a-f]{64}$/);
  expect(1 + rest.length).toBe(2 * LISTS.length);
});

test('a list of many pages streams whole', async () => {
  await books.add(Array.from({ length: 2_500 }, (_, n) => ({ id: 10_000 + n, kind: 'purchase' as const, day: TODAY, shop: 2, voucher: 1_000, rrn: rrnOf(364, 20_000 + n) }))); // prettier-ignore
  const csv = (await operators.call('support', 'GET', '/transactions?format=csv')).bytes.toString();
  expect(csv.trim().split('\n')).toHaveLength(1 + 2_500 + 9);
  expect(new Set(csv.match(/\b6364\d{8}\b/g)).size).toBe(2_501);
});

test('no answer holds a whole PAN or Sheba; reading a whole Sheba is audited', async () => {
  for (const { route } of routes.filter((each) => each.body === undefined && !each.route.endsWith('/sheba'))) {
    const path = route.split(' ')[1]?.replace(/:(\w+)/g, (_, name: string) => ids[name] ?? '') ?? '';
    const { bytes } = await operators.call('auditor', 'GET', path);
    expect([route, WHOLE_SHEBA.exec(bytes.toString())?.[0]]).toEqual([route, undefined]);
    expect([route, bytes.toString().includes(PAN)]).toEqual([route, false]);
  }
  const whole = await operators.call('support', 'GET', `/payment-orders/${ids['order'] ?? ''}/sheba`);
  expect(whole.body['sheba']).toMatch(/^IR\d{24}$/);
  const { rows } = await books.pool.query(
    `select actor, object from audit where act = 'sheba.read' order by seq desc limit 1`,
  );
  expect(rows).toEqual([{ actor: 'one-support', object: `order:${ids['order'] ?? ''}` }]);
});

test('a break is given out, talked about, and ended by two persons; each step stands in the audit with its request', async () => {
  const path = '/breaks/1';
  const step = async (who: string, act: string, body: object) => operators.once(who, 'POST', `${path}/${act}`, { body, etag: (await operators.call(who, 'GET', path)).etag }); // prettier-ignore
  expect((await step('support', 'assign', { owner: 'nobody-here' })).body['code']).toBe('people.unknown');
  expect((await step('support', 'assign', { owner: 'one-support' })).body).toMatchObject({ owner: 'one-support' });
  expect((await step('support', 'comment', { text: 'asked the acquirer' })).status).toBe(200);
  expect((await step('babak', 'proposal', { post: 'credit', rials: '70001', ...why })).body['code']).toBe(
    'break.rials',
  );
  expect((await step('babak', 'proposal', { post: 'credit', ...why })).body).toMatchObject({
    state: 'proposed',
    post: 'credit',
    postRials: '70000',
  });
  const own = await step('babak', 'decision', { verdict: 'approve' });
  expect([own.status, own.body['code']]).toEqual([403, 'break.same-person']);
  const done = await step('checker', 'decision', { verdict: 'approve' });
  expect(done.body).toMatchObject({ state: 'resolved', events: [{ event: 'assigned' }, { event: 'comment' }, { event: 'proposed' }, { event: 'approved' }] }); // prettier-ignore
  const { rows } = await books.pool.query(`select act, actor, request_id is not null as asked, actor_id is not null as known from audit where object = 'break:1' order by seq`); // prettier-ignore
  expect(rows).toEqual([
    { act: 'break.assigned', actor: 'one-support', asked: true, known: true },
    { act: 'break.comment', actor: 'one-support', asked: true, known: true },
    { act: 'break.proposed', actor: 'one-babak', asked: true, known: true },
    { act: 'break.approved', actor: 'one-checker', asked: true, known: true },
  ]);
  const carried = await books.pool.query(`select rials::int as rials from payable_carries where source = 'break 1'`);
  expect(carried.rows).toEqual([{ rials: 70_000 }]);
});

test('a doubt gets an owner, is tried again, and is resolved', async () => {
  const path = '/doubts/1';
  const step = async (act: string, body: object) => operators.once('engineer', 'POST', `${path}/${act}`, { body, etag: (await operators.call('engineer', 'GET', path)).etag }); // prettier-ignore
  expect((await step('owner', { owner: 'one-engineer', note: 'asked the bank' })).body).toMatchObject({
    owner: 'one-engineer',
    note: 'asked the bank',
  });
  expect((await step('retry', why)).body).toMatchObject({ kind: 'advice' });
  expect((await step('resolution', { note: 'settled by phone' })).body['code']).toBe('bank.advice'); // it may still be delivered
  await books.pool.query(`update bank_advices set done_rc = '05', done_at = now() where advice_id = 1`);
  expect((await step('resolution', { note: 'settled by phone' })).status).toBe(200);
  expect((await operators.call('engineer', 'GET', path)).status).toBe(404);
  const { rows } = await books.pool.query(`select act, actor from audit where object = 'advice:1' order by seq`);
  expect(rows).toEqual(
    ['owned', 'retried', 'resolved'].map((what) => ({ act: `bank.doubt-${what}`, actor: 'one-engineer' })),
  );
});

test('a leftover is closed once, with what it is', async () => {
  const path = '/bank-answers/leftovers/1';
  const { etag } = await operators.call('maker', 'GET', path);
  const closed = await operators.once('maker', 'POST', `${path}/close`, { body: { note: 'fees of November' }, etag });
  expect(closed.body).toMatchObject({ closedBy: 'one-maker', note: 'fees of November' });
  const again = await operators.call('maker', 'POST', `${path}/close`, {
    body: { note: 'once more' },
    etag: closed.etag,
  });
  expect([again.status, again.body['code']]).toEqual([409, 'leftover.unknown']);
});

test('a day is made by one person and released by another; an order is held; a file in doubt wants two', async () => {
  const path = `/business-days/${TODAY}`;
  const made = await operators.once('babak', 'POST', `${path}/make`, { body: { profile: 'ccti-1', ...why } });
  expect(made.body).toMatchObject({ state: 'closing', maker: 'one-babak', waiting: { on: 'system' } });
  const { pool: db, context, dataDir } = books;
  await closeDay(db, TODAY, context.clock);
  await netShard(db, TODAY, 0);
  await makeOrders(db, TODAY);
  await writeFiles(db, TODAY, dataDir);
  const read = async () => operators.call('checker', 'GET', path);
  expect((await read()).body).toMatchObject({ state: 'written', waiting: { on: 'operator', notOf: 'one-babak' } });
  const [order] = (await db.query<{ id: string }>(`select instruction_id as id from payment_orders where business_day = $1 order by 1`, [TODAY])).rows; // prettier-ignore
  const held = await operators.once('maker', 'POST', `/payment-orders/${order?.id ?? ''}/hold`, { body: why });
  expect(held.body).toMatchObject({ order: order?.id, state: 'held', businessDay: TODAY });
  const early = await operators.call('checker', 'POST', `${path}/release`, { body: why, etag: (await read()).etag });
  expect([early.status, early.body['code']]).toEqual([409, 'clearing.order']); // its file is made again first
  await writeFiles(db, TODAY, dataDir);
  const { etag } = await read();
  const own = await operators.call('babak', 'POST', `${path}/release`, { body: why, etag });
  expect([own.status, own.body['code']]).toEqual([403, 'release.same-person']);
  const released = await operators.once('checker', 'POST', `${path}/release`, { body: why, etag });
  expect(released.body).toMatchObject({ state: 'released', checker: 'one-checker', heldNow: [] });
  const { rows } = await db.query(`select act, actor, reason, request_id is not null as asked from audit where object = $1 order by seq`, [`clearing:${TODAY}`]); // prettier-ignore
  expect(rows).toEqual([
    { act: 'clearing.begun', actor: 'one-babak', reason: why.reason, asked: true },
    { act: 'clearing.held', actor: 'one-maker', reason: why.reason, asked: true },
    { act: 'clearing.released', actor: 'one-checker', reason: why.reason, asked: true },
  ]);
  const [file] = (await db.query<{ id: string }>(`update payment_files set leaving_at = now() where business_day = $1 and withdrawn_at is null returning message_id as id`, [TODAY])).rows; // prettier-ignore
  const say = async (who: string, said: string) => operators.call(who, 'POST', `/payment-files/${file?.id ?? ''}/delivery`, { body: { said, ...why }, etag: (await operators.call(who, 'GET', `/payment-files/${file?.id ?? ''}`)).etag }); // prettier-ignore
  expect((await say('maker', 'not-arrived')).body).toMatchObject({ state: 'leaving', againBy: 'one-maker' });
  expect((await say('maker', 'not-arrived')).body['code']).toBe('delivery.same-person');
  expect((await say('checker', 'not-arrived')).body).toMatchObject({ state: 'released', againBy: null });
  const carries = (await operators.call('maker', 'GET', '/blocked-carries')).body['items'] as {
    merchant: string;
    rials: string;
  }[];
  const [carry] = carries;
  expect(carries).toHaveLength(1);
  const shop = `/shops/${carry?.merchant ?? ''}/unblock`;
  expect((await operators.once('babak', 'POST', shop, { body: why })).body).toMatchObject({
    carries: 1,
    rials: carry?.rials,
    state: 'proposed',
  });
  expect(
    (await operators.call('babak', 'POST', `${shop}/decision`, { body: { verdict: 'approve' } })).body['code'],
  ).toBe('unblock.same-person');
  expect(
    (await operators.once('checker', 'POST', `${shop}/decision`, { body: { verdict: 'approve' } })).body,
  ).toMatchObject({ state: 'approved' });
});

test('every total is the books’ own', async () => {
  const one = async <Row extends object>(sql: string, ...values: unknown[]): Promise<Row | undefined> => (await books.pool.query<Row>(sql, values)).rows[0]; // prettier-ignore
  const days = (await operators.call('auditor', 'GET', '/business-days')).body['items'] as ({
    businessDay: string;
    answers: object | null;
  } & Record<string, unknown>)[];
  expect(days.length).toBeGreaterThan(1);
  for (const day of days) {
    const date = day.businessDay;
    const files = await one(
      `select count(distinct message_id)::int as files, count(*)::int as orders, coalesce(sum(o.amount_rials), 0)::text as rials
         from payment_orders o join payment_files f using (message_id) where o.business_day = $1 and f.withdrawn_at is null`,
      date,
    );
    expect(day['files']).toMatchObject({ ...files, query: 'files-of-day' });
    const breaks = await one(`select count(*)::int as open, coalesce(sum(rials), 0)::text as rials from breaks where business_day = $1 and state <> 'resolved'`, date); // prettier-ignore
    expect(day['breaks']).toMatchObject({ ...breaks, query: 'open-breaks-of-day' });
    const acquirers = await one(`select count(*)::int as files, coalesce(sum(lines), 0)::int as lines, coalesce(sum(matched), 0)::int as matched from acquirer_files where settlement_date = $1`, date); // prettier-ignore
    expect(day['acquirers']).toMatchObject({ ...acquirers, query: 'acquirer-files-of-day' });
    if (day.answers !== null) {
      const orders = await one(
        `select count(*) filter (where state in ('made', 'sent', 'accepted'))::int as waiting, count(*) filter (where state = 'paid')::int as paid,
                count(*) filter (where state = 'returned')::int as returned from payment_orders where business_day = $1`,
        date,
      );
      expect(day.answers).toMatchObject({ ...orders, query: 'orders-of-day' });
    }
    const whole = (await operators.call('auditor', 'GET', `/business-days/${date}`)).body;
    const totals = whole['totals'] as Record<string, string>;
    expect(totals['query']).toBe('nets-of-day');
    const netted = await one(`select 1 from merchant_nets where business_day = $1`, date);
    const ledger = await one<{ moved: string }>(`select coalesce(sum(merchant_payable), 0)::text as moved from postings where business_day = $1`, date); // prettier-ignore
    const sum =
      BigInt(totals['purchaseRials'] ?? 0) - BigInt(totals['returnRials'] ?? 0) - BigInt(totals['reversalRials'] ?? 0);
    expect([date, String(sum)]).toEqual([date, netted === undefined ? '0' : ledger?.moved]);
    expect(BigInt(totals['netRials'] ?? 0)).toBe(
      sum - BigInt(totals['feeRials'] ?? 0) + BigInt(totals['carriedRials'] ?? 0),
    );
    const orders = (await books.pool.query(`select state, count(*)::int as orders, sum(amount_rials)::text as rials from payment_orders where business_day = $1 group by 1 order by 1`, [date])).rows; // prettier-ignore
    expect(totals['orders']).toEqual(orders);
  }
  const list = (await operators.call('auditor', 'GET', '/payment-files')).body['items'] as {
    id: string;
    rials: string;
    orders: number;
    state: string;
  }[];
  for (const { id, rials, orders, state } of list) {
    const lines = (await operators.call('auditor', 'GET', `/payment-files/${id}/lines?limit=200`)).body['items'] as {
      rials: string;
    }[];
    if (state !== 'withdrawn')
      expect([id, String(lines.reduce((all, line) => all + BigInt(line.rials), 0n)), lines.length]).toEqual([
        id,
        rials,
        orders,
      ]);
  }
  const counts = (await operators.call('auditor', 'GET', '/doubts')).body['counts'];
  const doubts = (await books.pool.query(`select kind, count(*)::int as count from bank_doubts group by 1`)).rows;
  expect(counts).toMatchObject(doubts);
});

/** Every total of the API, by route and place: what of the books each is held to, in words of their own. A total that a schema names a query
 *  for and that has no row here fails; so does a number that no query is named for. `$1`: the day, the file, or what stands in `key`. */
interface FigureRow {
  readonly query: string;
  /** Where its objects are in the answer: `items[].files`. */
  readonly at: string;
  /** Of the thing that it is about, in the object around it. */
  readonly key?: string;
  /** Gives every figure of it, by its name. */
  readonly sql?: string;
  /** Held to what was answered where there are such answers. */
  readonly heldBy?: string;
}
const FILES_OF_DAY = `select count(distinct f.message_id)::int as files, count(o.*)::int as orders, coalesce(sum(o.amount_rials), 0)::text as rials,
   (select count(*)::int from payment_files d where d.business_day = $1 and d.leaving_at is not null and d.delivered_at is null and d.withdrawn_at is null) as "inDoubt"
   from payment_files f left join payment_orders o using (message_id) where f.business_day = $1 and f.withdrawn_at is null`;
const ANSWERS_OF_DAY = `select count(*) filter (where state in ('made', 'sent', 'accepted'))::int as waiting, count(*) filter (where state = 'paid')::int as paid,
   count(*) filter (where state = 'returned')::int as returned from payment_orders where business_day = $1`;
const ACQUIRERS_OF_DAY = `select count(*)::int as files, coalesce(sum(lines), 0)::int as lines, coalesce(sum(matched), 0)::int as matched from acquirer_files where settlement_date = $1`;
const BREAKS_OF_DAY = `select count(*)::int as open, coalesce(sum(rials), 0)::text as rials from breaks where business_day = $1 and state <> 'resolved'`;
/** Money from the ledger's postings; what became of shops from what settlement kept. */
const NETS_OF_DAY = `with moved as (
     select p.kind, count(distinct (p.household_id, p.transaction_id))::int as n, abs(coalesce(sum(p.merchant_payable), 0)) as rials
       from postings p where p.business_day = $1 and exists (select 1 from merchant_nets where business_day = $1) group by p.kind),
   nets as (select * from merchant_nets where business_day = $1)
   select (select count(*)::int from nets) as merchants,
     coalesce((select n from moved where kind = 'purchase'), 0) as purchases, coalesce((select rials from moved where kind = 'purchase'), 0)::text as "purchaseRials",
     coalesce((select n from moved where kind = 'return'), 0) as returns, coalesce((select rials from moved where kind = 'return'), 0)::text as "returnRials",
     coalesce((select n from moved where kind = 'reversal'), 0) as reversals, coalesce((select rials from moved where kind = 'reversal'), 0)::text as "reversalRials",
     coalesce((select sum(fee_rials) from nets), 0)::text as "feeRials", coalesce((select sum(carried_rials) from nets), 0)::text as "carriedRials",
     (coalesce((select sum(rials * case kind when 'purchase' then 1 else -1 end) from moved where kind in ('purchase', 'return', 'reversal')), 0)
        + coalesce((select sum(carried_rials - fee_rials) from nets), 0))::text as "netRials",
     (select count(*)::int from nets where outcome = 'pay') as "payShops", (select count(*)::int from nets where outcome = 'carry') as "carryShops",
     (select count(*)::int from nets where outcome = 'hold') as "holdShops", (select count(*)::int from nets where outcome = 'zero') as "zeroShops",
     (select coalesce(jsonb_agg(jsonb_build_object('state', state, 'orders', n, 'rials', rials::text) order by state), '[]')
        from (select state, count(*) as n, sum(amount_rials) as rials from payment_orders where business_day = $1 group by state) s) as orders`;
/** The orders of a file that was withdrawn are in the one that was made again. */
const OF_FILE = `select count(*)::int as orders, sum(amount_rials)::text as rials from payment_orders join payment_files using (message_id)
   where message_id = $1 and withdrawn_at is null having count(*) > 0`;
const day = { key: 'businessDay' } as const;
const overview = (at: string, query: string): FigureRow => ({ at, query, heldBy: 'test/overview/traffic.test.ts' });
const NOW_TOTALS = [
  overview('live', 'overview.seconds'),
  overview('seen', 'overview.said'),
  overview('links', 'overview.copies'),
  overview('doubts', 'overview.state'),
  overview('queues', 'overview.state'),
  overview('close', 'overview.state'),
  overview('alarms', 'overview.alarms'),
  overview('certificates', 'endings'),
];
const FIGURES: Readonly<Record<string, readonly FigureRow[]>> = {
  'GET /business-days': [
    { at: 'items[].files', query: 'files-of-day', ...day, sql: FILES_OF_DAY },
    { at: 'items[].answers', query: 'orders-of-day', ...day, sql: ANSWERS_OF_DAY },
    { at: 'items[].acquirers', query: 'acquirer-files-of-day', ...day, sql: ACQUIRERS_OF_DAY },
    { at: 'items[].breaks', query: 'open-breaks-of-day', ...day, sql: BREAKS_OF_DAY },
  ],
  'GET /business-days/{date}': [
    { at: 'files', query: 'files-of-day', ...day, sql: FILES_OF_DAY },
    { at: 'answers', query: 'orders-of-day', ...day, sql: ANSWERS_OF_DAY },
    { at: 'acquirers', query: 'acquirer-files-of-day', ...day, sql: ACQUIRERS_OF_DAY },
    { at: 'breaks', query: 'open-breaks-of-day', ...day, sql: BREAKS_OF_DAY },
    { at: 'totals', query: 'nets-of-day', ...day, sql: NETS_OF_DAY },
  ],
  'GET /payment-files': [{ at: 'items[]', query: 'files-of-day', key: 'id', sql: OF_FILE }],
  'GET /payment-files/{id}': [{ at: '', query: 'files-of-day', key: 'id', sql: OF_FILE }],
  'GET /doubts': [
    { at: 'counts[]', query: 'doubts-by-kind', key: 'kind', sql: 'select count(*)::int as count from bank_doubts where kind = $1' },
  ],
  'GET /households/{household}': [{ at: 'credit', query: 'ledger.buckets', heldBy: 'test/console/api/households.test.ts' }],
  'GET /keys': [{ at: 'terminals[]', query: 'keys-by-scheme', heldBy: 'test/console/api/engines.test.ts' }],
  'GET /jobs': [{ at: '', query: 'jobs-by-state', heldBy: 'test/console/api/engines.test.ts' }],
  'GET /registries': [{ at: 'items[]', query: 'registry-answers', heldBy: 'test/registries/checks.test.ts' }],
  'GET /endings': [{ at: '', query: 'endings', heldBy: 'test/terminals/endings.test.ts' }],
  'GET /updates/rollouts/{id}': [
    { at: 'devices', query: 'rollout-devices', heldBy: 'test/updates/rollouts.test.ts' },
    { at: 'updated', query: 'rollout-days', heldBy: 'test/updates/rollouts.test.ts' },
    { at: 'control', query: 'rollout-days', heldBy: 'test/updates/rollouts.test.ts' },
  ],
  'GET /updates/minimums/{id}': [{ at: 'terminals', query: 'minimum-standings', heldBy: 'test/updates/minimums.test.ts' }],
  'GET /signal-rules': [{ at: 'items[].precision', query: 'signals-of-version', heldBy: 'test/signals/signals.test.ts' }],
  'GET /shops/{merchant}/violations': [{ at: '', query: 'violations-that-count', heldBy: 'test/shops/notices.test.ts' }],
  'GET /inbox': [{ at: '', query: 'inbox', heldBy: 'test/console/api/overview.test.ts' }],
  'GET /overview': [overview('traffic', 'overview.points'), ...NOW_TOTALS],
}; // prettier-ignore

describe('figures', () => {
  beforeAll(async () => {
    await books.pool.query(
      `insert into bank_advices (lane, mti, terminal_id, merchant_id, rrn, amount_rials, leg, original_mti, original_leg, reason, queued_at, due_at)
       values ('h2', '0420', $1, $2, '636411777777', 5000, '{"stan":"000009","transmission":"1230080000"}', '0200', '{"stan":"000008","transmission":"1230075900"}', '68', $3, $3)`,
      [terminalId(1), merchantId(1), NOW - 60_000],
    );
  });
  interface Schema {
    readonly type?: string;
    readonly const?: string;
    readonly enum?: readonly string[];
    readonly properties?: Readonly<Record<string, Schema>>;
    readonly items?: Schema;
    readonly anyOf?: readonly Schema[];
  }
  const whole = (schema: Schema): Schema => schema.anyOf?.find(({ type }) => type !== 'null') ?? schema;
  function* namedIn(given: Schema, at = ''): Generator<{ at: string; query: string; numbers: string[] }> {
    const schema = whole(given);
    const properties = Object.entries(schema.properties ?? {});
    const named = schema.properties?.['query'];
    const query = named?.const ?? named?.enum?.[0];
    if (query !== undefined)
      yield { at, query, numbers: properties.filter(([name, each]) => whole(each).type === 'integer' || /rials$/i.test(name)).map(([name]) => name) }; // prettier-ignore
    for (const [name, each] of properties) yield* namedIn(each, at === '' ? name : `${at}.${name}`);
    if (schema.items !== undefined) yield* namedIn(schema.items, `${at}[]`);
  }
  const document = async (): Promise<Record<string, Record<string, { responses: Record<string, { content?: Record<string, { schema: Schema }> }> }>>> =>
    (await operators.call('auditor', 'GET', '/openapi.json')).body['paths'] as never; // prettier-ignore
  const named = async () =>
    Object.entries(await document()).flatMap(([path, methods]) => {
      const schema = methods['get']?.responses['200']?.content?.['application/json']?.schema;
      const route = `GET ${path.replace('/api/v1', '')}`;
      return schema === undefined ? [] : [...namedIn(schema)].map((each) => ({ route, ...each }));
    });

  test('every total that names its query has a row, and every row such a total', async () => {
    const rows = Object.entries(FIGURES).flatMap(([route, each]) => each.map(({ at, query }) => `${route} ${at} ${query}`)); // prettier-ignore
    const all = (await named()).map(({ route, at, query }) => `${route} ${at} ${query}`);
    expect(rows.sort()).toEqual(all.sort());
    for (const row of Object.values(FIGURES).flat()) expect([row, existsSync(row.heldBy ?? 'package.json')]).toEqual([row, true]); // prettier-ignore
  });

  test('docs/api.md says what each query sums', async () => {
    const page = readFileSync('docs/api.md', 'utf8');
    for (const query of new Set((await named()).map((each) => each.query)))
      expect(page).toMatch(new RegExp(`^\\|.*\`${query}\`.*\\|`, 'm'));
  });

  /** The objects at a place, each with the one around it. */
  function objectsAt(body: unknown, at: string): { one: Record<string, unknown>; around: Record<string, unknown> }[] {
    let found = [{ one: body as Record<string, unknown>, around: body as Record<string, unknown> }];
    for (const part of at === '' ? [] : at.split('.')) {
      const [name = '', list] = part.split('[]');
      found = found.flatMap(({ one }) => {
        const next = one[name] as Record<string, unknown> | Record<string, unknown>[] | null;
        if (next === null) return [];
        return (list === undefined ? [next] : (next as Record<string, unknown>[])).map((each) => ({ one: each as Record<string, unknown>, around: list === undefined ? one : (each as Record<string, unknown>) })); // prettier-ignore
      });
    }
    return found;
  }

  const held = Object.entries(FIGURES).flatMap(([route, rows]) =>
    rows.flatMap((row) => (row.sql === undefined ? [] : [[`${route} ${row.at}`, route, row.at, row.key ?? '', row.sql] as const])),
  ); // prettier-ignore
  test.each(held)('%s is the books’ own', async (_, route, at, key, sql) => {
    const { numbers } = (await named()).find((each) => each.route === route && each.at === at) ?? { numbers: [] };
    const list = route.split(' ')[1] ?? '';
    const each = /\{\w+\}$/.exec(list) === null ? [list] : await all(list.replace(/\/\{\w+\}$/, ''));
    let checked = 0;
    for (const path of each)
      for (const { one, around } of objectsAt((await operators.call('auditor', 'GET', path)).body, at)) {
        const { rows } = await books.pool.query<Record<string, unknown>>(sql, [around[key]]);
        if (rows[0] === undefined) continue;
        expect(Object.keys(rows[0])).toEqual(expect.arrayContaining(numbers.filter((name) => name !== 'bytes' && name !== 'version')));
        expect({ path, key: around[key], ...one }).toMatchObject(rows[0]);
        checked++;
      }
    expect(checked).toBeGreaterThan(0);
  }); // prettier-ignore

  /** The addresses of what a list has. */
  async function all(list: string): Promise<string[]> {
    const items = (await operators.call('auditor', 'GET', list)).body['items'] as {
      id?: string;
      businessDay?: string;
    }[];
    return items.map(({ id, businessDay }) => `${list}/${encodeURIComponent(id ?? businessDay ?? '')}`);
  }
});

test('a day begins where the day before was closed in the evening, not at a midnight to come', async () => {
  const closed = '2026-12-30T07:30:00.000Z';
  await books.pool.query('update business_days set closed_at = $2 where business_day = $1', [TODAY, closed]);
  await books.openDay('2026-12-31');
  const { body } = await operators.call('auditor', 'GET', '/business-days/2026-12-31');
  expect(body['waiting']).toMatchObject({ on: 'system', since: closed });
  expect(body['steps']).toContainEqual({ step: 'open', at: closed, done: true });
});
