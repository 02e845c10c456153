import type { Pool, PoolClient } from 'pg';
import type { Hsm } from '../hsm/index.ts';
import type { Now } from '../ops/clock.ts';
import { queueMessage } from '../messages/index.ts';
import { transaction } from '../ops/database.ts';
import { messageOf } from '../ops/errors.ts';
import type { Log } from '../ops/log.ts';
import { audit, type By } from '../people/index.ts';
import { serialOf, type DeviceFault } from './device.ts';

/** What follows an approval, on its own: a device with a number, a key, and word to the owner. Each step is one transaction that asks
 *  again whether it is still to be done, so that a crash between any two loses nothing and does nothing twice; what cannot be done
 *  now is tried again by the next run. */

export interface Following {
  readonly pool: Pool;
  readonly hsm: Pick<Hsm, 'generateKey'>;
  readonly clock: Now;
  readonly log: Log;
}

/** Cases and devices that one run looks at, at most. */
const AT_ONCE = 200;
/** One at a time over all copies of the gateway. */
const LOCK = 'select pg_try_advisory_xact_lock(8583, 700) as mine';

const BY: By = { actor: { id: null, name: 'enrolment' } };

/** Takes every step that can be taken now.
 *  @returns how many were taken */
export async function followApprovals(following: Following): Promise<number> {
  let taken = 0;
  for (const step of [begin, endClosed, bind, giveKey, tellReady]) taken += await step(following);
  return taken;
}

interface Begun {
  readonly case_id: string;
  readonly number: string;
  readonly merchant: string;
  readonly mobile: string | null;
  readonly wish: string | null;
  readonly model: string | null;
  readonly serial: string | null;
}

/** Of each approved case that asked for a device: an application, or a further one. */
async function begin({ pool, clock }: Following): Promise<number> {
  return transaction(pool, async (db) => {
    if (!(await isMine(db))) return 0;
    const { rows } = await db.query<Begun>(
      `select c.case_id::text, c.number, s.merchant_id as merchant, m.mobile, i.value ->> 'wish' as wish, i.value ->> 'model' as model,
              i.value ->> 'serial' as serial
         from shop_cases c join shops s using (shop_id) join merchants m using (merchant_id)
         join shop_items i on i.case_id = c.case_id and i.code = 'terminal'
        where c.state = 'APPROVED' and i.value is not null and not exists (select 1 from devices d where d.case_id = c.case_id)
          and coalesce(to_jsonb(c) ->> 'kind', 'application') in ('application', 'terminal')
        order by c.case_id limit ${AT_ONCE}`,
    );
    const now = clock.now();
    for (const { case_id, number, merchant, mobile, wish, model, serial } of rows) {
      await db.query(
        `insert into devices (case_id, merchant_id, kind, model, said_serial, asked_at) values ($1, $2, $3, $4, $5, $6)`,
        [
          case_id,
          merchant,
          wish === 'new' ? 'new' : 'own',
          model,
          wish === 'new' ? null : (serialOf(serial ?? '') ?? null),
          new Date(now),
        ],
      );
      const about = `case:${case_id}`;
      if (mobile !== null) await tell(db, mobile, 'enrolment.approved', { number }, about, now);
      await audit(db, BY, { act: 'device.asked', object: about, after: { merchant, kind: wish } });
    }
    return rows.length;
  });
}

/** A shop that was closed for good meanwhile gets no device any more. */
function endClosed(following: Following): Promise<number> {
  return each(following, CLOSED, async (db, id, now) => {
    await db.query(
      `update devices set ended_at = $2, end_reason = 'the shop is closed', fault = null, fault_at = null, version = version + 1
        where device_id = $1`,
      [id, new Date(now)],
    );
    await db.query('select retire_terminal($1)', [id]);
    await audit(db, BY, { act: 'device.cancelled', object: `device:${id}`, after: { reason: 'the shop is closed' } });
    return undefined;
  });
}

/** Of devices that have not ended: what each step is for. */
const CLOSED = `exists (select 1 from shop_standing s where s.merchant_id = devices.merchant_id and s.state = 'CLOSED')`;
const UNBOUND = `bound_at is null and (kind = 'own' or assigned_at is not null)`;
const UNKEYED = 'bound_at is not null and keyed_at is null';
const UNTOLD = `keyed_at is not null and told_at is null and (kind = 'own' or delivered_at is not null)`;

function bind(following: Following): Promise<number> {
  return each(following, UNBOUND, async (db, id, now) => {
    const { rows } = await db.query<{ fault: DeviceFault | null }>('select bind_terminal($1, $2) as fault', [
      id,
      new Date(now),
    ]);
    const fault = rows[0]?.fault ?? null;
    if (fault !== null) return fault;
    await audit(db, BY, { act: 'terminal.bound', object: `device:${id}`, after: await bound(db, id) });
    return undefined;
  });
}

