import { get, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type pg from 'pg';
import { INBOX_KINDS } from '../../../src/console/inbox/index.ts';
import type { EmbeddedPostgres } from '../../../src/demo/machine/postgres.ts';
import { systemClock, type Clock } from '../../../src/ops/clock.ts';
import { openPool } from '../../../src/ops/database.ts';
import { ROLES, rolesThatGive } from '../../../src/people/index.ts';
import { gatewayLogin, temporaryPostgres } from '../../support/postgres.ts';
import { keepsContract } from './support/contract.ts';
import { openOperators, type Operators } from './support/operators.ts';

const NOW = Date.now();
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
  operators = await openOperators(pool, NOW, { both: ['maker', 'checker'] }, undefined, {
    clock: { ...systemClock, every },
  });
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
       values ('ONLY_US', 'p', '2026-11-20', '000000000000001', '1', 'r', 5, 'd', 's1', 'proposed', 'none', 0, 'x', 'one-maker', now() - interval '9 days'),
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

  test.each(INBOX_KINDS.map((each) => [each.kind, each] as const))('%s is a statement, of an act that a role may do', async (_, { sql, permission }) => {
    expect(rolesThatGive(permission)).not.toHaveLength(0);
    const { fields } = await pool.query(`select * from (${sql}) q where $1::bigint is not null and $2::text is not null and $3::timestamptz is not null`, ['1', 'x', new Date()]);
    expect(fields.map(({ name }) => name)).toEqual(['id', 'label', 'since', 'due']);
  }); // prettier-ignore
});
