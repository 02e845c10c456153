import type { Pool, PoolClient } from 'pg';
import { luhnDigit } from '../field/pan.ts';
import { GatewayError } from '../ops/errors.ts';
import {
  complaintPosition,
  type ComplaintFacts,
  type ComplaintKind,
  type ComplaintPosition,
  type Finding,
  type Remedy,
} from './complaint.ts';
import type { FoundPurchase, Look } from './look.ts';

type Db = Pool | PoolClient;

/** A complaint as it stands in PostgreSQL (migrations/0690_complaints.sql). */
export interface KeptComplaint {
  readonly id: string;
  readonly number: string;
  readonly filedBy: 'customer' | 'shop' | 'support';
  readonly mobile: string | null;
  readonly purchase: FoundPurchase;
  /** In the complainant's words. */
  readonly told: string;
  /** What support asked for. */
  readonly asked: string | null;
  readonly remedy: Remedy | null;
  readonly remedyRials: bigint | null;
  /** Of the proposal or the refusal. */
  readonly reason: string | null;
  readonly posting: string | null;
  readonly version: number;
  readonly facts: ComplaintFacts;
}

const MS = (column: string): string => `(extract(epoch from ${column}) * 1000)::float8`;

interface Row {
  readonly id: string;
  readonly number: string;
  readonly kind: ComplaintKind;
  readonly filed_by: KeptComplaint['filedBy'];
  readonly filed_at: number;
  readonly mobile: string | null;
  readonly merchant_id: string;
  readonly terminal_id: string;
  readonly rrn: string;
  readonly total_rials: string;
  readonly last4: string;
  readonly told: string;
  readonly household_id: string;
  readonly transaction_id: string;
  readonly day: string;
  readonly name: string;
  readonly finding: Finding;
  readonly finding_until: number | null;
  readonly found_at: number;
  readonly contested_at: number | null;
  readonly asked: string | null;
  readonly asked_at: number | null;
  readonly answered_at: number | null;
  readonly remedy: Remedy | null;
  readonly remedy_rials: string | null;
  readonly reason: string | null;
  readonly proposed_by: string | null;
  readonly proposed_at: number | null;
  readonly ended: 'accepted' | 'refused' | 'withdrawn' | null;
  readonly ended_at: number | null;
  readonly posting: string | null;
  readonly version: number;
}

const SELECT = `
  select c.complaint_id::text as id, c.number, c.kind, c.filed_by, ${MS('c.filed_at')} as filed_at, c.mobile, c.merchant_id, c.terminal_id,
         c.rrn, c.total_rials::text, c.last4, c.told, c.household_id, c.transaction_id::text, c.business_day::text as day,
         coalesce(m.name, '') as name, c.finding, ${MS('c.finding_until')} as finding_until, ${MS('c.found_at')} as found_at,
         ${MS('c.contested_at')} as contested_at, c.asked, ${MS('c.asked_at')} as asked_at, ${MS('c.answered_at')} as answered_at,
         c.remedy, c.remedy_rials::text, c.reason, c.proposed_by::text, ${MS('c.proposed_at')} as proposed_at, c.ended,
         ${MS('c.ended_at')} as ended_at, c.posting, c.version
    from complaints c left join merchants m using (merchant_id)`;

/** @param lock until the transaction ends
 *  @throws GatewayError `complaints.unknown` */
export async function readComplaint(db: Db, id: string, lock = false): Promise<KeptComplaint> {
  const { rows } = await db.query<Row>(`${SELECT} where c.complaint_id = $1 ${lock ? 'for update of c' : ''}`, [id]);
  if (rows[0] === undefined) throw new GatewayError('complaints.unknown', `There is no complaint ${id}.`);
  return kept(rows[0]);
}

/** By its number and the RRN of its receipt: whoever has both filed it, or holds the receipt. */
export async function findComplaint(db: Db, number: string, rrn: string): Promise<KeptComplaint | undefined> {
  const { rows } = await db.query<Row>(`${SELECT} where c.number = $1 and c.rrn = $2`, [number, rrn]);
  return rows[0] === undefined ? undefined : kept(rows[0]);
}

/** What a shop itself has filed, the youngest first. */
export async function complaintsOfShop(db: Db, merchant: string): Promise<KeptComplaint[]> {
  const { rows } = await db.query<Row>(
    `${SELECT} where c.merchant_id = $1 and c.filed_by = 'shop' order by c.complaint_id desc limit 100`,
    [merchant],
  );
  return rows.map(kept);
}

export interface ComplaintFilter {
  readonly waitsOn?: string | undefined;
  readonly state?: string | undefined;
  readonly after?: string | undefined;
  readonly limit: number;
}

/** The oldest first. */
export async function listComplaints(
  db: Db,
  { waitsOn, state, after, limit }: ComplaintFilter,
): Promise<KeptComplaint[]> {
  const { rows } = await db.query<Row>(
    `${SELECT} where ($1::text is null or c.waits_on = $1) and ($2::text is null or c.state = $2) and c.complaint_id > $3
      order by c.complaint_id limit $4`,
    [waitsOn ?? null, state ?? null, after ?? '0', limit],
  );
  return rows.map(kept);
}

/** What is watched, and whose time is over or whose purchase may have changed. */
export async function watchedComplaints(db: Db): Promise<string[]> {
  const { rows } = await db.query<{ id: string }>(
    `select complaint_id::text as id from complaints where waits_on in ('system', 'bank') or (waits_on = 'complainant' and waits_until < now())
      order by complaint_id limit 500`,
  );
  return rows.map(({ id }) => id);
}

