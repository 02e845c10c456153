import { get, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type pg from 'pg';
import { DOCTOR_TELLS, INBOX_KINDS } from '../../../src/console/inbox/index.ts';
import { CHECK_NAMES } from '../../../src/health/finding.ts';
import type { Standing } from '../../../src/health/index.ts';
import type { EmbeddedPostgres } from '../../../src/demo/machine/postgres.ts';
import { systemClock, type Clock } from '../../../src/ops/clock.ts';
import { openPool } from '../../../src/ops/database.ts';
import { ROLES, rolesThatGive } from '../../../src/people/index.ts';
import { gatewayLogin, temporaryPostgres } from '../../support/postgres.ts';
import { keepsContract } from './support/contract.ts';
import { openOperators, type Operators } from './support/operators.ts';

const NOW = Date.now();
/** What rounds of the doctor would have found. */
const FOUND: Standing[] = [];
let server: EmbeddedPostgres;
let owner: pg.Pool;
let pool: pg.Pool;
let operators: Operators;

beforeAll(async () => {
  server = await temporaryPostgres();
  owner = openPool(server.url, 2);
  pool = openPool(await gatewayLogin(server.url), 6);
  for (const each of [owner, pool]) each.on('error', () => undefined);
  const every: Clock['every'] = (ms, work, how) => systemClock.every(ms / 25, work, how);
  operators = await openOperators(
    pool,
    NOW,
    { both: ['maker', 'checker'], second: ['checker', 'reviewer'] },
    undefined,
    {
      clock: { ...systemClock, every },
      doctor: () => Promise.resolve(FOUND),
    },
  );
});
afterAll(async () => {
  await operators.http.close();
  await pool.end();
  await owner.end();
  await server.stop();
});

keepsContract(
  [
    { route: 'GET /overview', roles: ROLES },
    { route: 'GET /inbox', roles: ROLES },
  ],
  () => operators,
  () => ({}),
);

describe('the overview', () => {
  test.each(['15m', '24h', '7d', '30d'])('of %s has every figure with the query that made it', async (range) => {
    const { status, body } = await operators.call('auditor', 'GET', `/overview?range=${range}`);
    expect(status).toBe(200);
    const names = JSON.stringify(body).match(/"query":"[a-z.]+"/g);
    expect(names).toHaveLength(9);
    expect(body).toMatchObject({ range, traffic: { total: { purchases: 0, p50Ms: null } }, copies: [] });
  });

  test('of another range there is none', async () => {
    expect((await operators.call('auditor', 'GET', '/overview?range=1y')).status).toBe(400);
  });
});

describe('the stream', () => {
  let port = 0;
  let token = '';

  beforeAll(async () => {
    await operators.http.listen({ port: 0, host: '127.0.0.1' });
    port = (operators.http.server.address() as AddressInfo).port;
    const made = await operators.call('engineer', 'POST', '/tokens', {
      body: { name: 'wall', scopes: ['overview:read'], expiresAt: new Date(NOW + 3_600_000).toISOString() },
    });
    token = String(made.body['token']);
  });

  function listen(bearer: string): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      get({ port, host: '127.0.0.1', path: '/api/v1/overview/stream', headers: { authorization: `Bearer ${bearer}` } }, resolve).on('error', reject); // prettier-ignore
    });
  }

  /** What came, until it has `wanted`. */
  async function until(response: IncomingMessage, wanted: RegExp): Promise<string> {
    let text = '';
    for await (const chunk of response) {
      text += String(chunk);
      if (wanted.test(text)) break;
    }
    return text;
  }

  test('begins with what is so now, under the headers that every answer has', async () => {
    const response = await listen(token);
    expect(response.statusCode).toBe(200);
    expect(response.headers).toMatchObject({ 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-store' }); // prettier-ignore
    expect(response.headers['x-request-id']).toBeDefined();
    const text = await until(response, /\n\n.*\n\n/s);
    const [, data = '{}'] = /event: now\nid: \d+\ndata: (.*)\n\n/.exec(text) ?? [];
    expect(JSON.parse(data)).toMatchObject({ live: { perSecond: 0 }, links: { ready: 0 }, close: { openDay: null } });
  });

  test('is for whoever is signed in, and for five pages of one person', async () => {
    expect((await listen('kbt_' + 'x'.repeat(43))).statusCode).toBe(401);
    const open = [];
    for (let page = 0; page < 5; page++) {
      const response = await listen(token);
      response.resume();
      open.push(response);
    }
    const refused = open.filter(({ statusCode }) => statusCode === 429);
    const more = await listen(token);
    expect(more.statusCode).toBe(429);
    expect(refused.length).toBeLessThanOrEqual(1); // the page of the test before may be going
    for (const response of open) response.destroy();
    more.destroy();
  });

  test('ends when the token is taken away', async () => {
    let response = await listen(token);
    while (response.statusCode === 429) response = await listen(token);
    const { rows } = await pool.query<{ id: string }>(`update person_tokens set revoked_at = now() where name = 'wall' returning token_id::text as id`); // prettier-ignore
    expect(rows).toHaveLength(1);
    expect(await until(response, /event: end/)).toContain('event: end\ndata: {"why":"sign-in.none"}');
  }, 30_000);
});

