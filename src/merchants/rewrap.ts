import type pg from 'pg';
import type { KeyRef, PaymentHsm } from '../hsm/index.ts';
import type { SessionKeys } from './directory.ts';
import { transaction } from '../ops/database.ts';

/** Rows that are locked at once: a terminal that asks for new keys meanwhile waits that long. */
const BATCH = 50;

interface Row {
  readonly terminal_id: string;
  readonly tmk: KeyRef | null;
  readonly keys: SessionKeys | null;
  readonly previous: SessionKeys | null;
}

/** Brings every stored key under the HSM's present master key. The keys stay the same, so that nothing in flight notices;
 *  every copy of the gateway is told of its terminals' new tokens.
 *  @returns how many keys were brought over
 *  @throws HsmError `key.token` for a key of an LMK that is not there any more, naming whose it is */
export async function rewrapKeys(pool: pg.Pool, hsm: Pick<PaymentHsm, 'rewrap'>): Promise<number> {
  const done = new Map<string, Promise<KeyRef>>();
  const rewrap = (key: KeyRef): Promise<KeyRef> => {
    const known = done.get(key.token) ?? hsm.rewrap(key); // terminals of a demo share a TMK
    done.set(key.token, known);
    return known;
  };
  await transaction(pool, async (client) => {
    const { rows } = await client.query<{ name: string; key: KeyRef }>('select name, key from hsm_keys for update');
    for (const { name, key } of rows) {
      await client.query('update hsm_keys set key = $2 where name = $1', [name, await rewrap(key)]);
    }
  });
  await transaction(pool, async (client) => {
    const { rows } = await client.query<{ id: number; key: KeyRef }>(
      'select key_id as id, hsm_key as key from paper_keys for update',
    );
    for (const { id, key } of rows)
      await client.query('update paper_keys set hsm_key = $2 where key_id = $1', [id, await rewrap(key)]);
  });
  await transaction(pool, async (client) => {
    const { rows } = await client.query<{ id: string; key: KeyRef }>(
      'select authority_id as id, hsm_key as key from terminal_authorities where hsm_key is not null for update',
    );
    for (const { id, key } of rows)
      await client.query('update terminal_authorities set hsm_key = $2 where authority_id = $1', [
        id,
        await rewrap(key),
      ]);
  });
  let count = done.size;
  await transaction(pool, (client) => rewrapProbe(client, rewrap));
  for (let after = ''; ;) {
    done.clear();
    const last = await transaction(pool, (client) => rewrapTerminals(client, after, rewrap));
    count += done.size;
    if (last === undefined) return count;
    after = last;
  }
}

/** What tells a start that the LMK is the right one (lmk.ts): no key of anybody's, so it is not counted. */
async function rewrapProbe(client: pg.PoolClient, rewrap: (key: KeyRef) => Promise<KeyRef>): Promise<void> {
  const { rows } = await client.query<{ value: string }>(
    `select value from installation where name = 'lmk' for update`,
  );
  if (rows[0] === undefined) return;
  const key = await rewrap(JSON.parse(rows[0].value) as KeyRef);
  await client.query(`update installation set value = $1 where name = 'lmk'`, [JSON.stringify(key)]);
}

/** @returns the last terminal of the batch; undefined when there are no more */
async function rewrapTerminals(
  client: pg.PoolClient,
  after: string,
  rewrap: (key: KeyRef) => Promise<KeyRef>,
): Promise<string | undefined> {
  const { rows } = await client.query<Row>(
    `select terminal_id, tmk, keys, previous from terminal_keys
      where terminal_id > $1 order by terminal_id limit ${BATCH} for update`,
    [after],
  );
  const pair = async (keys: SessionKeys | null): Promise<SessionKeys | null> =>
    keys === null ? null : { tpk: await rewrap(keys.tpk), tak: await rewrap(keys.tak) };
  for (const { terminal_id, tmk, keys, previous } of rows) {
    // What was superseded is not worth a change of keys: who still uses it is told 63, and signs on.
    await client.query(
      `update terminal_keys set tmk = $2, keys = $3, previous = $4, superseded = '[]' where terminal_id = $1`,
      [terminal_id, tmk === null ? null : await rewrap(tmk), await pair(keys), await pair(previous)],
    );
  }
  return rows.at(-1)?.terminal_id;
}
