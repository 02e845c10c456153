import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type pg from 'pg';
import type { EmbeddedPostgres } from '../../src/demo/machine/postgres.ts';
import { openPool } from '../../src/ops/database.ts';
import { loadOnlineKeys, renewOnline } from '../../src/updates/repository/index.ts';
import { addActor, loginToken } from '../support/people.ts';
import { kalabarg } from '../support/command.ts';
import { temporaryPostgres } from '../support/postgres.ts';

/** docs/updates.md from its first command to its last, with offline keys in files and two persons. */

let server: EmbeddedPostgres;
let owner: pg.Pool;
let folder: string;
const tokens: Record<string, string> = {};
const environment = { ...process.env };
const file = (name: string) => join(folder, name);

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kalabarg-operator-'));
  server = await temporaryPostgres();
  owner = openPool(server.url, 2);
  owner.on('error', () => undefined);
  await owner.query(
    `insert into merchants (merchant_id, name, guild, sheba, status) values ('000000000000001', 'x', 'dairy', 'IR380170000000100000000001', 'approved');
     insert into terminals (terminal_id, merchant_id) values ('10000001', '000000000000001');
     insert into goods (code, category, name_fa, unit, price_cap_rials, valid_from) values ('6260000000001', '01', 'برنج', '01', 900000, '2026-01-01')`,
  );
  for (const [login, role] of [
    ['ali', 'engineer'],
    ['sara', 'checker'],
  ] as const)
    tokens[login] = await loginToken(owner, await addActor(owner, login, [role]));
  Object.assign(process.env, {
    DATABASE_URL: server.url,
    KALABARG_DATA: join(folder, 'data'),
    XDG_CONFIG_HOME: folder,
  });
  writeFileSync(file('passphrase'), 'twelve lanterns in the rain\n');
});
afterAll(async () => {
  for (const name of Object.keys(process.env))
    if (environment[name] === undefined) Reflect.deleteProperty(process.env, name);
  await owner.end();
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** @returns what it says as JSON */
async function as(
  who: 'ali' | 'sara' | 'nobody',
  command: string,
  group = ['updates'],
): Promise<Record<string, unknown>> {
  process.env['KALABARG_TOKEN'] = tokens[who] ?? '';
  const words = [
    ...group,
    ...command.split(' ').map((word) => (word.startsWith('@') ? file(word.slice(1)) : word.replaceAll('_', ' '))),
  ];
  const { out, errors, status } = await kalabarg(...words, '--json');
  if (status !== 0) return { failed: errors || out };
  return JSON.parse(out) as Record<string, unknown>;
}

test('keys are made by their holders, and the first metadata is signed and published', async () => {
  for (const [name, role] of [
    ['root1', 'root'],
    ['root2', 'root'],
    ['root3', 'root'],
    ['targets', 'targets'],
    ['menu', 'menu'],
    ['goods', 'goods'],
  ] as const)
    expect(
      await as('nobody', `key --role ${role} --out @${name}.key --public @${name}.pub --passphrase-file @passphrase`),
    ).toMatchObject({ role });
  expect(await as('nobody', 'online --public @online.pub')).toMatchObject({ director: expect.any(String) });
  expect(await as('nobody', 'online --public @online.pub')).toMatchObject({
    failed: expect.stringContaining('there already'),
  });
  await as(
    'nobody',
    'init --root @root1.pub --root @root2.pub --root @root3.pub --targets @targets.pub --line @menu.pub --line @goods.pub --online @online.pub --out @first',
  );
  for (const key of ['root1', 'root3', 'targets', 'menu', 'goods'])
    expect(
      await as('nobody', `sign --bundle @first --key @${key}.key --passphrase-file @passphrase --yes --out @first`),
    ).toHaveProperty('keyid');
  expect(await as('nobody', 'publish --bundle @first')).toMatchObject({ failed: expect.stringContaining('login') });
  expect(await as('sara', 'publish --bundle @first')).toMatchObject({
    failed: expect.stringContaining('updates:make'),
  });
  expect(await as('ali', 'publish --bundle @first')).toMatchObject({
    timestamp: 1,
    roles: ['root 1', 'targets 1', 'menu 1', 'goods 1'],
  });
  const keys = loadOnlineKeys(join(folder, 'data'));
  expect(keys && (await renewOnline(owner, keys, Date.now() + 60_000))).toBeUndefined(); // nothing has changed, nothing is old
}, 60_000);

test('a menu and a list of goods are staged, approved by another, signed and published', async () => {
  expect(await as('ali', 'stage --component menu --profile native --fa منوی_تازه --en A_new_menu')).toMatchObject({
    id: '1',
    path: 'menu/native-1.json',
  });
  expect(await as('ali', 'stage --component goods --fa کالا --en Goods')).toMatchObject({
    id: '2',
    path: 'goods/all-1.json',
  });
  expect(await as('ali', 'stage --component goods --fa کالا --en Goods')).toMatchObject({
    failed: expect.stringContaining('same content'),
  });
  expect(await as('sara', 'approve 1')).toMatchObject({ state: 'approved', approvedBy: 'sara' });
  expect(await as('sara', 'approve 2')).toMatchObject({ state: 'approved' });
  expect(await as('ali', 'bundle --out @second')).toMatchObject({
    changes: expect.arrayContaining([expect.stringContaining('new: menu/native-1.json')]),
  });
  expect(await as('ali', 'publish --bundle @second')).toMatchObject({ failed: expect.stringContaining('not signed') });
  await as('nobody', 'sign --bundle @second --key @menu.key --passphrase-file @passphrase --yes --out @second');
  await as('nobody', 'sign --bundle @second --key @goods.key --passphrase-file @passphrase --yes --out @second');
  expect(await as('ali', 'publish --bundle @second')).toMatchObject({
    releases: ['goods/all-1.json', 'menu/native-1.json'],
    timestamp: 2,
  });
  expect(await as('ali', 'bundle --out @third')).toMatchObject({ failed: expect.stringContaining('Nothing waits') });
}, 60_000);

test('it is rolled out by two, stopped by one, and ended', async () => {
  expect(await as('ali', 'rollout propose 1 --own 10000001')).toMatchObject({ id: '1', state: 'proposed' });
  expect(await as('sara', 'rollout release 1')).toMatchObject({ state: 'running', step: 0 });
  expect(await as('ali', 'rollout show 1')).toMatchObject({
    facts: { devices: { unknown: 1 } },
    verdict: { kind: 'wait' },
  });
  expect(await as('sara', 'halt 1 --reason it_smokes')).toMatchObject({
    state: 'halted',
    haltedBy: 'sara',
    haltReason: 'it smokes',
  });
  writeFileSync(file('plan'), JSON.stringify({ own: ['10000001'] }));
  expect(await as('ali', 'rollout propose 1 --plan @plan')).toMatchObject({ state: 'proposed' });
  expect(await as('sara', 'rollout release 1')).toMatchObject({ state: 'running' });
  expect(await as('ali', 'rollout end 1')).toMatchObject({ state: 'ended' });
  expect(await as('ali', 'withdraw 2')).toMatchObject({ state: 'withdrawn' });
  const status = await as('nobody', 'status');
  expect(status).toMatchObject({
    rollouts: [{ rollout: { state: 'ended' } }],
    releases: [{ state: 'withdrawn' }, { state: 'published' }],
  });
  process.env['KALABARG_TOKEN'] = '';
  expect((await kalabarg('updates', 'status')).out).toMatch(/menu 2 until[^]*rollout 1: menu\/native-1.json, ended/);
  expect((await kalabarg('updates', 'replacements')).out).toBe('every device can be updated');
}, 60_000);

test('people freeze, list and thaw', async () => {
  expect(await as('nobody', 'freeze --until 2026-12-01 --reason x')).toMatchObject({
    failed: expect.stringContaining('login'),
  });
  expect(await as('ali', 'freeze --until tomorrow --reason x')).toMatchObject({
    failed: expect.stringContaining('--until tomorrow'),
  });
  expect(await as('ali', 'freeze --until 2020-01-01 --reason x')).toMatchObject({
    failed: expect.stringContaining('not after it begins'),
  });
  const until = new Date(Date.now() + 86_400_000).toISOString();
  expect(await as('ali', `freeze --until ${until} --reason the_bank_moves`)).toMatchObject({
    id: '1',
    state: 'now',
    madeBy: 'ali',
  });
  process.env['KALABARG_TOKEN'] = '';
  expect((await kalabarg('updates', 'freezes')).out).toMatch(/^freeze 1 holds now: .*, ali: the bank moves$/);
  expect(await as('sara', 'unfreeze x')).toMatchObject({ failed: expect.stringContaining('updates freezes') });
  expect(await as('sara', 'unfreeze 1')).toMatchObject({ state: 'ended' });
  expect(await as('sara', 'unfreeze 1')).toMatchObject({ failed: expect.stringContaining('over already') });
}, 60_000);

test('a minimum version is proposed, approved by another, exempted from, seen and ended', async () => {
  const minimum = (who: 'ali' | 'sara' | 'nobody', command: string) => as(who, command, ['terminals', 'minimum']);
  const from = new Date(Date.now() + 60 * 86_400_000).toISOString().slice(0, 10);
  const wanted = `propose 1 --from ${from} --reason a_hole`;
  expect(await minimum('nobody', wanted)).toMatchObject({ failed: expect.stringContaining('login') });
  expect(await minimum('ali', `propose 1 --from 2026-02-30 --reason x`)).toMatchObject({ failed: expect.stringContaining('--from') }); // prettier-ignore
  expect(await minimum('ali', wanted)).toMatchObject({ id: '1', state: 'proposed', path: 'menu/native-1.json' });
  expect(await minimum('sara', 'approve 1')).toMatchObject({ failed: expect.stringContaining('no rollout') });
  await owner.query(`update update_rollouts set state = 'done'`);
  expect(await minimum('sara', 'approve 1')).toMatchObject({ state: 'notice', approvedBy: 'sara' });
  await owner.query(
    `insert into update_devices (terminal_id, components) values ('10000001', '{"menu": {"releaseCounter": 0, "sha256": "x"}}')`,
  );
  expect(await minimum('sara', `exempt --terminal 10000001 --until ${from} --reason soon`)).toMatchObject({ id: '1', state: 'holds' }); // prettier-ignore
  expect(await minimum('nobody', 'show 1 --terminals')).toMatchObject({
    terminals: { exempt: 1, told: 0 },
    below: [{ terminal: '10000001', standing: 'exempt', has: 0 }],
  });
  expect(await minimum('nobody', 'show 1 --terminals dead')).toMatchObject({ failed: expect.stringContaining('told, refused') }); // prettier-ignore
  process.env['KALABARG_TOKEN'] = '';
  const said = async (...words: string[]) => (await kalabarg('terminals', 'minimum', ...words)).out;
  expect(await said()).toMatch(
    /^minimum 1 is told: menu\/native-1.json \(1\), from .*30 days of notice; ali, sara: a hole$/,
  );
  expect(await said('show', '1')).toContain('1 are below and exempt');
  expect(await said('exemptions')).toMatch(
    /^exemption 1 holds until .*: terminal 10000001, of every minimum; sara: soon$/,
  );
  expect(await minimum('sara', 'unexempt 1 --reason it_came')).toMatchObject({ state: 'ended' });
  expect(await minimum('sara', 'end 1 --reason it_was_wrong')).toMatchObject({ state: 'ended', endedBy: 'sara' });
  await owner.query(`update update_rollouts set state = 'ended'; delete from update_devices`);
}, 60_000);

test('a stolen key is replaced', async () => {
  await as('nobody', 'key --role menu --out @menu2.key --public @menu2.pub --passphrase-file @passphrase');
  const { keyid } = JSON.parse(readFileSync(file('menu.pub'), 'utf8')) as { keyid: string };
  expect(await as('ali', `rekey --role menu --remove ${keyid} --add @menu2.pub --out @rekey`)).toHaveProperty(
    'changes',
  );
  for (const key of ['targets', 'menu2'])
    await as('nobody', `sign --bundle @rekey --key @${key}.key --passphrase-file @passphrase --yes --out @rekey`);
  expect(await as('ali', 'publish --bundle @rekey')).toMatchObject({ roles: ['targets 2', 'menu 3'] });
  expect(await as('ali', 'bundle --renew --out @renewed')).toHaveProperty('changes');
  expect(
    await as('nobody', 'sign --bundle @renewed --key @menu.key --passphrase-file @passphrase --yes --out @renewed'),
  ).toMatchObject({ failed: expect.stringContaining('signs nothing') });
  expect(await as('ali', 'bundle --renew-root --out @root')).toMatchObject({
    changes: [expect.stringMatching(/^root 2/)],
  });
}, 60_000);

test('stolen online keys are replaced by a new root', async () => {
  renameSync(file('data/secrets/update-online-keys.json'), file('stolen'));
  await as('nobody', 'online --public @online2.pub');
  expect(await as('ali', 'rekey --online @online2.pub --role menu --out @online')).toHaveProperty('failed');
  expect(await as('ali', 'rekey --online @online2.pub --out @online')).toHaveProperty('changes');
  for (const key of ['root1', 'root2'])
    await as('nobody', `sign --bundle @online --key @${key}.key --passphrase-file @passphrase --yes --out @online`);
  expect(await as('ali', 'publish --bundle @online')).toMatchObject({ roles: ['root 2'], timestamp: 4 });
  rmSync(file('data/secrets/update-online-keys.json'));
  renameSync(file('stolen'), file('data/secrets/update-online-keys.json'));
  await as('ali', 'bundle --renew --out @renewed');
  for (const key of ['targets', 'menu2', 'goods'])
    await as('nobody', `sign --bundle @renewed --key @${key}.key --passphrase-file @passphrase --yes --out @renewed`);
  expect(await as('ali', 'publish --bundle @renewed')).toMatchObject({
    failed: expect.stringContaining('not one that the root names'),
  });
}, 60_000);
