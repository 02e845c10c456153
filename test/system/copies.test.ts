import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compile, loadSpec, type Message } from '../../src/codec/index.ts';
import { retailMac, unwrapKeyBlock } from '../../src/hsm/index.ts';
import { terminalCertificate } from '../../src/demo/files.ts';
import type { Pool } from 'pg';
import { DAY_MS as DAY, systemClock, tehran, transmissionDateTime } from '../../src/ops/clock.ts';
import { openPool, transaction } from '../../src/ops/database.ts';
import { encodeReport } from '../../src/updates/format/index.ts';
import { approveMinimum, approveRelease, proposeMinimum, readFreeze, stageRelease } from '../../src/updates/index.ts';
import { addActor } from '../support/people.ts';
import { DEMO_TERMINALS } from '../../src/demo/programme.ts';
import { freePort } from '../../src/demo/machine/postgres.ts';
import { SimulatedTerminal } from '../../src/simulators/terminal/index.ts';
import { cardOf, startSystem, stopProcess, type System } from '../support/system.ts';

/** A slow machine starts databases and gateways slowly. */
jest.setTimeout(240_000);

const COMMAND = fileURLToPath(new URL('../../bin/kalabarg.js', import.meta.url));
const codec = compile(loadSpec('kalabarg-pos'));
const DEVICE = DEMO_TERMINALS[7]!;
let system: System;
let copy: ChildProcess;
const connections: SimulatedTerminal[] = [];
const ports: number[] = [];

