import type { Pool, PoolClient } from 'pg';
import { luhnDigit } from '../../field/pan.ts';
import { toJalali } from '../../field/jalali.ts';
import { DAY_MS, tehran } from '../../ops/clock.ts';
import { GatewayError } from '../../ops/errors.ts';
import { byOwner, type Owner } from '../../owners/index.ts';
import { audit, type By } from '../../people/index.ts';
import { shopOf } from '../listed.ts';
import { mayNow } from '../standing/capabilities.ts';
import { CHANGE_ITEMS, type CaseKind, type ChangeKind } from '../requirements/kinds.ts';
import type { Item, ItemCode } from '../requirements/item.ts';
import { shopRules } from '../requirements/rules.ts';
import { readCase, writeItem, type KeptCase } from './store.ts';
import { tellShop } from '../tell.ts';
import { isoInstant } from '../../ops/sql.ts';

/** What changes about a shop that works: a case of its kind, which asks only for the items that it needs (people.md 4). */

export interface Change {
  /** 15 digits. */
  readonly merchantId: string;
  readonly kind: ChangeKind;
}

/** The owner of a shop begins a change of it: a draft, theirs to fill in. The mobile of now is told.
 *  @throws GatewayError `shops.unknown`: there is no such shop of that owner; `shops.open`: there is a case of the kind already;
 *    `shops.refused`: no further terminal now; `shops.rules` */
export async function beginChange(
  db: PoolClient,
  { merchantId, kind }: Change,
  owner: Owner,
  now: number,
): Promise<KeptCase> {
  const shop = await changingShop(db, merchantId, owner.mobile);
  return begin(db, shop, { kind, clerk: null }, byOwner(owner), now);
}

/** The same, typed by a clerk for the owner.
 *  @throws GatewayError as `beginChange` */
export async function beginChangeFor(
  db: PoolClient,
  { merchantId, kind }: Change,
  by: By,
  now: number,
): Promise<KeptCase> {
  return begin(db, await changingShop(db, merchantId), { kind, clerk: by.actor.id }, by, now);
}

interface ChangingShop {
  readonly merchant: string;
  readonly name: string;
  readonly guild: string;
  readonly mobile: string | null;
}

/** @param mobile of the owner who asks: another's shop is not there */
async function changingShop(db: PoolClient, merchant: string, mobile?: string): Promise<ChangingShop> {
  const { rows } = await db.query<ChangingShop>(
    `select merchant_id as merchant, name, guild, mobile from merchants
      where merchant_id = $1 and ($2::text is null or mobile = $2) and listed_status <> 'applied'`,
    [merchant, mobile ?? null],
  );
  if (rows[0] === undefined) throw new GatewayError('shops.unknown', `There is no shop ${merchant}.`);
  return rows[0];
}

interface NewChange {
  readonly kind: ChangeKind;
  readonly clerk: string | null;
}

async function begin(
  db: PoolClient,
  shop: ChangingShop,
  { kind, clerk }: NewChange,
  by: By,
  now: number,
): Promise<KeptCase> {
  if (kind === 'terminal' && !(await mayNow(db, shop.merchant, 'new_terminal', now)))
    throw new GatewayError('shops.refused', 'The shop may have no further terminal now: look at what it may do, and why not.'); // prettier-ignore
  const rules = await shopRules(db, { day: tehran(now).isoDate });
  const items = CHANGE_ITEMS[kind].filter((code) => rules.items.includes(code));
  const id = await insertCase(db, shop, { kind, clerk, rules: rules.version, due: now + rules.draftDays * DAY_MS }, now); // prettier-ignore
  await askItems(db, id, items, clerk, now);
  const kept = await readCase(db, id);
  await tellShop(db, shop.mobile, 'change.begun', { change: KIND_NAMES[kind], number: kept.number }, `case:${id}`, now);
  await audit(db, by, { act: 'case.begun', object: `case:${id}`, after: { kind, merchant: shop.merchant } });
  return kept;
}

