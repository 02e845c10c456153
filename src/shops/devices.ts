import type { Pool, PoolClient } from 'pg';

/** A device that a PSP has in the field, and what becomes of it in this scheme. */
export interface FieldDevice {
  readonly number: string;
  readonly psp: string;
  readonly model: string;
  readonly serial: string;
  readonly becomes: 'update' | 'replacement';
}

/** @param number DE 41 as the PSP gave it, 8 digits
 *  @returns undefined: no list that we have names it */
export async function fieldDevice(db: Pool | PoolClient, number: string): Promise<FieldDevice | undefined> {
  const { rows } = await db.query<FieldDevice>(
    'select number, psp, model, serial, becomes from psp_terminals join device_models using (model) where number = $1',
    [number],
  );
  return rows[0];
}
