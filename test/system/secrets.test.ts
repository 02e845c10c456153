import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeOrder } from '../../src/capture/record/control.ts';
import { compile, loadSpec } from '../../src/codec/index.ts';
import { unwrapKeyBlock } from '../../src/hsm/index.ts';
import { terminalCertificate } from '../../src/demo/files.ts';
import { systemClock } from '../../src/ops/clock.ts';
import { DEMO_TERMINALS, DEMO_ZMK, demoPan, demoTrack2 } from '../../src/demo/programme.ts';
import { SimulatedTerminal, type Answer } from '../../src/simulators/terminal/index.ts';
import { cardOf, startSystem, type System } from '../support/system.ts';
import { findSecrets, type Secret } from './support/secrets.ts';

/** A slow machine starts databases and gateways slowly. */
jest.setTimeout(240_000);

let system: System;
/** What is not in a file or a table: answers, and what commands printed. */
const printed: { where: string; text: string }[] = [];
const secrets: Secret[] = [];
const open: SimulatedTerminal[] = [];

beforeAll(async () => {
  system = await startSystem({ KALABARG_LOG_LEVEL: 'trace' });
  const until = Date.now() + 600_000;
  writeOrder(system.data, { terminals: [], share: 1, bank: true, until, maxBytes: 50_000_000, file: CAPTURE });
});
afterAll(async () => {
  for (const terminal of open) terminal.close();
  await system.stop();
});

const CAPTURE = 'everything.jsonl';
const HOUSEHOLDS = [7, 10, 901, 902, 903, 904, 905, 906, 907, 908, 909, 910];
/** A PIN long enough to be looked for: four digits stand everywhere. */
const LONG_PIN = '902716354817';
/** What follows the service code in track 2: PVV, CVV and the like. */
const DISCRETIONARY = '8203719465';
const COMPONENTS = ['8F3A1C5D7E9B0246A8C0E2F416385072', '1B2D3F405162738495A6B7C8D9EAFB0C'].map((text) =>
  Buffer.from(text, 'hex'),
);
const AES_TMK = Buffer.from(COMPONENTS[0]!.map((byte, i) => byte ^ COMPONENTS[1]![i]!));

test('a full run leaves no PIN, PIN block, track, CVV, key or full PAN anywhere (wire.md 9.7)', async () => {
  await formTmk();
  await everyPath(await connect('10000001'));
  await everyPath(await connect('10000003', AES_TMK));
  await commands();
  for (const household of HOUSEHOLDS) {
    secrets.push({ name: `PAN of ${household}`, text: demoPan(household), packed: true });
    secrets.push({ name: `track 2 of ${household}`, text: demoTrack2(household).replace('=', 'D'), packed: true });
    secrets.push({ name: `track 2 of ${household}`, text: demoTrack2(household) });
  }
  secrets.push(
    { name: 'PIN', text: LONG_PIN, packed: true },
    { name: 'discretionary data', text: DISCRETIONARY, packed: true },
  );
  for (const { tmk } of DEMO_TERMINALS) secrets.push({ name: 'demo TMK', bytes: tmk });
  for (const key of [DEMO_ZMK, AES_TMK, ...COMPONENTS]) secrets.push({ name: 'TMK, ZMK or component', bytes: key });
  for (const file of ['lmk.key', 'pan.key']) {
    const text = readFileSync(join(system.data, 'secrets', file), 'utf8').trim();
    secrets.push({ name: file, bytes: Buffer.from(text, 'hex') });
  }
  expect(secrets.filter(({ name }) => name === 'PIN block').length).toBeGreaterThan(20);
  expect(secrets.filter(({ name }) => name === 'session key').length).toBe(4);
  expect(await findIn(secrets)).toEqual([]);
});

