import type { Pool, PoolClient } from 'pg';
import type { ItemCode, ReasonCode } from '../requirements/item.ts';

/** What a reviewer compares: an item with its version before. */

export interface Difference {
  readonly code: ItemCode;
  readonly version: number;
  readonly fields: readonly { readonly field: string; readonly before: unknown; readonly after: unknown }[];
  /** Why it was asked again between the two. */
  readonly reason: ReasonCode | null;
  readonly note: string | null;
}

/** Of each item that was submitted more than once: its last two versions. */
export async function differencesOf(db: Pool | PoolClient, caseId: string): Promise<Difference[]> {
  const { rows } = await db.query<{
    code: ItemCode;
    version: number;
    before: Record<string, unknown> | null;
    after: Record<string, unknown> | null;
    reason: ReasonCode | null;
    note: string | null;
  }>(
    `with submitted as (
       select distinct on (code, version) code, version, value, seq from shop_item_history
        where case_id = $1 and event = 'submit' order by code, version, seq desc),
     last as (
       select s.code, s.version, s.value as after, s.seq, lag(s.value) over w as before, lag(s.seq) over w as before_seq,
              row_number() over (partition by s.code order by s.version desc) as place
         from submitted s window w as (partition by s.code order by s.version))
     select l.code, l.version, l.before, l.after, a.reason, a.note
       from last l
       left join lateral (select h.reason, h.note from shop_item_history h
                           where h.case_id = $1 and h.code = l.code and h.seq between l.before_seq and l.seq and h.event in ('ask', 'reject', 'fail')
                           order by h.seq desc limit 1) a on true
      where l.place = 1 and l.before_seq is not null order by l.code`,
    [caseId],
  );
  return rows.map(({ code, version, before, after, reason, note }) => ({
    code,
    version,
    fields: changedFields(before ?? {}, after ?? {}),
    reason,
    note,
  }));
}

function changedFields(before: Record<string, unknown>, after: Record<string, unknown>): Difference['fields'] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return names
    .filter((field) => JSON.stringify(before[field]) !== JSON.stringify(after[field]))
    .map((field) => ({ field, before: before[field] ?? null, after: after[field] ?? null }));
}
