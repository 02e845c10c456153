import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { readAmounts, TILL_FAULTS, type SimulatedTerminal } from '../../src/simulators/terminal/index.ts';
import { systemClock } from '../../src/ops/clock.ts';
import { transaction } from '../../src/ops/database.ts';
import {
  approveRelease,
  bundleOf,
  proposeRollout,
  publishBundle,
  releaseRollout,
  renewOnline,
  rolloutOf,
  stageRelease,
  watchRollouts,
  wholeMenu,
} from '../../src/updates/index.ts';
import { addActor, loginToken } from '../support/people.ts';
import { cardOf, runCommand, startSystem, type CommandResult, type System } from '../support/system.ts';
import { ceremony, signWith, type Ceremony } from '../updates/support.ts';

/** Terminals of two PSPs and one of the contract at one gateway: they shop side by side, are updated step by step, one is stolen, and a
 *  vendor's faulty device is found out. */
jest.setTimeout(240_000);

const COMMAND = fileURLToPath(new URL('../../bin/kalabarg.js', import.meta.url));
const M = 1_000_000n;
const HOUSEHOLD = 220;
/** What each speaks; the last is our own test terminal. */
const SPEAKS = { '10000004': 'sadad-like', '10000005': 'behpardakht-like', '10000006': 'native' } as const;
type Id = keyof typeof SPEAKS;
const IDS = Object.keys(SPEAKS) as Id[];
const [SADAD, BEHPARDAKHT, OWN] = ['10000004', '10000005', '10000006'] as const;
const SUBSIDISED = 'خرید یارانه‌ای / کالابرگ';

let system: System;
let owner: pg.Pool;
let keys: Ceremony;
let rollout: string;
const people: { id: string; name: string }[] = [];
const devices = new Map<Id, SimulatedTerminal>();

beforeAll(async () => {
  system = await startSystem();
  owner = new pg.Pool({ connectionString: system.databaseUrl(), max: 2 });
  owner.on('error', () => undefined);
  people.push(await addActor(owner, 'engineer-one', ['engineer']), await addActor(owner, 'checker-two', ['checker']));
  keys = ceremony(system.data, Date.now());
  await publishBundle(owner, keys.bundle, keys.online, by(0), Date.now());
  for (const [id, profile] of Object.entries(SPEAKS)) {
    await owner.query('update terminals set profile = $2 where terminal_id = $1', [id, profile]);
    mkdirSync(folderOf(id), { recursive: true });
    writeFileSync(join(folderOf(id), 'device.json'), JSON.stringify({ terminal: id, profile, model: 'N-910' }));
    writeFileSync(join(folderOf(id), 'root.json'), JSON.stringify(keys.bundle.root));
  }
  for (const id of IDS) devices.set(id, await system.terminal(id, SPEAKS[id]));
});
afterAll(async () => {
  await owner.end();
  await system.stop();
});

const by = (index: number) => ({ actor: people[index]! });
const folderOf = (id: string): string => join(system.data, `device-${id}`);

/** What a household has left, as our own terminal is told. */
async function leftOf(household: number): Promise<bigint | undefined> {
  const { message } = await devices.get(OWN)!.financial('379800', 0n, cardOf(household, null));
  return readAmounts(message.get(54)).get('9802');
}

test('three PSPs shop side by side, each in its own words, and of the same credit', async () => {
  const before = (await leftOf(HOUSEHOLD))!;
  const apart = await Promise.all(IDS.map((id, at) => devices.get(id)!.financial('179800', M, cardOf(HOUSEHOLD + 5 + 5 * at)))); // prettier-ignore
  const inTurn = [];
  for (const id of IDS) inTurn.push(await devices.get(id)!.financial('179800', M, cardOf(HOUSEHOLD)));
  for (const bought of [apart, inTurn]) {
    expect(bought.map(({ rc, macGood }) => [rc, macGood])).toEqual(IDS.map(() => ['00', true]));
    expect(bought.map(({ message }) => readAmounts(message.get(54)).get('9841'))).toEqual([M, M, M]);
    expect(bought.map(({ said }) => said?.get(3))).toEqual(['680000', '800000', undefined]);
  }
  expect(await leftOf(HOUSEHOLD)).toBe(before - 3n * M);
});

/** A sale of a device whose keys a run of its own may have replaced. */
async function sells(id: Id): Promise<string> {
  const device = devices.get(id)!;
  await device.signOn();
  return (await device.financial('179800', M, cardOf(HOUSEHOLD + 20))).rc;
}

test('a menu reaches them step by step: our own terminal first, and nobody is halted', async () => {
  expect(await panel(SADAD)).not.toContain('یارانه');
  await release();
  expect((await update(OWN, 'installed')).stdout).toBe('menu 1: installed, and it works\n');
  expect((await simulated('update', '--device', folderOf(SADAD), '--by-hand')).stdout.trim()).toBe(''); // not its turn
  expect(await step()).toEqual({ state: 'running', step: 0, verdict: 'wait' });

  expect(await sells(OWN)).toBe('00');
  await owner.query(`update update_rollouts set step_since = step_since - interval '1 day'`); // as if it had begun yesterday
  expect((await system.kalabarg('settle', '--date', 'today')).status).toBe(0);
  expect(await step()).toEqual({ state: 'running', step: 1, verdict: 'advance' });

  for (const id of [SADAD, BEHPARDAKHT]) {
    expect((await update(id, 'installed')).stdout).toBe('menu 1: installed, and it works\n');
    expect(await panel(id, '1', '1000000', String(HOUSEHOLD + 25), '1234')).toMatch(
      new RegExp(`۱ ${SUBSIDISED}[^]*خرید کالابرگ تراکنش موفق`),
    );
  }
  const [row] = await system.query<{ confirmed: number; failed: number }>(
    `select count(*) filter (where phase = 'CONFIRMED')::int as confirmed, count(*) filter (where phase in ('ROLLED_BACK', 'REJECTED'))::int as failed
       from update_outcomes`,
  );
  expect(row).toEqual({ confirmed: 3, failed: 0 });
  expect(await step()).toEqual({ state: 'running', step: 1, verdict: 'wait' }); // the other terminals of the demo are silent
});

