import type { Pool, PoolClient } from 'pg';
import { GatewayError } from '../../ops/errors.ts';
import { isSamePerson, personName } from '../../ops/person-name.ts';
import { transaction } from '../../ops/database.ts';

/** The break desk: each difference has an owner, an age, and one end: a contra posting that a second person approves.
 *  What was is never edited. */

export interface Break {
  readonly id: string;
  readonly class: string;
  readonly state: 'open' | 'proposed' | 'resolved';
  readonly settlementDate: string;
  readonly businessDay: string | null;
  readonly merchant: string;
  readonly terminal: string;
  readonly rrn: string;
  readonly rials: string;
  readonly detail: string;
  readonly owner: string | null;
  readonly post: 'credit' | 'debit' | 'none' | null;
  readonly postRials: string | null;
  readonly proposedBy: string | null;
  /** Of what is proposed, or was done. */
  readonly reason: string | null;
  readonly ageDays: number;
  /** Older than the rules allow, and not at its end. */
  readonly alarm: boolean;
  readonly household: string | null;
  /** Ours, where there is one. */
  readonly transaction: string | null;
  readonly version: number;
}

export interface BreakFilter {
  readonly state?: string;
  readonly class?: string;
  readonly day?: string;
  readonly owner?: string;
  readonly alarm?: boolean;
  readonly merchant?: string;
  readonly ids?: readonly string[];
  /** The last number of the page before. */
  readonly after?: string;
  /** ms since the epoch */
  readonly now: number;
  readonly limit?: number;
}

/** @returns the oldest first */
export async function listBreaks(pool: Pool | PoolClient, filter: BreakFilter): Promise<Break[]> {
  const { rows } = await pool.query<Break>(
    `select * from (
       select break_id::text as id, class, state, settlement_date::text as "settlementDate",
              business_day::text as "businessDay", merchant_id as merchant, terminal_id as terminal, rrn, rials::text,
              detail, owner, post, post_rials::text as "postRials", proposed_by as "proposedBy", reason, household_id as household,
              transaction_id::text as transaction, version,
              extract(day from $6::timestamptz - raised_at)::int as "ageDays",
              state <> 'resolved' and $6::timestamptz - raised_at > make_interval(days =>
                (select alarm_days from break_rules where valid_from <= settlement_date order by valid_from desc limit 1)) as alarm
         from breaks
        where ($1::text is null or state = $1 or ($1 = 'unresolved' and state <> 'resolved'))
          and ($2::text is null or class = $2) and ($3::date is null or $3 in (business_day, settlement_date))
          and ($4::text is null or owner = $4) and ($7::bigint[] is null or break_id = any ($7))
          and ($9::bigint is null or break_id > $9) and ($10::text is null or merchant_id = $10)) as b
      where alarm or not $5::boolean
      order by id::bigint limit $8`,
    [
      filter.state ?? null,
      filter.class ?? null,
      filter.day ?? null,
      filter.owner ?? null,
      filter.alarm ?? false,
      new Date(filter.now),
      filter.ids ?? null,
      filter.limit ?? 1_000,
      filter.after ?? null,
      filter.merchant ?? null,
    ],
  );
  return rows;
}

export interface BreakEvent {
  readonly at: string;
  readonly actor: string;
  readonly event: string;
  readonly detail: string;
}

/** What was done to a break, the first first; at most 500. */
export async function breakEvents(pool: Pool | PoolClient, id: string): Promise<BreakEvent[]> {
  const { rows } = await pool.query<BreakEvent>(
    `select to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as at, actor, event, detail
       from break_events where break_id = $1 order by event_id limit 500`,
    [id],
  );
  return rows;
}

export async function assignBreak(pool: Pool, id: string, owner: string, actor: string): Promise<void> {
  await transaction(pool, (db) => actOnBreak(db, id, { kind: 'assign', owner }, actor, 0));
}

export async function commentBreak(pool: Pool, id: string, text: string, actor: string): Promise<void> {
  await transaction(pool, (db) => actOnBreak(db, id, { kind: 'comment', text }, actor, 0));
}

export type BreakAct =
  | { readonly kind: 'assign'; readonly owner: string }
  | { readonly kind: 'comment'; readonly text: string }
  | ({ readonly kind: 'propose' } & Resolution)
  | { readonly kind: 'decide'; readonly verdict: 'approved' | 'rejected' };

