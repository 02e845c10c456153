import { afterEach, expect, test } from '@jest/globals';
import { connect } from 'node:net';
import { once } from 'node:events';
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compile, encodeFrame, FrameDecoder, loadSpec } from '../../../src/codec/index.ts';
import { startBankSimulator } from '../../../src/simulators/bank/index.ts';
import { createControl } from '../../../src/simulators/bank/http.ts';
import { tehran } from '../../../src/ops/clock.ts';
import { demoPan } from '../../../src/demo/programme.ts';
import { freePort } from '../../../src/demo/machine/postgres.ts';
import { linkTo, openBench, purchase, until } from '../../net/link/support/bench.ts';

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});
const codec = compile(loadSpec('bank-switch'));

/** Sends messages over a bare connection, without sign-on, and gives what comes back. */
async function bare(port: number, count: number, ...bodies: Buffer[]): Promise<Buffer[]> {
  const socket = connect({ host: '127.0.0.1', port });
  const frames = new FrameDecoder({ header: 'binary2' });
  const got: Buffer[] = [];
  let closed = false;
  socket.on('data', (chunk: Buffer) => got.push(...frames.push(chunk).map(({ body }) => body)));
  socket.on('close', () => (closed = true));
  socket.on('error', () => undefined);
  for (const body of bodies) socket.write(encodeFrame(body, { header: 'binary2' }));
  await until(() => got.length >= count || closed);
  socket.destroy();
  return got;
}

const withoutMac = (): Buffer => codec.encode({ mti: '0200', fields: { ...purchase(7).fields } });

test('a request before keys exist is 76, and moves nothing', async () => {
  const bank = await startBankSimulator({ port: 0 });
  closers.push(() => bank.close());
  const [answer] = await bare(bank.port, 1, withoutMac());
  expect(codec.decode(answer ?? Buffer.alloc(0)).get(39)).toBe('76');
  expect(bank.journal).toEqual([]);
});

test('a request with a wrong MAC is 63, and moves nothing', async () => {
  const bank = await startBankSimulator({ port: 0 });
  closers.push(() => bank.close());
  const keys = codec.encode({ mti: '0800', fields: { 7: '1123083000', 11: '000001', 70: '101' } });
  const forged = codec.encode({ mti: '0200', fields: { ...purchase(7).fields, 64: '0123456789ABCDEF' } });
  const answers = await bare(bank.port, 2, keys, forged);
  expect(answers.map((body) => codec.decode(body).get(39))).toEqual(['00', '63']);
  expect(bank.journal).toEqual([]);
});

test('a zero-length frame comes back, garbage ends the connection and nothing else', async () => {
  const bank = await startBankSimulator({ port: 0 });
  closers.push(() => bank.close());
  expect((await bare(bank.port, 1, Buffer.alloc(0)))[0]?.length).toBe(0);
  expect(await bare(bank.port, 1, Buffer.from('nonsense'))).toEqual([]);
  expect(bank.undecodable()).toBe(1);
  expect((await bare(bank.port, 1, withoutMac())).length).toBe(1);
});

test('a balance inquiry says the balance, and EMV data is answered with a script', async () => {
  const bench = await openBench();
  closers.push(() => bench.close());
  await until(() => bench.link.ready());
  const answer = await bench.link.send(
    purchase(7, 0, { priority: 'inquiry', fields: { 3: '310000', 55: '9F2608AABBCCDDEEFF0011' } }),
  );
  const message = answer.kind === 'answer' ? answer.message : undefined;
  expect(message?.get(54)).toContain('0002364C000050000000');
  expect(message?.get('55.91')).toMatch(/3030$/);
  expect(message?.get(55)).toContain('710B860904DA9F58');
});

test('household 904 is charged and never answered; its reversal is', async () => {
  const bench = await openBench();
  closers.push(() => bench.close());
  const { link, bank } = bench;
  await until(() => link.ready());
  const request = purchase(904, 5_000, { deadlineAt: Date.now() + 80 });
  expect((await link.send(request)).kind).toBe('timeout');
  expect(bank.account(904)?.balanceRials).toBe(49_995_000n);
  const { 7: transmission, 11: stan } = request.fields as Record<string, string>;
  const original = `0200${stan ?? ''}${transmission ?? ''}`.padEnd(42, '0');
  const rest = { ...purchase(904, 5_000).fields, 2: undefined, 22: undefined };
  const answer = await link.send({
    mti: '0420',
    priority: 'reversal',
    deadlineAt: Date.now() + 2_000,
    fields: { ...rest, 90: original },
  });
  expect(answer.kind === 'answer' && answer.message.get(39)).toBe('00');
  expect(bank.account(904)?.balanceRials).toBe(50_000_000n);
});

