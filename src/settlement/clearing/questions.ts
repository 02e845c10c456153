import type { PoolClient } from 'pg';
import { findingText, type Unexplained } from '../audit/unexplained.ts';
import type { Db } from './state.ts';

/** What of a shop's day does not add up is a question: a break of class UNEXPLAINED. It has an owner, holds the shop's pay-out, and is
 *  ended at the break desk by two people, for exactly what was found (decision 39). What names no shop, or too many for a cause of
 *  their own, concerns everybody. */

/** So many shops do not go wrong at once, each for itself. */
const MOST_SHOPS = 100;
/** Who looks after a question until it is given to a person. */
const DESK = 'settlement desk';
/** Who says that a question is none any more: a person approves. */
const AUDIT = 'settlement audit';

export interface Concerned {
  /** Names its shop each: they are held, and no other. */
  readonly shops: readonly (Unexplained & { readonly merchant: string })[];
  /** Of nobody in particular. */
  readonly everybody: readonly Unexplained[];
}

/** What is found of some days. */
export interface Look extends Concerned {
  readonly days: readonly string[];
  readonly found: readonly Unexplained[];
}

/** Whom findings are about. */
export function concerned(findings: readonly Unexplained[]): Concerned {
  const shops = findings.filter((each): each is Concerned['shops'][number] => each.merchant !== null);
  const count = new Set(shops.map(({ merchant }) => merchant)).size;
  if (count > MOST_SHOPS) return { shops: [], everybody: findings };
  return { shops, everybody: findings.filter(({ merchant }) => merchant === null) };
}

/** What nobody has asked yet. */
export async function unasked(db: PoolClient, findings: Concerned['shops']): Promise<Concerned['shops']> {
  if (findings.length === 0) return [];
  const { rows } = await db.query<{ text: string }>(
    `select text from unnest($1::text[], $2::text[]) as f (text, merchant)
      where exists (select 1 from breaks b where b.class = 'UNEXPLAINED' and b.merchant_id = f.merchant and f.text = any (b.findings))`,
    [findings.map(findingText), findings.map(({ merchant }) => merchant)],
  );
  const known = new Set(rows.map(({ text }) => text));
  return findings.filter((each) => !known.has(findingText(each)));
}

/** Asks: a break for each shop's day. What is at stake is the sum of its transactions' faults, or the greatest of what equations say:
 *  those say one thing again and again.
 *  @param day the business day that is made or released
 *  @returns of how many shops */
export async function ask(db: PoolClient, day: string, findings: Concerned['shops']): Promise<number> {
  await db.query(
    `insert into breaks (class, psp, settlement_date, business_day, merchant_id, terminal_id, rrn, rials, detail, findings, source, owner, raised_at)
     select 'UNEXPLAINED', '', $1::date, day, merchant, '', '',
            greatest(coalesce(sum(abs(rials)) filter (where reason like 'transaction %'), 0),
                     coalesce(max(abs(rials)) filter (where reason not like 'transaction %'), 0)),
            array_to_string((array_agg(distinct reason))[1:3], '; ') || case when count(distinct reason) > 3 then '; …' else '' end,
            array_agg(distinct text),
            'unexplained ' || merchant || '/' || day || ' ' || encode(sha256(convert_to(string_agg(text, chr(10) order by text), 'UTF8')), 'hex'),
            $2, now()
       from unnest($3::date[], $4::text[], $5::numeric[], $6::text[], $7::text[]) as f (day, merchant, rials, reason, text)
      group by day, merchant
     on conflict (source) do nothing`,
    [
      day,
      DESK,
      findings.map((each) => each.day),
      findings.map((each) => each.merchant),
      findings.map((each) => each.rials),
      findings.map((each) => each.reason),
      findings.map(findingText),
    ],
  );
  return new Set(findings.map(({ merchant }) => merchant)).size;
}

/** Proposes to end the questions of the days that were looked at whose findings are found no more. */
export async function withdraw(db: PoolClient, { days, found }: Look): Promise<void> {
  await db.query(
    `with gone as (
       update breaks set state = 'proposed', post = 'none', post_rials = 0, reason = 'it is found no more', proposed_by = $3
        where class = 'UNEXPLAINED' and state = 'open' and business_day = any ($1::date[]) and not (findings && $2::text[])
       returning break_id)
     insert into break_events (break_id, actor, event, detail)
     select break_id, $3, 'proposed', 'none 0: it is found no more' from gone`,
    [days, found.map(findingText), AUDIT],
  );
}

/** A finding, and who sees to it. */
export interface Asked extends Unexplained {
  readonly break: string | null;
  readonly owner: string | null;
}

/** Names the break of each finding that has one; those that two people have ended are left out. */
export async function asked(db: Db, findings: readonly Unexplained[]): Promise<Asked[]> {
  if (findings.length === 0) return [];
  const { rows } = await db.query<{ text: string; id: string; owner: string | null; state: string }>(
    `select text, b.break_id::text as id, b.owner, b.state from unnest($1::text[]) as text
       join breaks b on b.class = 'UNEXPLAINED' and text = any (b.findings)`,
    [findings.map(findingText)],
  );
  const breaks = new Map(rows.map((row) => [row.text, row]));
  return findings.flatMap((each) => {
    const found = breaks.get(findingText(each));
    return found?.state === 'resolved' ? [] : [{ ...each, break: found?.id ?? null, owner: found?.owner ?? null }];
  });
}
