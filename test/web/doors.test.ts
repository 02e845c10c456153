import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { InjectOptions } from 'fastify';
import { permissionsOf, ROLES, type Role } from '../../src/people/roles.ts';
import { addActor, loginToken } from '../support/people.ts';
import { openTestConsole, type TestConsole } from './support/console.ts';

/** Of each changing route with a permission: whoever has it comes as far as what they sent, whoever lacks it does not. */

interface Door {
  readonly path: string;
  readonly method: string;
  readonly permission: string;
}

/** Names of things that there are not. */
const NAMES: Readonly<Record<string, string>> = {
  merchant: '9'.repeat(15),
  terminal: '99999999',
  date: '2020-01-01',
  sha256: '0'.repeat(64),
  file: 'none.jsonl',
  code: 'sheba',
};

let console: TestConsole;
let doors: readonly Door[];
beforeAll(async () => {
  console = await openTestConsole();
  const description = await console.http.inject('/api/v1/openapi.json');
  const { paths } = description.json<{ paths: Record<string, Record<string, { 'x-permission'?: string }>> }>();
  doors = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).flatMap(([method, { 'x-permission': permission }]) =>
      permission === undefined || method === 'get' ? [] : [{ path, method, permission }],
    ),
  );
});
afterAll(() => console.close());

test('there are doors to try', () => {
  expect(doors.length).toBeGreaterThan(90);
});

test.each(ROLES)('the doors that the table of roles gives to %s are open to it, and no other', async (role: Role) => {
  const person = await addActor(console.pool, `one-${role}`, [role]);
  const authorization = `Bearer ${await loginToken(console.pool, { id: person.id, name: `one-${role}` })}`;
  const wrong: string[] = [];
  for (const { path, method, permission } of doors) {
    const url = path.replace(/\{(\w+)\}/g, (_, name: string) => NAMES[name] ?? '999999');
    const sent = { method, url, headers: { authorization }, payload: { 'not/there': 1 } };
    const answer = await console.http.inject(sent as InjectOptions);
    const closed = answer.statusCode === 403 && answer.json<{ code: string }>().code === 'people.permission';
    if (closed === (permissionsOf([role]) as readonly string[]).includes(permission))
      wrong.push(`${method} ${path}: ${answer.statusCode}`);
  }
  expect(wrong).toEqual([]);
});