export interface NewCase {
  readonly kind: CaseKind;
  readonly clerk: string | null;
  readonly rules: string;
  /** ms since the epoch: of what the owner has to do. */
  readonly due: number;
}

/** A draft about a shop that works; it is its owner's, whoever typed it.
 *  @returns its id
 *  @throws GatewayError `shops.open` */
export async function insertCase(
  db: PoolClient,
  shop: ChangingShop,
  { kind, clerk, rules, due }: NewCase,
  now: number,
): Promise<string> {
  const shopId = await shopOf(db, shop.merchant);
  await db.query('select pg_advisory_xact_lock(8583, hashtext($1))', [`case of shop ${shopId}`]); // two at once
  const open = await db.query<{ number: string }>(
    `select number from shop_cases where shop_id = $1 and kind = $2 and state not in ('APPROVED', 'REFUSED', 'WITHDRAWN')`,
    [shopId, kind],
  );
  if (open.rows[0] !== undefined)
    throw new GatewayError('shops.open', `Case ${open.rows[0].number} is about the same: go on with that, or withdraw it.`); // prettier-ignore
  const { rows } = await db.query<{ id: string }>(`select nextval('shop_cases_case_id_seq')::text as id`);
  const id = rows[0]?.id ?? '';
  const body = (10_000_000 + (Number(id) % 90_000_000)).toString();
  await db.query(
    `insert into shop_cases (case_id, number, shop_id, kind, clerk, applicant_mobile, rule_version, name, guild, begun_at, due, state,
                             waits_on, waits_since, waits_until)
     overriding system value values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 'DRAFT', 'applicant', $10, $11)`,
    [
      id,
      `${body}${luhnDigit(body)}`,
      shopId,
      kind,
      clerk,
      shop.mobile,
      rules,
      shop.name,
      shop.guild,
      new Date(now),
      new Date(due),
    ],
  );
  return id;
}

/** Adds items to a draft. */
export async function askItems(
  db: PoolClient,
  id: string,
  items: readonly ItemCode[],
  person: string | null,
  now: number,
): Promise<void> {
  for (const code of items) {
    const item: Item = { code, state: code === 'relations' ? 'submitted' : 'due', version: 0, since: now };
    await writeItem(db, id, { item, event: 'begin', person });
  }
}

/** What follows when two persons have approved a change, in the same transaction.
 *  @returns what the audit says of it */
export async function settleChange(db: PoolClient, kept: KeptCase, now: number): Promise<object> {
  const before = await changingShop(db, kept.merchantId ?? '');
  const { rows } = await db.query<{ in_force: string | null }>('select apply_change($1)::text as in_force', [kept.id]);
  const inForce = rows[0]?.in_force ?? null;
  const about = `case:${kept.id}`;
  if (inForce !== null) {
    const sheba = kept.items.find(({ code }) => code === 'sheba')?.value?.['sheba'];
    const last = typeof sheba === 'string' ? sheba.slice(-4) : '';
    const values = { day: toJalali(inForce).replaceAll('-', '/'), last, number: kept.number };
    // to the mobile of before: a new owner's is not told of the old one's money
    await tellShop(db, before.mobile, 'sheba.approved', values, about, now);
  }
  if (kept.kind !== 'sheba' && kept.kind !== 'application')
    await tellShop(db, before.mobile, 'change.approved', { change: KIND_NAMES[kept.kind], number: kept.number }, about, now); // prettier-ignore
  return inForce === null ? { kind: kept.kind } : { kind: kept.kind, shebaFrom: inForce };
}

/** A person says that the bank has closed the account of before: the new one is not waited for. Whoever signs then, sees it.
 *  @throws GatewayError `shops.unknown`, `shops.stale`, `shops.refused` */
