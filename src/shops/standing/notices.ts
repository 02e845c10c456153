import type { Pool, PoolClient } from 'pg';
import { luhnDigit } from '../../field/pan.ts';
import { persianText } from '../../field/persian.ts';
import { toJalali } from '../../field/jalali.ts';
import { tehran } from '../../ops/clock.ts';
import { transaction } from '../../ops/database.ts';
import { GatewayError } from '../../ops/errors.ts';
import { byOwner, type Owner } from '../../owners/index.ts';
import { audit, type By } from '../../people/index.ts';
import { actOnNotice, noticePosition, type NoticeAct, type NoticeFacts, type NoticePosition } from './appeal.ts';
import { sanctionTables } from './sanction.ts';
import { demandShop } from '../listed.ts';
import { tellShop } from '../tell.ts';

/** Notices to shops as they stand in PostgreSQL (migrations/0682_standing.sql). What follows from a word, follows in its transaction. */

export interface Notice {
  readonly id: string;
  /** What people say on the phone. */
  readonly number: string;
  readonly merchant: string;
  readonly shop: string;
  readonly violations: readonly string[];
  /** The transactions: RRNs. */
  readonly evidence: readonly string[];
  readonly rule: string;
  readonly ruleVersion: string;
  readonly sanction: 'RESTRICTED' | 'DISQUALIFIED';
  /** Null: for good. */
  readonly days: number | null;
  readonly text: string;
  readonly response: string | null;
  readonly decision: string | null;
  readonly appeal: string | null;
  readonly final: string | null;
  readonly facts: NoticeFacts;
  readonly position: NoticePosition;
  readonly version: number;
}

interface Row extends Omit<Notice, 'facts' | 'position'> {
  readonly mobile: string | null;
  readonly notified_at: number;
  readonly notified_by: string;
  readonly responded_at: number | null;
  readonly decided_by: string | null;
  readonly decided_at: number | null;
  readonly upheld: boolean | null;
  readonly appealed_at: number | null;
  readonly final_by: string | null;
  readonly final_at: number | null;
  readonly final_upheld: boolean | null;
  /** As its row keeps it. */
  readonly state: string;
}

const MS = (column: string): string => `(extract(epoch from ${column}) * 1000)::float8 as ${column}`;
const SELECT = `
  select n.notice_id::text as id, n.number, n.merchant_id as merchant, m.name as shop, m.mobile, n.violations::text[] as violations, n.evidence,
         n.rule, n.rule_version as "ruleVersion", n.sanction, n.days, n.text, n.response, n.decision, n.appeal, n.final, n.version,
         ${MS('notified_at')}, notified_by::text, ${MS('responded_at')}, decided_by::text, ${MS('decided_at')}, upheld,
         ${MS('appealed_at')}, final_by::text, ${MS('final_at')}, final_upheld, n.state
    from shop_notices n join merchants m using (merchant_id)`;

function noticeOf(row: Row, now: number): Notice {
  const { notified_at, notified_by, responded_at, appealed_at } = row;
  const { decided_by, decided_at, upheld, final_by, final_at, final_upheld } = row;
  const facts: NoticeFacts = {
    notifiedAt: notified_at,
    notifiedBy: notified_by,
    ...(responded_at === null ? {} : { respondedAt: responded_at }),
    ...(decided_by === null ? {} : { decision: { person: decided_by, at: decided_at ?? 0, upheld: upheld === true } }),
    ...(appealed_at === null ? {} : { appealedAt: appealed_at }),
    ...(final_by === null ? {} : { final: { person: final_by, at: final_at ?? 0, upheld: final_upheld === true } }),
  };
  const { id, number, merchant, shop, violations, evidence, rule, ruleVersion, sanction, days, text } = row;
  const { response, decision, appeal, final, version } = row;
  const said = { response, decision, appeal, final };
  const about = { id, number, merchant, shop, violations, evidence, rule, ruleVersion, sanction, days, text };
  return { ...about, ...said, facts, position: noticePosition(facts, now), version };
}

