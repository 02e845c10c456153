import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type pg from 'pg';
import { pino } from 'pino';
import type { EmbeddedPostgres } from '../../src/demo/machine/postgres.ts';
import {
  actOnDevice,
  followApprovals,
  listDevices,
  readDevice,
  type Device,
  type DeviceRequest,
} from '../../src/enrolment/index.ts';
import type { Following } from '../../src/enrolment/follow.ts';
import { softwareHsm } from '../../src/hsm/index.ts';
import { openPool, transaction } from '../../src/ops/database.ts';
import type { Actor } from '../../src/people/index.ts';
import { addActor } from '../support/people.ts';
import { gatewayLogin, temporaryPostgres } from '../support/postgres.ts';
import { approvedCase, sentCase, type ShopStaff, type TypedShop } from '../support/shops.ts';

/** What follows an approval, with the rights of the gateway's own role. */
const NOW = Date.UTC(2026, 10, 20, 8);
const DAY = 86_400_000;
const hsm = softwareHsm({ lmk: Buffer.alloc(32, 9) });
let now = NOW;
let server: EmbeddedPostgres;
let pool: pg.Pool;
let owner: pg.Pool;
let staff: ShopStaff;
let engineer: Actor;

beforeAll(async () => {
  server = await temporaryPostgres();
  owner = openPool(server.url, 2);
  pool = openPool(await gatewayLogin(server.url), 6);
  for (const each of [owner, pool]) each.on('error', () => undefined);
  staff = {
    clerk: await addActor(pool, 'clerk', ['clerk']),
    reviewers: [await addActor(pool, 'sara', ['reviewer']), await addActor(pool, 'reza', ['reviewer'])],
  };
  engineer = await addActor(pool, 'omid', ['engineer']);
});
afterAll(async () => {
  await pool.end();
  await owner.end();
  await server.stop();
});
beforeEach(async () => {
  now = NOW;
  await owner.query('delete from messages');
});

const following = (more: Partial<Following> = {}): Following => ({
  pool,
  hsm,
  clock: { now: () => now },
  log: pino({ level: 'silent' }),
  ...more,
});

async function messages(): Promise<string[]> {
  const { rows } = await owner.query<{ template: string }>(
    `select template from messages where template like 'enrolment.%' order by template`,
  );
  return rows.map(({ template }) => template);
}

async function approved(shop: TypedShop = {}): Promise<string> {
  return (await approvedCase(pool, staff, now, shop)).merchantId ?? '';
}

async function deviceOf(merchant: string): Promise<Device> {
  const devices = await listDevices(pool, { merchant, limit: 10 });
  expect(devices.length).toBeGreaterThan(0);
  return devices.at(-1) as Device;
}

const act = (device: Device, what: DeviceRequest): Promise<Device> =>
  transaction(pool, (db) => actOnDevice(db, { id: device.id, seen: device.version }, what, { actor: engineer }, now));

/** All that a device came to, as the owner of the database sees it. */
async function outcome(merchant: string): Promise<unknown> {
  const { rows } = await owner.query(
    `select (select count(*)::int from devices where merchant_id = $1) as devices,
            (select count(*)::int from terminals where merchant_id = $1) as terminals,
            (select count(*)::int from terminal_keys k join terminals using (terminal_id) where merchant_id = $1 and tmk ->> 'usage' = 'K1') as keys,
            (select count(*)::int from key_log l join terminals t on l.name = 'terminal:' || t.terminal_id where merchant_id = $1) as log,
            (select array_agg(act order by act) from audit a join devices d on d.merchant_id = $1
              where a.actor = 'enrolment' and a.object in ('device:' || d.device_id, 'case:' || d.case_id)) as audit`,
    [merchant],
  );
  return rows[0];
}
const WHOLE = {
  devices: 1,
  terminals: 1,
  keys: 1,
  log: 1,
  audit: ['device.asked', 'terminal.bound', 'terminal.keyed'],
};

test('of an own device: a number, a key and word to the owner, by itself and once', async () => {
  const merchant = await approved();
  expect(await followApprovals(following())).toBe(4);
  expect(await followApprovals(following())).toBe(0);
  expect(await outcome(merchant)).toEqual(WHOLE);
  expect(await messages()).toEqual(['enrolment.approved', 'enrolment.terminal-ready']);
  const device = await deviceOf(merchant);
  expect(device).toMatchObject({
    terminal: expect.stringMatching(/^9\d{7}$/) as unknown,
    position: { state: 'keyed', waiting: { on: 'engineer', can: ['certify', 'cancel'], until: NOW + 3 * DAY } },
  });
});

