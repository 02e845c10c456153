import type { Pool } from 'pg';
import {
  canonicalJson,
  COMPONENTS,
  signDirector,
  type Component,
  type Director,
  type Installed,
} from '../format/index.ts';
import { expiryOf, type Db, type OnlineKeys } from '../repository/index.ts';
import { digestOf, instructionFor, type DeviceFacts } from '../rollouts/index.ts';
import type { Live } from './live.ts';

/** A device as the director sees it. */

export interface Device extends DeviceFacts {
  readonly reportCounter: number;
  readonly components: Readonly<Partial<Record<Component, Installed>>>;
  readonly director: Director | null;
  readonly directorVersion: number;
}

interface Row extends Omit<Device, 'installed'> {
  readonly components: Partial<Record<Component, Installed>>;
}

/** @param terminal DE 41. @returns undefined: no terminal that may be updated */
export async function deviceOf(db: Db, terminal: string): Promise<Device | undefined> {
  const { rows } = await db.query<Row>({
    name: 'update-device',
    text: `select t.terminal_id as terminal, t.serial, t.profile, t.psp, t.model, t.province, coalesce(d.report_counter, 0) as "reportCounter",
                  coalesce(d.components, '{}') as components, d.director, coalesce(d.director_version, 0) as "directorVersion"
             from update_terminals t left join update_devices d using (terminal_id) where t.terminal_id = $1`,
    values: [terminal],
  });
  const row = rows[0];
  return row === undefined ? undefined : { ...row, installed: installedOf(row.components) };
}

export function installedOf(components: Device['components']): DeviceFacts['installed'] {
  return Object.fromEntries(
    COMPONENTS.flatMap((each) => (components[each] === undefined ? [] : [[each, components[each].releaseCounter]])),
  );
}

/** An instruction is signed again when less of its day is left. */
const RENEW_MS = 12 * 3_600_000;

/** What the device shall install now, signed. While nothing changes it is the same bytes, so that a device that reads it in pieces gets
 *  one whole.
 *  @param nonce what it asked with, hex; empty: nothing */
export async function directorFor(
  pool: Pool,
  device: Device,
  live: Live,
  keys: OnlineKeys,
  { nonce, now }: { readonly nonce: string; readonly now: number },
): Promise<Buffer> {
  const instruction = instructionFor(device, live.releases, live.rollouts, { now, freeze: live.freeze });
  const before = device.director;
  const same =
    before !== null &&
    before.serial === device.serial &&
    before.timestampVersion === live.timestampVersion &&
    Date.parse(before.expires) - now > RENEW_MS &&
    digestOf({ components: before.components, halted: before.halted }) === digestOf(instruction);
  const director = same ? before : await keep(pool, device, live, instruction, now);
  const signed = signDirector({ ...director, nonce }, keys.director.keyid, keys.director.sign);
  return canonicalJson(signed); // the order of members in jsonb is another
}

async function keep(
  pool: Pool,
  device: Device,
  live: Live,
  instruction: Pick<Director, 'components' | 'halted'>,
  now: number,
): Promise<Director> {
  const director: Omit<Director, 'version'> = {
    _type: 'director',
    specVersion: '1',
    serial: device.serial,
    terminal: device.terminal,
    timestampVersion: live.timestampVersion,
    expires: expiryOf('timestamp', now),
    nonce: '',
    ...instruction,
  };
  // two copies of the gateway that make one at once give two versions, of which the later one says the same
  const { rows } = await pool.query<{ version: number }>({
    name: 'update-director-keep',
    text: `insert into update_devices as d (terminal_id, director, director_version)
           values ($1, jsonb_set($2::jsonb, '{version}', '1'), 1)
           on conflict (terminal_id) do update set director_version = d.director_version + 1,
             director = jsonb_set($2::jsonb, '{version}', to_jsonb(d.director_version + 1))
           returning director_version as version`,
    values: [device.terminal, JSON.stringify(director)],
  });
  return { ...director, version: rows[0]?.version ?? 1 };
}