/** What a person does to a break, in a transaction that is under way.
 *  @param now ms since the epoch
 *  @throws GatewayError `break.unknown`, `break.state`, `break.rials`, `break.twice`, `break.same-person` */
export async function actOnBreak(db: PoolClient, id: string, act: BreakAct, actor: string, now: number): Promise<void> {
  switch (act.kind) {
    case 'assign':
      await locked(db, id);
      await db.query('update breaks set owner = $2 where break_id = $1', [id, act.owner]);
      return note(db, id, actor, 'assigned', act.owner);
    case 'comment':
      await locked(db, id);
      return note(db, id, actor, 'comment', act.text);
    case 'propose':
      return proposeIn(db, id, act, actor);
    case 'decide':
      return decideIn(db, id, act.verdict, actor, now);
  }
}

export interface Resolution {
  /** `credit`: the shop gets the rials with its next net; `debit`: its next net loses them; `none`: no money moves. */
  readonly post: 'credit' | 'debit' | 'none';
  /** Left out: what the break is about. Never more. */
  readonly rials?: bigint | undefined;
  readonly reason: string;
}

/** @throws GatewayError `break.state`, `break.rials`, `break.twice` */
export async function proposeResolution(pool: Pool, id: string, resolution: Resolution, actor: string): Promise<void> {
  await transaction(pool, (db) => proposeIn(db, id, resolution, actor));
}

async function proposeIn(db: PoolClient, id: string, resolution: Resolution, actor: string): Promise<void> {
  const propose = async (): Promise<void> => {
    const found = await locked(db, id);
    if (found.state === 'resolved') throw new GatewayError('break.state', `Break ${id} is resolved.`);
    const rials = resolution.post === 'none' ? 0n : (resolution.rials ?? BigInt(found.rials));
    if (rials < 0n || rials > BigInt(found.rials) || (resolution.post !== 'none' && rials === 0n)) {
      throw new GatewayError('break.rials', `Break ${id} is about ${found.rials} rials: ${rials} cannot be posted.`);
    }
    await demandOnce(db, id, resolution.post);
    await db.query(
      `update breaks set state = 'proposed', post = $2, post_rials = $3, reason = $4, proposed_by = $5 where break_id = $1`,
      [id, resolution.post, rials, resolution.reason, personName(actor)],
    );
    await note(db, id, actor, 'proposed', `${resolution.post} ${rials}: ${resolution.reason}`);
  };
  await propose().catch((error: unknown) => {
    if (!(error instanceof Error && 'constraint' in error && error.constraint === 'breaks_post_once')) throw error;
    throw new GatewayError(
      'break.twice',
      `Another break about the same sale as break ${id} was resolved in this way just now.`,
      {
        cause: error,
      },
    );
  });
}

/** One sale is debited, or credited, once, whatever breaks name it: two at once wait at the index.
 *  @throws GatewayError `break.twice` */
async function demandOnce(db: PoolClient, id: string, post: Resolution['post']): Promise<void> {
  if (post === 'none') return;
  const { rows } = await db.query<{ other: string; state: string }>(
    `select o.break_id::text as other, o.state from breaks b join breaks o using (subject)
      where b.break_id = $1 and o.break_id <> b.break_id and o.post = $2 order by o.break_id limit 1`,
    [id, post],
  );
  const [found] = rows;
  if (found === undefined) return;
  throw new GatewayError(
    'break.twice',
    `Break ${id} is about the same sale as break ${found.other}, whose ${post} is ${found.state}: nothing is posted twice.`,
  );
}

/** A second person's word: posts the contra entry and carries it into the shop's next net, or sends it back.
 *  @throws GatewayError `break.state`, `break.same-person` */
export async function decideResolution(
  pool: Pool,
  id: string,
  verdict: 'approved' | 'rejected',
  actor: string,
  now: number,
): Promise<void> {
  await transaction(pool, (db) => decideIn(db, id, verdict, actor, now));
}

