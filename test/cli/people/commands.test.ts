import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { EmbeddedPostgres } from '../../../src/demo/machine/postgres.ts';
import { totpCode } from '../../../src/people/totp.ts';
import { gatewayLogin, temporaryPostgres } from '../../support/postgres.ts';
import { fromBase32 } from '../../support/people.ts';
import type { CommandResult } from '../../support/system.ts';

const command = fileURLToPath(new URL('../../../bin/kalabarg.js', import.meta.url));

let server: EmbeddedPostgres;
let environment: Record<string, string>;
beforeAll(async () => {
  server = await temporaryPostgres();
  const folder = mkdtempSync(join(tmpdir(), 'kalabarg-people-'));
  environment = {
    PATH: process.env['PATH'] ?? '',
    HOME: folder,
    KALABARG_DATA: join(folder, 'data'),
    DATABASE_URL: await gatewayLogin(server.url),
    KALABARG_OWNER_DATABASE_URL: server.url,
  };
});
afterAll(async () => {
  await server.stop();
});

/** Runs a command as a person at a pipe does: lines in, what is shown out. */
function kalabarg(args: readonly string[], lines: readonly string[] = [], more = {}): Promise<CommandResult> {
  return talk(args, (said, answer) => {
    if (said === '') answer(`${lines.join('\n')}\n`);
  }, more); // prettier-ignore
}

/** @param hear what was said so far; it answers when it knows what to say */
function talk(
  args: readonly string[],
  hear: (said: string, answer: (text: string) => void) => void,
  more: Readonly<Record<string, string>> = {},
): Promise<CommandResult> {
  return new Promise((done) => {
    const child = spawn(process.execPath, [command, ...args], { env: { ...environment, ...more } });
    let [stdout, stderr] = ['', ''];
    child.stdin.on('error', () => undefined); // it ended without asking
    const listen = (): void => {
      hear(stdout, (text) => child.stdin.write(text));
    };
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString();
      listen();
    });
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    child.on('close', (status) => {
      done({ status: status ?? 1, stdout, stderr });
    });
    listen();
  });
}

const PASSWORD = 'seven lanterns 99';
const setupCodeIn = (text: string): string => /([A-Z2-7]{4}-){4}[A-Z2-7]{4}/.exec(text)?.[0] ?? '';
const add = [
  'people',
  'add',
  'maryam',
  '--name-fa',
  'مریم',
  '--name-en',
  'Maryam',
  '--role',
  'admin',
  'auditor',
  'maker',
];