/** A second copy of the gateway on the same database, and a connection of one terminal to each. */
beforeAll(async () => {
  system = await startSystem();
  const { databaseUrl } = JSON.parse(readFileSync(join(system.data, 'runtime.json'), 'utf8')) as {
    databaseUrl: string;
  };
  const [port, http, shops] = [await freePort(), await freePort(), await freePort()];
  const environment = {
    ...system.environment,
    KALABARG_TERMINAL_PORT: String(port),
    KALABARG_HTTP_PORT: String(http),
    KALABARG_PUBLIC_PORT: String(shops),
    KALABARG_UPDATES_PORT: '0',
    KALABARG_BANK_HOST: '127.0.0.1',
    DATABASE_URL: databaseUrl,
  };
  copy = spawn(process.execPath, [COMMAND, 'serve'], { env: environment, stdio: 'ignore' });
  const ready = () =>
    fetch(`http://127.0.0.1:${http}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    );
  while (!(await ready())) await new Promise((done) => setTimeout(done, 50));
  ports.push(Number(system.environment['KALABARG_TERMINAL_PORT']), port);
  for (const each of ports) connections.push(await connect(each));
});
afterAll(async () => {
  for (const connection of connections) connection.close();
  await stopProcess(copy);
  await system.stop();
});

function connect(port: number, firstStan = 1): Promise<SimulatedTerminal> {
  const tls = { ca: join(system.data, 'tls', 'ca.crt'), ...terminalCertificate(system.data, DEVICE.terminal) };
  const endpoint = { host: '127.0.0.1', port, tls };
  return SimulatedTerminal.connect({ ...DEVICE, endpoint, codec, clock: systemClock, timeoutMs: 20_000, firstStan });
}

/** A network echo under a TAK, as one message. */
function echo(tak: Buffer, stan: number): Message {
  const fields = {
    7: transmissionDateTime(systemClock.now()),
    11: String(stan).padStart(6, '0'),
    41: DEVICE.terminal,
    70: '301',
    128: '0000000000000000',
  };
  const bytes = codec.encode({ mti: '0800', fields });
  retailMac(tak, bytes.subarray(0, -8)).copy(bytes, bytes.length - 8);
  return codec.decode(bytes);
}

test('session keys that one copy gave are good at the other at once, faster than any notice', async () => {
  const answers: string[] = [];
  for (let round = 0; round < 60; round++) {
    const [giver, taker] = round % 2 === 0 ? connections : [...connections].reverse();
    const { message } = await giver!.network('101');
    const tak = unwrapKeyBlock(message.get('48.31') ?? '', DEVICE.tmk).key;
    answers.push((await taker!.exchange(echo(tak, 500_000 + round))).rc);
  }
  expect(answers).toEqual(Array(60).fill('00'));
});

test('a MAC that no keys made is wrong at both', async () => {
  for (const connection of connections)
    expect((await connection.exchange(echo(Buffer.alloc(16, 7), 600_000))).rc).toBe('63');
});

test('a terminal that reports an old version sells nothing at either copy once its notice is over, does the rest, and sells again when it is updated', async () => {
  const pool = openPool(system.databaseUrl(), 2);
  pool.on('error', () => undefined);
  const past = Date.now() - 60 * DAY;
  const releases = await releasesOfParams(pool, past);
  const people = [await addActor(pool, 'mina', ['engineer']), await addActor(pool, 'kamran', ['checker'])];
  const wanted = { releaseId: releases[1]!.id, from: tehran(Date.now() - DAY).isoDate, reason: 'a hole' };
  await transaction(pool, async (db) => {
    const { id } = await proposeMinimum(db, wanted, { actor: people[0]! }, past);
    await approveMinimum(db, id, { actor: people[1]! }, past);
  });
  await pool.query(`update programme_charges set charge_days = '{}'`);
  // around Nowruz nothing can be installed, and nothing is refused
  const refused = (await readFreeze(pool, Date.now())) === undefined ? '58' : '00';
  let counter = 0;
  const reports = async (at: SimulatedTerminal, n: number): Promise<string> => {
    const { path: file, sha256, counter: releaseCounter } = releases[n]!;
    const params = { file, sha256, releaseCounter, slot: 'A' as const };
    const now = new Date().toISOString();
    const report = { serial: DEVICE.terminal, counter: ++counter, components: { params }, timestampVersion: 1, clock: now, freeBytes: 1, queuedReversals: 0 }; // prettier-ignore
    return (await at.send('0800', { 70: '902', 48: { '37': encodeReport(report) } })).rc;
  };
  const buys = (at: SimulatedTerminal) => at.financial('179898', 10_000n, cardOf(41));
  const until = async (at: SimulatedTerminal, rc: string): Promise<void> => {
    await at.newKeys(); // the other one of its connections has other keys
    while ((await buys(at)).rc !== rc) await systemClock.sleep(20);
  };

  const here = await connect(ports[0]!, 1_000);
  const there = await connect(ports[1]!, 5_000);
  await here.newKeys();
  const bought = await buys(here);
  expect([bought.rc, await reports(here, 0)]).toEqual(['00', '00']);
  expect((await buys(here)).rc).toBe('00'); // it is told, for 30 days
  await pool.query(
    'update update_outdated o set told_at = $1, refused_from = refuse_from from update_minimums m where m.minimum_id = o.minimum_id',
    [new Date(past)],
  );
  await until(here, refused);
  if (refused === '58') {
    const answer = await buys(here);
    expect([answer.rc, answer.message.get('48.13')]).toEqual(['58', expect.stringContaining('به‌روز')]);
    const repeat = await here.exchange(answer.request);
    expect([repeat.rc, repeat.message.get(37)]).toEqual(['58', answer.message.get(37)]);
    const signOn = await here.network('001');
    expect([signOn.rc, signOn.message.get('48.13')]).toEqual(['00', expect.stringContaining('به‌روز')]);
  }
  expect((await here.financial('379800', 0n, cardOf(41, null))).rc).toBe('00');
  expect((await here.financial('000000', 10_000n, cardOf(41))).rc).toBe('00');
  expect((await here.reverse(bought.request, '17')).rc).toBe('00');
  await until(there, refused);
  expect(await reports(there, 1)).toBe('00');
  await until(there, '00');
  await until(here, '00');
  for (const each of [here, there]) each.close();
  await pool.end();
});

/** Two releases of parameters, the second rolled out to all, and metadata that holds. */
async function releasesOfParams(pool: Pool, at: number) {
  const by = [await addActor(pool, 'sara', ['engineer']), await addActor(pool, 'hamid', ['checker'])];
  const made = [];
  for (const text of ['{"a":1}', '{"a":2}']) {
    const wanted = {
      component: 'params' as const,
      profile: 'native',
      content: Buffer.from(text),
      textFa: 'x',
      textEn: 'x',
    };
    const release = await stageRelease(pool, wanted, { actor: by[0]! }, at);
    await transaction(pool, (db) => approveRelease(db, release.id, { actor: by[1]! }, at));
    made.push(release);
  }
  await pool.query('update update_releases set published_at = now()');
  await pool.query(
    `insert into update_rollouts (release_id, plan, state, step_since, proposed_by, proposed_at, released_by, released_at)
     values ($1, '{"own": []}', 'done', now(), $2, now(), $3, now())`,
    [made[1]?.id, by[0]!.id, by[1]!.id],
  );
  await pool.query(
    `insert into update_metadata (role, version, expires, bytes, at)
     select r, 1, now() + interval '1 day', '{}', now() from unnest(array['root', 'targets', 'snapshot', 'timestamp', 'params']) r`,
  );
  return made;
}
