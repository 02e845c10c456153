import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DEMO_TERMINALS, demoPan, demoTrack2 } from '../../src/ops/demo.ts';
import type { SimulatedTerminal } from '../../src/simulators/terminal/index.ts';
import { cardOf, startSystem, type System } from '../support/system.ts';

let system: System;
let terminal: SimulatedTerminal;
/** Everything anyone could read: what the commands printed, the log, the bank's journal, the metrics, the database. */
const seen: { where: string; text: string }[] = [];

beforeAll(async () => {
  system = await startSystem({ KALABARG_LOG_LEVEL: 'trace' });
  terminal = await system.terminal('10000001');
});
afterAll(() => system.stop());

const HOUSEHOLDS = [7, 10, 901, 902, 904, 905, 906, 910];

test('a full run leaves no PIN block, track, key or full PAN anywhere (wire.md 9.7)', async () => {
  const pinBlocks = await everyPath();
  await collect();
  const secrets = [
    ...HOUSEHOLDS.flatMap((household) => [demoPan(household), demoTrack2(household)]),
    ...pinBlocks,
    ...DEMO_TERMINALS.map(({ tmk }) => tmk.toString('hex')),
    '041234FFFFFFFFFF',
    readFileSync(join(system.data, 'secrets', 'lmk.key'), 'utf8').trim(),
    readFileSync(join(system.data, 'secrets', 'pan.key'), 'utf8').trim(),
  ];
  expect(secrets.length).toBeGreaterThan(30);
  for (const { where, text } of seen) {
    expect(text.length).toBeGreaterThan(0);
    const found = [...new Set(secrets)].filter(
      (secret) => text.includes(secret.toLowerCase()) || text.includes(secret.toUpperCase()),
    );
    expect({ where, found: found.map((secret) => secret.slice(0, 4)) }).toEqual({ where, found: [] });
  }
  expect(seen.some(({ text }) => text.includes('603799'))).toBe(true); // masked PANs are there: the search works
});

/** Approvals, declines, faults and nonsense; returns the encrypted PIN blocks that were sent. */
async function everyPath(): Promise<string[]> {
  const blocks: string[] = [];
  const money = async (household: number, code: string, rials: bigint, fields = {}): Promise<void> => {
    const answer = await terminal.financial(code, rials, cardOf(household), fields);
    const block = answer.request.get(52);
    if (block !== undefined) blocks.push(block);
    seen.push({
      where: `answer ${answer.rc}`,
      text: JSON.stringify({ ...answer.message.toJSON().fields, 2: '', 64: '' }),
    });
  };
  for (const household of HOUSEHOLDS) await money(household, '179800', 75_000_000n);
  await money(7, '179898', 1_000_000n);
  await money(7, '000000', 1_000n);
  await money(7, '310000', 0n);
  await money(7, '179800', 1_000n, { 35: demoTrack2(7).replace('=', '=2') });
  await money(7, '179800', 1_000n, { 2: demoPan(8) });
  await money(7, '999999', 1_000n);
  const bought = await terminal.financial('179800', 60_000_000n, cardOf(10));
  await terminal.reverse(bought.request, '17');
  for (const command of [['purchase', '--amount', '1000'], ['inquiry'], ['reverse']]) {
    const { stdout, stderr } = await system.kalabarg('terminal', ...command, '--terminal', '10000002');
    seen.push({ where: command.join(' '), text: stdout + stderr });
  }
  return blocks;
}

async function collect(): Promise<void> {
  seen.push({ where: 'log', text: readFileSync(join(system.data, 'gateway.log'), 'utf8') });
  seen.push({ where: 'metrics', text: await (await fetch(`http://127.0.0.1:${system.httpPort}/metrics`)).text() });
  for (const name of readdirSync(join(system.data, 'bank'), { recursive: true, withFileTypes: true })) {
    if (name.isFile())
      seen.push({
        where: `bank ${name.name}`,
        text: `${name.name}\n${readFileSync(join(name.parentPath, name.name), 'utf8')}`,
      });
  }
  const tables = await system.query<{ name: string }>(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname not in ('pg_catalog', 'information_schema')`,
  );
  for (const { name } of tables) {
    const rows = await system.query<{ row: string }>(`select t::text as row from ${name} t`);
    seen.push({ where: name, text: `${name}\n${rows.map(({ row }) => row).join('\n')}` });
  }
}