test('a stolen one is cut off in the middle of its session, and the others sell on', async () => {
  const stolen = await system.terminal(SADAD, SPEAKS[SADAD]);
  expect((await stolen.financial('179800', M, cardOf(HOUSEHOLD + 30))).rc).toBe('00');
  const token = await loginToken(owner, people[0]!);
  const command = ['terminals', 'lost', SADAD, '--reason', 'stolen at night'];
  const lost = await runCommand(command, { ...system.environment, KALABARG_TOKEN: token });
  expect([lost.status, lost.stderr]).toEqual([0, expect.any(String)]);
  for (;;) {
    const heard = await stolen.network('301').then(
      () => true,
      () => false,
    );
    if (!heard) break;
    await systemClock.sleep(20);
  }
  await expect(system.terminal(SADAD, SPEAKS[SADAD])).rejects.toThrow();
  for (const id of [OWN, BEHPARDAKHT]) expect(await sells(id)).toBe('00');
  expect((await system.kalabarg('ledger', 'verify')).status).toBe(0);
});

test("a vendor's faulty device fails by the names of its six faults, and passes when it is mended", async () => {
  const certify = async (state: string, ...more: string[]) => {
    const device = ['--vendor', 'Example', '--model', 'N-910', '--software', state];
    const { status, stdout } = await system.kalabarg('certify', '--simulated', ...device, '--state', join(system.data, `${state}.json`), '--json', ...more); // prettier-ignore
    return [status, JSON.parse(stdout.trim().split('\n').at(-1) ?? '{}') as { faults: string[] }] as const;
  };
  const planted = TILL_FAULTS.flatMap((fault) => ['--plant', fault]);
  const [[bad, found], [good, mended]] = await Promise.all([certify('1.3.0', ...planted), certify('1.4.0')]);
  expect([bad, found]).toEqual([2, expect.objectContaining({ verdict: 'failed' })]);
  expect(found.faults).toEqual(
    expect.arrayContaining([
      ...['stan-reused', 'reversal-not-repeated', 'wrong-mac-accepted'],
      ...['receipt-before-answer', 'totals-wrong', 'sent-again-as-new'],
    ]),
  );
  expect([good, mended]).toEqual([0, expect.objectContaining({ verdict: 'passed', faults: [] })]);
});

/** Stages, approves, signs, publishes and releases, each by whom it is to be. */
async function release(): Promise<void> {
  const wanted = { component: 'menu' as const, profile: '*', content: wholeMenu(), textFa: 'تازه', textEn: 'new' };
  const { id } = await stageRelease(owner, wanted, by(0), Date.now());
  await transaction(owner, (db) => approveRelease(db, id, by(1), Date.now()));
  const signed = signWith(await bundleOf(owner, { now: Date.now() }), ...Object.values(keys.offline));
  await publishBundle(owner, signed, keys.online, by(0), Date.now());
  rollout = await transaction(owner, async (db) => {
    const plan = { own: [OWN], percents: [100], ownPurchases: 1, purchases: 1 };
    const { id: made } = await proposeRollout(db, id, plan, by(0), Date.now());
    await releaseRollout(db, made, by(1), Date.now());
    return made;
  });
  await renewOnline(owner, keys.online, Date.now() + 5);
}

/** What the machine says of it, as it does by itself two hours after a day's close. */
async function step(): Promise<{ state: string; step: number; verdict: string }> {
  const [ruled] = await watchRollouts(owner, { now: Date.now(), afterCloseMs: 0 });
  const { state, step: at } = await rolloutOf(owner, rollout);
  return { state, step: at, verdict: ruled?.verdict.kind ?? '' };
}

function simulated(...args: string[]): Promise<CommandResult> {
  return system.kalabarg('simulate', 'terminal', ...args);
}

/** Until the gateway has read what was published. */
async function update(id: string, due: string): Promise<CommandResult> {
  for (let tries = 0; ; tries++) {
    const done = await simulated('update', '--device', folderOf(id), '--by-hand');
    if (done.stdout.includes(due) || tries === 8) return done;
    await systemClock.sleep(500);
  }
}

function panel(id: string, ...lines: readonly string[]): Promise<string> {
  const child = spawn(process.execPath, [COMMAND, 'simulate', 'terminal', 'panel', '--device', folderOf(id)], {
    env: { ...system.environment },
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (said += chunk.toString()));
  child.stdin.end([...lines, '0'].map((line) => `${line}\n`).join(''));
  return new Promise((done) => {
    child.once('exit', () => {
      done(said.replace(/[\u2066\u2069]/g, '').replace(/ +/g, ' '));
    });
  });
}
