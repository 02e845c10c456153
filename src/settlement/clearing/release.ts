import type { Pool, PoolClient } from 'pg';
import { GatewayError } from '../../ops/errors.ts';
import { ask, unasked } from './questions.ts';
import { isSamePerson, personName } from '../../ops/person-name.ts';
import { changedSince } from './explained.ts';
import { holdUnpayable, type HeldOrder } from './hold.ts';
import { transaction } from '../../ops/database.ts';
import { getClearing, reached, record } from './state.ts';

/** The second person lets the files go. Whoever made them may not. Orders of shops that may not be paid by now, or not to that
 *  Sheba, or whose postings are others by now, are held: then nothing is released, and the person looks at the files that were made again without them.
 *  @returns what was held; nothing: released
 *  @throws GatewayError `release.same-person`, `clearing.order`, `clearing.changed`, `person.name` */
export async function releaseClearing(pool: Pool, day: string, checker: string): Promise<HeldOrder[]> {
  return transaction(pool, (db) => releaseIn(db, day, checker));
}

/** The same in a transaction that is under way. */
export async function releaseIn(db: PoolClient, day: string, checker: string): Promise<HeldOrder[]> {
  const name = personName(checker);
  const clearing = await getClearing(db, day, true);
  if (reached(clearing.state, 'released')) return [];
  if (clearing.state !== 'written') {
    throw new GatewayError(
      'clearing.order',
      `Files of ${day} are released only after they are written; the clearing is ${clearing.state}.`,
    );
  }
  if (isSamePerson(name, clearing.maker)) {
    throw new GatewayError(
      'release.same-person',
      `Files of ${day} were made by ${clearing.maker}: another person must release them.`,
    );
  }
  await askOfChanges(db, day);
  const held = await holdUnpayable(db, day, name);
  if (held.length > 0) return held;
  await db.query(
    `update clearings set state = 'released', checker = $2, released_at = now(), touched_at = now()
        where business_day = $1`,
    [day, name],
  );
  await record(db, day, name, 'released');
  return [];
}

/** @throws GatewayError `clearing.changed` when what changed is of no shop in particular */
async function askOfChanges(db: PoolClient, day: string): Promise<void> {
  const { everybody, shops } = await changedSince(db, day);
  if (everybody.length > 0) {
    const what = everybody.slice(0, 3).map(({ reason }) => reason);
    throw new GatewayError('clearing.changed', `${day}: ${what.join('; ')}. Nothing leaves.`);
  }
  const fresh = await unasked(db, shops);
  if (fresh.length > 0) await ask(db, day, fresh);
}
