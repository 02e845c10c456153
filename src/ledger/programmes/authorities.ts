import { createHash } from 'node:crypto';
import type { Pool, PoolClient } from 'pg';
import { within } from '../../ops/database.ts';
import { GatewayError } from '../../ops/errors.ts';
import { isSamePerson, personName } from '../../ops/person-name.ts';
import { databaseNow } from '../clock.ts';

/** Which remote authority decides what: as two persons said, of just what stands in the settings file of the copies that ask it
 *  (migrations/0896_authority_bindings.sql, docs/decisions/0101). */

type Db = Pool | PoolClient;

/** What of an authority's settings two persons decide. */
export interface AuthorityContent {
  readonly authority: string;
  readonly programme: string;
  /** How the PANs begin that it decides. */
  readonly cards: readonly string[];
  readonly url: string;
  /** Of the file of those whom its certificate may come from; null: it is on this machine. */
  readonly caSha256: string | null;
  readonly reserveSeconds: number;
}

export interface AuthorityBinding extends AuthorityContent {
  readonly id: string;
  readonly digest: string;
  /** ISO day. */
  readonly from: string;
  readonly reason: string;
  readonly state: 'proposed' | 'rejected' | 'approved' | 'ended';
  readonly proposedBy: string;
  /** ISO 8601 UTC, as all times here. */
  readonly proposedAt: string;
  readonly decidedBy: string | null;
  readonly decidedAt: string | null;
  readonly endedBy: string | null;
  readonly endedAt: string | null;
  readonly endReason: string | null;
}

/** What a copy has in its file. */
export interface AuthoritySeen extends AuthorityContent {
  readonly digest: string;
  readonly firstAt: string;
  readonly lastAt: string;
}

/** Names a content: the same settings give the same, in whatever order their cards stand. */
export function authorityDigest({ authority, programme, cards, url, caSha256, reserveSeconds }: AuthorityContent): string {
  const said = JSON.stringify([authority, programme, cards.toSorted(), url, caSha256, reserveSeconds]);
  return createHash('sha256').update(said).digest('hex');
} // prettier-ignore

