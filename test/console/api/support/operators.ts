import { createHmac } from 'node:crypto';
import { expect } from '@jest/globals';
import type { FastifyInstance, InjectOptions } from 'fastify';
import type pg from 'pg';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import type { ApiOptions } from '../../../../src/console/api/index.ts';
import { createHttp } from '../../../../src/console/http.ts';
import type { Papers } from '../../../../src/papers/index.ts';
import { ROLES, type Actor, type Role } from '../../../../src/people/index.ts';
import { addActor, loginToken, testPeople } from '../../../support/people.ts';

/** The operators' API before a database, with a person of each role. */
export interface Operators {
  readonly http: FastifyInstance;
  readonly actors: Readonly<Record<string, Actor & { id: string }>>;
  /** Who is named sends it, with these headers. */
  call(who: string, method: string, path: string, request?: Sent): Promise<Answer>;
  /** A change that is sent twice under one key: it is done once and answered the same; another one under that key is refused. */
  once(who: string, method: string, path: string, request: Sent & { readonly body: object }): Promise<Answer>;
}

export interface Sent {
  /** A Buffer goes as it is. */
  readonly body?: object;
  readonly etag?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Answer {
  readonly status: number;
  readonly etag: string;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly bytes: Buffer;
  readonly body: Record<string, unknown>;
}

/** As a gateway hashes them, under a key of the test. */
export function hashPan(pan: string): Buffer {
  return createHmac('sha256', 'key of the test').update(pan).digest();
}

/** @param api what else it stands on
 *  @param more people beside the one of each role, who is called as the role is */
export async function openOperators(
  pool: pg.Pool,
  now: number,
  more: Readonly<Record<string, readonly Role[]>> = {},
  papers?: Papers,
  api: Partial<ApiOptions> = {},
): Promise<Operators> {
  const people = testPeople(pool, { now: () => now });
  const options = {
    people: () => people,
    papers: () => papers,
    hashPan: () => hashPan,
    log: pino({ level: 'silent' }),
    ...api,
  };
  let asked = 0;
  const http = createHttp({
    registry: new Registry(),
    // A machine that is quick enough would ask more than an address may: here it asks every 10 ms.
    clock: { monotonic: () => (asked += 10) },
    notReady: () => Promise.resolve([]),
    api: options,
  });
  const actors: Record<string, Actor & { id: string }> = {};
  const tokens: Record<string, string> = {};
  for (const [name, roles] of [...ROLES.map((role) => [role, [role]] as const), ...Object.entries(more)]) {
    actors[name] = await addActor(pool, `one-${name}`, roles); // the names of roles are words of the system
    tokens[name] = await loginToken(pool, actors[name], now);
  }
  async function call(who: string, method: string, path: string, { body, etag, headers }: Sent = {}): Promise<Answer> {
    const sent = {
      method,
      url: `/api/v1${path}`,
      headers: {
        authorization: `Bearer ${tokens[who] ?? ''}`,
        ...(etag === undefined ? {} : { 'if-match': etag }),
        ...(Buffer.isBuffer(body) ? { 'content-type': 'application/octet-stream' } : {}),
        ...headers,
      },
      ...(body === undefined ? {} : { payload: body }),
    };
    const response = await http.inject(sent as InjectOptions);
    return {
      status: response.statusCode,
      etag: String(response.headers['etag']),
      headers: response.headers,
      bytes: response.rawPayload,
      body: /json(;|$)/.test(String(response.headers['content-type'])) ? response.json() : {},
    };
  }
  let keys = 0;
  async function once(who: string, method: string, path: string, request: Sent & { body: object }): Promise<Answer> {
    const headers = { ...request.headers, 'idempotency-key': `key-${++keys}` };
    const first = await call(who, method, path, { ...request, headers });
    if (first.status >= 400) return first;
    const again = await call(who, method, path, { ...request, headers });
    expect([again.status, again.etag, again.body]).toEqual([first.status, first.etag, first.body]);
    expect(again.headers['idempotency-replayed']).toBe('true');
    const other = await call(who, method, `${path}?another=1`, { ...request, headers });
    expect([other.status, other.body['code']]).toEqual([422, 'api.key-reused']);
    return first;
  }
  return { http, actors, call, once };
}
