import type { PoolClient } from 'pg';
import { GatewayError } from '../ops/errors.ts';
import { persianLine } from '../field/persian.ts';
import { audit, type By } from '../people/index.ts';
import { serialOf } from './device.ts';
import { readDevice, type Device } from './store.ts';

/** What an engineer does for a device that a shop waits for. */
export type DeviceRequest =
  /** A device of the stock is taken for it; or the serial that was said is corrected. */
  | { readonly kind: 'assign'; readonly serial: string; readonly model?: string | undefined }
  | { readonly kind: 'ship' }
  | { readonly kind: 'deliver' }
  | { readonly kind: 'cancel'; readonly reason: string };

const ACTS: Readonly<Record<DeviceRequest['kind'], string>> = {
  assign: 'device.assigned',
  ship: 'device.shipped',
  deliver: 'device.delivered',
  cancel: 'device.cancelled',
};

/** @param seen the version that the person saw
 *  @throws GatewayError `devices.unknown`, `devices.stale`, `devices.refused`, `devices.serial` */
export async function actOnDevice(
  db: PoolClient,
  { id, seen }: { id: string; seen: number },
  what: DeviceRequest,
  by: By,
  now: number,
): Promise<Device> {
  const device = await readDevice(db, id, true);
  if (device.version !== seen)
    throw new GatewayError('devices.stale', `Device ${id} was changed meanwhile: read it again.`);
  const { state, waiting } = device.position;
  if (waiting?.can.includes(what.kind) !== true)
    throw new GatewayError('devices.refused', `Device ${id} is ${state}: that cannot be done to it now.`);
  const at = new Date(now);
  const change = 'update devices set version = version + 1, fault = null, fault_at = null,';
  if (what.kind === 'assign') await assign(db, device, what, at);
  else if (what.kind === 'cancel') await cancel(db, device, what.reason, at);
  else
    await db.query(`${change} ${what.kind === 'ship' ? 'shipped_at' : 'delivered_at'} = $2 where device_id = $1`, [
      id,
      at,
    ]);
  const before = { state, serial: device.serial };
  const { kind, ...after } = what;
  await audit(db, by, { act: ACTS[kind], object: `device:${id}`, before, after });
  return readDevice(db, id);
}

async function assign(
  db: PoolClient,
  device: Device,
  { serial: said, model: typed }: { serial: string; model?: string | undefined },
  at: Date,
): Promise<void> {
  const serial = serialOf(said);
  if (serial === undefined)
    throw new GatewayError(
      'devices.serial',
      'A serial has 1 to 40 letters and digits: it stands on the back of the device.',
    );
  const model = typed === undefined ? device.model : persianLine(typed);
  if (model === undefined || (model !== null && model.length > 60))
    throw new GatewayError('devices.serial', 'A model has at most 60 characters that can be read.');
  await demandFree(db, device.id, serial);
  await db.query(
    `update devices set said_serial = $2, model = $3, assigned_at = case kind when 'new' then coalesce(assigned_at, $4) end,
            fault = null, fault_at = null, version = version + 1 where device_id = $1`,
    [device.id, serial, model, at],
  );
}

/** @throws GatewayError `devices.serial` */
async function demandFree(db: PoolClient, id: string, serial: string): Promise<void> {
  await db.query(`select pg_advisory_xact_lock(8583, hashtext('device ' || $1))`, [serial]);
  const { rows } = await db.query<{ terminal: string }>(
    `select o.terminal_id as terminal from devices o join terminals t using (terminal_id)
      where o.serial = $1 and o.ended_at is null and t.status = 'active' and o.device_id <> $2`,
    [serial, id],
  );
  const [other] = rows;
  if (other === undefined) return;
  throw new GatewayError(
    'devices.serial',
    `The device ${serial} serves terminal ${other.terminal}: take that out of service first, or give another device.`,
  );
}

/** What was bound is out of service with it: the terminal sells no more. */
async function cancel(db: PoolClient, device: Device, reason: string, at: Date): Promise<void> {
  await db.query(
    `update devices set ended_at = $2, end_reason = $3, fault = null, fault_at = null, version = version + 1 where device_id = $1`,
    [device.id, at, reason],
  );
  if (device.terminal !== null) await db.query('select retire_terminal($1)', [device.id]);
}