/** The notices of every shop of an owner, the newest first.
 *  @param mobile 09…: those of others are not there */
export async function noticesOf(db: Pool | PoolClient, mobile: string, now: number): Promise<Notice[]> {
  const { rows } = await db.query<Row>(`${SELECT} where m.mobile = $1 order by n.notice_id desc limit 100`, [mobile]);
  return rows.map((row) => noticeOf(row, now));
}

export interface NoticeFilter {
  readonly merchant?: string | undefined;
  readonly waitsOn?: string | undefined;
  readonly after?: string | undefined;
  readonly limit: number;
}

/** Notices for operators, the oldest first. */
export async function listNotices(db: Pool | PoolClient, filter: NoticeFilter, now: number): Promise<Notice[]> {
  const { merchant, waitsOn, after, limit } = filter;
  const { rows } = await db.query<Row>(
    `${SELECT} where ($1::text is null or n.merchant_id = $1) and ($2::text is null or n.waits_on = $2) and n.notice_id > $3
      order by n.notice_id limit $4`,
    [merchant ?? null, waitsOn ?? null, after ?? '0', limit],
  );
  return rows.map((row) => noticeOf(row, now));
}

/** @throws GatewayError `shops.unknown` */
export async function readNotice(db: Pool | PoolClient, id: string, now: number): Promise<Notice> {
  return noticeOf(await rowOf(db, id), now);
}

/** @param mobile of the owner who asks: another's notice is not there */
async function rowOf(db: Pool | PoolClient, id: string, lock = false, mobile?: string): Promise<Row> {
  const { rows } = await db.query<Row>(
    `${SELECT} where n.notice_id = $1 and ($2::text is null or m.mobile = $2) ${lock ? 'for update of n' : ''}`,
    [/^[1-9]\d{0,17}$/.test(id) ? id : '0', mobile ?? null],
  );
  if (rows[0] === undefined) throw new GatewayError('shops.unknown', `There is no notice ${id}.`);
  return rows[0];
}

export interface NewNotice {
  readonly merchantId: string;
  /** Ids of violations of that shop that count: what it is about. */
  readonly violations: readonly string[];
  readonly sanction: 'RESTRICTED' | 'DISQUALIFIED';
  /** Undefined: for good. */
  readonly days?: number;
  /** What the shop reads: which purchases, which rule, what is intended. */
  readonly text: string;
}

/** Gives a shop notice of a sanction: it has ten days to answer, and nothing changes for it until another person has decided.
 *  @throws GatewayError `shops.unknown`, `shops.refused`: no violation that counts, or harder than the published table */
export async function giveNotice(
  db: PoolClient,
  { merchantId, violations, sanction, days, text }: NewNotice,
  by: By,
  now: number,
): Promise<Notice> {
  await demandShop(db, merchantId);
  const { rows } = await db.query<{ id: string; kind: string; evidence: string[] }>(
    `select violation_id::text as id, kind, evidence from shop_violations
      where merchant_id = $1 and violation_id = any ($2::bigint[]) and struck_at is null order by violation_id`,
    [merchantId, violations],
  );
  if (rows.length === 0 || rows.length !== new Set(violations).size)
    throw new GatewayError('shops.refused', 'A notice names violations of that shop that count.');
  const table = (await sanctionTables(db)).findLast(({ from }) => from <= tehran(now).isoDate);
  if (table === undefined) throw new GatewayError('shops.rules', 'There is no table of sanctions.');
  const known = table.sanctions.some((row) => row.state === sanction && (row.days ?? Infinity) >= (days ?? Infinity));
  if (!known)
    throw new GatewayError('shops.refused', `The table ${table.version} knows no ${sanction} as long as that.`);
  const { rows: made } = await db.query<{ id: string }>(
    `select nextval(pg_get_serial_sequence('shop_notices', 'notice_id'))::text as id`,
  );
  const id = made[0]?.id ?? '';
  const body = (80_000_000 + (Number(id) % 10_000_000)).toString();
  const facts: NoticeFacts = { notifiedAt: now, notifiedBy: by.actor.id ?? '' };
  const position = noticePosition(facts, now);
  await db.query(
    `insert into shop_notices (notice_id, number, merchant_id, violations, evidence, rule, rule_version, sanction, days, text, notified_at,
                               notified_by, state, waits_on, waits_until)
     overriding system value values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`,
    [
      id,
      `${body}${luhnDigit(body)}`,
      merchantId,
      rows.map((row) => row.id),
      JSON.stringify([...new Set(rows.flatMap(({ evidence }) => evidence))]),
      [...new Set(rows.map(({ kind }) => kind))].join(',').slice(0, 60),
      table.version,
      sanction,
      days ?? null,
      text,
      new Date(now),
      by.actor.id,
      position.state,
      position.on,
      new Date(position.until ?? now),
    ],
  );
  await audit(db, by, { act: 'notice.given', object: `merchant:${merchantId}`, after: { id, violations, sanction, days } }); // prettier-ignore
  const row = await rowOf(db, id);
  await tell(db, row, 'notice.given', { until: jalali(position.until ?? now) }, now);
  return noticeOf(row, now);
}

