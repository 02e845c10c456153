import type pg from 'pg';
import { transaction } from '../../src/ops/database.ts';
import type { Actor } from '../../src/people/index.ts';
import {
  actOnCase,
  beginCase,
  readCase,
  type CaseRequest,
  type ItemCode,
  type KeptCase,
} from '../../src/shops/index.ts';
import { confirmByOwner } from './confirm.ts';

/** Who types a case, and the two who sign it. */
export interface ShopStaff {
  readonly clerk: Actor;
  readonly reviewers: readonly [Actor, Actor];
}

/** What a shop types that is not its own account, owner or device. */
export interface TypedShop {
  readonly name?: string;
  readonly guild?: string;
  readonly sheba?: string;
  readonly mobile?: string;
  readonly terminal?: Readonly<Record<string, string>>;
}

/** A case that was typed and sent. */
export async function sentCase(pool: pg.Pool, staff: ShopStaff, now: number, shop: TypedShop = {}): Promise<KeptCase> {
  const { name = 'سوپر نمونه', guild = 'supermarket' } = shop;
  const clerk = { actor: staff.clerk };
  let kept = await transaction(pool, (db) => beginCase(db, { name, guild }, clerk, now));
  const values: Partial<Record<ItemCode, Record<string, string>>> = {
    guild_licence: {
      number: `045${kept.number}`,
      issuer: 'اتحادیهٔ سوپرمارکت',
      issued: '2024-05-01',
      ends: '2027-05-01',
    },
    owner_identity: { nationalId: '0010350829', name: 'علی کریمی' },
    tax_code: { code: '1234567890' },
    sheba: { sheba: shop.sheba ?? 'IR710560000000100324200001' },
    mobile: { number: shop.mobile ?? '09121234567' },
    address: { postalCode: '1435768990', text: 'تهران، خیابان فاطمی' },
    terminal: { ...(shop.terminal ?? { wish: 'own', serial: `SN-${kept.number}` }) },
    terms: { version: '1405-1' },
  };
  for (const [code, value] of Object.entries(values))
    kept = await actAs(pool, staff.clerk, kept, { kind: 'fill', code: code as ItemCode, value }, now);
  await confirmByOwner(pool, kept.id, now);
  return actAs(pool, staff.clerk, kept, { kind: 'submit' }, now);
}

/** A case that two persons approved: its shop is a merchant. */
export async function approvedCase(
  pool: pg.Pool,
  staff: ShopStaff,
  now: number,
  shop: TypedShop = {},
): Promise<KeptCase> {
  return signedTwice(pool, staff, await acceptedAll(pool, staff, await sentCase(pool, staff, now, shop), now), now);
}

/** Every item that is open is accepted by the first reviewer. */
export async function acceptedAll(pool: pg.Pool, staff: ShopStaff, sent: KeptCase, now: number): Promise<KeptCase> {
  let kept = sent;
  for (const { code, state } of kept.items) {
    if (state === 'met' || state === 'waived' || state === 'not_required') continue;
    kept = await actAs(pool, staff.reviewers[0], kept, { kind: 'judge', code, event: 'accept' }, now);
  }
  return kept;
}

export async function signedTwice(pool: pg.Pool, staff: ShopStaff, accepted: KeptCase, now: number): Promise<KeptCase> {
  let kept = accepted;
  for (const reviewer of staff.reviewers)
    kept = await actAs(pool, reviewer, kept, { kind: 'sign', verdict: 'approve' }, now);
  return kept;
}

/** With what the case is by now: in a running system the registries act on it too. */
export function actAs(pool: pg.Pool, actor: Actor, kept: KeptCase, what: CaseRequest, now: number): Promise<KeptCase> {
  return transaction(pool, async (db) => {
    const { id, version: seen } = await readCase(db, kept.id, true);
    return actOnCase(db, { id, seen }, what, { actor }, now);
  });
}
