import type { Pool, PoolClient } from 'pg';
import { GatewayError } from '../../ops/errors.ts';
import type { Random } from '../../ops/random.ts';
import { audit, type By } from '../../people/index.ts';
import { act } from '../case/act.ts';
import type { Verdict } from '../case/case.ts';
import type { ItemCode, ReasonCode } from '../requirements/item.ts';
import type { KeptCase } from '../case/store.ts';

/** One decided case in twenty is looked at by one more reviewer, who is not told: they see it as it was before its second signature.
 *  What they say changes nothing of the case. It shows how often reviewers agree. */

const ONE_IN = 20;
const AT_ONCE = 500;

/** Of `review_samples s join shop_cases c`: what still waits for this reviewer's look.
 *  @param reader the parameter that is their id */
export const OPEN_SAMPLE = (reader: string): string =>
  `s.drawn and s.verdict is null and (s.person_id is null or s.person_id = ${reader}) and c.clerk is distinct from ${reader}
   and exists (select 1 from persons p where p.person_id = ${reader} and 'reviewer' = any (p.roles))
   and not exists (select 1 from shop_reviews w where w.case_id = s.case_id and w.round = s.round and w.person_id = ${reader})`;

/** Draws, for each case that was decided since, whether it is looked at once more. Each case is drawn once.
 *  @returns how many were drawn */
export async function drawSamples(pool: Pool, random: Pick<Random, 'fraction'>, now: number): Promise<number> {
  const { rows } = await pool.query<{ id: string; round: number; decided: Verdict }>(
    `select c.case_id::text as id, c.round, r.verdict as decided
       from shop_cases c join shop_reviews r on r.case_id = c.case_id and r.round = c.round and r.place = 2
      where c.state in ('APPROVED', 'REFUSED') and not exists (select 1 from review_samples s where s.case_id = c.case_id and s.round = c.round)
      order by c.case_id limit ${AT_ONCE}`,
  );
  const drawn = rows.map(() => random.fraction() < 1 / ONE_IN);
  await pool.query(
    `insert into review_samples (case_id, round, decided, drawn, drawn_at)
     select id, round, decided, drawn, $5 from unnest($1::bigint[], $2::int[], $3::text[], $4::boolean[]) as t (id, round, decided, drawn)
     on conflict do nothing`,
    [
      rows.map(({ id }) => id),
      rows.map(({ round }) => round),
      rows.map(({ decided }) => decided),
      drawn,
      new Date(now),
    ],
  );
  return drawn.filter(Boolean).length;
}

/** Whether a case waits for this reviewer's look, which is theirs from now on.
 *  @returns the case as it was before its second signature; undefined: it does not */
export async function sampleOf(db: PoolClient, kept: KeptCase, reader: string | null): Promise<KeptCase | undefined> {
  if (reader === null) return undefined;
  const { rowCount } = await db.query(
    `update review_samples t set person_id = $2
       from review_samples s join shop_cases c using (case_id)
      where t.case_id = s.case_id and t.round = s.round and s.case_id = $1 and s.round = c.round and ${OPEN_SAMPLE('$2')}`,
    [kept.id, reader],
  );
  if (rowCount !== 1) return undefined;
  const before: { -readonly [Name in keyof KeptCase]: KeptCase[Name] } = {
    ...kept,
    facts: { ...kept.facts, reviews: kept.facts.reviews.slice(0, 1) },
  };
  delete before.merchantId;
  return before;
}

/** What the one more reviewer does, as if it counted. */
export type Looking =
  | { readonly kind: 'sign'; readonly verdict: Verdict; readonly note?: string }
  | {
      readonly kind: 'judge';
      readonly code: ItemCode;
      readonly event: 'accept' | 'reject' | 'waive' | 'ask';
      readonly reason?: ReasonCode;
      readonly note?: string;
    };

/** Takes the word of the one more reviewer in place of an act.
 *  @returns the case as it would be, had it counted; undefined: the case does not wait for their look
 *  @throws GatewayError `shops.refused` */
export async function lookAt(
  db: PoolClient,
  kept: KeptCase,
  what: Looking,
  by: By,
  now: number,
): Promise<KeptCase | undefined> {
  if (kept.facts.reviews.length < 2) return undefined; // only what is decided is looked at
  const before = await sampleOf(db, kept, by.actor.id);
  if (before === undefined) return undefined;
  const asked =
    what.kind === 'sign'
      ? ({ kind: 'sign', person: by.actor.id ?? '', verdict: what.verdict } as const)
      : ({
          kind: 'item',
          code: what.code,
          event: what.event,
          version: before.items.find(({ code }) => code === what.code)?.version ?? 0,
          ...(what.reason === undefined ? {} : { said: { reason: what.reason } }),
        } as const);
  const after = act(before.facts, asked, now);
  if (!after.ok) throw new GatewayError('shops.refused', 'That cannot be done as the case stands.');
  if (what.kind === 'sign') await keepLook(db, kept, what.verdict, what.note, by, now);
  else if (what.event === 'ask' || what.event === 'reject') await keepLook(db, kept, 'return', what.note, by, now);
  const items = before.items.map((item) => ({ ...item, ...after.facts.items.find(({ code }) => code === item.code) }));
  return { ...before, facts: after.facts, items };
}

async function keepLook(
  db: PoolClient,
  kept: KeptCase,
  verdict: Verdict | 'return',
  note: string | undefined,
  by: By,
  now: number,
): Promise<void> {
  await db.query(
    `update review_samples set verdict = $3, note = $4, at = $5 where case_id = $1 and round = $2 and person_id = $6 and verdict is null`,
    [kept.id, kept.round, verdict, note ?? null, new Date(now), by.actor.id],
  );
  await audit(db, by, { act: 'case.looked-at', object: `case:${kept.id}`, after: { verdict } });
}

export interface Agreement {
  /** Cases that chance chose and somebody looked at. */
  readonly looks: number;
  readonly agreed: number;
  /** Share of 1; null: nobody looked yet. */
  readonly rate: number | null;
  readonly waiting: number;
}

/** @param since ISO day (Tehran) of the look */
export async function agreement(db: Pool, since?: string): Promise<Agreement> {
  const { rows } = await db.query<{ looks: number; agreed: number; waiting: number }>(
    `select count(*) filter (where verdict is not null)::int as looks, count(*) filter (where verdict = decided)::int as agreed,
            count(*) filter (where verdict is null)::int as waiting
       from review_samples where drawn and ($1::date is null or verdict is null or (at at time zone 'Asia/Tehran')::date >= $1)`,
    [since ?? null],
  );
  const { looks = 0, agreed = 0, waiting = 0 } = rows[0] ?? {};
  return { looks, agreed, rate: looks === 0 ? null : agreed / looks, waiting };
}