test('the search finds what is there: in each place, in each form', async () => {
  const harmless = [
    { name: 'masked PAN', text: '603799' },
    { name: 'terminal', text: '10000001' },
  ];
  const places = (await findIn(harmless)).map(({ where }) => where);
  for (const place of ['table ', 'gateway.log', 'bank/journal', 'postgres/cluster/pg_wal/', `captures/${CAPTURE}`]) {
    expect(places).toContainEqual(expect.stringContaining(place));
  }
  const pan: Secret = { name: 'PAN', text: '6037990000000072', packed: true };
  const key: Secret = { name: 'key', bytes: DEMO_ZMK };
  for (const haystack of [
    Buffer.from('x6037990000000072y'),
    Buffer.from('x\x60\x37\x99\x00\x00\x00\x00\x72y', 'latin1'),
    Buffer.from('36303337393930303030303030303732', 'latin1'),
    Buffer.from(Buffer.from('6037990000000072').toString('base64')),
  ]) {
    expect(findSecrets(haystack, [pan])).toEqual(['PAN']);
  }
  for (const form of ['hex', 'base64', 'base64url'] as const) {
    expect(findSecrets(Buffer.from(`"${DEMO_ZMK.toString(form)}"`), [key])).toEqual(['key']);
  }
  expect(findSecrets(Buffer.concat([Buffer.from('x'), DEMO_ZMK]), [key])).toEqual(['key']);
});

/** Approvals, declines, faults and nonsense from one terminal. */
async function everyPath(terminal: SimulatedTerminal): Promise<void> {
  const note = (answer: Answer): Answer => {
    const block = answer.request.get(52) ?? answer.request.get('48.20');
    if (block !== undefined) secrets.push({ name: 'PIN block', bytes: Buffer.from(block, 'hex') });
    const shown = { ...answer.message.clearFields().fields, 2: '', 64: '' }; // the card's own PAN goes back to its terminal
    printed.push({ where: `answer ${answer.rc}`, text: JSON.stringify(shown) });
    return answer;
  };
  const money = async (household: number, code: string, rials: bigint, fields = {}, pin?: string): Promise<Answer> =>
    note(await terminal.financial(code, rials, cardOf(household, pin), fields));
  for (const household of HOUSEHOLDS) await money(household, '179800', 75_000_000n);
  await money(10, '179800', 60_000_000n, {}, LONG_PIN);
  await money(7, '179898', 1_000_000n);
  await money(7, '000000', 1_000n, { 35: `${demoPan(7)}=2912201${DISCRETIONARY}` });
  await money(7, '310000', 0n);
  await money(7, '179800', 1_000n, { 35: demoTrack2(7).replace('=', '=2') });
  await money(7, '179800', 1_000n, { 2: demoPan(8) });
  await money(7, '999999', 1_000n);
  await money(7, '000000', 1_000n, { 55: `5A08${demoPan(7)}5F2A020364` });
  await money(7, '179800', 1_000n, { 52: '9A3C5E7081B2D4F6' });
  const bought = await money(9, '179800', 60_000_000n);
  note(await terminal.reverse(bought.request, '17'));
}

/** A terminal with its session keys, which are secrets from then on. */
async function connect(id: string, tmk?: Buffer): Promise<SimulatedTerminal> {
  const known = DEMO_TERMINALS.find(({ terminal }) => terminal === id)!;
  const tls = { ca: join(system.data, 'tls', 'ca.crt'), ...terminalCertificate(system.data, id) };
  const terminal = await SimulatedTerminal.connect({
    ...known,
    ...(tmk === undefined ? {} : { algorithm: 'AES', tmk }),
    endpoint: { host: '127.0.0.1', port: Number(system.environment['KALABARG_TERMINAL_PORT']), tls },
    codec: compile(loadSpec('kalabarg-pos')),
    clock: systemClock,
    timeoutMs: 20_000,
    firstStan: 1,
  });
  open.push(terminal);
  const { message } = await terminal.network('101');
  for (const tag of ['48.30', '48.31']) {
    const { key } = unwrapKeyBlock(message.get(tag) ?? '', tmk ?? known.tmk);
    secrets.push({ name: 'session key', bytes: key });
  }
  await terminal.signOn();
  return terminal;
}