test('the control panel sets faults and balances while it runs, and refuses nonsense', async () => {
  const bench = await openBench();
  const control = createControl(bench.bank);
  closers.push(
    () => bench.close(),
    () => control.close(),
  );
  await until(() => bench.link.ready());
  const put = (url: string, payload: unknown) => control.inject({ method: 'PUT', url, payload: payload as object });
  expect((await put('/faults', [{ fault: 'decline', rc: '57' }])).json()).toEqual([{ fault: 'decline', rc: '57' }]);
  const declined = await bench.link.send(purchase(7));
  expect(declined.kind === 'answer' && declined.message.get(39)).toBe('57');
  expect((await control.inject({ method: 'DELETE', url: '/faults' })).json()).toEqual([]);
  expect((await put('/accounts/7', { balanceRials: '999' })).json()).toMatchObject({ balanceRials: '999' });
  const poor = await bench.link.send(purchase(7));
  expect(poor.kind === 'answer' && poor.message.get(39)).toBe('51');
  expect((await control.inject('/journal?from=2')).json()).toHaveLength(2);
  const today = tehran(Date.now()).isoDate;
  const settlement = await control.inject(`/settlement/${today}?psp=ABC`);
  expect(settlement.headers['content-disposition']).toContain(`KBSF_ABC_${today.replaceAll('-', '')}_01_001.txt`);
  expect(settlement.body).toMatch(/^H\|KBSF\|1\|ABC\|/);
  for (const url of ['/settlement/today', `/settlement/${today}?format=x`]) {
    expect((await control.inject(url)).statusCode).toBe(400);
  }
  for (const [url, payload] of [
    ['/faults', [{ fault: 'x' }]],
    ['/faults', {}],
    ['/accounts/7', { balanceRials: 5 }],
    ['/accounts/7x', { balanceRials: '5' }],
  ] as const) {
    expect((await put(url, payload)).statusCode).toBe(400);
  }
});

function spawnBank(port: number, data: string): ChildProcess {
  const command = fileURLToPath(new URL('../../../bin/kalabarg.js', import.meta.url));
  return spawn(process.execPath, [command, 'simulate', 'bank', '--port', String(port), '--data', data], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

test('kill -9 loses nothing that was answered', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'kalabarg-bank-'));
  const port = await freePort();
  const first = spawnBank(port, folder);
  await once(first.stdout ?? first, 'data');
  const { link } = await linkTo([port]);
  closers.push(() => link.close(0));
  await until(() => link.ready());
  const answers = Array.from({ length: 400 }, (_, i) => link.send(purchase((i % 800) + 1, 1_000)));
  await Promise.race(answers.slice(150));
  first.kill('SIGKILL');
  const approved = (await Promise.all(answers)).filter(
    (answer) => answer.kind === 'answer' && answer.message.get(39) === '00',
  );
  const bank = await startBankSimulator({ port: 0, data: folder });
  closers.push(() => bank.close());
  const kept = new Set(bank.journal.map(({ stan }) => stan));
  expect(approved.length).toBeGreaterThan(0);
  expect(approved.every((answer) => answer.kind === 'answer' && kept.has(answer.message.get(11) ?? ''))).toBe(true);
  const spent = bank.accounts.reduce((sum, { balanceRials }) => sum + 50_000_000n - balanceRials, 0n);
  expect(spent).toBe(BigInt(kept.size) * 1_000n);
  const out = join(folder, 'out');
  const command = fileURLToPath(new URL('../../../bin/kalabarg.js', import.meta.url));
  const told = execFileSync(process.execPath, [
    command,
    'simulate',
    'bank',
    'settlement',
    '--data',
    folder,
    '--out',
    out,
    '--format',
    'all',
  ]);
  expect(told.toString()).toContain(`: ${kept.size} lines`);
  expect(readdirSync(out)).toHaveLength(14);
  const text = readFileSync(join(folder, 'journal.jsonl'), 'utf8');
  expect(text).not.toContain(demoPan(1));
  rmSync(folder, { recursive: true });
});
