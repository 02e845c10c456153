import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { systemClock } from '../../../../src/ops/clock.ts';
import { transaction } from '../../../../src/ops/database.ts';
import type { Component } from '../../../../src/updates/format/index.ts';
import {
  approveRelease,
  bundleOf,
  goodsOf,
  proposeRollout,
  publishBundle,
  releaseRollout,
  renewOnline,
  stageRelease,
  wholeMenu,
} from '../../../../src/updates/index.ts';
import { addActor } from '../../../support/people.ts';
import { startSystem, type CommandResult, type System } from '../../../support/system.ts';
import { ceremony, signWith, type Ceremony } from '../../../updates/support.ts';

/** Devices at the real gateway: one over HTTPS, one without it. */

const kalabarg = join(fileURLToPath(new URL('../../../..', import.meta.url)), 'bin', 'kalabarg.js');
const OVER_HTTPS = '10000001';
const BY_0800 = '10000002';
const SUBSIDISED = 'خرید یارانه‌ای / کالابرگ';

let system: System;
let owner: pg.Pool;
let keys: Ceremony;
let engineer: { id: string; name: string };
let checker: { id: string; name: string };

beforeAll(async () => {
  system = await startSystem();
  owner = new pg.Pool({ connectionString: system.databaseUrl(), max: 2 });
  owner.on('error', () => undefined);
  engineer = await addActor(owner, 'engineer-one', ['engineer']);
  checker = await addActor(owner, 'checker-two', ['checker']);
  keys = ceremony(system.data, Date.now());
  await publishBundle(owner, keys.bundle, keys.online, { actor: engineer }, Date.now());
  for (const terminal of [OVER_HTTPS, BY_0800]) device(terminal, {});
  device(BY_0800, { updates: 'wire' });
});
afterAll(async () => {
  await owner.end();
  await system.stop();
});

const folderOf = (terminal: string): string => join(system.data, `device-${terminal}`);

function device(terminal: string, more: Readonly<Record<string, string>>): void {
  mkdirSync(folderOf(terminal), { recursive: true });
  writeFileSync(join(folderOf(terminal), 'device.json'), JSON.stringify({ terminal, model: 'N-910', ...more }));
  writeFileSync(join(folderOf(terminal), 'root.json'), JSON.stringify(keys.bundle.root));
}

/** Stages, approves, signs, publishes and rolls out, each by whom it is to be. */
async function release(component: Component, content: Buffer): Promise<void> {
  const wanted = { component, profile: '*', content, textFa: 'تازه', textEn: 'new' };
  const { id } = await stageRelease(owner, wanted, { actor: engineer }, Date.now());
  await transaction(owner, (db) => approveRelease(db, id, { actor: checker }, Date.now()));
  const signed = signWith(await bundleOf(owner, { now: Date.now() }), ...Object.values(keys.offline));
  await publishBundle(owner, signed, keys.online, { actor: engineer }, Date.now());
  await transaction(owner, async (db) => {
    const plan = { own: [OVER_HTTPS, BY_0800] };
    const rollout = await proposeRollout(db, id, plan, { actor: engineer }, Date.now());
    await releaseRollout(db, rollout.id, { actor: checker }, Date.now());
  });
  await renewOnline(owner, keys.online, Date.now() + 5);
}

/** Until the gateway has read what was published. */
async function update(terminal: string, due: string): Promise<CommandResult> {
  for (let tries = 0; ; tries++) {
    const done = await simulated('update', '--device', folderOf(terminal), '--by-hand');
    if (done.stdout.includes(due) || tries === 8) return done;
    await systemClock.sleep(500);
  }
}

function simulated(...args: string[]): Promise<CommandResult> {
  return system.kalabarg('simulate', 'terminal', ...args);
}

function panel(terminal: string, lines: readonly string[]): Promise<string> {
  const args = [kalabarg, 'simulate', 'terminal', 'panel', '--device', folderOf(terminal)];
  const child = spawn(process.execPath, args, { env: { ...system.environment } });
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
  child.stdin.end(lines.map((line) => `${line}\n`).join(''));
  return new Promise((done) => {
    child.once('exit', () => {
      done(said.replace(/[\u2066\u2069]/g, '').replace(/ +/g, ' '));
    });
  });
}

test('a menu that had no subsidised purchase has one after an update, and it sells', async () => {
  const before = await panel(OVER_HTTPS, ['0']);
  expect(before).toContain('۱ خرید عادی');
  expect(before).not.toContain('یارانه');
  await release('menu', wholeMenu());
  const updated = await update(OVER_HTTPS, 'installed');
  expect([updated.stdout, updated.stderr, updated.status]).toEqual(['menu 1: installed, and it works\n', '', 0]);
  const after = await panel(OVER_HTTPS, ['1', '2500000', '7', '1234', '0']);
  expect(after).toContain(`۱ ${SUBSIDISED}`);
  expect(after).toContain('خرید کالابرگ تراکنش موفق');
  const [row] = await system.query<{ components: unknown }>(
    'select components from update_devices where terminal_id = $1',
    [OVER_HTTPS],
  );
  expect(row?.components).toMatchObject({ menu: { file: 'menu/all-1.json', releaseCounter: 1, slot: 'B' } });
});

test('a device without HTTPS gets the same by 0800, and the list of goods follows the books', async () => {
  await release('goods', await goodsOf(owner, Date.now()));
  const updated = await update(BY_0800, 'goods 1');
  expect(updated.stdout).toContain('menu 1: installed, and it works');
  expect(updated.stdout).toContain('goods 1: installed, and it works');
  await owner.query(
    `insert into goods (code, category, name_fa, valid_from) values ('6260000000017', '04', 'برنج هاشمی', '2020-03-20')`,
  );
  await release('goods', await goodsOf(owner, Date.now()));
  expect((await update(BY_0800, 'goods 2')).stdout).toContain('goods 2: installed, and it works');
  const said = await panel(BY_0800, ['1', '6260000000017', '1', '900000', '', '8', '1234', '0']);
  expect(said).toContain('برنج هاشمی × ۱ عدد ۹۰۰٬۰۰۰ ریال');
  const slots = await simulated('slots', folderOf(BY_0800), '--json');
  const shown = JSON.parse(slots.stdout) as { slots: { state: string }[]; unsentReports: number };
  expect([shown.slots.map(({ state }) => state), shown.unsentReports]).toEqual([['active', 'spare'], 0]);
});

test('updates of which everything ended never stop a purchase', async () => {
  const long = Date.now() - 2 * 365 * 86_400_000;
  const ended = ceremonyRoot(long);
  const folder = folderOf('10000003');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'device.json'), JSON.stringify({ terminal: '10000003' }));
  writeFileSync(join(folder, 'root.json'), ended);
  const updated = await simulated('update', '--device', folder, '--by-hand');
  expect([updated.status, updated.stdout]).toEqual([2, expect.stringContaining('not safe')]);
  expect(await panel('10000003', ['1', '1000', '9', '1234', '0'])).toContain('خرید عادی تراکنش موفق');
  expect((await simulated('purchase', '--device', folder, '--amount', '1000')).status).toBe(0);
});

function ceremonyRoot(now: number): string {
  return JSON.stringify(ceremony(join(system.data, 'other'), now).bundle.root);
}
