import type { Pool } from 'pg';
import { open, seal } from '../ops/seal.ts';
import { derivedKey, HsmError, type KeyRef, type PaymentHsm } from '../hsm/index.ts';
import { GatewayError } from '../ops/errors.ts';
import { makeKeyPair, type KeyPair } from './seal.ts';

const LABEL = 'kalabarg papers';

type KeyHsm = Pick<PaymentHsm, 'generateKey' | 'generateMac'>;

interface KeyRow {
  readonly id: number;
  readonly public: Buffer;
  readonly sealed: Buffer;
  readonly hsm_key: KeyRef;
}

/** What papers are added with: it opens none. */
export interface AddingKey {
  readonly id: number;
  readonly public: Buffer;
}

/** @throws GatewayError `papers.key`: there is none yet */
export async function addingKey(pool: Pool): Promise<AddingKey> {
  const { rows } = await pool.query<AddingKey>(
    'select key_id as id, public from paper_keys order by key_id desc limit 1',
  );
  const [row] = rows;
  if (row === undefined)
    throw new GatewayError(
      'papers.key',
      'There is no key of papers yet: kalabarg serve makes it with its HSM at its start.',
    );
  return row;
}

/** Makes the key of papers where there is none; else shows that this HSM opens it.
 *  @throws GatewayError `papers.key` */
export async function bringPaperKey(pool: Pool, hsm: KeyHsm): Promise<void> {
  const { rows } = await pool.query<{ id: number }>('select key_id as id from paper_keys order by key_id desc limit 1');
  const [known] = rows;
  if (known !== undefined) {
    await openingKey(pool, hsm, known.id);
    return;
  }
  const pair = makeKeyPair();
  const hsmKey = await hsm.generateKey({ usage: 'M6', algorithm: 'AES', bits: 256 });
  const sealed = seal(await derivedKey(hsm, hsmKey, LABEL, pair.public), pair.private, pair.public.toString('hex'));
  await pool.query('insert into paper_keys (public, sealed, hsm_key) values ($1, $2, $3)', [
    pair.public,
    sealed,
    hsmKey,
  ]);
}

/** @throws GatewayError `papers.key`; HsmError `hsm.*` where it cannot be asked now */
export async function openingKey(pool: Pool, hsm: KeyHsm, id: number): Promise<KeyPair> {
  const { rows } = await pool.query<KeyRow>('select key_id as id, public, sealed, hsm_key from paper_keys where key_id = $1', [id]); // prettier-ignore
  const [row] = rows;
  if (row === undefined) throw new GatewayError('papers.key', `Key ${id} of papers is not in the database.`);
  let key: Buffer;
  try {
    key = await derivedKey(hsm, row.hsm_key, LABEL, row.public);
  } catch (cause) {
    if (cause instanceof HsmError && !cause.code.startsWith('hsm.')) throw otherHsm(id, cause);
    throw cause;
  }
  const own = open(key, row.sealed, row.public.toString('hex'));
  if (own === undefined) throw otherHsm(id);
  return { public: row.public, private: own };
}

function otherHsm(id: number, cause?: unknown): GatewayError {
  return new GatewayError(
    'papers.key',
    `Key ${id} of papers (table paper_keys) does not open with this HSM: no paper could be read. Put back the master key that it was made under.`,
    { cause },
  );
}
