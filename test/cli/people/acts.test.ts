import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Command } from 'commander';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type pg from 'pg';
import { commandsFor } from '../../../src/cli/main.ts';
import { ACTS } from '../../../src/cli/people/acts.ts';
import { openPool } from '../../../src/ops/database.ts';
import type { EmbeddedPostgres } from '../../../src/demo/machine/postgres.ts';
import type { Actor, Role } from '../../../src/people/index.ts';
import { addActor, loginToken } from '../../support/people.ts';
import { gatewayLogin, temporaryPostgres } from '../../support/postgres.ts';
import { runCommand, type CommandResult } from '../../support/system.ts';

let server: EmbeddedPostgres;
let owner: pg.Pool;
let environment: Record<string, string>;
beforeAll(async () => {
  server = await temporaryPostgres();
  owner = openPool(server.url, 2);
  owner.on('error', () => undefined);
  const folder = mkdtempSync(join(tmpdir(), 'kalabarg-acts-'));
  environment = {
    PATH: process.env['PATH'] ?? '',
    HOME: folder,
    KALABARG_DATA: join(folder, 'data'),
    DATABASE_URL: await gatewayLogin(server.url),
    KALABARG_OWNER_DATABASE_URL: server.url,
  };
  await owner.query(
    `insert into breaks (class, psp, settlement_date, merchant_id, terminal_id, rrn, rials, detail, source, raised_at)
     select 'ONLY_ACQUIRER', 'PSP', '2026-11-23', '000000000000001', '10000001', '1', 5, 'x', 'source ' || n, now()
       from generate_series(1, 3) n`,
  );
});
afterAll(async () => {
  await owner.end();
  await server.stop();
});

const run = (command: string, more: Readonly<Record<string, string>> = {}): Promise<CommandResult> =>
  runCommand(command.split(' '), { ...environment, ...more });

const resolve = 'reconcile resolve 1 --post none --reason slip';

describe('before and after there are people, in one order', () => {
  const signedIn: Record<string, { KALABARG_TOKEN: string }> = {};
  const add = async (login: string, roles: readonly Role[]): Promise<Actor & { id: string }> => {
    const actor = await addActor(owner, login, roles);
    signedIn[login] = { KALABARG_TOKEN: await loginToken(owner, actor) };
    return actor;
  };

  test('names are typed where there are no people, and are not made up', async () => {
    for (const command of ['settle', resolve, 'calendar close 2026-12-01 --reason heat']) {
      const refused = await run(command);
      expect([command, refused.status, refused.stdout]).toEqual([command, 1, '']);
      expect(refused.stderr).toContain('kalabarg people add --as-owner');
    }
    expect((await run('settle')).stderr).toContain('--maker <name> and --checker <name>');
    expect((await run(`${resolve} --by maryam`)).status).toBe(0);
    expect((await run('reconcile approve 1 --by maryam')).stderr).toContain('another person must approve it');
    expect((await run('reconcile approve 1 --by babak')).status).toBe(0);
  });

  test('once there is a person, nobody acts by a name that was typed', async () => {
    await add('zahra', ['maker', 'checker']);
    for (const command of [
      resolve,
      `${resolve} --by maryam`,
      'settle',
      'credit load nothing.csv',
      'keys rotate --by x',
    ]) {
      const refused = await run(command);
      expect([command, refused.status, refused.stdout]).toEqual([command, 1, '']);
      expect(refused.stderr).toContain('Sign in with kalabarg login');
    }
    const typed = await run(`reconcile resolve 2 --post none --reason slip --by babak`, signedIn['zahra']);
    expect(typed.stderr).toContain('zahra is signed in, and acts: leave --by out');
    expect((await run('settle --checker babak', signedIn['zahra'])).stderr).toContain('leave --checker out');
  });

  test('one person proposes and another approves, whatever roles they have, and both stand in the books', async () => {
    await add('reza', ['checker']);
    expect((await run('reconcile resolve 2 --post none --reason slip', signedIn['zahra'])).status).toBe(0);
    const same = await run('reconcile approve 2', signedIn['zahra']);
    expect(same).toMatchObject({ status: 1 });
    expect(same.stderr).toContain('zahra proposed how to end break 2');
    expect((await run('reconcile approve 2', signedIn['reza'])).status).toBe(0);
    const { rows } = await owner.query('select proposed_by, approved_by from breaks where break_id = 2');
    expect(rows).toEqual([{ proposed_by: 'zahra', approved_by: 'reza' }]);
  });

  test('who has not the role may not, and that stands in the audit', async () => {
    const refused = await run('reconcile resolve 3 --post none --reason slip', signedIn['reza']);
    expect(refused.stderr).toContain('reza may not money:make: that needs the role maker');
    expect((await run('terminals unblock 10000001 --note x', signedIn['reza'])).stderr).toContain('role engineer');
    const { rows } = await owner.query(`select actor, object from audit where act = 'permission.refused' order by seq`);
    expect(rows).toEqual([
      { actor: 'reza', object: 'permission:money:make' },
      { actor: 'reza', object: 'permission:terminals:change' },
    ]);
  });

  test('an approval wants a sign-in of the last quarter of an hour', async () => {
    await run('reconcile resolve 3 --post none --reason slip', signedIn['zahra']);
    const { rows } = await owner.query<{ id: string }>(
      `select person_id::text as id from persons where login = 'reza'`,
    );
    const old = await loginToken(owner, { id: rows[0]?.id ?? '', name: 'reza' }, Date.now() - 16 * 60_000);
    const refused = await run('reconcile approve 3', { KALABARG_TOKEN: old });
    expect(refused.stderr).toContain('within the last 15 minutes');
    expect((await run('reconcile approve 3', signedIn['reza'])).status).toBe(0);
  });

  test('who only looks needs no sign-in', async () => {
    expect((await run('reconcile breaks --all')).status).toBe(0);
    expect((await run('settlement unblock')).status).toBe(0);
    expect((await run('settlement leftovers')).status).toBe(0);
    expect((await run('calendar show')).status).toBe(0);
  });
});

test('every act is a command, and every command that keeps a name is an act', async () => {
  const paths = new Map<string, Command>();
  const walk = (command: Command, path: string): void => {
    paths.set(path, command);
    for (const each of command.commands) walk(each, `${path} ${each.name()}`.trim());
  };
  walk(await commandsFor(), '');
  expect(Object.keys(ACTS).filter((path) => !paths.has(path))).toEqual([]);
  const named = [...paths].filter(([path, { options }]) => path !== 'audit list' && options.some(({ long }) => ['--by', '--maker', '--checker', '--actor'].includes(long ?? ''))); // prettier-ignore
  expect(named.map(([path]) => path).filter((path) => !(path in ACTS))).toEqual([]);
});