async function decideIn(
  db: PoolClient,
  id: string,
  verdict: 'approved' | 'rejected',
  actor: string,
  now: number,
): Promise<void> {
  const found = await locked(db, id);
  if (found.state !== 'proposed') {
    throw new GatewayError('break.state', `Break ${id} is ${found.state}: nothing is proposed.`);
  }
  if (verdict === 'rejected') {
    await db.query(
      `update breaks set state = 'open', post = null, post_rials = null, reason = null, proposed_by = null where break_id = $1`,
      [id],
    );
  } else {
    if (isSamePerson(found.proposed_by, actor)) {
      throw new GatewayError(
        'break.same-person',
        `${actor} proposed how to end break ${id}: another person must approve it.`,
      );
    }
    await db.query(`update breaks set state = 'resolved', approved_by = $2, resolved_at = $3 where break_id = $1`, [
      id,
      actor,
      new Date(now),
    ]);
    if (found.post !== 'none') await post(db, id, found);
  }
  await note(db, id, actor, verdict, '');
}

/** What two people have agreed on elsewhere. */
export interface Agreed {
  readonly class: 'COMPLAINT';
  /** What it is about: the same again raises nothing. */
  readonly source: string;
  /** The business day of the sale. */
  readonly day: string;
  readonly merchant: string;
  readonly terminal: string;
  readonly rrn: string;
  readonly household: string;
  readonly transaction: string;
  readonly rials: bigint;
  readonly post: 'credit' | 'debit';
  readonly reason: string;
  readonly proposedBy: string;
  readonly approvedBy: string;
  /** ms since the epoch */
  readonly now: number;
}

/** Posts what two people have agreed on as the end of a break of its own, in their transaction: it goes into the shop's next net, and the
 *  audit sees both names.
 *  @returns the break
 *  @throws GatewayError `break.same-person`, `break.twice` */
export async function raiseAndResolve(db: PoolClient, agreed: Agreed): Promise<string> {
  const { rows } = await db.query<{ id: string }>(
    `insert into breaks (class, psp, settlement_date, business_day, merchant_id, terminal_id, rrn, rials, detail, household_id,
                         transaction_id, source, owner, raised_at)
     values ($1, '', $2, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) returning break_id::text as id`,
    [
      agreed.class,
      agreed.day,
      agreed.merchant,
      agreed.terminal,
      agreed.rrn,
      agreed.rials,
      agreed.source,
      agreed.household,
      agreed.transaction,
      agreed.source,
      personName(agreed.proposedBy),
      new Date(agreed.now),
    ],
  );
  const id = rows[0]?.id ?? '';
  const { post, rials, reason } = agreed;
  await proposeIn(db, id, { post, rials, reason }, agreed.proposedBy);
  await decideIn(db, id, 'approved', agreed.approvedBy, agreed.now);
  return id;
}

interface Locked {
  readonly state: Break['state'];
  readonly rials: string;
  readonly post: Resolution['post'];
  readonly post_rials: string;
  readonly proposed_by: string;
  readonly reason: string;
  readonly merchant_id: string;
  readonly settlement_date: string;
}

async function locked(db: PoolClient, id: string): Promise<Locked> {
  const { rows } = await db.query<Locked>(
    `select state, rials, post, post_rials, proposed_by, reason, merchant_id, settlement_date::text from breaks
      where break_id = $1 for update`,
    [/^\d{1,18}$/.test(id) ? id : '0'],
  );
  if (rows[0] === undefined) throw new GatewayError('break.unknown', `There is no break ${id}.`);
  return rows[0];
}

/** Suspense against the shop's payable; the carry takes it into the next net that is made. */
async function post(db: PoolClient, id: string, found: Locked): Promise<void> {
  const credit = found.post === 'credit';
  await db.query(
    `insert into settlement_postings (merchant_id, business_day, kind, debit, credit, rials, source)
     values ($1, $2, 'break', $3, $4, $5, $6)`,
    [
      found.merchant_id,
      found.settlement_date,
      credit ? 'suspense' : 'payable',
      credit ? 'payable' : 'suspense',
      found.post_rials,
      `break ${id}`,
    ],
  );
  await db.query(
    `insert into payable_carries (merchant_id, created_day, kind, rials, reason, source)
     values ($1, $2, 'break', $3, $4, $5)`,
    [
      found.merchant_id,
      found.settlement_date,
      credit ? found.post_rials : `-${found.post_rials}`,
      found.reason,
      `break ${id}`,
    ],
  );
}

async function note(db: PoolClient, id: string, actor: string, event: string, detail: string): Promise<void> {
  await db.query('insert into break_events (break_id, actor, event, detail) values ($1, $2, $3, $4)', [
    id,
    personName(actor),
    event,
    detail,
  ]);
}