async function bound(db: PoolClient, id: string): Promise<unknown> {
  const { rows } = await db.query(
    'select terminal_id as terminal, merchant_id as merchant, serial from devices where device_id = $1',
    [id],
  );
  return rows[0];
}

/** What the HSM makes for a step that is not committed is nobody's. */
function giveKey(following: Following): Promise<number> {
  const { hsm, log } = following;
  return each(following, UNKEYED, async (db, id, now) => {
    const key = await hsm.generateKey({ usage: 'K1', algorithm: 'AES', bits: 128 }).catch((error: unknown) => {
      log.warn({ device: id, error: messageOf(error) }, 'no key could be made for a terminal; it is tried again');
      return undefined;
    });
    if (key === undefined) return 'hsm';
    const { rows } = await db.query<{ fault: DeviceFault | null }>('select give_first_key($1, $2, $3) as fault', [
      id,
      JSON.stringify(key),
      new Date(now),
    ]);
    const fault = rows[0]?.fault ?? null;
    if (fault !== null) return fault;
    await audit(db, BY, { act: 'terminal.keyed', object: `device:${id}`, after: { kcv: key.kcv } });
    return undefined;
  });
}

function tellReady(following: Following): Promise<number> {
  return each(following, UNTOLD, async (db, id, now) => {
    const { rows } = await db.query<{ terminal: string; mobile: string | null }>(
      `update devices d set told_at = $2 from merchants m
        where d.device_id = $1 and m.merchant_id = d.merchant_id returning d.terminal_id as terminal, m.mobile`,
      [id, new Date(now)],
    );
    const [told] = rows;
    if (told?.mobile != null)
      await tell(db, told.mobile, 'enrolment.terminal-ready', { terminal: told.terminal }, `device:${id}`, now);
    return undefined;
  });
}

async function tellSerial(db: PoolClient, id: string, now: number): Promise<void> {
  const { rows } = await db.query<{ number: string; mobile: string | null }>(
    'select c.number, m.mobile from devices d join shop_cases c using (case_id) join merchants m using (merchant_id) where d.device_id = $1',
    [id],
  );
  const [found] = rows;
  if (found?.mobile != null)
    await tell(db, found.mobile, 'enrolment.serial', { number: found.number }, `device:${id}`, now);
}

/** Puts word to the owner into the outbox, in the transaction of what it tells. */
function tell(
  db: PoolClient,
  to: string,
  template: 'enrolment.approved' | 'enrolment.terminal-ready' | 'enrolment.serial',
  values: Readonly<Record<string, string>>,
  about: string,
  now: number,
): Promise<void> {
  return queueMessage(db, { to, template, language: 'fa', values, about }, now);
}

/** Takes one step of each device that wants it, each in a transaction of its own that has the device alone. One that fails keeps no
 *  other from its step.
 *  @param wanted a condition on devices
 *  @param step returns why it cannot be taken now */
async function each(
  { pool, clock, log }: Following,
  wanted: string,
  step: (db: PoolClient, id: string, now: number) => Promise<DeviceFault | undefined>,
): Promise<number> {
  const { rows } = await pool.query<{ id: string }>(
    `select device_id::text as id from devices where ended_at is null and ${wanted} order by tried_at nulls first, device_id limit ${AT_ONCE}`,
  );
  let taken = 0;
  for (const { id } of rows) {
    try {
      await transaction(pool, async (db) => {
        const { rowCount } = await db.query(
          `select from devices where device_id = $1 and ended_at is null and ${wanted} for update skip locked`,
          [id],
        );
        if (rowCount !== 1) return;
        const now = clock.now();
        const fault = await step(db, id, now);
        if (fault === undefined) taken++;
        else if ((await say(db, id, fault, now)) && fault.startsWith('serial')) await tellSerial(db, id, now);
      });
    } catch (error) {
      log.error({ device: id, error: messageOf(error) }, 'a step of a device failed; it is tried again');
    }
  }
  return taken;
}

/** Keeps why a device cannot go on; since when, from the first time.
 *  @returns whether it is said for the first time */
async function say(db: PoolClient, id: string, fault: DeviceFault, now: number): Promise<boolean> {
  await db.query('update devices set tried_at = $2 where device_id = $1', [id, new Date(now)]);
  const { rowCount } = await db.query(
    'update devices set fault = $2, fault_at = $3, version = version + 1 where device_id = $1 and fault is distinct from $2',
    [id, fault, new Date(now)],
  );
  return rowCount === 1;
}

async function isMine(db: PoolClient): Promise<boolean> {
  return (await db.query<{ mine: boolean }>(LOCK)).rows[0]?.mine === true;
}
