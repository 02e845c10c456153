import { describe, expect, test } from '@jest/globals';
import { PROBLEMS } from '../../../../src/console/api/problem-codes.ts';
import { ROLES, type Role } from '../../../../src/people/index.ts';
import type { Operators } from './operators.ts';

/** What every route keeps (people.md 3), tried on a table of routes: whom it answers, and how it refuses. */
export interface Route {
  /** `METHOD /path`, with `:name` for the ids of the test's own things. */
  readonly route: string;
  readonly roles: readonly Role[];
  /** A body that it would take; left out: it reads. */
  readonly body?: Readonly<Record<string, unknown>>;
  /** It wants If-Match. */
  readonly versioned?: true;
  /** Of a list or a table: there is nothing to be unknown. */
  readonly whole?: true;
}

const UNKNOWN: Readonly<Record<string, string>> = {
  merchant: '999999999999999',
  terminal: '99999999',
  date: '2020-01-01',
  cleared: '2020-01-01',
};

/** @param ids what each `:name` is, once the world stands */
export function keepsContract(
  routes: readonly Route[],
  world: () => Operators,
  ids: () => Record<string, string>,
): void {
  const rows = routes.map((each) => [each.route, each] as const);
  const split = (route: string, which: (name: string) => string): [method: string, path: string] => {
    const [method = '', path = ''] = route.split(' ');
    return [method, path.replace(/:(\w+)/g, (_, name: string) => which(name))];
  };
  const real = (route: string): [string, string] => split(route, (name) => ids()[name] ?? UNKNOWN[name] ?? '999999999');
  const versionOf = (versioned: true | undefined) => (versioned === true ? { etag: '"1"' } : {});

  describe('every route', () => {
    test.each(rows)('%s answers its roles, and nobody else', async (route, { roles, body }) => {
      const [method, path] = real(route);
      for (const role of ROLES) {
        const sent = body === undefined ? {} : { body: { 'not/there': 1 } };
        const answer = await world().call(role, method, path, sent);
        if (!roles.includes(role)) {
          expect([role, answer.status, answer.body['code']]).toEqual([role, 403, 'people.permission']);
        } else if (body === undefined) {
          expect([role, answer.status]).toEqual([role, 200]);
        } else {
          expect([role, answer.status]).toEqual([role, 400]);
          expect(answer.body['errors']).toContainEqual({ pointer: '/not~1there', detail: 'must NOT have additional properties' }); // prettier-ignore
        }
      }
    });

    const taking = rows.flatMap(([route, each]) =>
      Object.keys(each.body ?? {}).map((field) => [route, field, each] as const),
    );
    const broken: readonly (readonly [string, unknown])[] = [
      ['of no type', null],
      ['with a NUL', 'ten letters\u0000 and more'],
      ['with half a character', 'ten letters\ud800 and more'],
      ['with a mark that turns the line', 'ten letters\u202e and more'],
    ];
    if (taking.length > 0)
      test.each(taking)(
        '%s says where %s is wrong, in both languages',
        async (route, field, { roles, body, versioned }) => {
          const [method, path] = real(route);
          for (const [how, value] of broken) {
            const sent = { body: { ...body, [field]: value }, ...versionOf(versioned) };
            for (const language of ['en', 'fa'] as const) {
              const answer = await world().call(roles[0] ?? '', method, path, { ...sent, headers: { 'accept-language': language } }); // prettier-ignore
              expect([how, answer.status, answer.body['code']]).toEqual([how, 400, 'api.invalid']);
              expect(answer.headers).toMatchObject({ 'content-language': language, 'content-type': expect.stringMatching(/^application\/problem\+json/) as unknown }); // prettier-ignore
              const errors = answer.body['errors'] as { pointer: string; detail: string }[];
              expect(errors.map(({ pointer }) => pointer)).toContain(`/${field}`);
              for (const { detail } of errors)
                expect(detail).toMatch(language === 'fa' ? /^[^a-z]*[آ-ی][^a-z]*$/i : /^[^آ-ی]+$/);
            }
          }
        },
      );

    const versioned = rows.filter(([, each]) => each.versioned === true);
    if (versioned.length > 0)
      test.each(versioned)('%s wants the version that was read', async (route, { roles, body }) => {
        const [method, path] = real(route);
        const send = (etag?: string) =>
          world().call(roles[0] ?? '', method, path, { body: body ?? {}, ...(etag === undefined ? {} : { etag }) });
        expect(await send()).toMatchObject({ status: 428, body: { code: 'api.no-version' } });
        for (const etag of ['"0"', '"999999999"', 'W/"1"', '*', '1', '"1", "2"'])
          expect([etag, (await send(etag)).body['code']]).toEqual([etag, 'api.stale']);
      });

    const named = rows.filter(([route, each]) => route.includes(':') && each.whole !== true);
    if (named.length > 0)
      test.each(named)('%s knows nothing of what is not there', async (route, { roles, body, versioned: wants }) => {
        const [method, path] = split(route, (name) => UNKNOWN[name] ?? '999999999');
        const sent = { ...(body === undefined ? {} : { body }), ...versionOf(wants) };
        const answer = await world().call(roles[0] ?? '', method, path, sent);
        expect([answer.status, answer.body['code']]).toEqual([404, expect.stringMatching(/unknown$/)]);
        expect(PROBLEMS).toHaveProperty([String(answer.body['code'])]);
      });
  });
}