/** A pool of which one commit never arrives: the process died. */
function dying(commit: number): pg.Pool {
  let commits = 0;
  return new Proxy(pool, {
    get: (target, name) => {
      if (name !== 'connect') {
        const value: unknown = Reflect.get(target, name);
        return typeof value === 'function' ? (value.bind(target) as unknown) : value;
      }
      return async () => {
        const client = await target.connect();
        return new Proxy(client, {
          get: (own, key) => {
            if (key !== 'query') {
              const value: unknown = Reflect.get(own, key);
              return typeof value === 'function' ? (value.bind(own) as unknown) : value;
            }
            return (text: string, values?: unknown[]) => {
              if (text === 'commit' && ++commits >= commit) return Promise.reject(new Error('the process died'));
              return own.query(text, values);
            };
          },
        });
      };
    },
  });
}

test.each([1, 2, 3, 4])(
  'a crash before the end of step %i: the next run does what is left, and nothing twice',
  async (step) => {
    const merchant = await approved();
    await followApprovals(following({ pool: dying(step) })).catch(() => 0);
    expect(await messages()).not.toContain('enrolment.terminal-ready'); // the last step was never reached
    await followApprovals(following());
    expect(await outcome(merchant)).toEqual(WHOLE);
    expect(await messages()).toEqual(['enrolment.approved', 'enrolment.terminal-ready']);
  },
);

test('two copies of the gateway at once give one device, one terminal, one key', async () => {
  const merchants = [await approved(), await approved(), await approved()];
  await Promise.all([followApprovals(following()), followApprovals(following()), followApprovals(following())]);
  await followApprovals(following());
  for (const merchant of merchants) expect(await outcome(merchant)).toEqual(WHOLE);
});

test('the serial of another shop is refused, whatever its dashes; an engineer gives another, and it goes on', async () => {
  const first = await approved({ terminal: { wish: 'own', serial: 'AB-77 01' } });
  await followApprovals(following());
  const second = await approved({ terminal: { wish: 'own', serial: 'ab7701' } });
  await followApprovals(following());
  const device = await deviceOf(second);
  expect(device).toMatchObject({
    terminal: null,
    fault: 'serial_in_use',
    position: {
      state: 'to_bind',
      waiting: { on: 'engineer', since: NOW, until: NOW + 2 * DAY, can: ['assign', 'cancel'] },
    },
  });
  now += DAY;
  await followApprovals(following());
  expect((await deviceOf(second)).position.waiting?.since).toBe(NOW); // since the first time
  expect((await messages()).filter((template) => template === 'enrolment.serial')).toHaveLength(1);
  await expect(act(device, { kind: 'assign', serial: 'AB7701' })).rejects.toMatchObject({ code: 'devices.serial' });
  await act(device, { kind: 'assign', serial: 'AB-7702' });
  await followApprovals(following());
  expect(await deviceOf(second)).toMatchObject({
    serial: 'AB7702',
    fault: null,
    terminal: expect.any(String) as unknown,
  });
  expect((await deviceOf(first)).terminal).not.toBe((await deviceOf(second)).terminal);
});

test('a device whose terminal is out of service serves the next shop', async () => {
  const first = await approved({ terminal: { wish: 'own', serial: 'OLD-1' } });
  await followApprovals(following());
  await owner.query(`update terminals set status = 'disabled' where merchant_id = $1`, [first]);
  const second = await approved({ terminal: { wish: 'own', serial: 'OLD-1' } });
  await followApprovals(following());
  expect(await deviceOf(second)).toMatchObject({ serial: 'OLD1', terminal: expect.any(String) as unknown });
  expect((await deviceOf(first)).position.state).toBe('cancelled');
});