function kept(row: Row): KeptComplaint {
  const optional = (ms: number | null): number | undefined => ms ?? undefined;
  return {
    id: row.id,
    number: row.number,
    filedBy: row.filed_by,
    mobile: row.mobile,
    purchase: {
      household: row.household_id,
      id: row.transaction_id,
      day: row.day,
      merchant: row.merchant_id,
      terminal: row.terminal_id,
      rrn: row.rrn,
      total: row.total_rials,
      last4: row.last4,
      name: row.name,
    },
    told: row.told,
    asked: row.asked,
    remedy: row.remedy,
    remedyRials: row.remedy_rials === null ? null : BigInt(row.remedy_rials),
    reason: row.reason,
    posting: row.posting,
    version: row.version,
    facts: {
      kind: row.kind,
      filedAt: row.filed_at,
      finding: row.finding,
      foundAt: row.found_at,
      findingUntil: optional(row.finding_until),
      contestedAt: optional(row.contested_at),
      askedAt: optional(row.asked_at),
      answeredAt: optional(row.answered_at),
      proposal:
        row.proposed_at === null || row.proposed_by === null ? undefined : { at: row.proposed_at, by: row.proposed_by },
      ended: row.ended === null || row.ended_at === null ? undefined : { at: row.ended_at, how: row.ended },
    },
  };
}

export interface NewComplaint {
  readonly kind: ComplaintKind;
  readonly filedBy: KeptComplaint['filedBy'];
  readonly mobile?: string | undefined;
  readonly told: string;
}

const date = (ms: number | undefined): Date | null => (ms === undefined || ms === Infinity ? null : new Date(ms));

/** The complaint of that kind about that purchase that is open already, or undefined. */
export async function openComplaint(db: Db, purchase: FoundPurchase, kind: ComplaintKind): Promise<string | undefined> {
  const { rows } = await db.query<{ id: string }>(
    `select complaint_id::text as id from complaints
      where household_id = $1 and transaction_id = $2 and kind = $3 and ended is null`,
    [purchase.household, purchase.id, kind],
  );
  return rows[0]?.id;
}

/** @returns undefined: another of that kind about that purchase is open, filed at the same time */
export async function insertComplaint(
  db: PoolClient,
  purchase: FoundPurchase,
  { kind, filedBy, mobile, told }: NewComplaint,
  look: Look,
  now: number,
): Promise<string | undefined> {
  const facts: ComplaintFacts = { kind, filedAt: now, finding: look.finding, foundAt: now, findingUntil: look.until };
  const { state, waiting } = complaintPosition(facts, now);
  const next = await db.query<{ id: string }>(
    `select nextval(pg_get_serial_sequence('complaints', 'complaint_id'))::text as id`,
  );
  const id = next.rows[0]?.id ?? '';
  const body = String(20_000_000 + (Number(id) % 70_000_000));
  const { rowCount } = await db.query(
    `insert into complaints (complaint_id, number, kind, filed_by, filed_at, mobile, merchant_id, terminal_id, rrn, total_rials, last4, told,
                             household_id, transaction_id, business_day, finding, finding_until, found_at, state, waits_on, waits_since, waits_until)
     overriding system value
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $5, $18, $19, $20, $21)
     on conflict do nothing`,
    [
      id,
      `${body}${luhnDigit(body)}`,
      kind,
      filedBy,
      date(now),
      mobile ?? null,
      purchase.merchant,
      purchase.terminal,
      purchase.rrn,
      purchase.total,
      purchase.last4,
      told,
      purchase.household,
      purchase.id,
      purchase.day,
      look.finding,
      date(look.until),
      state,
      waiting?.on ?? null,
      date(waiting?.since),
      date(waiting?.until),
    ],
  );
  return rowCount === 1 ? id : undefined;
}

/** Columns that acts change, with their values. */
export type ComplaintChange = Readonly<
  Partial<{
    finding: Finding;
    finding_until: Date | null;
    found_at: Date;
    contested_at: Date;
    asked: string;
    asked_at: Date;
    answered_at: Date;
    told: string;
    remedy: Remedy | null;
    remedy_rials: string | null;
    reason: string | null;
    proposed_by: string | null;
    proposed_at: Date | null;
    ended: 'accepted' | 'refused' | 'withdrawn';
    ended_by: string | null;
    ended_at: Date;
    posting: string | null;
  }>
>;

/** Keeps a change, and where it puts the complaint; its version rises. */
export async function writeComplaint(
  db: PoolClient,
  id: string,
  change: ComplaintChange,
  now: number,
): Promise<KeptComplaint> {
  const names = Object.keys(change);
  const sets = names.map((name, n) => `${name} = $${n + 2}, `).join('');
  await db.query(`update complaints set ${sets} version = version + 1 where complaint_id = $1`, [
    id,
    ...Object.values(change),
  ]);
  const after = await readComplaint(db, id);
  const { state, waiting }: ComplaintPosition = complaintPosition(after.facts, now);
  await db.query(
    'update complaints set state = $2, waits_on = $3, waits_since = $4, waits_until = $5 where complaint_id = $1',
    [id, state, waiting?.on ?? null, date(waiting?.since), date(waiting?.until)],
  );
  return after;
}

export async function noteComplaint(
  db: PoolClient,
  id: string,
  event: string,
  { person, detail }: { person: string | null; detail: string },
  now: number,
): Promise<void> {
  await db.query(
    'insert into complaint_events (complaint_id, event, by_person, detail, at) values ($1, $2, $3, $4, $5)',
    [id, event, person, detail.slice(0, 1_200), new Date(now)],
  );
}
