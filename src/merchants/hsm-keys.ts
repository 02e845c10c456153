import type pg from 'pg';
import { HsmError, type Hsm, type KeyRef } from '../hsm/index.ts';
import type { Config } from '../ops/config.ts';
import { GatewayError } from '../ops/errors.ts';
import { injectDemoTmks } from './keys.ts';

/** The one bank link's ZMK, by the name it is stored under. */
const BANK_ZMK = 'zmk:bank';
/** A bank switch on this machine: the simulator. */
const LOOPBACK = /^(?:[a-z+]+:\/\/)?(?:127\.\d|localhost|\[::1\])/;

export interface StoredKey {
  readonly name: string;
  readonly key: KeyRef;
  readonly createdAt: Date;
}

/** Keys that are shared with others than terminals, by name. */
export async function findKey(pool: pg.Pool, name: string): Promise<KeyRef | undefined> {
  const { rows } = await pool.query<{ key: KeyRef }>('select key from hsm_keys where name = $1', [name]);
  return rows[0]?.key;
}

/** @returns the key that had the name before */
export async function storeKey(pool: pg.Pool, name: string, key: KeyRef): Promise<KeyRef | undefined> {
  const before = await findKey(pool, name);
  await pool.query(
    `insert into hsm_keys (name, key) values ($1, $2)
     on conflict (name) do update set key = excluded.key, created_at = now()`,
    [name, key],
  );
  return before;
}

export async function listKeys(pool: pg.Pool): Promise<StoredKey[]> {
  const { rows } = await pool.query<{ name: string; key: KeyRef; created_at: Date }>(
    'select name, key, created_at from hsm_keys order by name',
  );
  return rows.map(({ name, key, created_at }) => ({ name, key, createdAt: created_at }));
}

/** The key that the bank's session keys come under. Without one, a bank switch on this machine is taken for the simulator,
 *  whose ZMK everybody knows.
 *  @throws GatewayError `keys.zmk` */
export async function bankZmk(
  pool: pg.Pool,
  hsm: Hsm,
  { bankHost }: Pick<Config, 'bankHost'>,
  demoZmk: Buffer,
): Promise<KeyRef> {
  const stored = await findKey(pool, BANK_ZMK);
  if (stored !== undefined) return stored;
  if (bankHost !== '' && !bankHost.split(',').every((place) => LOOPBACK.test(place.trim()))) {
    throw new GatewayError('keys.zmk', 'No ZMK is shared with the bank: run kalabarg keys form zmk:bank.');
  }
  try {
    return await hsm.formKey({ usage: 'K1', algorithm: 'TDES', bits: 128 }, [demoZmk, Buffer.alloc(demoZmk.length)]);
  } catch (cause) {
    if (!takesNoClearKeys(cause)) throw cause;
    const how = 'kalabarg keys adopt zmk:bank, with the key as its console shows it';
    throw new GatewayError(
      'keys.zmk',
      `This HSM does not take clear keys, so it cannot take the simulator's ZMK: ${how}.`,
      {
        cause,
      },
    );
  }
}

/** The demo programme's keys, of its terminals and the one that new terminals' keys travel under, where the HSM takes clear ones; on one that does not, they are adopted (kalabarg keys adopt). */
export async function injectDemoKeys(
  pool: pg.Pool,
  hsm: Hsm,
  terminals: Parameters<typeof injectDemoTmks>[2],
  transport: { readonly name: string; readonly key: Buffer },
): Promise<void> {
  try {
    await injectDemoTmks(pool, hsm, terminals);
    if ((await findKey(pool, transport.name)) !== undefined) return;
    const components = [transport.key, Buffer.alloc(transport.key.length)];
    await storeKey(pool, transport.name, await hsm.formKey({ usage: 'K1', algorithm: 'AES', bits: 256 }, components));
  } catch (error) {
    if (!takesNoClearKeys(error)) throw error;
  }
}

function takesNoClearKeys(error: unknown): boolean {
  return error instanceof HsmError && error.code === 'hsm.unsupported';
}
