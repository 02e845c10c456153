import type { Pool, PoolClient } from 'pg';
import { DAY_MS, tehran } from '../../ops/clock.ts';
import { GatewayError } from '../../ops/errors.ts';
import { byOwner, type Owner } from '../../owners/index.ts';
import { actOnCase, beginCase } from './cases.ts';
import type { CaseRequest } from './step.ts';
import { positionOf, type CaseState, type Waiting } from './case.ts';
import { isWithApplicant } from '../requirements/item.ts';
import { shopRules } from '../requirements/rules.ts';
import { readCase, type KeptCase } from './store.ts';
import { readValue } from '../requirements/values.ts';

/** Cases as the shop itself sees them and acts on them: those of the mobile that it proved, and no other is there for it. */

/** So many may be unfinished at a time: a shopkeeper with branches has room, who floods us has not. */
const MOST_OPEN = 10;
export interface OwnCase {
  readonly number: string;
  readonly name: string;
  readonly guild: string;
  readonly state: CaseState;
  readonly waitsOn: Waiting['on'] | null;
}

/** @returns the newest first, 100 at most */
export async function ownCases(db: Pool | PoolClient, { mobile }: Owner): Promise<OwnCase[]> {
  const { rows } = await db.query<OwnCase>(
    `select number, name, guild, state, waits_on as "waitsOn" from shop_cases where applicant_mobile = $1
      order by case_id desc limit 100`,
    [mobile],
  );
  return rows;
}

/** @throws GatewayError `shops.unknown`: the owner has no such case, whoever else has */
export async function ownCase(db: Pool | PoolClient, number: string, owner: Owner): Promise<KeptCase> {
  return readCase(db, await idOf(db, number, owner));
}

async function idOf(db: Pool | PoolClient, number: string, { mobile }: Owner): Promise<string> {
  const { rows } = await db.query<{ id: string }>(
    'select case_id::text as id from shop_cases where number = $1 and applicant_mobile = $2',
    [number, mobile],
  );
  const [row] = rows;
  if (row === undefined) throw new GatewayError('shops.unknown', 'There is no such case of this owner.');
  return row.id;
}

export interface OwnBegin {
  readonly name: string;
  readonly guild: string;
  /** Of the form: the same again begins no second case. */
  readonly key: string;
}

/** @throws GatewayError `shops.guild`, `shops.name`, `shops.many`, `shops.again`: not yet after a refusal */
export async function beginOwnCase(
  db: PoolClient,
  { name, guild, key }: OwnBegin,
  owner: Owner,
  now: number,
  requestId?: string,
): Promise<KeptCase> {
  await db.query('select pg_advisory_xact_lock(8583, hashtext($1))', [`applicant ${owner.mobile}`]);
  const { rows } = await db.query<{ id: string; state: CaseState; begun_key: string | null }>(
    'select case_id::text as id, state, begun_key from shop_cases where applicant_mobile = $1',
    [owner.mobile],
  );
  const begun = rows.find(({ begun_key }) => begun_key === key);
  if (begun !== undefined) return readCase(db, begun.id);
  if (rows.filter(({ state }) => !ENDED.includes(state)).length >= MOST_OPEN)
    throw new GatewayError('shops.many', `A mobile has at most ${MOST_OPEN} unfinished cases: finish or withdraw one.`);
  await demandTime(db, owner, now);
  return beginCase(db, { name, guild, applicant: { mobile: owner.mobile, key } }, byOwner(owner, requestId), now);
}

const ENDED: readonly CaseState[] = ['APPROVED', 'REFUSED', 'WITHDRAWN'];

/** @throws GatewayError `shops.again` */
async function demandTime(db: PoolClient, { mobile }: Owner, now: number): Promise<void> {
  const { reapplyDays = 0 } = await shopRules(db, { day: tehran(now).isoDate });
  const { rowCount } = await db.query(
    `select from shop_cases c join shop_reviews r on r.case_id = c.case_id and r.round = c.round and r.place = 2
      where c.applicant_mobile = $1 and c.state = 'REFUSED' and r.at > $2 limit 1`,
    [mobile, new Date(now - reapplyDays * DAY_MS)],
  );
  if (reapplyDays > 0 && (rowCount ?? 0) > 0)
    throw new GatewayError('shops.again', `After a refusal one may apply again in ${reapplyDays} days.`);
}

export type OwnRequest = Exclude<CaseRequest, { kind: 'judge' } | { kind: 'sign' }>;

/** Acts on one's own case. What was done already is not done twice: whoever sends a form again sees what stands.
 *  @throws GatewayError `shops.unknown`, `shops.stale`, `shops.refused`, `shops.value` */
export async function actOnOwnCase(
  db: PoolClient,
  { number, seen, item }: Seen,
  what: OwnRequest,
  owner: Owner,
  now: number,
  requestId?: string,
): Promise<KeptCase> {
  const id = await idOf(db, number, owner);
  const kept = await readCase(db, id, true);
  if (kept.version !== seen && isDone(kept, what, now)) return kept;
  const same = isAsSeen(kept, what, { number, seen, item });
  return actOnCase(db, { id, seen: same ? kept.version : seen }, what, byOwner(owner, requestId), now);
}

/** What of the case the page showed that an act came from. */
export interface Seen {
  readonly number: string;
  /** The version of the case. */
  readonly seen: number;
  /** The version of the item that is filled in. */
  readonly item?: number | undefined;
}

/** Registries and reviewers change a case while its owner types. What was typed rests on its own item alone, and whoever withdraws or
 *  reopens rests on nothing else. */
function isAsSeen(kept: KeptCase, what: OwnRequest, { seen, item }: Seen): boolean {
  if (what.kind === 'fill') return kept.items.find(({ code }) => code === what.code)?.version === item;
  return what.kind !== 'submit' || kept.version === seen;
}

function isDone(kept: KeptCase, what: OwnRequest, now: number): boolean {
  const { facts } = kept;
  if (what.kind !== 'fill') {
    if (what.kind === 'withdraw') return facts.withdrawnAt !== undefined;
    return what.kind === 'submit' ? facts.submittedAt !== undefined : positionOf(facts, now).state !== 'LAPSED';
  }
  const item = kept.items.find(({ code }) => code === what.code);
  const read = readValue(what.code, what.value, { today: tehran(now).isoDate, terms: kept.rules.terms });
  if (item === undefined || !read.ok || (isWithApplicant(item) && item.reason !== 'paper_missing')) return false;
  const [stands, typed] = [item.value ?? {}, read.value];
  return [...new Set([...Object.keys(stands), ...Object.keys(typed)])].every((name) => stands[name] === typed[name]);
}

/** When a refused case was refused, until when an appeal is heard, and from when one may apply again. Instants are ms since the epoch. */
export interface Refusal {
  readonly at: number;
  readonly appealUntil: number;
  readonly againFrom: number;
  /** What the second reviewer wrote. */
  readonly note?: string;
}

export async function refusalOf(db: Pool | PoolClient, kept: KeptCase): Promise<Refusal | undefined> {
  const second = kept.facts.reviews[1];
  if (second?.verdict !== 'refuse') return undefined;
  const { rows } = await db.query<{ note: string | null }>(
    'select note from shop_reviews where case_id = $1 and round = $2 and place = 2',
    [kept.id, kept.round],
  );
  const { appealDays = 10, reapplyDays = 0 } = kept.rules;
  const note = rows[0]?.note ?? undefined;
  return {
    at: second.at,
    appealUntil: second.at + appealDays * DAY_MS,
    againFrom: second.at + reapplyDays * DAY_MS,
    ...(note === undefined ? {} : { note }),
  };
}
