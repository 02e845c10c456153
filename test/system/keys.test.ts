import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compile, loadSpec } from '../../src/codec/index.ts';
import { unwrapKeyBlock } from '../../src/hsm/index.ts';
import { terminalCertificate } from '../../src/demo/files.ts';
import { systemClock } from '../../src/ops/clock.ts';
import { DEMO_TERMINALS } from '../../src/demo/programme.ts';
import { SimulatedTerminal, type SimulatedCard } from '../../src/simulators/terminal/index.ts';
import { cardOf, startSystem, type CommandResult, type System } from '../support/system.ts';

/** A slow machine starts databases and gateways slowly. */
jest.setTimeout(240_000);

const COMMAND = fileURLToPath(new URL('../../bin/kalabarg.js', import.meta.url));
const ONE = Buffer.from('8F3A1C5D7E9B0246A8C0E2F4163850729B0D4F81C3E5A7096B2D8F4E1A3C5D70', 'hex');
const TWO = Buffer.from('1B2D3F405162738495A6B7C8D9EAFB0C1D2E3F405162738495A6B7C8D9EAFB0C', 'hex');
const AES_TMK = Buffer.from(ONE.map((byte, i) => byte ^ TWO[i]!));
const AES = { algorithm: 'AES', tmk: AES_TMK } as const;
const codec = compile(loadSpec('kalabarg-pos'));
const open: SimulatedTerminal[] = [];
let system: System;
let nextStan = 100_000;

beforeAll(async () => {
  system = await startSystem();
});
afterAll(async () => {
  for (const terminal of open) terminal.close();
  await system.stop();
});

/** Runs `kalabarg keys …`; the lines are typed into it. */
function keys(args: readonly string[], lines: readonly string[] = []): Promise<CommandResult> {
  return new Promise((done) => {
    const child = spawn(process.execPath, [COMMAND, 'keys', ...args], { env: { ...system.environment } });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    child.once('close', (status) => {
      done({ status: status ?? -1, stdout, stderr });
    });
    child.stdin.end(lines.map((line) => `${line}\n`).join(''));
  });
}

/** A connection of a terminal; one that has a TMK of ours where it is given. */
async function connect(id: string, own: { algorithm?: 'TDES' | 'AES'; tmk?: Buffer } = {}): Promise<SimulatedTerminal> {
  const known = DEMO_TERMINALS.find(({ terminal }) => terminal === id)!;
  const tls = { ca: join(system.data, 'tls', 'ca.crt'), ...terminalCertificate(system.data, id) };
  const terminal = await SimulatedTerminal.connect({
    ...known,
    ...own,
    endpoint: { host: '127.0.0.1', port: Number(system.environment['KALABARG_TERMINAL_PORT']), tls },
    codec,
    clock: systemClock,
    timeoutMs: 20_000,
    firstStan: (nextStan += 1_000),
  });
  open.push(terminal);
  return terminal;
}

const TYPED = ['Zohreh Amini', ONE.toString('hex'), 'yes', 'Bahram Karimi', TWO.toString('hex'), 'yes', 'yes'];
/** More than the voucher credit of a household of five, so that the card and its PIN are asked for. */
const SPLIT = 60_000_000n;
let used = 0;

/** The card of another household of five each time. */
function freshCard(pin?: string): SimulatedCard {
  return cardOf(5 * ++used + 4, pin);
}

test('a TMK that two people formed serves its terminal, with AES keys and PIN blocks, to the approval', async () => {
  const formed = await keys(['form', 'terminal:10000003', '--bits', '256'], TYPED);
  expect(formed).toMatchObject({ status: 0, stderr: '' });
  expect(formed.stdout).toContain('terminal:10000003 is stored');
  const log = await system.query<{ people: string[] }>(`select people from key_log where name = 'terminal:10000003'`);
  expect(log).toEqual([{ people: ['Zohreh Amini', 'Bahram Karimi'] }]);
  const terminal = await connect('10000003', AES);
  await terminal.signOn();
  const answer = await terminal.financial('179800', SPLIT, freshCard());
  expect({ rc: answer.rc, mac: answer.macGood }).toEqual({ rc: '00', mac: true });
  const wrongPin = await terminal.financial('179800', SPLIT, freshCard('4321'));
  expect(wrongPin.rc).toBe('55');
});

test.each([
  ['TDES', '10000005', {}],
  ['AES', '10000003', AES],
])('%s session keys that were changed are honoured for what is in flight, MAC and PIN', async (_, id, own) => {
  const first = await connect(id, own);
  await first.signOn();
  const second = await connect(id, own);
  await second.signOn();
  const old = await first.financial('179800', SPLIT, freshCard());
  expect({ rc: old.rc, mac: old.macGood }).toEqual({ rc: '00', mac: true });
  const fresh = await second.financial('179800', SPLIT, freshCard());
  expect({ rc: fresh.rc, mac: fresh.macGood }).toEqual({ rc: '00', mac: true });
  await second.signOn();
  // its keys were replaced twice: it is told so, not that its MAC is wrong
  expect((await first.financial('379800', 0n, cardOf(12, null))).rc).toBe('76');
});

test('a key goes out and comes back in a key block, under the same check value', async () => {
  expect((await keys(['form', 'zmk:partner', '--bits', '256'], TYPED)).status).toBe(0);
  const block = (await keys(['export', 'terminal:10000003', '--under', 'zmk:partner', '--by', 'Zohreh'])).stdout;
  const text = /D\d{4}K1[0-9A-Z]+/.exec(block)?.[0] ?? '';
  expect(unwrapKeyBlock(text, AES_TMK).key).toEqual(AES_TMK);
  const imported = await keys(['import', 'copy', '--under', 'zmk:partner', '--by', 'Bahram'], [text]);
  expect(imported.stdout).toContain('copy is stored: K1, AES-256');
  const listed = (await keys(['list'])).stdout;
  const kcvs = ['terminal:10000003', 'zmk:partner', 'copy'].map(
    (name) => new RegExp(`${name} .*K1 .*AES-256 .*([0-9A-F]{6})`).exec(listed)?.[1],
  );
  expect(new Set(kcvs).size).toBe(1);
  expect((await keys(['list', '--older', '1'])).stdout).toContain('no keys');
});