test('a new device is asked for, assigned, shipped and delivered; each waits on one party until a day', async () => {
  const merchant = await approved({ terminal: { wish: 'new', model: 'Pax A920' } });
  await followApprovals(following());
  let device = await deviceOf(merchant);
  expect(device.position).toMatchObject({
    state: 'asked',
    waiting: { on: 'engineer', can: ['assign', 'cancel'], until: NOW + 5 * DAY },
  });
  await expect(act(device, { kind: 'ship' })).rejects.toMatchObject({ code: 'devices.refused' });
  device = await act(device, { kind: 'assign', serial: 'PX-1000' });
  await expect(act({ ...device, version: device.version - 1 }, { kind: 'ship' })).rejects.toMatchObject({
    code: 'devices.stale',
  });
  await followApprovals(following()); // number and key are ready before it leaves
  device = await deviceOf(merchant);
  expect(device).toMatchObject({
    terminal: expect.any(String) as unknown,
    position: { state: 'assigned', waiting: { until: NOW + 3 * DAY } },
  });
  device = await act(device, { kind: 'ship' });
  await followApprovals(following());
  expect(await messages()).toEqual(['enrolment.approved']); // it is not there yet
  device = await act(device, { kind: 'deliver' });
  await followApprovals(following());
  expect(await messages()).toEqual(['enrolment.approved', 'enrolment.terminal-ready']);
  expect((await readDevice(pool, device.id)).position.state).toBe('keyed');
});

test('a device that is cancelled sells no more, and its serial is free', async () => {
  const merchant = await approved({ terminal: { wish: 'own', serial: 'FREE-1' } });
  await followApprovals(following());
  const device = await deviceOf(merchant);
  await act(device, { kind: 'cancel', reason: 'the shop wants another device' });
  const { rows } = await owner.query('select status from terminals where terminal_id = $1', [device.terminal]);
  expect(rows).toEqual([{ status: 'disabled' }]);
  const next = await approved({ terminal: { wish: 'own', serial: 'FREE-1' } });
  await followApprovals(following());
  expect((await deviceOf(next)).serial).toBe('FREE1');
});

test('a shop that is suspended meanwhile waits; one that is closed gets nothing any more', async () => {
  const merchant = await approved();
  const decided = (state: string, until: string | null): Promise<unknown> =>
    owner.query(
      `insert into shop_decisions (merchant_id, state, at, until, reason, decided_by, confirmed_by, confirmed_at)
       values ($1, $2, now(), $3::timestamptz, 'by a test of devices', $4, $5, now())`,
      [merchant, state, until, staff.reviewers[0].id, staff.reviewers[1].id],
    );
  await decided('SUSPENDED', new Date(Date.now() + DAY).toISOString());
  await owner.query('select apply_standings()');
  await followApprovals(following());
  expect(await deviceOf(merchant)).toMatchObject({
    terminal: null,
    fault: 'shop_stopped',
    position: { waiting: { on: 'reviewer' } },
  });
  await decided('CLOSED', null);
  await owner.query('select apply_standings()');
  await followApprovals(following());
  expect((await deviceOf(merchant)).position).toEqual({ state: 'cancelled' });
  expect(await outcome(merchant)).toMatchObject({ terminals: 0, keys: 0 });
});

test('an HSM that is away is asked again, and says so meanwhile', async () => {
  const merchant = await approved();
  const away = { generateKey: () => Promise.reject(new Error('away')) };
  await followApprovals(following({ hsm: away }));
  expect(await deviceOf(merchant)).toMatchObject({ fault: 'hsm', position: { state: 'bound' } });
  await followApprovals(following());
  expect(await deviceOf(merchant)).toMatchObject({ fault: null, position: { state: 'keyed' } });
});

test('no role at work makes a terminal or a key in another way', async () => {
  const merchant = await approved();
  await expect(
    pool.query(`insert into terminals (terminal_id, merchant_id) values ('99999999', $1)`, [merchant]),
  ).rejects.toThrow('permission denied');
  await followApprovals(following());
  const device = await deviceOf(merchant);
  await expect(
    pool.query('update terminal_keys set tmk = null where terminal_id = $1', [device.terminal]),
  ).rejects.toThrow('permission denied');
  const { rows } = await pool.query('select give_first_key($1, $2, now()) as again', [device.id, '{}']);
  expect(rows).toEqual([{ again: null }]);
  expect(await outcome(merchant)).toEqual(WHOLE);
  await pool.query(
    `insert into devices (case_id, merchant_id, kind, said_serial, asked_at)
    values ($2, $1, 'own', 'FORGED1', now())`,
    [merchant, (await sentCase(pool, staff, now)).id],
  );
  await expect(pool.query('select bind_terminal((select max(device_id) from devices), now())')).rejects.toThrow(
    'follows no approval',
  );
});