/** The owner answers a notice.
 *  @throws GatewayError `shops.unknown`, `shops.refused`: not now; `shops.text` */
export function respond(
  db: PoolClient,
  { id, text }: { readonly id: string; readonly text: string },
  owner: Owner,
  now: number,
): Promise<Notice> {
  return said(db, id, { kind: 'respond' }, { text, who: owner }, now);
}

/** The owner appeals against a decision.
 *  @throws GatewayError `shops.unknown`, `shops.refused`: not now; `shops.text` */
export function appeal(
  db: PoolClient,
  { id, text }: { readonly id: string; readonly text: string },
  owner: Owner,
  now: number,
): Promise<Notice> {
  return said(db, id, { kind: 'appeal' }, { text, who: owner }, now);
}

/** What an operator does to a notice, with the version that they saw: types what the owner says, or decides.
 *  @throws GatewayError `shops.unknown`, `shops.stale`, `shops.refused`, `shops.text` */
export async function actOnShopNotice(
  db: PoolClient,
  { id, seen }: { readonly id: string; readonly seen: number },
  what: { readonly kind: NoticeAct['kind']; readonly upheld?: boolean; readonly text: string },
  by: By,
  now: number,
): Promise<Notice> {
  const { version, number } = await rowOf(db, id, true);
  if (version !== seen) throw new GatewayError('shops.stale', `Notice ${number} was changed meanwhile: read it again.`);
  const { kind, upheld = false, text } = what;
  const act: NoticeAct =
    kind === 'respond' || kind === 'appeal' ? { kind } : { kind, person: by.actor.id ?? '', upheld };
  return said(db, id, act, { text, who: by }, now);
}

async function said(
  db: PoolClient,
  id: string,
  what: NoticeAct,
  { text: typed, who }: { readonly text: string; readonly who: Owner | By },
  now: number,
): Promise<Notice> {
  const owner = 'mobile' in who ? who : undefined;
  const by = 'mobile' in who ? byOwner(who) : who;
  const row = await rowOf(db, id, true, owner?.mobile);
  const text = persianText(typed);
  if (text === undefined || text.length < 10 || text.length > 4_000)
    throw new GatewayError('shops.text', 'Write 10 to 4,000 characters that can be read.');
  const acted = actOnNotice(noticeOf(row, now).facts, what, now);
  if (!acted.ok) throw new GatewayError('shops.refused', REFUSALS[acted.refusal]);
  const position = noticePosition(acted.facts, now);
  const changed: { readonly [column: string]: unknown } = {
    [COLUMNS[what.kind].text]: text,
    [COLUMNS[what.kind].at]: new Date(now),
    ...('person' in what ? { [COLUMNS[what.kind].by]: what.person, [COLUMNS[what.kind].upheld]: what.upheld } : {}),
    ...placeOf(position),
  };
  await change(db, id, changed);
  if ('person' in what) await follow(db, row, position, now);
  await audit(db, by, { act: `notice.${what.kind.replace('_', '-')}`, object: `merchant:${row.merchant}`, after: { id, ...('upheld' in what ? { upheld: what.upheld } : {}) } }); // prettier-ignore
  return readNotice(db, id, now);
}