test('old peers get and give keys under a ZMK without a block', async () => {
  const short = TYPED.map((line) => (line.length === 64 ? line.slice(0, 32) : line));
  expect((await keys(['form', 'zmk:old', '--usage', 'K0', '--algorithm', 'TDES'], short)).status).toBe(0);
  const made = await keys(['generate', 'pin', '--usage', 'P0', '--algorithm', 'TDES', '--by', 'Zohreh']);
  const kcv = /check value ([0-9A-F]{6})/.exec(made.stdout)?.[1] ?? '';
  const out = await keys(['export', 'pin', '--under', 'zmk:old', '--scheme', 'U', '--by', 'Zohreh']);
  const cryptogram = /^U[0-9A-F]{32}$/m.exec(out.stdout)?.[0] ?? '';
  const back = ['import', 'pin-again', '--under', 'zmk:old', '--usage', 'P0', '--algorithm', 'TDES', '--by', 'Bahram'];
  expect((await keys([...back, '--kcv', kcv], [cryptogram])).stdout).toContain(`P0, TDES-128, check value ${kcv}`);
  expect(await keys([...back, '--kcv', '000000'], [cryptogram])).toMatchObject({ status: 1 });
  expect((await keys(['export', 'pin', '--under', 'zmk:old', '--by', 'Z'])).stderr).toContain('usage K0 may not');
});

test('a terminal gets a new TMK from afar: made by the HSM, sent under the one it has, then stored', async () => {
  expect((await keys(['generate', 'next:10000004', '--algorithm', 'TDES', '--by', 'Zohreh'])).status).toBe(0);
  const sent = await keys(['export', 'next:10000004', '--under', 'terminal:10000004', '--by', 'Zohreh']);
  const block = /B\d{4}K1[0-9A-Z]+/.exec(sent.stdout)?.[0] ?? '';
  const { tmk } = DEMO_TERMINALS.find(({ terminal }) => terminal === '10000004')!;
  const fresh = unwrapKeyBlock(block, tmk).key;
  const stored = await keys(['import', 'terminal:10000004', '--under', 'terminal:10000004', '--by', 'Zohreh'], [block]);
  expect(stored).toMatchObject({ status: 0, stderr: '' });
  await expect((await connect('10000004')).signOn()).rejects.toThrow();
  const terminal = await connect('10000004', { algorithm: 'TDES', tmk: fresh });
  await terminal.signOn();
  expect((await terminal.financial('179800', SPLIT, freshCard())).rc).toBe('00');
});

test('the LMK changes while terminals work, and afterwards the old one opens nothing', async () => {
  const terminal = await connect('10000006');
  await terminal.signOn();
  const before = await system.query<{ token: string }>(`select tmk ->> 'token' as token from terminal_keys order by 1`);
  const working = (async () => {
    const answers: string[] = [];
    for (let i = 0; i < 40; i++) answers.push((await terminal.financial('179800', SPLIT, freshCard())).rc);
    return answers;
  })();
  const rotated = await keys(['rotate', '--by', 'Zohreh']);
  expect(rotated).toMatchObject({ status: 0, stderr: '' });
  expect(new Set(await working)).toEqual(new Set(['00']));
  const other = await connect('10000007');
  await other.signOn();
  const finished = await keys(['rotate', '--finish', '--by', 'Bahram']);
  expect(finished).toMatchObject({ status: 0, stderr: '' });
  expect(existsSync(join(system.data, 'secrets', 'lmk.key.previous'))).toBe(false);
  for (const device of [terminal, other]) {
    expect((await device.financial('179800', SPLIT, freshCard())).rc).toBe('00');
  }
  const after = await system.query<{ token: string }>(`select tmk ->> 'token' as token from terminal_keys order by 1`);
  const old = new Set(before.map(({ token }) => token));
  expect(after.filter(({ token }) => old.has(token))).toEqual([]);
  expect((await keys(['export', 'copy', '--under', 'zmk:partner', '--by', 'Zohreh'])).status).toBe(0);
});

test.each([
  [['form', 'terminal:99999999'], [], 'There is no terminal 99999999'],
  [['form', 'Zmk!'], [], 'is not the name of a key'],
  [['form', 'zmk:x', '--people', '1'], [], '--people 1: give a whole number from 2 to 9'],
  [['form', 'zmk:x', '--algorithm', 'ROT13'], [], "argument 'ROT13' is invalid. Allowed choices are TDES, AES"],
  [['form', 'zmk:x', '--bits', '256'], TYPED.slice(0, 4), 'The input ended'],
  [['export', 'nothing', '--under', 'zmk:partner', '--by', 'Z'], [], 'There is no key nothing'],
  [['import', 'copy', '--under', 'zmk:partner', '--by', 'Z'], ['D0112K1'], 'Key block, offset 0'],
  [['adopt', 'zmk:x', '--by', 'Z'], ['rubbish'], 'token'],
  [['lmk'], [], 'is not made by this command'],
])('kalabarg keys %j says what is wrong, and no component', async (args, lines, message) => {
  const { status, stderr, stdout } = await keys(args, lines);
  expect(status).toBe(1);
  expect(stderr).toContain(message);
  expect((stdout + stderr).toLowerCase()).not.toContain(ONE.toString('hex').slice(0, 8));
});
