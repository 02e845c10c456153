import type { Pool, PoolClient } from 'pg';
import { GatewayError } from '../../ops/errors.ts';
import { positionOf, type CaseFacts, type Review } from './case.ts';
import type { Item, ItemCode, ItemEvent, ItemState, ReasonCode } from '../requirements/item.ts';
import type { CaseKind } from '../requirements/kinds.ts';
import { papersOf, type KeptPaper } from '../requirements/papers.ts';
import { shopRules, type ShopRules } from '../requirements/rules.ts';
import { DAY_MS } from '../../ops/clock.ts';

/** Cases as they stand in PostgreSQL (migrations/0640_shops.sql). */

export interface KeptItem extends Item {
  readonly value?: Readonly<Record<string, unknown>>;
  readonly note?: string;
  readonly checkedBy?: string;
  /** Who typed the value. */
  readonly source?: 'owner' | 'clerk';
}

export interface KeptCase {
  readonly id: string;
  readonly number: string;
  readonly kind: CaseKind;
  readonly shopId: string;
  readonly merchantId?: string;
  /** Who proved it by a code sees the case and acts on it. */
  readonly applicantMobile?: string;
  readonly name: string;
  readonly guild: string;
  readonly version: number;
  readonly round: number;
  readonly rules: ShopRules;
  readonly facts: CaseFacts;
  readonly items: readonly KeptItem[];
  readonly papers: readonly KeptPaper[];
}

const MS = (column: string): string => `(extract(epoch from ${column}) * 1000)::float8`;

interface CaseRow {
  readonly id: string;
  readonly number: string;
  readonly kind: CaseKind;
  readonly shop_id: string;
  readonly merchant_id: string | null;
  readonly name: string;
  readonly guild: string;
  readonly version: number;
  readonly round: number;
  readonly rule_version: string;
  readonly clerk: string | null;
  readonly applicant_mobile: string | null;
  readonly begun_at: number;
  readonly due: number;
  readonly submitted_at: number | null;
  readonly withdrawn_at: number | null;
}

interface ItemRow {
  readonly code: ItemCode;
  readonly state: ItemState;
  readonly version: number;
  readonly since: number;
  readonly value: Record<string, unknown> | null;
  readonly reason: ReasonCode | null;
  readonly note: string | null;
  readonly valid_until: number | null;
  readonly next_check: number | null;
  readonly checked_by: string | null;
  readonly source: 'owner' | 'clerk' | null;
}

/** @param lock until the transaction ends: nobody else acts on the case meanwhile
 *  @throws GatewayError `shops.unknown` */
export async function readCase(db: Pool | PoolClient, id: string, lock = false): Promise<KeptCase> {
  const { rows } = await db.query<CaseRow>(
    `select c.case_id::text as id, c.number, c.kind, c.shop_id::text, s.merchant_id, c.name, c.guild, c.version, c.round, c.rule_version,
            c.clerk::text, c.applicant_mobile, ${MS('c.begun_at')} as begun_at, ${MS('c.due')} as due, ${MS('c.submitted_at')} as submitted_at,
            ${MS('c.withdrawn_at')} as withdrawn_at
       from shop_cases c join shops s using (shop_id) where c.case_id = $1 ${lock ? 'for update of c' : ''}`,
    [id],
  );
  const [row] = rows;
  if (row === undefined) throw new GatewayError('shops.unknown', `There is no case ${id}.`);
  const [items, reviews, rules] = [await readItems(db, id), await readReviews(db, id, row.round), await shopRules(db, { version: row.rule_version })]; // prettier-ignore
  const facts: CaseFacts = {
    items,
    begunAt: row.begun_at,
    due: row.due,
    reviews,
    reviewWithinMs: rules.reviewHours * 3_600_000,
    answerWithinMs: rules.answerDays * DAY_MS,
    ...(row.clerk === null ? {} : { clerk: row.clerk }),
    ...(row.submitted_at === null ? {} : { submittedAt: row.submitted_at }),
    ...(row.withdrawn_at === null ? {} : { withdrawnAt: row.withdrawn_at }),
  };
  const { number, kind, shop_id: shopId, name, guild, version, round } = row;
  const papers = await papersOf(db, id);
  const merchant = {
    ...(row.merchant_id === null ? {} : { merchantId: row.merchant_id }),
    ...(row.applicant_mobile === null ? {} : { applicantMobile: row.applicant_mobile }),
  };
  return { id, number, kind, shopId, name, guild, version, round, rules, facts, items, papers, ...merchant };
}

