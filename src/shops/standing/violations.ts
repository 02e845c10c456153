import type { Pool, PoolClient } from 'pg';
import { GatewayError } from '../../ops/errors.ts';
import { audit, type By } from '../../people/index.ts';
import { sanctionFor, sanctionTables, type Sanction } from './sanction.ts';
import { isoInstant } from '../../ops/sql.ts';
import { demandShop } from '../listed.ts';

/** What was found about a shop that breaks a rule. It proposes a sanction, and never acts alone (people.md 4.4). */

export interface NewViolation {
  readonly merchantId: string;
  /** One of the table in force. */
  readonly kind: string;
  /** ms since the epoch: when it happened. */
  readonly at: number;
  readonly note: string;
  /** RRNs. */
  readonly evidence?: readonly string[];
  /** Of a signal that a person closed as a violation: counted once. */
  readonly signal?: string;
}

export interface KeptViolation {
  readonly id: string;
  readonly kind: string;
  readonly at: string;
  readonly foundAt: string;
  readonly foundBy: string | null;
  readonly signal: string | null;
  readonly note: string;
  readonly evidence: readonly string[];
  /** Since when it counts no more, a notice about it having fallen. */
  readonly struckAt: string | null;
}

export interface ShopRecord {
  readonly violations: readonly KeptViolation[];
  readonly points: number;
  /** Version of the table that it is proposed by. */
  readonly version: string;
  /** What the points mean by the published table; undefined: nothing yet. */
  readonly proposal?: Sanction;
}

/** What was found about a shop, and what it adds up to today.
 *  @throws GatewayError `shops.unknown` */
export async function recordOf(db: Pool | PoolClient, merchant: string, now: number): Promise<ShopRecord> {
  await demandShop(db, merchant);
  const { rows } = await db.query<KeptViolation>(
    `select violation_id::text as id, kind, ${isoInstant('at')} as at, ${isoInstant('found_at')} as "foundAt", found_by::text as "foundBy", signal, note,
            evidence, ${isoInstant('struck_at')} as "struckAt"
       from shop_violations where merchant_id = $1 order by violation_id`,
    [merchant],
  );
  const counting = rows
    .filter(({ struckAt }) => struckAt === null)
    .map(({ kind, at }) => ({ kind, at: Date.parse(at) }));
  const { points, version, sanction } = sanctionFor(counting, await sanctionTables(db), now);
  return { violations: rows, points, version, ...(sanction === undefined ? {} : { proposal: sanction }) };
}

/** Keeps what was found. A signal that was kept before stays as it is.
 *  @throws GatewayError `shops.unknown`, `shops.kind`: the table of that day has no such kind; `shops.refused` */
export async function addViolation(
  db: PoolClient,
  { merchantId, kind, at, note, evidence = [], signal }: NewViolation,
  by: By,
  now: number,
): Promise<ShopRecord> {
  await demandShop(db, merchantId);
  if (at > now) throw new GatewayError('shops.refused', 'It cannot have happened in the future.');
  const tables = await sanctionTables(db);
  const kinds = [...new Set(tables.flatMap((table) => table.kinds.map(({ code }) => code)))];
  if (!kinds.includes(kind))
    throw new GatewayError('shops.kind', `${kind} is no kind of violation: they are ${kinds.join(', ')}.`);
  const { rows } = await db.query<{ id: string }>(
    `insert into shop_violations (merchant_id, kind, at, found_at, found_by, signal, note, evidence) values ($1, $2, $3, $4, $5, $6, $7, $8)
     on conflict (signal) where signal is not null do nothing returning violation_id::text as id`,
    [merchantId, kind, new Date(at), new Date(now), by.actor.id, signal ?? null, note, JSON.stringify(evidence)],
  );
  if (rows[0] !== undefined)
    await audit(db, by, { act: 'shop.violation', object: `merchant:${merchantId}`, after: { id: rows[0].id, kind, evidence, note } }); // prettier-ignore
  return recordOf(db, merchantId, now);
}
