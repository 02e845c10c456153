import type { Pool } from 'pg';
import { isoInstant } from '../ops/sql.ts';

export interface RegistryLine {
  readonly code: string;
  readonly asked: boolean;
  readonly since: string;
  readonly answeredAt: string | null;
  readonly silentSince: string | null;
  /** Of the last day. */
  readonly yes: number;
  readonly no: number;
  readonly unknown: number;
  /** Items that wait for it now. */
  readonly waiting: number;
}

/** The registries that there were ever, and how they answer. */
export async function listRegistries(pool: Pool, now: number): Promise<RegistryLine[]> {
  const { rows } = await pool.query<RegistryLine>(
    `select r.code, r.asked, ${isoInstant('r.since')} as since, ${isoInstant('r.answered_at')} as "answeredAt", ${isoInstant('r.silent_since')} as "silentSince",
            (count(*) filter (where a.verdict = 'yes'))::int as yes, (count(*) filter (where a.verdict = 'no'))::int as no,
            (count(*) filter (where a.verdict = 'unknown'))::int as unknown,
            (select count(*)::int from shop_items i join shop_cases c using (case_id)
              where i.code = r.code and c.submitted_at is not null and c.withdrawn_at is null
                and (i.state in ('submitted', 'verifying') or (i.state = 'unknown' and i.next_check is not null))) as waiting
       from registries r left join registry_answers a on a.registry = r.code and a.at > $1
      group by r.code order by r.code`,
    [new Date(now - 86_400_000)],
  );
  return rows;
}

export interface AnswerLine {
  readonly registry: string;
  readonly version: number;
  readonly verdict: 'yes' | 'no' | 'unknown';
  readonly reason: string | null;
  readonly validUntil: string | null;
  readonly detail: string | null;
  readonly at: string;
  readonly applied: boolean;
  readonly cached: boolean;
}

export interface RecentAnswer {
  readonly id: string;
  readonly caseId: string;
  readonly registry: string;
  readonly verdict: 'yes' | 'no' | 'unknown';
  readonly reason: string | null;
  readonly detail: string | null;
  readonly at: string;
  readonly applied: boolean;
  readonly cached: boolean;
}

export interface AnswersWanted {
  readonly registry?: string | undefined;
  readonly verdict?: string | undefined;
  /** An answer's id: older ones. */
  readonly before?: string | undefined;
  readonly limit: number;
}

/** What registries said of any case, the newest first. */
export async function recentAnswers(pool: Pool, wanted: AnswersWanted): Promise<RecentAnswer[]> {
  const { registry, verdict, before, limit } = wanted;
  const { rows } = await pool.query<RecentAnswer>(
    `select answer_id::text as id, case_id::text as "caseId", registry, verdict, reason, detail, ${isoInstant('at')} as at, applied, cached
       from registry_answers
      where ($1::text is null or registry = $1) and ($2::text is null or verdict = $2) and ($3::bigint is null or answer_id < $3)
      order by answer_id desc limit $4`,
    [registry ?? null, verdict ?? null, before ?? null, limit],
  );
  return rows;
}

const MOST_ANSWERS = 200;

/** What registries said about a case, the newest first. */
export async function listAnswers(pool: Pool, caseId: string): Promise<AnswerLine[]> {
  const { rows } = await pool.query<AnswerLine>(
    `select registry, version, verdict, reason, ${isoInstant('valid_until')} as "validUntil", detail, ${isoInstant('at')} as at, applied, cached
       from registry_answers where case_id = $1 order by answer_id desc limit $2`,
    [caseId, MOST_ANSWERS],
  );
  return rows;
}