describe('from an empty table to the first admin, in one order', () => {
  let setupCode: string;
  let secret: Buffer;
  let head: string;

  test('nobody adds people without being signed in, and the message says what to do', async () => {
    const refused = await kalabarg(add);
    expect(refused).toMatchObject({ status: 1, stdout: '' });
    expect(refused.stderr).toContain('kalabarg login');
    expect(refused.stderr).toContain('--as-owner');
    expect((await kalabarg(['whoami'])).stderr).toContain('Nobody is signed in');
  });

  test('a role that does not own the tables is no owner', async () => {
    const gateway = { KALABARG_OWNER_DATABASE_URL: environment['DATABASE_URL'] ?? '' };
    const refused = await kalabarg([...add, '--as-owner'], [], gateway);
    expect(refused).toMatchObject({ status: 1, stdout: '' });
    expect(refused.stderr).toContain('gateway_1 does not own the tables');
  });

  test('the owner of the database makes the first admin', async () => {
    const added = await kalabarg([...add, '--as-owner', '--reason', 'the first']);
    expect(added).toMatchObject({ status: 0, stderr: '' });
    setupCode = setupCodeIn(added.stdout);
    expect(setupCode).not.toBe('');
  });

  test('she sets up with the code; password, codes and secret are never echoed', async () => {
    let step = 0;
    const result = await talk(['login', '--setup'], (said, answer) => {
      if (step === 0) answer(`maryam\n${setupCode}\n`);
      else if (step === 1 && said.includes('otpauth://')) {
        secret = fromBase32(/secret=([A-Z2-7]+)/.exec(said)?.[1] ?? '');
        answer(`${PASSWORD}\n${PASSWORD}\n${totpCode(secret, Math.floor(Date.now() / 30_000))}\n`);
      } else return;
      step++;
    });
    expect(result).toMatchObject({ status: 0, stderr: '' });
    expect(result.stdout).toContain('maryam is set up');
    expect(result.stdout.match(/([A-Z2-7]{4}-){4}[A-Z2-7]{4}/g)).toHaveLength(10);
    for (const hidden of [PASSWORD, setupCode]) expect(result.stdout).not.toContain(hidden);
  });

  test('she signs in: a token for twelve hours in a file that only she can read', async () => {
    const next = totpCode(secret, Math.floor(Date.now() / 30_000) + 1); // the one of now is used up
    const result = await kalabarg(['login'], ['maryam', PASSWORD, next]);
    expect(result).toMatchObject({ status: 0, stderr: '' });
    expect(result.stdout).not.toContain(PASSWORD);
    const file = join(environment['HOME'] ?? '', '.config', 'kalabarg', 'logins.json');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readFileSync(file, 'utf8')).toMatch(/kbl_[\w-]{43}/);
    expect((await kalabarg(['whoami'])).stdout).toMatch(/^maryam \(admin, auditor, maker\), by login until /);
    expect(JSON.parse((await kalabarg(['whoami', '--json'])).stdout)).toMatchObject({ login: 'maryam', fresh: true });
  });

  test('a wrong password is refused, and nothing is kept of it', async () => {
    const refused = await kalabarg(['login'], ['maryam', 'not this one 77', '000000']);
    expect(refused.status).toBe(1);
    expect(refused.stderr).toContain('Name, password or code are not right');
    expect((await kalabarg(['whoami'])).status).toBe(0); // who was signed in still is
  });

  test('an admin adds people, changes their roles, disables, enables and resets them', async () => {
    const added = await kalabarg([
      'people',
      'add',
      'babak',
      '--name-fa',
      'بابک',
      '--name-en',
      'Babak',
      '--role',
      'checker',
    ]);
    expect(setupCodeIn(added.stdout)).not.toBe('');
    expect((await kalabarg(['people', 'roles', 'babak', 'checker', 'keeper'])).stdout).toBe(
      'babak: invited; checker, keeper\n',
    );
    expect((await kalabarg(['people', 'roles', 'babak', 'king'])).stderr).toContain('"king" is not a role');
    expect((await kalabarg(['people', 'enable', 'babak'])).stderr).toContain('has not set up');
    expect((await kalabarg(['people', 'disable', 'babak', '--reason', 'left'])).stdout).toBe(
      'babak: disabled; checker, keeper\n',
    );
    expect((await kalabarg(['people', 'disable', 'maryam'])).stderr).toContain('the last admin');
    expect((await kalabarg(['people', 'reset', 'nobody'])).stderr).toContain(
      'There is no person with the login nobody',
    );
    const list = (await kalabarg(['people', 'list', '--json'])).stdout.trim().split('\n');
    expect(list.map((line) => JSON.parse(line) as object)).toMatchObject([
      { login: 'maryam', state: 'active' },
      { login: 'babak', state: 'disabled', roles: ['checker', 'keeper'] },
    ]);
  });

  test('a token of hers does what its scopes give, from KALABARG_TOKEN, until she takes it away', async () => {
    const made = await kalabarg(['token', 'make', 'audit', '--scope', 'audit:read', '--days', '7']);
    expect(made.stdout).toMatch(/^kbt_[\w-]{43}\n$/);
    const program = { KALABARG_TOKEN: made.stdout.trim(), HOME: '/nonexistent' };
    expect((await kalabarg(['audit', 'list', '--limit', '1', '--json'], [], program)).status).toBe(0);
    const refused = await kalabarg(['people', 'disable', 'babak'], [], program);
    expect(refused.stderr).toContain('may not people:change');
    expect((await kalabarg(['token', 'make', 'x', '--scope', 'people:change'])).stderr).toContain('No token gives');
    expect((await kalabarg(['config'], [], program)).stdout).not.toContain('kbt_');
    const id = /"id":"(\d+)","kind":"token"/.exec((await kalabarg(['token', 'list', '--json'])).stdout)?.[1] ?? '';
    expect((await kalabarg(['token', 'revoke', id])).status).toBe(0);
    expect((await kalabarg(['audit', 'list'], [], program)).stderr).toContain('KALABARG_TOKEN has ended');
  });

  test('all of it stands in the audit, whose chain is verified against a head that was kept', async () => {
    const rows = (await kalabarg(['audit', 'list', '--json', '--act', 'person'])).stdout.trim().split('\n');
    const acts = rows.map((line) => JSON.parse(line) as { act: string; actor: string; reason: string | null });
    expect(acts.map(({ act, actor }) => `${actor.split(' ')[0] ?? ''} ${act}`).reverse()).toEqual([
      'owner person.added',
      'maryam person.set-up',
      'maryam person.added',
      'maryam person.changed',
      'maryam person.changed',
    ]);
    expect(acts.at(-1)?.reason).toBe('the first');
    expect((await kalabarg(['audit', 'list', '--actor', 'maryam', '--act', 'permission'])).stdout).toContain(
      'people:change',
    );
    const verified = await kalabarg(['audit', 'verify']);
    expect(verified.stdout).toMatch(/^\d+ rows are as they were written; head \d+:[0-9a-f]{64}\n$/);
    head = /head (\S+)/.exec(verified.stdout)?.[1] ?? '';
    expect((await kalabarg(['audit', 'verify', '--known', head])).status).toBe(0);
    const other = await kalabarg(['audit', 'verify', '--known', `${head.split(':')[0] ?? ''}:${'0'.repeat(64)}`]);
    expect(other).toMatchObject({ status: 1 });
    expect(other.stdout).toContain('not the one that was known');
    expect((await kalabarg(['audit', 'verify', '--known', 'nonsense'])).stderr).toContain('give number:hash');
  });

  test('she signs out, and the token that was kept is worth nothing', async () => {
    const file = join(environment['HOME'] ?? '', '.config', 'kalabarg', 'logins.json');
    const token = /kbl_[\w-]{43}/.exec(readFileSync(file, 'utf8'))?.[0] ?? '';
    expect((await kalabarg(['logout'])).stdout).toBe('maryam is signed out.\n');
    expect((await kalabarg(['whoami'], [], { KALABARG_TOKEN: token })).stderr).toContain('KALABARG_TOKEN has ended');
    expect((await kalabarg(['logout'])).stdout).toBe('Nobody was signed in.\n');
  });
});
