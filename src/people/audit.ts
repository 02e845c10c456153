import { createHash } from 'node:crypto';
import type { Pool, PoolClient } from 'pg';

/** Who did what, to what, and why: a chain of rows that no running role can change (migrations/0621_audit.sql, people.md 1). */

export interface Actor {
  /** Of a person; null: a job of the system, the owner of the database, or nobody known. */
  readonly id: string | null;
  /** As it was at the time. */
  readonly name: string;
}

/** Who acts, and from where. */
export interface By {
  readonly actor: Actor;
  /** Of the API; a command has none. */
  readonly requestId?: string;
  readonly reason?: string;
}

export interface Audited {
  /** `person.added`, `sign-in.refused`: what was done, as two words. */
  readonly act: string;
  /** `person:7`, `token:12`, `clearing:2026-11-23`. */
  readonly object: string;
  /** Without secrets. */
  readonly before?: unknown;
  readonly after?: unknown;
}

/** Adds a row, in the transaction of the change it speaks of. The last statement of it: rows are added one transaction after
 *  another. */
export async function audit(db: PoolClient, { actor, requestId, reason }: By, what: Audited): Promise<void> {
  await db.query(
    `insert into audit (actor_id, actor, act, object, before, after, reason, request_id) values ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [
      actor.id,
      actor.name,
      what.act,
      what.object,
      json(what.before),
      json(what.after),
      reason ?? null,
      requestId ?? null,
    ],
  );
}

function json(value: unknown): string | null {
  return value === undefined ? null : JSON.stringify(value);
}

export interface AuditRow {
  readonly seq: string;
  readonly at: string;
  readonly actorId: string | null;
  readonly actor: string;
  readonly act: string;
  readonly object: string;
  readonly before: unknown;
  readonly after: unknown;
  readonly reason: string | null;
  readonly requestId: string | null;
  readonly hash: string;
}

export interface AuditFilter {
  readonly actorId?: string | undefined;
  /** `sign-in` finds `sign-in.refused` too. */
  readonly act?: string | undefined;
  readonly object?: string | undefined;
  /** Older than this one. */
  readonly before?: string | undefined;
  readonly limit: number;
}

/** @returns the newest first */
export async function listAudit(db: Pool | PoolClient, filter: AuditFilter): Promise<AuditRow[]> {
  const { rows } = await db.query<AuditRow>(
    `select seq::text, to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as at, actor_id::text as "actorId", actor, act,
            object, before, after, reason, request_id as "requestId", hash
       from audit
      where ($1::bigint is null or actor_id = $1) and ($2::text is null or act = $2 or act like $2 || '.%')
        and ($3::text is null or object = $3) and ($4::bigint is null or seq < $4)
      order by audit.seq desc limit $5`,
    [filter.actorId ?? null, filter.act ?? null, filter.object ?? null, filter.before ?? null, filter.limit],
  );
  return rows;
}

export interface AuditHead {
  readonly seq: string;
  readonly hash: string;
}

export interface AuditVerdict {
  readonly rows: number;
  /** Of the last row; kept elsewhere, it shows later that no row was cut off. */
  readonly head: AuditHead;
  /** The first fault, in words; undefined: every row is what was written. */
  readonly fault: string | undefined;
}

const START = '0'.repeat(64);
const ROWS_AT_ONCE = 5_000;

/** Recomputes the chain from its first row.
 *  @param known a head that was kept elsewhere: the chain must still hold it */
export async function verifyAudit(db: Pool | PoolClient, known?: AuditHead): Promise<AuditVerdict> {
  let head: AuditHead = { seq: '0', hash: START };
  let rows = 0;
  let knownIsThere = known === undefined || (known.seq === head.seq && known.hash === head.hash);
  const verdict = (fault?: string): AuditVerdict => ({ rows, head, fault });
  for (;;) {
    const page = await db.query<{ seq: string; prev: string; hash: string; line: string }>(
      'select seq::text, prev, hash, audit_line(a) as line from audit a where a.seq > $1 order by a.seq limit $2',
      [head.seq, ROWS_AT_ONCE],
    );
    for (const row of page.rows) {
      if (BigInt(row.seq) !== BigInt(head.seq) + 1n)
        return verdict(`rows ${head.seq} and ${row.seq} stand side by side`);
      if (row.prev !== head.hash) return verdict(`row ${row.seq} does not follow row ${head.seq}`);
      const hash = createHash('sha256')
        .update(row.prev + row.line)
        .digest('hex');
      if (hash !== row.hash) return verdict(`row ${row.seq} was changed`);
      head = { seq: row.seq, hash };
      if (row.seq === known?.seq && hash === known.hash) knownIsThere = true;
      rows++;
    }
    if (page.rows.length < ROWS_AT_ONCE) break;
  }
  return verdict(knownIsThere ? undefined : `row ${known?.seq ?? ''} is not the one that was known`);
}