/** The ceremony of an AES terminal key, and one that fails. */
async function formTmk(): Promise<void> {
  const [one, two] = COMPONENTS.map((component) => component.toString('hex'));
  const lines = ['Zohreh', one, 'yes', 'Bahram', two, 'yes', 'yes'];
  expect(await run(['keys', 'form', 'terminal:10000003'], lines)).toBe(0);
  expect(await run(['keys', 'form', 'zmk:x', '--kcv', '000000'], lines)).toBe(1);
  expect(await run(['keys', 'import', 'y', '--under', 'terminal:10000003', '--by', 'Z'], [one])).toBe(1);
}

async function commands(): Promise<void> {
  for (const command of [['purchase', '--amount', '1000'], ['inquiry'], ['balance'], ['reverse']]) {
    await run(['simulate', 'terminal', ...command, '--terminal', '10000002']);
  }
  await run(['simulate', 'terminal', 'purchase', '--amount', '60000000', '--terminal', '10000002', '--pin', LONG_PIN]);
  await run(['keys', 'list']);
  await run(['keys', 'rotate', '--by', 'Zohreh']);
  await run(['settle']);
  await run(['ledger', 'verify']);
  await run(['config']);
}

const COMMAND = fileURLToPath(new URL('../../bin/kalabarg.js', import.meta.url));

function run(args: readonly string[], lines: readonly (string | undefined)[] = []): Promise<number | null> {
  return new Promise((done) => {
    const child = spawn(process.execPath, [COMMAND, ...args], { env: { ...system.environment } });
    let text = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
    child.once('close', (status) => {
      printed.push({ where: args.join(' '), text });
      done(status);
    });
    child.stdin.end(lines.map((line) => `${line ?? ''}\n`).join(''));
  });
}

/** Where secrets live, and what the database had before anything was done. */
const NOT_SEARCHED = /^secrets|\.key$|^postgres\/cluster\/(base\/[14]|global)\//;

/** Everything anyone could read: answers, output, metrics, tables, and every file of the data folder, the database's own and
 *  the bank's journal among them; but for `secrets` and private TLS keys, whose place this is. */
async function findIn(wanted: readonly Secret[]): Promise<{ where: string; found: string[] }[]> {
  const found: { where: string; found: string[] }[] = [];
  const look = (where: string, content: Buffer): void => {
    const names = findSecrets(content, wanted);
    if (names.length > 0) found.push({ where, found: names });
  };
  for (const { where, text } of printed) look(`output of ${where}`, Buffer.from(text));
  // A search blocks the loop for longer than a kept connection lives: each fetch opens its own.
  const metrics = await fetch(`http://127.0.0.1:${system.httpPort}/metrics`, { headers: { connection: 'close' } });
  look('metrics', Buffer.from(await metrics.arrayBuffer()));
  const tables = await system.query<{ name: string }>(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname not in ('pg_catalog', 'information_schema')`,
  );
  expect(tables.length).toBeGreaterThan(15);
  for (const { name } of tables) {
    const rows = await system.query<{ row: string }>(`select t::text as row from ${name} t`);
    look(`table ${name}`, Buffer.from(rows.map(({ row }) => row).join('\n')));
  }
  await system.query('checkpoint');
  for (const entry of readdirSync(system.data, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const name = relative(system.data, path);
    if (!entry.isFile() || NOT_SEARCHED.test(name)) continue;
    look(name, Buffer.concat([Buffer.from(`${entry.name}\n`), contentOf(path)]));
  }
  return found;
}

/** The running database removes files of its own (pg_internal.init) between the listing and the reading: they hold nothing then. */
function contentOf(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return Buffer.alloc(0);
    throw error;
  }
}
