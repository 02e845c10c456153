import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DEMO_TERMINALS, demoPan, terminalCertificate } from '../../src/demo/index.ts';
import { wrapKeyBlock } from '../../src/hsm/index.ts';
import { kalabarg as inProcess } from '../support/command.ts';
import { startSystem, type CommandResult, type System } from '../support/system.ts';

const kalabarg = join(fileURLToPath(new URL('../..', import.meta.url)), 'bin', 'kalabarg.js');
const TERMINAL = '10000008';
const TMK = DEMO_TERMINALS[0]!.tmk;
const TRANSPORT = Buffer.alloc(32, 7);

let system: System;
let folder: string;
beforeAll(async () => {
  system = await startSystem();
  folder = join(system.data, 'device');
  mkdirSync(folder);
  const files = terminalCertificate(system.data, TERMINAL);
  copyFileSync(files.cert, join(folder, 'mine.crt'));
  copyFileSync(files.key, join(folder, 'mine.key'));
  const header = { version: 'D', usage: 'K0', algorithm: 'T', mode: 'B', exportability: 'N' } as const;
  writeFileSync(join(folder, 'tmk.block'), wrapKeyBlock(header, TMK, TRANSPORT));
  secretFile('transport.key', TRANSPORT.toString('hex'));
  secretFile('card.json', JSON.stringify({ pan: demoPan(300), expiry: '2912', pin: '1234' }));
  secretFile('no-pin.json', JSON.stringify({ pan: demoPan(300), expiry: '2912' }));
  settings({});
  Object.assign(process.env, system.environment);
});
const environment = { ...process.env };
afterAll(() => {
  process.env = environment;
  return system.stop();
});

function secretFile(name: string, text: string): void {
  writeFileSync(join(folder, name), text, { mode: 0o600 });
}

function settings(more: Readonly<Record<string, string | undefined>>): void {
  const own = { cert: 'mine.crt', certKey: 'mine.key', keyBlock: 'tmk.block', transportKey: 'transport.key' };
  const device = {
    terminal: TERMINAL,
    merchant: '000000000000001',
    shop: 'بقالی مریم',
    card: 'card.json',
    ...own,
    ...more,
  };
  writeFileSync(join(folder, 'device.json'), JSON.stringify(device));
}

/** In this process, which is faster: nothing is sent before it is refused. */
async function refused(...args: string[]): Promise<{ status: number; stderr: string }> {
  const { errors, status } = await inProcess('simulate', 'terminal', ...args, '--device', folder);
  return { status, stderr: errors };
}

function terminal(...args: string[]): Promise<CommandResult> {
  return system.kalabarg('simulate', 'terminal', ...args, '--device', folder);
}

test('a device with its own files buys with its own card, and takes back what was approved, once', async () => {
  const bought = await terminal(
    'purchase',
    '--item',
    '3,2,900000',
    '--item',
    '6260000000017,1,400000',
    '--language',
    'fa',
  );
  expect([bought.stderr, bought.status]).toEqual(['', 0]);
  expect(bought.stdout).toContain('بقالی مریم\n');
  expect(bought.stdout).toMatch(/از اعتبار کالابرگ +۹۰۰٬۰۰۰ ریال\n +از کارت بانکی +۴۰۰٬۰۰۰ ریال/);
  const declined = await terminal('purchase', '--amount', '900000000000');
  expect(declined.status).toBe(2);
  const reversed = await terminal('reverse', '--json');
  expect(JSON.parse(reversed.stdout)).toMatchObject({ mti: '0410', rc: '00', totalRials: '1300000', mac: 'good' });
  const again = await terminal('reverse');
  expect([again.status, again.stderr]).toEqual([1, expect.stringContaining('has no approved purchase')]);
});

test('a PIN that its file does not hold is asked for, and not shown', async () => {
  const args = ['simulate', 'terminal', 'balance', '--device', folder, '--card', join(folder, 'no-pin.json')];
  const child = spawn(process.execPath, [kalabarg, ...args], { env: { ...system.environment } });
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
  child.stdin.end('1234\n');
  const status = await new Promise((done) => child.once('exit', done));
  expect(status).toBe(0);
  expect(said).toMatch(/PIN: [^]*balance of the account +50,000,000 IRR/);
  expect(said).not.toContain('1234');
});

test('a master key that no file has is asked for', async () => {
  settings({ keyBlock: undefined, transportKey: undefined });
  const child = spawn(process.execPath, [kalabarg, 'simulate', 'terminal', 'echo', '--device', folder], { env: { ...system.environment } }); // prettier-ignore
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
  child.stdin.end(`${TMK.toString('hex')}\n`);
  await new Promise((done) => child.once('exit', done));
  settings({});
  expect(said).toContain('hexadecimal (not shown)');
  expect(said).toContain('echo: RC 00, MAC good');
});

test.each([
  ['transport.key', 'transport.key holds a secret'],
  ['mine.key', 'mine.key holds a secret'],
  ['card.json', 'card.json holds a secret'],
])('%s that others may read is refused, with what to do', async (name, said) => {
  chmodSync(join(folder, name), 0o640);
  const { stderr, status } = await refused('purchase', '--amount', '1000');
  chmodSync(join(folder, name), 0o600);
  expect([status, stderr]).toEqual([1, expect.stringContaining(said)]);
  expect(stderr).toContain('chmod 600');
});

test.each<[string, Readonly<Record<string, string>>, readonly string[], string]>([
  ['a word that is not known', { pinn: '1' }, [], 'device.json is wrong: pinn is not known here'],
  ['a terminal that is none', { terminal: '1' }, [], 'terminal must match pattern'],
  ['another terminal', {}, ['--terminal', '10000001'], 'the folder is that of terminal 10000008'],
  ['the PIN of a card of its own', {}, ['--pin', '1234'], 'everybody on this machine sees arguments'],
  ['a gateway that is no place', { gateway: 'a b' }, [], 'gateway a b is not host:port'],
])('%s is refused', async (_, wrong, args, said) => {
  settings(wrong);
  const { stderr, status } = await refused('balance', ...args);
  settings({});
  expect([status, stderr]).toEqual([1, expect.stringContaining(said)]);
});

test.each([
  ['6260000000017,2', '--item 6260000000017,2'],
  ['12345,1,1000', '--item 12345,1,1000'],
  ['3,0,1000', '--item 3,0,1000'],
  ['3,1,0', 'an amount above zero'],
  ['3,1,x', 'whole rials'],
])('the item %s is refused before anything is sent', async (item, said) => {
  const { stderr, status } = await refused('purchase', '--item', item);
  expect([status, stderr]).toEqual([1, expect.stringContaining(said)]);
});