/** @throws GatewayError `shops.unknown` */
export async function demandCase(db: Pool | PoolClient, id: string): Promise<void> {
  const { rowCount } = await db.query('select from shop_cases where case_id = $1', [id]);
  if (rowCount === 0) throw new GatewayError('shops.unknown', `There is no case ${id}.`);
}

async function readItems(db: Pool | PoolClient, id: string): Promise<KeptItem[]> {
  const { rows } = await db.query<ItemRow>(
    `select code, state, version, ${MS('since')} as since, value, reason, note, ${MS('valid_until')} as valid_until,
            ${MS('next_check')} as next_check, checked_by::text, source
       from shop_items where case_id = $1`,
    [id],
  );
  return rows.map(
    ({ code, state, version, since, value, reason, note, valid_until, next_check, checked_by, source }) => ({
      code,
      state,
      version,
      since,
      ...(value === null ? {} : { value }),
      ...(reason === null ? {} : { reason }),
      ...(note === null ? {} : { note }),
      ...(valid_until === null ? {} : { validUntil: valid_until }),
      ...(next_check === null ? {} : { nextCheck: next_check }),
      ...(checked_by === null ? {} : { checkedBy: checked_by }),
      ...(source === null ? {} : { source }),
    }),
  );
}

async function readReviews(db: Pool | PoolClient, id: string, round: number): Promise<Review[]> {
  const { rows } = await db.query<{ person: string; verdict: Review['verdict']; at: number }>(
    `select person_id::text as person, verdict, ${MS('at')} as at from shop_reviews where case_id = $1 and round = $2 order by place`,
    [id, round],
  );
  return rows;
}

/** What an event did to an item, and who is behind it. */
export interface ItemChange {
  readonly item: KeptItem;
  readonly event: ItemEvent | 'begin';
  /** Null: a rule, a registry, or the owner. */
  readonly person: string | null;
  /** The mobile of an owner who acts. */
  readonly owner?: string | undefined;
}

export async function writeItem(
  db: PoolClient,
  caseId: string,
  { item, event, person, owner }: ItemChange,
): Promise<void> {
  const row = [
    caseId,
    item.code,
    item.state,
    item.version,
    new Date(item.since),
    item.value === undefined ? null : JSON.stringify(item.value),
    item.reason ?? null,
    item.note ?? null,
    item.validUntil === undefined ? null : new Date(item.validUntil),
    item.nextCheck === undefined ? null : new Date(item.nextCheck),
    item.checkedBy ?? null,
    item.source ?? null,
  ];
  await db.query(
    `insert into shop_items (case_id, code, state, version, since, value, reason, note, valid_until, next_check, checked_by, source)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
     on conflict (case_id, code) do update set (state, version, since, value, reason, note, valid_until, next_check, checked_by, source)
       = (excluded.state, excluded.version, excluded.since, excluded.value, excluded.reason, excluded.note, excluded.valid_until,
          excluded.next_check, excluded.checked_by, excluded.source)`,
    row,
  );
  await db.query(
    `insert into shop_item_history (case_id, code, event, state, version, value, reason, note, by_person, by_owner, at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
    [caseId, item.code, event, item.state, item.version, row[5], row[6], row[7], person, owner ?? null, row[4]],
  );
}

/** Keeps what a case is now, and where that puts it; its version rises.
 *  @param round of its reviews */
export async function writeCase(
  db: PoolClient,
  kept: KeptCase,
  facts: CaseFacts,
  round: number,
  now: number,
): Promise<void> {
  const { state, waiting } = positionOf(facts, now);
  const at = (ms: number | undefined): Date | null => (ms === undefined || ms === Infinity ? null : new Date(ms));
  await db.query(
    `update shop_cases set due = $2, submitted_at = $3, withdrawn_at = $4, round = $5, state = $6, waits_on = $7, waits_since = $8,
            waits_until = $9, version = version + 1 where case_id = $1`,
    [
      kept.id,
      at(facts.due),
      at(facts.submittedAt),
      at(facts.withdrawnAt),
      round,
      state,
      waiting?.on ?? null,
      at(waiting?.since),
      at(waiting?.until),
    ],
  );
}