const utc = (column: string): string => `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
const CONTENT = `authority, programme_id as programme, cards, url, ca_sha256 as "caSha256", reserve_seconds as "reserveSeconds", digest`;
const COLUMNS = `binding_id::text as id, ${CONTENT}, valid_from::text as "from", reason,
  case when ended_at is not null then 'ended' else coalesce(verdict, 'proposed') end as state,
  proposed_by as "proposedBy", ${utc('proposed_at')} as "proposedAt", decided_by as "decidedBy", ${utc('decided_at')} as "decidedAt",
  ended_by as "endedBy", ${utc('ended_at')} as "endedAt", end_reason as "endReason"`;

/** The newest first.
 *  @param before a binding's id: older ones */
export async function listBindings(
  db: Db,
  { before, limit }: { readonly before?: string | undefined; readonly limit: number },
): Promise<AuthorityBinding[]> {
  const { rows } = await db.query<AuthorityBinding>(
    `select ${COLUMNS} from authority_bindings where $1::bigint is null or binding_id < $1 order by binding_id desc limit $2`,
    [before ?? null, limit],
  );
  return rows;
}

/** What may be asked on a day: of an authority more than one, while its copies change from one to the other. */
export async function bindingsOn(db: Db, day: string): Promise<AuthorityBinding[]> {
  const { rows } = await db.query<AuthorityBinding>(
    `select ${COLUMNS} from authority_bindings
      where verdict = 'approved' and ended_at is null and valid_from <= $1 order by authority, binding_id`,
    [day],
  );
  return rows;
}

/** What copies have in their files. @param since ms: those that were there since then */
export async function authoritiesSeen(db: Db, since: number): Promise<AuthoritySeen[]> {
  const { rows } = await db.query<AuthoritySeen>(
    `select ${CONTENT}, ${utc('first_at')} as "firstAt", ${utc('last_at')} as "lastAt" from authority_seen
      where last_at >= to_timestamp($1 / 1000.0) order by authority, first_at limit 100`,
    [since],
  );
  return rows;
}

/** A copy says what it has in its file: when it starts, and now and then. */
export async function noteAuthorities(db: Db, contents: readonly AuthorityContent[], now: number): Promise<void> {
  for (const content of contents) {
    const { authority, programme, cards, url, caSha256, reserveSeconds } = content;
    await db.query(
      `insert into authority_seen (authority, digest, programme_id, cards, url, ca_sha256, reserve_seconds, first_at, last_at)
       values ($1, $2, $3, $4, $5, $6, $7, to_timestamp($8 / 1000.0), to_timestamp($8 / 1000.0))
       on conflict (authority, digest) do update set last_at = greatest(authority_seen.last_at, excluded.last_at)`,
      [authority, authorityDigest(content), programme, cards, url, caSha256, reserveSeconds, now],
    );
  }
}

/** @throws GatewayError `authority.binding-unseen`: no copy has it in its file */
export async function seenAuthority(db: Db, authority: string, digest: string): Promise<AuthoritySeen> {
  const { rows } = await db.query<AuthoritySeen>(
    `select ${CONTENT}, ${utc('first_at')} as "firstAt", ${utc('last_at')} as "lastAt" from authority_seen where authority = $1 and digest = $2`,
    [authority, digest],
  );
  const [found] = rows;
  if (found === undefined)
    throw new GatewayError('authority.binding-unseen', `No copy of the gateway has ${authority} so in its authorities.yaml.`);
  return found;
} // prettier-ignore

export interface BindingProposal {
  readonly content: AuthorityContent;
  /** ISO day; it never counts before its approval. */
  readonly from: string;
  readonly reason: string;
  readonly by: string;
}

/** @throws GatewayError `authority.binding-invalid`, `programme.unknown`, `person.name` */
export async function proposeBinding(db: Db, { content, from, reason, by }: BindingProposal): Promise<AuthorityBinding> {
  const name = personName(by);
  demandReason(reason);
  const { authority, programme, cards, url, caSha256, reserveSeconds } = content;
  return within(db, async (tx) => {
    const known = await tx.query('select from programmes where programme_id = $1', [programme]);
    if (known.rowCount === 0) throw new GatewayError('programme.unknown', `There is no programme ${programme}.`);
    const { rows } = await tx.query<AuthorityBinding>(
      `insert into authority_bindings (authority, programme_id, cards, url, ca_sha256, reserve_seconds, digest, valid_from, reason, proposed_by, proposed_at)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, to_timestamp($11 / 1000.0)) returning ${COLUMNS}`,
      [authority, programme, cards, url, caSha256, reserveSeconds, authorityDigest(content), from, reason.trim(), name, await databaseNow(tx)],
    );
    return only(rows);
  });
} // prettier-ignore

/** A second person's word.
 *  @throws GatewayError `authority.binding-unknown`, `authority.binding-state`, `authority.same-person`, `person.name` */
export async function decideBinding(
  db: Db,
  id: string,
  verdict: 'approved' | 'rejected',
  name: string,
): Promise<AuthorityBinding> {
  const by = personName(name);
  return within(db, async (tx) => {
    const found = await held(tx, id);
    if (found.state !== 'proposed') throw inAnotherState(found);
    if (verdict === 'approved' && isSamePerson(found.proposedBy, by))
      throw new GatewayError('authority.same-person', `${by} proposed this: another person must approve it.`);
    const { rows } = await tx.query<AuthorityBinding>(
      `update authority_bindings set verdict = $2, decided_by = $3, decided_at = to_timestamp($4 / 1000.0)
        where binding_id = $1 returning ${COLUMNS}`,
      [id, verdict, by, await databaseNow(tx)],
    );
    return only(rows);
  });
}

/** Nothing is asked by it any more, from now on: one person is enough. What was reserved and held before is still brought to its end.
 *  @throws GatewayError `authority.binding-unknown`, `authority.binding-state`, `authority.binding-invalid`, `person.name` */
export async function endBinding(db: Db, id: string, reason: string, name: string): Promise<AuthorityBinding> {
  const by = personName(name);
  demandReason(reason);
  return within(db, async (tx) => {
    const found = await held(tx, id);
    if (found.state !== 'approved') throw inAnotherState(found);
    const { rows } = await tx.query<AuthorityBinding>(
      `update authority_bindings set ended_by = $2, ended_at = to_timestamp($3 / 1000.0), end_reason = $4
        where binding_id = $1 returning ${COLUMNS}`,
      [id, by, await databaseNow(tx), reason.trim()],
    );
    return only(rows);
  });
}

function demandReason(reason: string): void {
  const { length } = reason.trim();
  if (length < 5 || length > 1_000)
    throw new GatewayError('authority.binding-invalid', 'The reason has 5 to 1,000 characters.');
}

async function held(tx: PoolClient, id: string): Promise<AuthorityBinding> {
  const { rows } = await tx.query<AuthorityBinding>(
    `select ${COLUMNS} from authority_bindings where binding_id = $1 for update`,
    [id],
  );
  const [found] = rows;
  if (found === undefined) throw new GatewayError('authority.binding-unknown', `Nobody proposed a number ${id}.`);
  return found;
}

function inAnotherState({ id, state }: AuthorityBinding): GatewayError {
  return new GatewayError('authority.binding-state', `Number ${id} is ${state}: it cannot be changed so.`);
}

function only<T>([row]: readonly T[]): T {
  if (row === undefined) throw new Error('the row that was written did not come back');
  return row;
}
