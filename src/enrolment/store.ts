import type { Pool, PoolClient } from 'pg';
import { Type } from 'typebox';
import { Value } from 'typebox/value';
import { GatewayError } from '../ops/errors.ts';
import {
  positionOfDevice,
  type DeviceDays,
  type DeviceFacts,
  type DeviceFault,
  type DevicePosition,
} from './device.ts';

/** Devices as they stand in PostgreSQL (migrations/0700_devices.sql). */

export interface Device {
  readonly id: string;
  readonly caseId: string;
  readonly merchant: string;
  readonly kind: 'own' | 'new';
  readonly model: string | null;
  /** As it is said, and as it is bound: the same once it is. */
  readonly serial: string | null;
  readonly terminal: string | null;
  readonly fault: DeviceFault | null;
  readonly endReason: string | null;
  readonly version: number;
  readonly facts: DeviceFacts;
  readonly position: DevicePosition;
}

const MS = (column: string): string => `(extract(epoch from ${column}) * 1000)::float8`;

interface Row {
  readonly id: string;
  readonly case_id: string;
  readonly merchant_id: string;
  readonly kind: 'own' | 'new';
  readonly model: string | null;
  readonly serial: string | null;
  readonly terminal_id: string | null;
  readonly fault: DeviceFault | null;
  readonly end_reason: string | null;
  readonly version: number;
  readonly rules: unknown;
  readonly asked_at: number;
  readonly assigned_at: number | null;
  readonly shipped_at: number | null;
  readonly delivered_at: number | null;
  readonly bound_at: number | null;
  readonly keyed_at: number | null;
  readonly certified_at: number | null;
  readonly connected_at: number | null;
  readonly ended_at: number | null;
  readonly fault_at: number | null;
}

const SELECT = `
  select d.device_id::text as id, d.case_id::text, d.merchant_id, d.kind, d.model, coalesce(d.serial, d.said_serial) as serial, d.terminal_id,
         d.fault, d.end_reason, d.version, r.rules -> 'device' as rules,
         ${MS('d.asked_at')} as asked_at, ${MS('d.assigned_at')} as assigned_at, ${MS('d.shipped_at')} as shipped_at,
         ${MS('d.delivered_at')} as delivered_at, ${MS('d.bound_at')} as bound_at, ${MS('d.keyed_at')} as keyed_at,
         (select ${MS('min(issued_at)')} from terminal_certificates c where c.terminal_id = d.terminal_id) as certified_at,
         (select ${MS('k.changed_at')} from terminal_keys k where k.terminal_id = d.terminal_id and k.keys is not null) as connected_at,
         ${MS('d.ended_at')} as ended_at, ${MS('d.fault_at')} as fault_at
    from devices d join shop_cases c using (case_id) join shop_rules r on r.version = c.rule_version`;

const Days = Type.Object({
  assignDays: Type.Integer({ minimum: 1 }),
  shipDays: Type.Integer({ minimum: 1 }),
  deliverDays: Type.Integer({ minimum: 1 }),
  certifyDays: Type.Integer({ minimum: 1 }),
  signOnDays: Type.Integer({ minimum: 1 }),
  faultDays: Type.Integer({ minimum: 1 }),
});

/** @throws GatewayError `devices.unknown` */
export async function readDevice(db: Pool | PoolClient, id: string, lock = false): Promise<Device> {
  const { rows } = await db.query<Row>(`${SELECT} where d.device_id = $1 ${lock ? 'for update of d' : ''}`, [id]);
  const [row] = rows;
  if (row === undefined) throw new GatewayError('devices.unknown', `There is no device ${id}.`);
  return deviceOf(row);
}

export interface DeviceFilter {
  readonly merchant?: string | undefined;
  /** Only those that have not come to their end. */
  readonly open?: boolean | undefined;
  readonly after?: string | undefined;
  readonly limit: number;
}

/** @returns by their number, the oldest first */
export async function listDevices(db: Pool | PoolClient, filter: DeviceFilter): Promise<Device[]> {
  const { rows } = await db.query<Row>(
    `${SELECT} where ($1::text is null or d.merchant_id = $1) and (not $2::boolean or d.ended_at is null) and d.device_id > $3
      order by d.device_id limit $4`,
    [filter.merchant ?? null, filter.open ?? false, filter.after ?? '0', filter.limit],
  );
  return rows.map(deviceOf);
}

function deviceOf(row: Row): Device {
  const { id, merchant_id, kind, model, serial, terminal_id, fault, end_reason, version, rules } = row;
  const facts: DeviceFacts = {
    kind,
    askedAt: row.asked_at,
    ...optional('assignedAt', row.assigned_at),
    ...optional('shippedAt', row.shipped_at),
    ...optional('deliveredAt', row.delivered_at),
    ...optional('boundAt', row.bound_at),
    ...optional('keyedAt', row.keyed_at),
    ...optional('certifiedAt', row.certified_at),
    ...optional('connectedAt', row.connected_at),
    ...optional('endedAt', row.ended_at),
    ...optional('fault', fault),
    ...optional('faultAt', row.fault_at),
  };
  return {
    id,
    caseId: row.case_id,
    merchant: merchant_id,
    kind,
    model,
    serial,
    terminal: terminal_id,
    fault,
    endReason: end_reason,
    version,
    facts,
    position: positionOfDevice(facts, daysOf(rules)),
  };
}

function optional<Name extends string, Value>(name: Name, value: Value | null): Partial<Record<Name, Value>> {
  return (value === null ? {} : { [name]: value }) as Partial<Record<Name, Value>>;
}

/** @throws GatewayError `shops.rules` */
function daysOf(rules: unknown): DeviceDays {
  if (Value.Check(Days, rules)) return rules;
  throw new GatewayError('shops.rules', 'The rules for shops say no days for devices: give them "device".');
}