const COLUMNS = {
  respond: { text: 'response', at: 'responded_at' },
  decide: { text: 'decision', at: 'decided_at', by: 'decided_by', upheld: 'upheld' },
  appeal: { text: 'appeal', at: 'appealed_at' },
  decide_appeal: { text: 'final', at: 'final_at', by: 'final_by', upheld: 'final_upheld' },
} as const;

/** Where a notice stands, as its row keeps it for lists. */
function placeOf({ state, on, until, since }: NoticePosition): { readonly [column: string]: unknown } {
  return {
    state,
    waits_on: on ?? null,
    waits_until: until === undefined ? null : new Date(until),
    ended_at: state === 'FINAL' ? new Date(since) : null,
  };
}

/** @param changed names of columns are those of this file: nothing that was typed */
async function change(db: PoolClient, id: string, changed: { readonly [column: string]: unknown }): Promise<void> {
  const columns = Object.keys(changed);
  const sets = columns.map((column, at) => `${column} = $${at + 2}`).join(', ');
  await db.query(`update shop_notices set ${sets}, version = version + 1 where notice_id = $1`, [id, ...Object.values(changed)]); // prettier-ignore
}

const REFUSALS = {
  not_now: 'That cannot be done to the notice as it stands: read it again.',
  same_person: 'Who gave notice or decided cannot decide again: another person must.',
} as const;

/** What a word, or a day without one, does to the shop. */
async function follow(db: PoolClient, row: Row, position: NoticePosition, now: number): Promise<void> {
  await db.query('select apply_notice($1)', [row.id]);
  const stands = position.upheld ?? true;
  if (position.state === 'FINAL') await tell(db, row, stands ? 'notice.upheld' : 'notice.fell', {}, now);
  else await tell(db, row, 'notice.decided', { until: jalali(position.until ?? now) }, now);
}

/** Ends what a day has ended: with what follows, once.
 *  @returns how many */
export async function endNotices(pool: Pool, now: number): Promise<number> {
  const { rows } = await pool.query<{ id: string }>(
    `select notice_id::text as id from shop_notices where ended_at is null and waits_until <= $1 order by waits_until limit 200`,
    [new Date(now)],
  );
  let ended = 0;
  for (const { id } of rows) if (await transaction(pool, (db) => endNotice(db, id, now))) ended++;
  return ended;
}

async function endNotice(db: PoolClient, id: string, now: number): Promise<boolean> {
  const row = await rowOf(db, id, true);
  const position = noticePosition(noticeOf(row, now).facts, now);
  if (row.state === position.state) return false; // another copy did
  await change(db, id, placeOf(position));
  const by: By = { actor: { id: null, name: 'duties of shops' } };
  await audit(db, by, { act: 'notice.ended', object: `merchant:${row.merchant}`, after: { id, state: position.state, upheld: position.upheld } }); // prettier-ignore
  if (position.state === 'FINAL') await follow(db, row, position, now);
  return true;
}

type NoticeTemplate = 'notice.given' | 'notice.decided' | 'notice.upheld' | 'notice.fell';

async function tell(
  db: PoolClient,
  { mobile, number, id }: Row,
  template: NoticeTemplate,
  values: Readonly<Record<string, string>>,
  now: number,
): Promise<void> {
  await tellShop(db, mobile, template, { number, ...values }, `notice:${id}`, now);
}

function jalali(ms: number): string {
  return toJalali(tehran(ms).isoDate).replaceAll('-', '/');
}
