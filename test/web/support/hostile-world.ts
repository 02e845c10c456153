import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { InjectOptions } from 'fastify';
import { compile, loadSpec } from '../../../src/codec/index.ts';
import { maskPan } from '../../../src/field/pan.ts';
import { ROLES } from '../../../src/people/index.ts';
import { lookAtJobs } from '../../../src/settlement/jobs/index.ts';
import { stageRelease } from '../../../src/updates/index.ts';
import { merchantId, testSheba } from '../../settlement/support/books.ts';
import { clearDay } from '../../settlement/support/clear.ts';
import { openLedgerBooks, terminalId, type LedgerBooks } from '../../settlement/support/ledger-books.ts';
import { addActor, loginToken } from '../../support/people.ts';
import { gatewayLogin } from '../../support/postgres.ts';
import { approvedCase, sentCase } from '../../support/shops.ts';
import { openConsoleOn, type TestConsole } from './console.ts';
import { PAYLOADS, payload } from './markup.ts';

/** Two business days with something of every kind, in which every text that people, shops and wires give is markup: what has a change of the API
 *  went through it, what a file or a switch brings stands as its reader leaves it. */
export interface HostileWorld {
  readonly door: TestConsole;
  /** Who looks at the pages, in every role. */
  readonly login: string;
  /** The addresses below /console of one thing of each kind, by the path of its page. */
  readonly details: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

export const NOW = Date.parse('2026-12-30T08:00:00Z');
/** Of cases: before the day from which they want papers. */
const THEN = Date.UTC(2026, 9, 20, 8);
const [YESTERDAY, TODAY] = ['2026-12-29', '2026-12-30'] as const;
const PAN = '6037990000000078';
const RECORDING = 'hostile.jsonl';
const rrnOf = (day: number, n: number): string => `6${day}11${String(n).padStart(6, '0')}`;
const iso = (days: number): string => new Date(NOW + days * 86_400_000).toISOString();
const reason = (): string => `دلیل ${payload()}`;

export async function hostileWorld(): Promise<HostileWorld> {
  const books = await openLedgerBooks();
  await money(books);
  recording(books.dataDir);
  const jobs = lookAtJobs({ databaseUrl: books.databaseUrl, redisUrl: '' });
  await (await jobs.queue()).add('net', { businessDay: YESTERDAY, shard: 3 }, { delay: 600_000 });
  const urls = { owner: books.databaseUrl, gateway: await gatewayLogin(books.databaseUrl) };
  const door = await openConsoleOn(urls, { data: books.dataDir, jobs }, { now: () => NOW });
  const close = async (): Promise<void> => {
    await jobs.close();
    await door.close();
    await books.close();
  };
  try {
    return { door, login: 'maryam', details: await desks(door), close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Books, and what acquirers, banks and files brought. */
async function money(books: LedgerBooks): Promise<void> {
  const { pool } = books;
  await books.openDay(YESTERDAY);
  for (const n of [1, 2, 3]) await books.addShop(n, testSheba(n));
  await pool.query('update merchants set name = $1', [`فروشگاه ${payload()}`]);
  await pool.query('update terminals set model = $1, psp = $2, place = $3', [payload(), payload(), payload()]);
  await books.add([1, 2, 3, 4].map((id) => ({ id, kind: 'purchase', day: YESTERDAY, shop: 1 + (id % 3), voucher: 100_000 * id, rrn: rrnOf(363, id), household: id }))); // prettier-ignore
  await clearDay(books, YESTERDAY);
  await books.openDay(TODAY);
  await books.add([{ id: 11, kind: 'purchase', day: TODAY, shop: 1, voucher: 70_000, card: 5_000, rrn: rrnOf(364, 11), household: 1 }]); // prettier-ignore
  await pool.query(`insert into households (household_id, members) values ('h1', 3), ('h2', 1)`);
  await pool.query(`insert into cards values (sha256('a card'), $1, 'h1')`, [maskPan(PAN)]);
  await pool.query(
    `insert into breaks (class, psp, settlement_date, business_day, merchant_id, terminal_id, rrn, rials, detail, source, raised_at)
     values ('AMOUNT_DIFF', 'SDD', $1, $1, $2, $3, $4, 70000, $5, $6, now())`,
    [YESTERDAY, merchantId(1), terminalId(1), rrnOf(363, 3), payload(), payload()],
  );
  await pool.query(
    `insert into bank_advices (lane, mti, terminal_id, merchant_id, rrn, amount_rials, leg, original_mti, original_leg, reason, queued_at, due_at, done_rc, done_at)
     values ('h1', '0420', $1, $2, $3, 5000, '{"stan":"000001","transmission":"1230080000"}', '0200', '{"stan":"000002","transmission":"1230075900"}', '68', $4, $4, '05', now())`,
    [terminalId(1), merchantId(1), rrnOf(364, 11), NOW - 60_000],
  );
  const sha = 'a'.repeat(64);
  await pool.query(`insert into taken_files (sha256, kind, identity, name, lines) values ($1, 'camt.053', $2, $3, 3)`, [sha, payload(), `${payload()}.xml`]); // prettier-ignore
  await pool.query(`insert into bank_leftovers (sha256, line, statement, direction, rials, booked_on, shown, reason) values ($1, 2, $2, 'DBIT', 900, $3, $4, $5)`, [sha, payload(), YESTERDAY, payload(), payload()]); // prettier-ignore
  await pool.query(
    `insert into signals (rule_id, rule_version, business_day, merchant_id, purchases, rials, figures, rrns, raised_at)
     select rule_id, version, $1, $2, 7, 900000, '{}', array[$3], now() from signal_rules order by 1 limit 1`,
    [YESTERDAY, merchantId(1), rrnOf(363, 3)],
  );
  await pool.query(`insert into registries (code, asked, since) values ('sheba', true, now())`);
  await pool.query(`insert into programmes values ('kalabarg')`);
  await pool.query(
    `insert into authority_bindings (authority, programme_id, cards, url, reserve_seconds, digest, valid_from, reason, proposed_by, proposed_at)
     select 'central', min(programme_id), array['603799'], 'https://authority.example/', 150, repeat('0', 64), $1, $2, 'somebody', now() from programmes`,
    [TODAY, `دلیل ${PAYLOADS[0]}`],
  );
  await pool.query(
    `insert into stand_in_rules (stands_for, programme_id, valid_from, household_rials, shop_rials, reason, proposed_by, proposed_at)
     select 'bank', min(programme_id), $1, 1000, 1000, $2, 'somebody', now() from programmes`,
    [TODAY, `دلیل ${PAYLOADS[2]}`],
  );
}

/** What a terminal sent: DE 43 as a device that was tampered with fills it. */
function recording(data: string): void {
  const codec = compile(loadSpec('kalabarg-pos'));
  const fields = { '7': '1123103218', '11': '000501', '41': '10000001', '42': '000000000000001', '43': payload().slice(0, 40) }; // prettier-ignore
  const frame = (mti: string, from: string, at: string): string =>
    JSON.stringify({ at, from, connection: '10000001#6', dialect: 'kalabarg-pos', hex: codec.encode({ mti, fields }).toString('hex').toUpperCase() }); // prettier-ignore
  const lines = [frame('0800', 'terminal', '2026-11-23T10:32:18.598106Z'), frame('0810', 'gateway', '2026-11-23T10:32:18.601106Z')]; // prettier-ignore
  mkdirSync(join(data, 'captures'), { recursive: true });
  writeFileSync(join(data, 'captures', RECORDING), `${lines.join('\n')}\n`);
}

type Body = Readonly<Record<string, unknown>>;

/** Everything that people type, over the API, and where what came of it is looked at. */
async function desks(door: TestConsole): Promise<Record<string, string>> {
  const logins = ['maryam', 'babak', 'sara'] as const;
  const actors = await Promise.all(logins.map((login) => addActor(door.pool, login, [...ROLES])));
  const tokens = new Map(await Promise.all(actors.map(async (actor) => [actor.name, await loginToken(door.pool, actor, NOW)] as const))); // prettier-ignore
  const ask = async (login: string, method: string, path: string, body?: object, etag?: string): Promise<{ body: Body; etag: string }> => {
    const headers = { authorization: `Bearer ${tokens.get(login) ?? ''}`, ...(etag === undefined ? {} : { 'if-match': etag }) };
    const answer = await door.http.inject({ method, url: `/api/v1${path}`, headers, ...(body === undefined ? {} : { payload: body }) } as InjectOptions); // prettier-ignore
    if (answer.statusCode >= 400) throw new Error(`${method} ${path}: ${answer.statusCode} ${answer.body}`);
    return { body: answer.body === '' ? {} : answer.json<Body>(), etag: String(answer.headers['etag']) };
  }; // prettier-ignore
  const did = async (path: string, body: object, login = 'maryam'): Promise<string> => String((await ask(login, 'POST', path, body)).body['id']); // prettier-ignore
  /** With the version that is read at `of`. */
  const change = async (of: string, path: string, body: object, login = 'maryam', method = 'POST'): Promise<void> => {
    const { etag } = await ask(login, 'GET', of);
    await ask(login, method, path, body, etag);
  };

  const person = (await ask('maryam', 'POST', '/people', { login: 'guest', nameFa: payload(), nameEn: payload(), roles: ['clerk'] })).body; // prettier-ignore
  const guest = String((person['person'] as Body | undefined)?.['id'] ?? person['id']);
  await change(`/people/${guest}`, `/people/${guest}`, { roles: ['clerk', 'support'], reason: reason() }, 'babak', 'PATCH'); // prettier-ignore
  await ask('maryam', 'POST', '/tokens', { name: payload(), scopes: ['audit:read'], expiresAt: iso(1) });
  await ask('maryam', 'PUT', `/me/views/transactions/${encodeURIComponent(payload())}`, { filters: { state: 'approved' } }); // prettier-ignore

  const [maryam, babak, sara] = actors as [typeof actors[0] & object, typeof actors[0] & object, typeof actors[0] & object]; // prettier-ignore
  const staff = { clerk: maryam, reviewers: [babak, sara] } as const;
  const approved = await approvedCase(door.pool, staff, THEN, { name: payload(), terminal: { wish: 'new' } });
  const sent = await sentCase(door.pool, staff, THEN, { name: payload(), sheba: testSheba(7), mobile: '09121234568' });
  await ask('babak', 'POST', `/cases/${sent.id}/claim`, {});
  await ask('babak', 'POST', `/cases/${sent.id}/comments`, { text: payload() });
  await change(`/cases/${sent.id}`, `/cases/${sent.id}/items/owner_identity/judgement`, { event: 'reject', reason: 'not_readable', note: payload() }, 'babak'); // prettier-ignore
  await door.owner.query(
    `insert into registry_answers (registry, case_id, version, question, verdict, reason, detail, asked_at, at, applied)
     values ('sheba', $1, 1, sha256('x'), 'unknown', null, $2, now(), now(), true)`,
    [sent.id, payload()],
  );

  const shop = `/shops/${merchantId(1)}`;
  const violation = { kind: 'cash_out', at: iso(-1), note: reason(), evidence: [rrnOf(363, 3)] };
  const { violations } = (await ask('babak', 'POST', `${shop}/violations`, violation)).body as { violations?: { id: string }[] }; // prettier-ignore
  const notice = await did(`${shop}/notices`, { violations: violations?.map(({ id }) => id), sanction: 'DISQUALIFIED', days: 365, text: reason() }); // prettier-ignore
  await change(`/notices/${notice}`, `/notices/${notice}/response`, { text: reason() }, 'sara');
  await ask('sara', 'POST', `${shop}/disputes`, { rrn: rrnOf(364, 11), businessDay: TODAY, reason: reason(), until: iso(20) }); // prettier-ignore
  await ask('maryam', 'POST', `${shop}/decisions`, { state: 'RESTRICTED', until: iso(30), rule: payload().slice(0, 60), reason: reason(), evidence: [rrnOf(363, 3)] }); // prettier-ignore
  const complaint = await did('/complaints', { kind: 'deducted', rrn: rrnOf(364, 11), terminal: terminalId(1), totalRials: '75000', last4: '0000', mobile: '09121234567', text: reason() }); // prettier-ignore
  await change(`/complaints/${complaint}`, `/complaints/${complaint}/ask`, { text: reason() });

  await change('/breaks/1', '/breaks/1/comment', { text: payload() });
  await change('/breaks/1', '/breaks/1/assign', { owner: 'babak' });
  await change('/breaks/1', '/breaks/1/proposal', { post: 'credit', rials: '5', reason: reason() });
  await change('/doubts/1', '/doubts/1/owner', { owner: 'babak', note: payload() });
  await ask('maryam', 'POST', '/household-moves', { kind: 'split', from: 'h1', to: 'h2', cards: [maskPan(PAN)], persons: 1, cause: 'divorce', reason: reason() }); // prettier-ignore
  await ask('maryam', 'POST', '/settlement-rules/proposals', { rules: { terms: [{ from: '2031-01-01', feeFixedRials: 500 }] }, reason: reason() }); // prettier-ignore
  const { items: rules } = (await ask('maryam', 'GET', '/signal-rules')).body as { items: { rule: string; thresholds: object }[] }; // prettier-ignore
  await ask('maryam', 'POST', `/signal-rules/${rules[0]?.rule ?? ''}/versions`, { validFrom: '2027-02-01', enabled: true, thresholds: rules[0]?.thresholds, reason: reason() }); // prettier-ignore

  const terminal = `/terminals/${terminalId(1)}`;
  await change(terminal, terminal, { place: payload(), model: payload(), psp: payload(), reason: reason() }, 'maryam', 'PATCH'); // prettier-ignore
  await ask('maryam', 'POST', `${terminal}/block`, { reason: reason() });
  await ask('maryam', 'POST', '/certifications', { vendor: payload(), model: payload(), software: payload().slice(0, 40), profile: 'native', verdict: 'passed', reason: reason() }); // prettier-ignore
  const content = Buffer.from('{"idleSeconds":60}');
  const release = await stageRelease(door.pool, { component: 'params', profile: 'native', content, textFa: payload(), textEn: payload() }, { actor: maryam }, NOW); // prettier-ignore
  await ask('babak', 'POST', `/updates/releases/${release.id}/approval`, { reason: reason() });
  await door.owner.query('update update_releases set published_at = now()');
  const rollout = await did('/updates/rollouts', { releaseId: release.id, plan: { own: [terminalId(2)] }, reason: reason() }); // prettier-ignore
  await ask('maryam', 'POST', '/updates/freezes', { from: iso(1), until: iso(2), reason: reason() });
  const minimum = await did('/updates/minimums', { releaseId: release.id, from: iso(30).slice(0, 10), noticeDays: 10, psps: [payload()], models: [payload()], reason: reason() }); // prettier-ignore
  await ask('maryam', 'POST', '/updates/exemptions', { model: payload(), minimumId: minimum, until: iso(40).slice(0, 10), reason: reason() }); // prettier-ignore
  await ask('maryam', 'POST', '/captures', { terminals: [terminalId(1)], reason: reason() });

  for (const login of ['babak', 'sara'])
    await door.owner.query('update persons set name_fa = $2, name_en = $3 where login = $1', [login, payload(), payload()]); // prettier-ignore

  const first = async (path: string): Promise<Body> => ((await ask('maryam', 'GET', path)).body['items'] as Body[])[0] ?? {}; // prettier-ignore
  const id = async (path: string): Promise<string> => String((await first(path))['id']);
  return {
    '/days/$day': YESTERDAY,
    '/files/$file': await id('/payment-files'),
    '/leftovers/$leftover': '1',
    '/breaks/$break': '1',
    '/doubts/$doubt': '1',
    '/households/$household': 'h1',
    '/cases/$case': sent.id,
    '/complaints/$complaint': complaint,
    '/notices/$notice': notice,
    '/shops/$merchant': merchantId(1),
    '/signals/$signal': await id('/signals'),
    '/transactions/$id': await id('/transactions'),
    '/terminals/$terminal': terminalId(1),
    '/devices/$device': await id('/devices'),
    '/rollouts/$rollout': rollout,
    '/captures/$file': RECORDING,
    approved: approved.id,
  };
}