export async function sayClosed(
  db: PoolClient,
  { id, seen, reason }: { id: string; seen: number; reason: string },
  by: By,
): Promise<KeptCase> {
  const kept = await readCase(db, id, true);
  if (kept.version !== seen)
    throw new GatewayError('shops.stale', `Case ${kept.number} was changed meanwhile: read it again.`);
  if (
    kept.facts.withdrawnAt !== undefined ||
    kept.facts.reviews.length > 0 ||
    (kept.kind !== 'sheba' && kept.kind !== 'owner')
  )
    // prettier-ignore
    throw new GatewayError('shops.refused', 'That is said of a change of Sheba, before anybody signs it.');
  await db.query(
    'update shop_cases set old_closed_by = $2, old_closed_reason = $3, version = version + 1 where case_id = $1',
    [id, by.actor.id, reason],
  );
  await audit(db, by, { act: 'case.account-closed', object: `case:${id}`, after: { reason } });
  return readCase(db, id);
}

export interface ShebaChange {
  readonly id: string;
  readonly merchant: string;
  readonly case: string;
  readonly oldSheba: string;
  readonly newSheba: string;
  readonly approvedAt: string;
  /** Clearings of this business day and later go to the new Sheba (ISO). */
  readonly inForce: string;
  readonly bankClosed: boolean;
  readonly state: 'waiting' | 'in_force' | 'stopped';
  readonly reason: string | null;
}

/** What was approved for a shop, the newest first. */
export async function shebaChanges(db: Pool | PoolClient, merchant: string): Promise<ShebaChange[]> {
  const { rows } = await db.query<ShebaChange>(
    `select change_id::text as id, merchant_id as merchant, case_id::text as case, old_sheba as "oldSheba", new_sheba as "newSheba",
            ${isoInstant('approved_at')} as "approvedAt", in_force::text as "inForce",
            bank_closed as "bankClosed", stop_reason as reason,
            case when stopped_at is not null then 'stopped' when in_force <= database_today() then 'in_force' else 'waiting' end as state
       from sheba_changes where merchant_id = $1 order by change_id desc limit 100`,
    [merchant],
  );
  return rows;
}

/** Stops a new Sheba before its day: one person, or the owner of before, is enough.
 *  @param who undefined: a person of ours
 *  @throws GatewayError `shops.unknown`, `shops.refused`: it is in force, or was stopped */
export async function stopSheba(
  db: PoolClient,
  { merchantId, reason }: { readonly merchantId: string; readonly reason: string },
  who: Owner | By,
  now: number,
): Promise<void> {
  const owner = 'mobile' in who ? who : undefined;
  const by = 'mobile' in who ? byOwner(who) : who;
  const shop = await changingShop(db, merchantId, owner?.mobile);
  const waiting = (await shebaChanges(db, merchantId)).find(({ state }) => state === 'waiting');
  const stopped = await db.query<{ stopped: boolean }>('select stop_sheba_change($1, $2, $3) as stopped', [
    waiting?.id ?? null,
    by.actor.id,
    reason,
  ]);
  if (stopped.rows[0]?.stopped !== true)
    throw new GatewayError('shops.refused', 'No new Sheba of this shop waits: it is in force, or was stopped.');
  await audit(db, by, { act: 'sheba.stopped', object: `merchant:${merchantId}`, after: { change: waiting?.id, reason } }); // prettier-ignore
  await tellShop(db, shop.mobile, 'sheba.stopped', { last: waiting?.newSheba.slice(-4) ?? '' }, `merchant:${merchantId}`, now); // prettier-ignore
}

/** Puts the Shebas into force whose day has begun; clearings go by the day anyway.
 *  @returns how many */
export async function applyShebaChanges(db: Pool | PoolClient): Promise<number> {
  const { rows } = await db.query<{ done: number }>('select apply_sheba_changes() as done');
  return rows[0]?.done ?? 0;
}

/** As a message to the owner says it. */
export const KIND_NAMES: Readonly<Record<Exclude<CaseKind, 'application'>, string>> = {
  sheba: 'تغییر شبا',
  owner: 'تغییر مالک',
  address: 'تغییر نشانی',
  reverify: 'تمدید مدارک',
  terminal: 'پایانهٔ تازه',
};
