import type { Pool } from 'pg';
import type { CaseState, Waiting } from '../case/case.ts';
import type { CaseKind } from '../requirements/kinds.ts';
import { OPEN_SAMPLE } from './samples.ts';
import { isoInstant } from '../../ops/sql.ts';

/** The queue: cases, those that are due first before all others. */

export interface CaseLine {
  readonly id: string;
  readonly number: string;
  readonly kind: CaseKind;
  readonly name: string;
  readonly guild: string;
  readonly state: CaseState;
  readonly waitsOn: Waiting['on'] | null;
  readonly waitsSince: string | null;
  readonly waitsUntil: string | null;
  /** Who has it in hand: their id. */
  readonly claimedBy: string | null;
  readonly version: number;
}

export interface QueueFilter {
  readonly waitsOn?: string | undefined;
  readonly state?: string | undefined;
  readonly kind?: string | undefined;
  readonly guild?: string | undefined;
  /** The nine digits that people say. */
  readonly number?: string | undefined;
  /** Only what is past its due instant. */
  readonly overdue?: boolean | undefined;
  /** `mine`: in the reader's hands; `free`: in nobody's, or the reader's. */
  readonly claimed?: string | undefined;
  /** Whose queue it is: a person's id. */
  readonly reader: string;
  readonly after?: QueuePlace | undefined;
  readonly limit: number;
}

/** Where a page ends. What is decided meanwhile moves nothing of the next one. */
export interface QueuePlace {
  /** ISO instant, or `infinity`. */
  readonly due: string;
  readonly id: string;
}

/** To the microsecond, so that a place is exactly one. */
const exact = (column: string): string =>
  `coalesce(to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), 'infinity')`;

/** A case that chance gives to one more reviewer stands in their queue like any other that waits for its second review. */
export async function listCases(
  db: Pool,
  filter: QueueFilter,
  now: number,
): Promise<{ lines: CaseLine[]; next: QueuePlace | undefined }> {
  const { rows } = await db.query<CaseLine & { due: string }>(
    `with looks as (
       select s.case_id, f.at as since, f.at + make_interval(hours => (r.rules ->> 'reviewHours')::int) as until
         from review_samples s join shop_cases c using (case_id) join shop_rules r on r.version = c.rule_version
         join shop_reviews f on f.case_id = s.case_id and f.round = s.round and f.place = 1
        where ${OPEN_SAMPLE('$1')}),
     lines as (
       select c.case_id, c.number, c.kind, c.name, c.guild, c.version,
              case when l.case_id is null then c.state else 'REVIEW_2' end as state,
              case when l.case_id is null then c.waits_on else 'reviewer' end as waits_on,
              case when l.case_id is null then c.waits_since else l.since end as waits_since,
              case when l.case_id is null then c.waits_until else l.until end as waits_until
         from shop_cases c left join looks l using (case_id))
     select l.case_id::text as id, l.number, l.kind, l.name, l.guild, l.state, l.waits_on as "waitsOn", ${isoInstant('l.waits_since')} as "waitsSince",
            ${isoInstant('l.waits_until')} as "waitsUntil", h.person_id::text as "claimedBy", l.version, ${exact('l.waits_until')} as due
       from lines l left join case_claims h on h.case_id = l.case_id and h.until > $2
      where ($3::text is null or l.waits_on = $3) and ($4::text is null or l.state = $4) and ($5::text is null or l.kind = $5)
        and ($6::text is null or l.guild = $6) and ($7::text is null or l.number = $7)
        and (not $8::boolean or l.waits_until <= $2)
        and ($9::text is null or h.person_id = $1 or ($9 = 'free' and h.person_id is null))
        and ($10::timestamptz is null or (coalesce(l.waits_until, 'infinity'), l.case_id) > ($10::timestamptz, $11::bigint))
      order by coalesce(l.waits_until, 'infinity'), l.case_id limit $12`,
    [
      filter.reader,
      new Date(now),
      filter.waitsOn ?? null,
      filter.state ?? null,
      filter.kind ?? null,
      filter.guild ?? null,
      filter.number ?? null,
      filter.overdue ?? false,
      filter.claimed ?? null,
      filter.after?.due ?? null,
      filter.after?.id ?? null,
      filter.limit + 1,
    ],
  );
  const page = rows.slice(0, filter.limit);
  const last = page.at(-1);
  const lines: CaseLine[] = page;
  return { lines, next: rows.length > filter.limit && last !== undefined ? { due: last.due, id: last.id } : undefined };
}