describe('the inbox', () => {
  const waiting = async (who: string): Promise<Record<string, number>> => {
    const { body } = await operators.call(who, 'GET', '/inbox');
    const groups = body['groups'] as { kind: string; count: number }[];
    return Object.fromEntries(groups.map(({ kind, count }) => [kind, count]));
  };

  beforeAll(async () => {
    await owner.query(
      `insert into merchants values ('000000000000001', 'one', 'supermarket', 'IR', 'approved');
       insert into clearings (business_day, state, shards, profile, maker, started_at, made_at, touched_at)
       values ('2026-11-20', 'written', 1, '{}', 'one-both', now(), now(), now()), ('2026-11-21', 'closed', 1, '{}', 'one-maker', now(), null, now());
       update clearings set error = 'no payer' where business_day = '2026-11-21';
       insert into payment_files (message_id, business_day, rail, file_no, orders, sum_rials, created_on, pay_on, cycle)
       values ('m', '2026-11-20', 'PAYA', 1, 1, 1, '2026-11-21', '2026-11-21', '10:45');
       insert into breaks (class, psp, settlement_date, merchant_id, terminal_id, rrn, rials, detail, source, state, post, post_rials, reason, proposed_by, raised_at)
       values ('ONLY_US', 'p', '2026-11-20', '000000000000001', '1', 'r', 5, 'd', 's1', 'proposed', 'none', 0, 'x', 'one-maker', '2026-11-01'),
              ('ONLY_US', 'p', '2026-11-20', '000000000000001', '1', 'r', 5, 'd', 's2', 'open', null, null, null, null, now())`,
    );
  });

  test('has what a person may do, and not what they did themselves', async () => {
    expect(await waiting('checker')).toEqual({ release: 1, 'break-approval': 1, break: 1 });
    expect(await waiting('both')).toEqual({ 'clearing-failing': 1, 'break-approval': 1, break: 1 });
    expect(await waiting('maker')).toEqual({ 'clearing-failing': 1, break: 1 });
    expect(await waiting('support')).toEqual({ break: 1 });
    expect(await waiting('auditor')).toEqual({});
  });

  test('says until when, why, and where to go', async () => {
    const { body } = await operators.call('checker', 'GET', '/inbox');
    expect(body).toMatchObject({ count: 3, overdue: 2 });
    expect((body['groups'] as unknown[])[0]).toMatchObject({
      kind: 'break-approval',
      overdue: 1,
    });
    expect(body['groups']).toContainEqual(
      expect.objectContaining({
        kind: 'release',
        due: '2026-11-21T07:15:00.000Z',
        items: [expect.objectContaining({ target: { type: 'business-day', id: '2026-11-20' }, label: 'one-both', overdue: true })],
      }),
    );
  }); // prettier-ignore

  /** What somebody has begun, and who may end it: by kind what is there, who is told, and who never is (`-`: nobody has said anything). */
  const NEWER: readonly (readonly [kind: string, sql: string, told: string, by: string, due: string | null])[] = [
    ['credit-window',
     `insert into programmes values ('kalabarg') on conflict do nothing;
      insert into credit_windows (programme_id, period, cohort, spend_to, effective_at, reason, proposed_by, proposed_at)
      values ('kalabarg', '1405-08', 'all', '2026-12-05', 1764500000000, 'a late charge', 'one-both', now())`,
     'checker', 'both', '2025-11-30T10:53:20.000Z'],
    ['household-move',
     `insert into households (household_id, members, status) values ('9000000001', 2, 'active'), ('9000000002', 1, 'active');
      insert into household_moves (kind, from_household, to_household, persons, from_members, to_members, cause, reason, proposed_by, proposed_at)
      values ('merge', '9000000001', '9000000002', 2, 2, 1, 'marriage', 'they live together', 'one-both', now())`,
     'checker', 'both', null],
    ['delivery',
     `update payment_files set leaving_at = now(), again_by = 'one-maker', again_reason = 'x' where message_id = 'm'`,
     'checker', 'maker', '2026-11-20T20:30:00.000Z'],
    ['minimum-version',
     `insert into update_files values (repeat('a', 64), 1, '\\x00');
      insert into update_releases (component, line, profile, hardware, counter, path, sha256, sha512, length, effective_from, text_fa, text_en, staged_by, staged_at)
      select 'firmware', 'acme', 'sep', array['X1'], 1, 'p', repeat('a', 64), repeat('a', 128), 1, now(), 'x', 'x', person_id, now() from persons where login = 'one-engineer';
      insert into update_minimums (release_id, refuse_from, notice_days, reason, proposed_by, proposed_at)
      select release_id, '2026-12-20T20:30:00Z', 30, 'x', staged_by, now() from update_releases`,
     'checker', 'engineer', '2026-12-20T20:30:00.000Z'],
    ['certification-key',
     `insert into certification_keys (key_id, public_key, name, proposed_by, proposed_at) values (repeat('0a', 32), 'x', 'Azmoun lab', 'one-engineer', now())`,
     'checker', 'engineer', null],
    ['registry-silent',
     `insert into registries (code, asked, since, silent_since) values ('mobile', true, now(), '2026-11-20T08:00:00Z') on conflict (code) do update set silent_since = excluded.silent_since, asked = true`,
     'engineer', 'checker', '2026-11-20T08:15:00.000Z'],
  ]; // prettier-ignore

  test.each(NEWER)('%s waits for another person, until its day', async (kind, sql, told, by, due) => {
    expect(await waiting(told)).not.toHaveProperty(kind);
    await owner.query(sql);
    const { body } = await operators.call(told, 'GET', '/inbox');
    const group = (body['groups'] as { kind: string }[]).find((each) => each.kind === kind);
    expect(group).toMatchObject({ count: 1, due, why: { fa: expect.stringMatching(/[آ-ی]/), en: expect.stringMatching(/[a-z]/) } });
    expect(await waiting(by)).not.toHaveProperty(kind);
  }); // prettier-ignore

  test('has what the doctor found, each for whom it concerns', async () => {
    const base = { since: NOW - 60_000, do: 'mend it' };
    FOUND.push(
      { ...base, check: 'disk', level: 'warning', says: 'the disk is 91 % full' },
      { ...base, check: 'replication', level: 'critical', says: 'no standby' },
      { ...base, check: 'keys', level: 'critical', says: 'another master key' },
      { ...base, check: 'postings', level: 'critical', says: '2 purchases are not what was posted' },
    );
    const { body } = await operators.call('engineer', 'GET', '/inbox');
    const group = (body['groups'] as { kind: string }[]).find(({ kind }) => kind === 'doctor');
    expect(group).toMatchObject({
      count: 2,
      overdue: 1,
      due: new Date(NOW - 60_000).toISOString(),
      items: [
        { target: { type: 'doctor', id: 'replication' }, label: 'no standby → mend it', overdue: true },
        { target: { type: 'doctor', id: 'disk' }, due: null, overdue: false },
      ],
    });
    expect(await waiting('keeper')).toMatchObject({ 'doctor-keys': 1 });
    expect(await waiting('maker')).toMatchObject({ 'doctor-books': 1 });
    expect(Object.keys(await waiting('support')).filter((kind) => kind.startsWith('doctor'))).toEqual([]);
  });

  test('every check of the doctor is somebody’s business, but for what is a kind of its own', () => {
    const told = DOCTOR_TELLS.flatMap(({ checks }) => checks);
    expect([...told, 'certificates'].sort()).toEqual([...CHECK_NAMES].sort());
  });

  test.each(INBOX_KINDS.map((each) => [each.kind, each] as const))('%s is a statement, of an act that a role may do', async (_, { sql, permission }) => {
    expect(rolesThatGive(permission)).not.toHaveLength(0);
    const { fields } = await pool.query(`select * from (${sql}) q where $1::bigint is not null and $2::text is not null and $3::timestamptz is not null`, ['1', 'x', new Date()]);
    expect(fields.map(({ name }) => name)).toEqual(['id', 'label', 'since', 'due']);
  }); // prettier-ignore
});
